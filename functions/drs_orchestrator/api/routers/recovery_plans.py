"""Recovery plans: waves of protection groups, and which wave waits for which."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from drs_orchestrator.api.caller import Actor
from drs_orchestrator.api.dependencies import (
    ExpectedVersions,
    Limit,
    NextToken,
    PlanId,
    UseCases,
    etag,
)
from drs_orchestrator.api.json_body import JsonRoute
from drs_orchestrator.api.models import ExecutionStart, RecoveryPlanList
from drs_orchestrator.domain.execution_view import ExecutionSummary, summarize
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, RecoveryPlanDocument

router = APIRouter(prefix="/recovery-plans", tags=["recovery plans"], route_class=JsonRoute)


@router.get("")
async def list_recovery_plans(
    use_cases: UseCases, limit: Limit = 50, next_token: NextToken = None
) -> RecoveryPlanList:
    """List plans, oldest first."""
    plans, token = use_cases.recovery_plans.page(limit, next_token)
    return RecoveryPlanList(items=plans, next_token=token)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_recovery_plan(
    document: RecoveryPlanDocument, use_cases: UseCases, response: Response
) -> RecoveryPlan:
    """Create a plan; groups in the document are created, or updated by name, with it.

    The document is checked as a whole first: if anything is wrong, nothing is written.
    """
    plan = use_cases.recovery_plans.create(document)
    response.headers["Location"] = f"/api/v1/recovery-plans/{plan.plan_id}"
    response.headers["ETag"] = etag(plan.version)
    return plan


@router.get("/{planId}")
async def get_recovery_plan(
    plan_id: PlanId, use_cases: UseCases, response: Response
) -> RecoveryPlan:
    """Read a plan; its ETag is what an edit must send as If-Match."""
    plan = use_cases.recovery_plans.get(plan_id)
    response.headers["ETag"] = etag(plan.version)
    return plan


@router.put("/{planId}")
async def replace_recovery_plan(
    plan_id: PlanId,
    document: RecoveryPlanDocument,
    expected: ExpectedVersions,
    use_cases: UseCases,
    response: Response,
) -> RecoveryPlan:
    """Replace a plan as a whole, and the groups in the document; executions keep what they run."""
    plan = use_cases.recovery_plans.replace(plan_id, document, expected)
    response.headers["ETag"] = etag(plan.version)
    return plan


@router.delete("/{planId}", status_code=HTTPStatus.NO_CONTENT)
async def delete_recovery_plan(
    plan_id: PlanId, expected: ExpectedVersions, use_cases: UseCases
) -> None:
    """Delete a plan; its groups and its executions stay."""
    use_cases.recovery_plans.delete(plan_id, expected)


@router.post("/{planId}/execute", status_code=HTTPStatus.ACCEPTED)
async def execute_recovery_plan(
    plan_id: PlanId,
    start: ExecutionStart,
    use_cases: UseCases,
    actor: Actor,
    response: Response,
) -> ExecutionSummary:
    """Start a drill or a recovery; follow it at the answer's Location."""
    execution = use_cases.start_execution(
        plan_id,
        start.execution_type,
        actor=actor,
        point_in_time=start.point_in_time,
        replace_live_instances=start.replace_live_instances,
    )
    response.headers["Location"] = f"/api/v1/executions/{execution.execution_id}"
    return summarize(execution)
