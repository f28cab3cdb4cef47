"""Executions in the Executions table: `EXEC#<id>` with HEADER, WAVE#, SERVER# and INTENT# items."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Unpack

from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python

from drs_orchestrator.adapters.execution_items import (
    asks,
    decision_key,
    header_key,
    header_record,
    intent_key,
    is_prepared,
    may_act,
    may_answer,
    may_start_jobs,
    partition,
    replace_action,
    replace_intent,
    server_key,
    wave_key,
    why_nothing_starts,
)
from drs_orchestrator.adapters.items import (
    CHUNK,
    Absent,
    Change,
    Check,
    ConditionFailedError,
    Delete,
    Exists,
    Items,
    Key,
    OneOf,
    Put,
    Record,
    Write,
)
from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.decision import Decision, QuestionKind
from drs_orchestrator.domain.errors import (
    ExecutionClosed,
    ExecutionExists,
    ExecutionNotFound,
    StaleDecision,
    StaleVersion,
    WaveNotFound,
)
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.domain.wave import WaveChanges, WaveRecord, WaveStatus
from drs_orchestrator.ports.page import Page

_Item = WaveRecord | RecoveredServer | Intent


class ExecutionStore:
    """Fulfils the port `Executions`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def create(self, execution: Execution) -> None:
        """Store a new header."""
        key = header_key(execution.execution_id)
        try:
            self._items.write(Put(key, header_record(execution), (Absent(),)))
        except ConditionFailedError as error:
            raise ExecutionExists(f"execution '{execution.execution_id}' exists already") from error

    def get(self, execution_id: str) -> Execution:
        """Return the header."""
        record = self._items.get(header_key(execution_id))
        if record is None:
            raise ExecutionNotFound(f"no execution '{execution_id}'; see GET /api/v1/executions")
        return _execution(record)

    def save(self, execution: Execution) -> Execution:
        """Replace the header of the same version and return it one version on."""
        after = execution.changed(version=execution.version + 1)
        same = OneOf("version", [execution.version])
        try:
            self._items.write(
                Put(header_key(execution.execution_id), header_record(after), (same,))
            )
        except ConditionFailedError as error:
            raise StaleVersion(f"execution '{execution.execution_id}' has moved on") from error
        return after

    def page(self, plan_id: str | None, limit: int, next_token: str | None) -> Page[Execution]:
        """Return headers, newest first, of one plan or of all."""
        index, attribute, value = ("byStart", "recordType", "EXECUTION")
        if plan_id:
            index, attribute, value = ("byPlan", "planId", plan_id)
        records, token = self._items.index_page(index, attribute, value, limit, next_token)
        return Page([_execution(record) for record in records], token)

    def write_snapshot(
        self,
        execution: Execution,
        waves: Sequence[WaveRecord],
        servers: Sequence[RecoveredServer],
        intents: Sequence[Intent],
    ) -> None:
        """Replace waves, servers and intents of an execution that has not begun."""
        id_ = execution.execution_id
        writes: dict[Key, Write] = {}
        left: list[_Item] = [*self.waves(id_), *self.servers(id_), *self.intents(id_)]
        writes |= {key: Delete(key) for key in (_key_of(id_, item) for item in left)}
        items: list[_Item] = [*waves, *servers, *intents]
        writes |= {_key_of(id_, item): Put(_key_of(id_, item), item.document()) for item in items}
        fence = is_prepared(id_, execution.preparation or "")
        todo = list(writes.values())
        try:
            for start in range(0, len(todo), CHUNK):
                self._items.write(fence, *todo[start : start + CHUNK])
        except ConditionFailedError as error:
            raise StaleVersion(f"another preparation of execution '{id_}' took over") from error

    def waves(self, execution_id: str) -> list[WaveRecord]:
        """Return the waves in the order of their positions."""
        records = self._items.query(partition(execution_id), "WAVE#")
        return sorted(map(WaveRecord.model_validate, records), key=lambda wave: wave.position)

    def wave(self, execution_id: str, name: str) -> WaveRecord:
        """Return one wave."""
        record = self._items.get(wave_key(execution_id, name))
        if record is None:
            raise WaveNotFound(f"execution '{execution_id}' has no wave '{name}'")
        return WaveRecord.model_validate(record)

    def hang_bell(self, execution_id: str, wave: str, bell: Bell) -> None:
        """Note the bell to ring when the wave may go on."""
        values = {
            "bell": bell.token,
            "bellTimeoutSeconds": bell.timeout_seconds,
            "workflowArn": bell.workflow_arn,
        }
        try:
            self._items.write(Change(wave_key(execution_id, wave), values, conditions=(Exists(),)))
        except ConditionFailedError as error:
            raise WaveNotFound(f"execution '{execution_id}' has no wave '{wave}'") from error

    def move_wave(
        self,
        execution_id: str,
        wave: str,
        allowed: Collection[WaveStatus],
        status: WaveStatus,
        *,
        asked: int | None = None,
        unanswered: bool = False,
        **changes: Unpack[WaveChanges],
    ) -> bool:
        """Set the wave's status and more if it is one of `allowed`; return whether it was."""
        values = {"status": status.value, "reason": None, **_stored(changes)}
        defaults = {name: values.pop(name) for name in ("startTime",) if name in values}
        conditions = [OneOf("status", [each.value for each in allowed])]
        checks: list[Check] = []
        if asked is not None:
            conditions.append(OneOf("attempt", [asked]))
            if unanswered:
                checks.append(Check(decision_key(execution_id, wave, asked), (Absent(),)))
        change = Change(wave_key(execution_id, wave), values, defaults, conditions)
        try:
            self._items.write(*checks, change)
        except ConditionFailedError:
            return False
        return True

    def decide(self, execution_id: str, decision: Decision, kind: QuestionKind) -> None:
        """Record the answer to the question of that kind that the wave asks now."""
        key = decision_key(execution_id, decision.wave, decision.attempt)
        question = asks(execution_id, decision.wave, decision.attempt)
        fence = () if kind.stays_open else (may_answer(execution_id),)
        try:
            self._items.write(*fence, question, Put(key, decision.document(), (Absent(),)))
        except ConditionFailedError as error:
            if fence and error.failed == (0,):
                raise ExecutionClosed(
                    f"the waves of execution '{execution_id}' take no answers any more but about "
                    "jobs that seem stuck; what runs is followed to its end"
                ) from error
            raise StaleDecision(
                f"wave '{decision.wave}' of execution '{execution_id}' does not ask question "
                f"{decision.attempt} any more; read the execution again"
            ) from error

    def decision(self, execution_id: str, wave: str, attempt: int) -> Decision | None:
        """Return the answer to one question, None if nobody has given one."""
        record = self._items.get(decision_key(execution_id, wave, attempt))
        return Decision.model_validate(record) if record else None

    def decisions(self, execution_id: str, wave: str | None = None) -> list[Decision]:
        """Return the decisions over one wave or all, in the order of attempts."""
        prefix = f"DECISION#{wave}#" if wave else "DECISION#"
        records = self._items.query(partition(execution_id), prefix)
        return [Decision.model_validate(record) for record in records]

    def servers(self, execution_id: str, wave: str | None = None) -> list[RecoveredServer]:
        """Return the servers of one wave or of all."""
        prefix = f"SERVER#{wave}#" if wave else "SERVER#"
        records = self._items.query(partition(execution_id), prefix)
        return [RecoveredServer.model_validate(record) for record in records]

    def save_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write servers; one that has its verdict already, or is another attempt's, stays."""
        writes = [
            Put(
                server_key(execution_id, each),
                each.document(),
                (Absent("verdict"), OneOf("attempt", [each.attempt])),
            )
            for each in servers
        ]
        for start in range(0, len(writes), CHUNK):
            self._write_as_far_as_possible(writes[start : start + CHUNK])

    def save_health(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write verdict and health of servers that are LAUNCHED by the same attempt as stored."""
        writes = [_health_write(execution_id, each) for each in servers]
        for start in range(0, len(writes), CHUNK):
            self._write_as_far_as_possible(writes[start : start + CHUNK])

    def actions(self, execution_id: str, wave: str | None = None) -> list[ActionRecord]:
        """Return the stored actions of one wave or of all, those before the launch first."""
        prefix = f"ACTION#{wave}#" if wave else "ACTION#"
        records = self._items.query(partition(execution_id), prefix)
        return [ActionRecord.model_validate(record) for record in records]

    def save_action(
        self, execution_id: str, action: ActionRecord, *, asked: int | None = None
    ) -> ActionRecord:
        """Replace the action of the same version and return it one version on."""
        after, write = replace_action(execution_id, action)
        checks = () if asked is None else (asks(execution_id, action.wave, asked),)
        try:
            self._items.write(*checks, write)
        except ConditionFailedError as error:
            raise StaleVersion(f"action '{action.name}' has moved on") from error
        return after

    def begin_action(
        self, execution_id: str, action: ActionRecord, *, after_launch: bool
    ) -> ActionRecord:
        """As `save_action`, fenced by a header that may still start it."""
        after, write = replace_action(execution_id, action)
        try:
            self._items.write(may_act(execution_id, after_launch=after_launch), write)
        except ConditionFailedError as error:
            if 0 in error.failed:
                raise why_nothing_starts(self._items, execution_id) from error
            raise StaleVersion(f"action '{action.name}' has moved on") from error
        return after

    def reopen_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Replace servers of earlier attempts that did not come up."""
        lost = [ServerVerdict.FAILED.value, ServerVerdict.SKIPPED.value]
        for each in servers:
            earlier = OneOf("attempt", range(each.attempt))
            self._write_if_possible(
                Put(
                    server_key(execution_id, each),
                    each.document(),
                    (OneOf("verdict", lost), earlier),
                )
            )

    def add_intents(self, intents: Sequence[Intent]) -> None:
        """Write new intents; one that exists stays as it is."""
        for each in intents:
            self._write_if_possible(Put(intent_key(each), each.document(), (Absent(),)))

    def intents(self, execution_id: str, wave: str | None = None) -> list[Intent]:
        """Return the intents of one wave or of all, in the order of attempt and chunk."""
        prefix = f"INTENT#{wave}#" if wave else "INTENT#"
        records = self._items.query(partition(execution_id), prefix)
        return [Intent.model_validate(record) for record in records]

    def save_intent(self, intent: Intent) -> Intent:
        """Replace the intent of the same version and return it one version on."""
        after, write = replace_intent(intent)
        try:
            self._items.write(write)
        except ConditionFailedError as error:
            raise StaleVersion(f"intent {intent.key} has moved on") from error
        return after

    def send_intent(self, intent: Intent) -> Intent:
        """As `save_intent`, fenced by a header that may still start jobs."""
        after, write = replace_intent(intent)
        try:
            self._items.write(may_start_jobs(intent.execution_id), write)
        except ConditionFailedError as error:
            if 0 in error.failed:
                raise why_nothing_starts(self._items, intent.execution_id) from error
            raise StaleVersion(f"intent {intent.key} has moved on") from error
        return after

    def _write_as_far_as_possible(self, chunk: Sequence[Write]) -> None:
        try:
            self._items.write(*chunk)
        except ConditionFailedError:
            for write in chunk:
                self._write_if_possible(write)

    def _write_if_possible(self, write: Write) -> None:
        try:
            self._items.write(write)
        except ConditionFailedError:
            return


def _health_write(execution_id: str, server: RecoveredServer) -> Change:
    """Return the write that leaves alone a server whose verdict or attempt is another by now."""
    document = server.document()
    return Change(
        server_key(execution_id, server),
        {name: document[name] for name in ("verdict", "health") if name in document},
        conditions=(
            OneOf("verdict", [ServerVerdict.LAUNCHED.value]),
            OneOf("attempt", [server.attempt]),
        ),
    )


def _stored(changes: WaveChanges) -> Record:
    """Return the changes as they are stored; None stays, it removes."""
    return {
        to_camel(name): to_jsonable_python(value, exclude_none=True)
        for name, value in changes.items()
    }


def _execution(record: dict[str, object]) -> Execution:
    return Execution.model_validate({k: v for k, v in record.items() if k != "recordType"})


def _key_of(execution_id: str, item: _Item) -> Key:
    match item:
        case WaveRecord():
            return wave_key(execution_id, item.name)
        case RecoveredServer():
            return server_key(execution_id, item)
        case Intent():
            return intent_key(item)
