"""What a person's answer makes of the action that failed."""

from __future__ import annotations

from drs_orchestrator.domain.action import ActionRecord, ActionStatus
from drs_orchestrator.domain.decision import Decision
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.executions import Executions


class RetryActions:
    """Either may be done twice, and by two at once, while the wave asks about the action.

    An answer that could not be carried out to its end may have been another one: what it made of
    the action is undone.
    """

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def again(self, execution_id: str, wave: WaveRecord) -> None:
        """Let the failed action run once more, as a new attempt."""
        for record in self._failed(execution_id, wave, ActionStatus.FAILED, ActionStatus.SKIPPED):
            self._save(
                execution_id,
                wave,
                record.changed(
                    status=ActionStatus.PENDING,
                    attempt=record.attempt + 1,
                    tries=0,
                    run_id=None,
                    start_time=None,
                    end_time=None,
                    reason=None,
                ),
            )

    def skip(self, execution_id: str, wave: WaveRecord, decision: Decision) -> None:
        """Go on without the failed action."""
        for record in self._failed(execution_id, wave, ActionStatus.FAILED, ActionStatus.PENDING):
            self._save(
                execution_id,
                wave,
                record.changed(
                    status=ActionStatus.SKIPPED,
                    reason=f"skipped by {decision.actor}: {decision.reason}",
                    end_time=record.end_time or decision.time,
                ),
            )

    def _failed(
        self, execution_id: str, wave: WaveRecord, *statuses: ActionStatus
    ) -> list[ActionRecord]:
        failed = wave.failed_action
        return [
            record
            for record in self._executions.actions(execution_id, wave.name)
            if failed
            and (record.phase, record.position) == (failed.phase, failed.position)
            and record.status in statuses
        ]

    def _save(self, execution_id: str, wave: WaveRecord, record: ActionRecord) -> None:
        try:
            self._executions.save_action(execution_id, record, asked=wave.attempt)
        except StaleVersion:
            return  # the other one, who carries out the same answer, was first
