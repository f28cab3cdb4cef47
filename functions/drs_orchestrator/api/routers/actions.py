"""Actions of waves: functions report their results here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from drs_orchestrator.api.dependencies import ExecutionIdPath, UseCases, WaveNamePath
from drs_orchestrator.api.json_body import JsonRoute
from drs_orchestrator.api.models import ActionResult
from drs_orchestrator.domain.action import ActionReport

router = APIRouter(prefix="/executions", tags=["executions"], route_class=JsonRoute)


@router.post(
    "/{executionId}/waves/{wave}/actions/{action}/result", status_code=HTTPStatus.NO_CONTENT
)
async def report_action_result(
    execution_id: ExecutionIdPath,
    wave: WaveNamePath,
    action: Annotated[str, Path(max_length=48)],
    result: ActionResult,
    use_cases: UseCases,
) -> None:
    """Tell the result of a function that runs for longer than a minute.

    With the clientToken of its event; 409 if another try, or nobody, waits for it.
    """
    use_cases.report_action(
        execution_id,
        wave,
        action,
        token=result.client_token,
        report=result.narrowed_to(ActionReport),
    )
