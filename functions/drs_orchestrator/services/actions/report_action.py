"""Report an action: a function that nobody waits for tells its result."""

from __future__ import annotations

from drs_orchestrator.domain.action import ActionRecord, ActionReport, ActionStatus, LambdaAction
from drs_orchestrator.domain.action_run import client_token
from drs_orchestrator.domain.errors import ActionNotFound, StaleReport, StaleVersion
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.executions import Executions


class ReportAction:
    """The report is noted only; the workflow sees it at its next look and goes on."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def __call__(
        self, execution_id: str, wave: str, name: str, *, token: str, report: ActionReport
    ) -> None:
        """Note the result of the try that the token names; the same one again changes nothing.

        Raises ExecutionNotFound, WaveNotFound, ActionNotFound or StaleReport.
        """
        execution = self._executions.get(execution_id)
        what = f"action '{name}' of wave '{wave}'"
        if not _reports(self._executions.wave(execution_id, wave), name):
            raise ActionNotFound(
                f"execution '{execution_id}' has no {what} that reports: of type lambda, with more "
                "than 60 timeoutSeconds"
            )
        while True:
            record = self._find(execution_id, wave, name)
            if record is None or client_token(execution, record) != token.lower():
                raise StaleReport(f"{what} is in another try than the clientToken's, or in none")
            if record.report == report:
                return
            if record.status is not ActionStatus.RUNNING or record.report:
                raise StaleReport(f"{what} is {record.status} and expects no other result")
            try:
                self._executions.save_action(execution_id, record.changed(report=report))
            except StaleVersion:
                continue
            return

    def _find(self, execution_id: str, wave: str, name: str) -> ActionRecord | None:
        records = self._executions.actions(execution_id, wave)
        return next((record for record in records if record.name == name), None)


def _reports(wave: WaveRecord, name: str) -> bool:
    return any(
        action.name == name and isinstance(action, LambdaAction) and action.reports
        for action in (*wave.pre_actions, *wave.post_actions)
    )
