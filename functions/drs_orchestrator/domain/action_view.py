"""The actions of a wave as everybody sees them, those that have not begun included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drs_orchestrator.domain.action import Action, ActionPhase, ActionRecord, ActionStatus
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.wave import WaveRecord


class ActionView(Model):
    """An action of a wave."""

    name: str
    phase: ActionPhase
    type: str
    status: ActionStatus
    attempt: int
    reason: str | None
    start_time: datetime | None
    end_time: datetime | None
    run_id: str | None


def view_actions(wave: WaveRecord, records: Sequence[ActionRecord]) -> list[ActionView]:
    """Return the actions of a wave in order; `records` may hold those of other waves too."""
    stored = {(r.phase, r.position): r for r in records if r.wave == wave.name}
    return [
        _view(wave, phase, action, stored.get((phase, position)))
        for phase in ActionPhase
        for position, action in enumerate(wave.actions(phase))
    ]


def _view(
    wave: WaveRecord, phase: ActionPhase, action: Action, record: ActionRecord | None
) -> ActionView:
    status, reason = (record.status, record.reason) if record else (ActionStatus.PENDING, None)
    if wave.status.is_final and status is ActionStatus.PENDING:
        status, reason = ActionStatus.CANCELLED, f"the wave ended {wave.status} before its turn"
    if wave.status.is_final and status is ActionStatus.RUNNING:
        reason = f"the wave ended {wave.status}; what became of the action is not known"
    return ActionView(
        name=action.name,
        phase=phase,
        type=action.type,
        status=status,
        attempt=record.attempt if record else 1,
        reason=reason,
        start_time=record.start_time if record else None,
        end_time=record.end_time if record else None,
        run_id=record.run_id if record else None,
    )
