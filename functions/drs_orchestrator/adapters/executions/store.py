"""Executions in the Executions table: `EXEC#<id>` with HEADER, WAVE#, SERVER# and INTENT# items."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.executions.actions import Actions
from drs_orchestrator.adapters.executions.answers import Answers
from drs_orchestrator.adapters.executions.headers import Headers
from drs_orchestrator.adapters.executions.intents import Intents
from drs_orchestrator.adapters.executions.items import (
    intent_key,
    is_prepared,
    replace_intent,
    server_key,
    wave_key,
)
from drs_orchestrator.adapters.executions.servers import Servers, verdict_write
from drs_orchestrator.adapters.executions.waves import Waves
from drs_orchestrator.adapters.items import CHUNK, ConditionFailedError, Delete, Key, Put, Write
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import RecoveredServer
from drs_orchestrator.domain.wave import WaveRecord

_Item = WaveRecord | RecoveredServer | Intent


class ExecutionStore(Headers, Waves, Servers, Intents, Actions, Answers):
    """Fulfils the port `Executions`."""

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
            raise StaleVersion(f"another took over, or ends, execution '{id_}'") from error

    def narrow_intent(self, intent: Intent, judged: Sequence[RecoveredServer]) -> Intent:
        """Take servers out of the intent as they get their verdict; return it as it is then."""
        for start in range(0, len(judged), CHUNK):
            some = judged[start : start + CHUNK]
            gone = {each.source_server_id for each in some}
            left = [each for each in intent.source_server_ids if each not in gone]
            intent, write = replace_intent(intent.changed(source_server_ids=left))
            verdicts = [verdict_write(intent.execution_id, each) for each in some]
            try:
                self._items.write(write, *verdicts)
            except ConditionFailedError as error:
                raise StaleVersion(f"intent {intent.key} or its servers have moved on") from error
        return intent


def _key_of(execution_id: str, item: _Item) -> Key:
    match item:
        case WaveRecord():
            return wave_key(execution_id, item.name)
        case RecoveredServer():
            return server_key(execution_id, item)
        case Intent():
            return intent_key(item)
