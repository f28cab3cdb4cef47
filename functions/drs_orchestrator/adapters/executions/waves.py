"""Waves of executions, and the bells that they hang."""

from __future__ import annotations

from collections.abc import Collection
from typing import Unpack

from pydantic.alias_generators import to_camel
from pydantic_core import to_jsonable_python

from drs_orchestrator.adapters.executions.items import decision_key, partition, wave_key
from drs_orchestrator.adapters.executions.part import Part
from drs_orchestrator.adapters.items import (
    Absent,
    Change,
    Check,
    ConditionFailedError,
    Exists,
    OneOf,
    Record,
)
from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.errors import WaveNotFound
from drs_orchestrator.domain.wave import WaveChanges, WavePhase, WaveRecord, WaveStatus


class Waves(Part):
    """This part of the port `Executions`."""

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
        change = Change(
            wave_key(execution_id, wave),
            values,
            kept={"earlierBell": "bell"},
            conditions=(Exists(),),
        )
        try:
            self._items.write(change)
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
        in_phase: WavePhase | None = None,
        **changes: Unpack[WaveChanges],
    ) -> bool:
        """Set the wave's status and more if it is one of `allowed`; return whether it was."""
        values = {"status": status.value, "reason": None, **_stored(changes)}
        defaults = {name: values.pop(name) for name in ("startTime",) if name in values}
        conditions = [OneOf("status", [each.value for each in allowed])]
        if in_phase is not None:
            conditions.append(OneOf("phase", [in_phase.value]))
        checks: list[Check] = []
        if asked is not None:
            conditions.append(OneOf("attempt", [asked]))
            if unanswered:
                checks.append(Check(decision_key(execution_id, wave, asked), (Absent(),)))
        change = Change(wave_key(execution_id, wave), values, defaults, conditions=conditions)
        try:
            self._items.write(*checks, change)
        except ConditionFailedError:
            return False
        return True


def _stored(changes: WaveChanges) -> Record:
    """Return the changes as they are stored; None stays, it removes."""
    return {
        to_camel(name): to_jsonable_python(value, exclude_none=True)
        for name, value in changes.items()
    }
