"""Executions: the runs of recovery plans."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from drs_orchestrator.api.caller import Actor
from drs_orchestrator.api.dependencies import (
    ExecutionIdPath,
    Limit,
    NextToken,
    UseCases,
    WaveNamePath,
)
from drs_orchestrator.api.json_body import JsonRoute
from drs_orchestrator.api.models import DecisionRequest, ExecutionList
from drs_orchestrator.domain.decision import Decision
from drs_orchestrator.domain.execution_view import ExecutionSummary, ExecutionView, summarize

router = APIRouter(prefix="/executions", tags=["executions"], route_class=JsonRoute)


@router.get("")
async def list_executions(
    use_cases: UseCases,
    plan_id: Annotated[str | None, Query(alias="planId", min_length=1, max_length=80)] = None,
    limit: Limit = 50,
    next_token: NextToken = None,
) -> ExecutionList:
    """List the executions of one plan or of all, newest first."""
    executions, token = use_cases.read_executions.page(plan_id, limit, next_token)
    return ExecutionList(items=executions, next_token=token)


@router.post("/{executionId}/pause")
async def pause_execution(
    execution_id: ExecutionIdPath, use_cases: UseCases, actor: Actor
) -> ExecutionSummary:
    """Let running jobs end, and nothing new start until it is resumed."""
    return summarize(use_cases.control_execution.pause(execution_id, actor))


@router.post("/{executionId}/resume")
async def resume_execution(execution_id: ExecutionIdPath, use_cases: UseCases) -> ExecutionSummary:
    """Let waves start again."""
    return summarize(use_cases.control_execution.resume(execution_id))


@router.post("/{executionId}/cancel", status_code=HTTPStatus.ACCEPTED)
async def cancel_execution(
    execution_id: ExecutionIdPath, use_cases: UseCases, actor: Actor
) -> ExecutionSummary:
    """Start nothing new; running DRS jobs are followed to their end, then it is CANCELLED."""
    return summarize(use_cases.control_execution.cancel(execution_id, actor))


@router.post("/{executionId}/clean-up", status_code=HTTPStatus.ACCEPTED)
async def clean_up_execution(
    execution_id: ExecutionIdPath, use_cases: UseCases, actor: Actor
) -> ExecutionView:
    """Terminate what the drill launched and is still alive, nothing else; never of a RECOVERY."""
    use_cases.start_clean_up(execution_id, actor)
    return use_cases.read_executions.get(execution_id)


@router.post("/{executionId}/waves/{wave}/decisions", status_code=HTTPStatus.CREATED)
async def decide(
    execution_id: ExecutionIdPath,
    wave: WaveNamePath,
    answer: DecisionRequest,
    use_cases: UseCases,
    actor: Actor,
) -> Decision:
    """Answer the question that a wave asks; `attempt` is the question's number."""
    return use_cases.decide(
        execution_id,
        wave,
        attempt=answer.attempt,
        choice=answer.decision,
        reason=answer.reason,
        actor=actor,
    )


@router.get("/{executionId}")
async def get_execution(execution_id: ExecutionIdPath, use_cases: UseCases) -> ExecutionView:
    """Read an execution with its waves and servers."""
    return use_cases.read_executions.get(execution_id)
