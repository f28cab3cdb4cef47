"""The layout of the Executions table: which item has which key, and the conditions on them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic.alias_generators import to_camel

from drs_orchestrator.adapters.items import Absent, Check, Items, Key, OneOf, Put, Record
from drs_orchestrator.domain.action import ActionPhase, ActionRecord
from drs_orchestrator.domain.errors import (
    Conflict,
    ExecutionClosed,
    ExecutionPaused,
    StaleVersion,
)
from drs_orchestrator.domain.execution import (
    CLOSED_BY,
    CLOSED_EVEN_AFTER_LAUNCH,
    Execution,
    ExecutionStatus,
)
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import Place, RecoveredServer
from drs_orchestrator.domain.wave import WavePhase, WaveStatus

_CLOSED_BY = tuple(map(to_camel, CLOSED_BY))
_CLOSED_EVEN_AFTER_LAUNCH = tuple(map(to_camel, CLOSED_EVEN_AFTER_LAUNCH))


def partition(execution_id: str) -> str:
    """Return the partition of everything that belongs to one execution."""
    return f"EXEC#{execution_id}"


def header_key(execution_id: str) -> Key:
    """Return the key of the execution's header."""
    return Key(partition(execution_id), "HEADER")


def header_record(execution: Execution) -> Record:
    """Return the header as stored; `recordType` puts it into the index of all executions."""
    return {**execution.document(), "recordType": "EXECUTION"}


def wave_key(execution_id: str, wave: str) -> Key:
    """Return the key of one wave."""
    return Key(partition(execution_id), f"WAVE#{wave}")


def server_key(execution_id: str, server: RecoveredServer) -> Key:
    """Return the key of one server."""
    place = f"{server.account_id}#{server.region}#{server.source_server_id}"
    return Key(partition(execution_id), f"SERVER#{server.wave}#{place}")


def intent_key(intent: Intent) -> Key:
    """Return the key of one intent; attempts and chunks sort as numbers do."""
    number = f"{intent.attempt:03d}#{intent.chunk:04d}"
    return Key(partition(intent.execution_id), f"INTENT#{intent.wave}#{number}")


def decision_key(execution_id: str, wave: str, attempt: int) -> Key:
    """Return the key of the decision over one question of a wave."""
    return Key(partition(execution_id), f"DECISION#{wave}#{attempt:03d}")


def action_key(execution_id: str, action: ActionRecord) -> Key:
    """Return the key of one action; those BEFORE the launch sort before those AFTER it."""
    order = list(ActionPhase).index(action.phase)
    return Key(
        partition(execution_id), f"ACTION#{action.wave}#{order}#{action.position:02d}#{action.name}"
    )


def replace_intent(intent: Intent) -> tuple[Intent, Put]:
    """Return the intent one version on, and the write that replaces the version it was read at."""
    after = intent.changed(version=intent.version + 1)
    same = OneOf("version", [intent.version])
    return after, Put(intent_key(intent), after.document(), (same,))


def replace_action(execution_id: str, action: ActionRecord) -> tuple[ActionRecord, Put]:
    """Return the action one version on, and the write that replaces the version it was read at."""
    after = action.changed(version=action.version + 1)
    same = OneOf("version", [action.version]) if action.version else Absent()
    return after, Put(action_key(execution_id, action), after.document(), (same,))


def may_start_jobs(execution_id: str) -> Check:
    """Return the proof that the execution may still start jobs: the fence of every launch."""
    return _runs_without(execution_id, (*_CLOSED_BY, "pausedBy"))


def may_answer(execution_id: str) -> Check:
    """Return the proof that the execution may start something, be it after a pause: else its waves
    ask nothing any more.
    """
    return _runs_without(execution_id, _CLOSED_BY)


def is_prepared(execution_id: str, preparation: str) -> Check:
    """Return the proof that the execution is being prepared under this fence, and neither begun nor
    about to end.
    """
    pending = OneOf("status", [ExecutionStatus.PENDING.value])
    same = OneOf("preparation", [preparation])
    return Check(header_key(execution_id), (same, pending, Absent("finishingTime")))


def asks(execution_id: str, wave: str, attempt: int) -> Check:
    """Return the proof that the wave asks the question of that number."""
    waits = OneOf("status", [WaveStatus.AWAITING_DECISION.value])
    return Check(wave_key(execution_id, wave), (waits, OneOf("attempt", [attempt])))


def is_at_its_health(execution_id: str, wave: str) -> Check:
    """Return the proof that the wave is at its health checks, or asks about them."""
    looks = [WaveStatus.VERIFYING.value, WaveStatus.AWAITING_DECISION.value]
    at_health = (OneOf("status", looks), OneOf("phase", [WavePhase.HEALTH.value]))
    return Check(wave_key(execution_id, wave), at_health)


def may_act(execution_id: str, *, after_launch: bool) -> Check:
    """Return the proof that an action may begin; after a launch also during a pause or a STOP."""
    if not after_launch:
        return may_start_jobs(execution_id)
    return _runs_without(execution_id, _CLOSED_EVEN_AFTER_LAUNCH)


def _runs_without(execution_id: str, stoppers: Sequence[str]) -> Check:
    running = OneOf("status", [ExecutionStatus.RUNNING.value])
    return Check(header_key(execution_id), (running, *map(Absent, stoppers)))


def why_nothing_starts(items: Items, execution_id: str) -> Conflict:
    """Return the error for a launch that `may_start_jobs` refused, from the header as it is now."""
    header = items.get(header_key(execution_id)) or {}
    what = f"execution '{execution_id}'"
    runs = header.get("status") == ExecutionStatus.RUNNING
    if not runs or any(attribute in header for attribute in _CLOSED_BY):
        return ExecutionClosed(f"{what} starts nothing any more")
    if "pausedBy" in header:
        return ExecutionPaused(f"{what} is paused by {header['pausedBy']}")
    return StaleVersion(f"{what} was resumed just now")


def ledger_partition(place: Place) -> str:
    """Return the partition of queue and grants of one account and Region."""
    return f"LEDGER#{place.account_id}#{place.region}"


def quota_key(place: Place) -> Key:
    """Return the key of the ledger's version."""
    return Key(ledger_partition(place), "QUOTA")


def queue_key(place: Place, key: str) -> Key:
    """Return the key of a queued chunk."""
    return Key(ledger_partition(place), f"QUEUE#{key}")


def grant_key(place: Place, key: str) -> Key:
    """Return the key of a granted chunk, which is a DRS job or about to be one."""
    return Key(ledger_partition(place), f"JOB#{key}")
