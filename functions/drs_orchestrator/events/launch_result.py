"""Launch result: DRS tells that the launch of a server has ended."""

from __future__ import annotations

from pydantic import Field

from drs_orchestrator.bootstrap import use_cases
from drs_orchestrator.bootstrap.reconciliation import ReconciliationUseCases
from drs_orchestrator.domain.server import Place
from drs_orchestrator.events.envelope import Event, Received, read


class LaunchDetail(Received):
    """Its job; how the launch ended is looked up."""

    job_id: str = Field(alias="job-id")


class LaunchResult(Received):
    """`DRS Source Server Launch Result`, of the account and Region where it happened."""

    account: str
    region: str
    detail: LaunchDetail


def handler(event: Event, _context: object) -> None:
    """Check the job's wave at once."""
    result = read(LaunchResult, event)
    if result:
        place = Place(result.account, result.region)
        use_cases(ReconciliationUseCases).hear_launch_result(place, result.detail.job_id)
