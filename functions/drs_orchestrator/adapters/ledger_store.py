"""Queue and grants in the Executions table: `LEDGER#<account>#<region>`: QUOTA, QUEUE#, JOB#."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drs_orchestrator.adapters.executions.items import (
    grant_key,
    ledger_partition,
    may_start_jobs,
    queue_key,
    quota_key,
    replace_intent,
    why_nothing_starts,
)
from drs_orchestrator.adapters.items import (
    Absent,
    Change,
    ConditionFailedError,
    Delete,
    Exists,
    Items,
    OneOf,
    Put,
    Record,
    Write,
)
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.quota import Grant, Ledger, Limits, QueueEntry
from drs_orchestrator.domain.server import Place

# Two writes an intent, well under what a transaction holds.
_INTENTS_AT_ONCE = 40


class LedgerStore:
    """Fulfils the port `Ledgers`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def read(self, place: Place) -> Ledger:
        """Return the ledger of the place."""
        records = self._items.query(ledger_partition(place))
        by_kind: dict[str, list[Record]] = {"quota": [], "queue": [], "grant": []}
        for record in records:
            by_kind[record.pop("kind")].append(record)
        quota = by_kind["quota"][0] if by_kind["quota"] else {}
        return Ledger(
            version=quota.get("version", 0),
            limits=Limits.model_validate(quota.get("limits", {})),
            pumped_time=quota.get("pumpedTime"),
            hindrance=quota.get("hindrance"),
            queue=[QueueEntry.model_validate(record) for record in by_kind["queue"]],
            grants=[Grant.model_validate(record) for record in by_kind["grant"]],
        )

    def note_limits(self, place: Place, limits: Limits) -> None:
        """Remember what DRS admits in the place."""
        values = {"kind": "quota", "limits": limits.document()}
        self._items.write(Change(quota_key(place), values))

    def note_pump(self, place: Place, time: datetime) -> None:
        """Remember when the queue was last pumped."""
        values = {"kind": "quota", "pumpedTime": time.isoformat()}
        self._items.write(Change(quota_key(place), values))

    def note_hindrance(self, place: Place, hindrance: str | None) -> None:
        """Remember why the queue cannot be pumped; None: it can."""
        self._items.write(Change(quota_key(place), {"kind": "quota", "hindrance": hindrance}))

    def enqueue(self, intents: Sequence[Intent]) -> None:
        """Move intents to QUEUED with a queue entry each; those that moved before stay."""
        for start in range(0, len(intents), _INTENTS_AT_ONCE):
            some = intents[start : start + _INTENTS_AT_ONCE]
            try:
                self._items.write(*(write for intent in some for write in _queue(intent)))
            except ConditionFailedError:
                for intent in some:
                    self._enqueue_unless_moved(intent)

    def grant(
        self, place: Place, version: int, chunks: Sequence[tuple[QueueEntry, Intent]]
    ) -> None:
        """Move QUEUED intents to GRANTED and their entries to the grants, all or none."""
        unchanged = OneOf("version", [version]) if version else Absent("version")
        raised = {"kind": "quota", "version": version + 1}
        executions = list(dict.fromkeys(intent.execution_id for _, intent in chunks))
        try:
            self._items.write(
                *(may_start_jobs(execution_id) for execution_id in executions),
                *(write for entry, intent in chunks for write in _grant_writes(entry, intent)),
                Change(quota_key(place), raised, conditions=(unchanged,)),
            )
        except ConditionFailedError as error:
            refused = [i for i in error.failed if i < len(executions)]
            if refused and len(refused) == len(error.failed):
                raise why_nothing_starts(self._items, executions[refused[0]]) from error
            raise StaleVersion(f"the ledger of {place} has moved on") from error

    def withdraw(self, intent: Intent, reason: str) -> None:
        """Move a QUEUED or GRANTED intent back to PREPARED."""
        _, replaced = replace_intent(
            intent.without_room(not_before=None).changed(
                status=IntentStatus.PREPARED, queued_time=None, reason=reason
            )
        )
        self._write(
            intent,
            replaced,
            Delete(grant_key(intent.place, intent.key)),
            Delete(queue_key(intent.place, intent.key)),
        )

    def requeue(self, intent: Intent, reason: str) -> None:
        """Give a grant back and queue the chunk again."""
        queued = intent.changed(reason=reason)
        self._write(intent, Delete(grant_key(intent.place, intent.key)), *_queue(queued))

    def confirm(self, intent: Intent) -> Intent:
        """Move a SENT intent with its `job_id` to CONFIRMED, and name the job in its grant."""
        after, replaced = replace_intent(intent.changed(status=IntentStatus.CONFIRMED))
        named = Put(grant_key(intent.place, intent.key), _grant(after))
        self._write(intent, replaced, named)
        return after

    def release(self, intent: Intent) -> Intent:
        """Store the intent's final status and give back its grant or its place in the queue."""
        after, replaced = replace_intent(intent)
        self._write(
            intent,
            replaced,
            Delete(grant_key(intent.place, intent.key)),
            Delete(queue_key(intent.place, intent.key)),
        )
        return after

    def drop_grant(self, place: Place, key: str) -> None:
        """Give back the room of a job that has ended, whoever waits for it."""
        self._items.write(Delete(grant_key(place, key)))

    def drop_entry(self, place: Place, entry: QueueEntry) -> None:
        """Remove a queue entry that has no intent any more, or whose execution starts nothing.

        One that has been put anew since it was read stays: nobody would queue its intent again.
        """
        same = OneOf("queuedTime", [entry.document()["queuedTime"]])
        try:
            self._items.write(Delete(queue_key(place, entry.key), (same,)))
        except ConditionFailedError:
            return

    def _write(self, intent: Intent, *writes: Write) -> None:
        try:
            self._items.write(*writes)
        except ConditionFailedError as error:
            raise StaleVersion(f"intent {intent.key} has moved on") from error

    def _enqueue_unless_moved(self, intent: Intent) -> None:
        try:
            self._items.write(*_queue(intent))
        except ConditionFailedError:
            return


def _queue(intent: Intent) -> tuple[Write, Write]:
    """Return the two writes that put an intent with its `queued_time` into the queue."""
    _, replaced = replace_intent(intent.changed(status=IntentStatus.QUEUED))
    entry = QueueEntry(
        key=intent.key,
        execution_id=intent.execution_id,
        wave=intent.wave,
        attempt=intent.attempt,
        chunk=intent.chunk,
        execution_type=intent.execution_type,
        servers=len(intent.source_server_ids),
        remaining_path=intent.remaining_path,
        queued_time=intent.queued_time,
        not_before=intent.not_before,
    )
    record = {"kind": "queue", **entry.document()}
    return replaced, Put(queue_key(intent.place, intent.key), record)


def _grant_writes(entry: QueueEntry, intent: Intent) -> tuple[Write, ...]:
    _, replaced = replace_intent(intent.changed(status=IntentStatus.GRANTED, reason=None))
    return (
        Delete(queue_key(intent.place, entry.key), (Exists(),)),
        Put(grant_key(intent.place, entry.key), _grant(intent), (Absent(),)),
        replaced,
    )


def _grant(intent: Intent) -> Record:
    grant = Grant(
        key=intent.key,
        execution_id=intent.execution_id,
        wave=intent.wave,
        attempt=intent.attempt,
        chunk=intent.chunk,
        servers=len(intent.source_server_ids),
        execution_type=intent.execution_type,
        remaining_path=intent.remaining_path,
        job_id=intent.job_id,
    )
    return {"kind": "grant", **grant.document()}
