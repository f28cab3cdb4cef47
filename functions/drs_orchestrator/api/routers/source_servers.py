"""Source servers: what DRS replicates."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from drs_orchestrator.api.dependencies import UseCases
from drs_orchestrator.api.models import SourceServerList
from drs_orchestrator.domain.server import AccountId, Region

router = APIRouter(prefix="/source-servers", tags=["source servers"])


@router.get("")
async def list_source_servers(
    use_cases: UseCases,
    account_id: Annotated[AccountId | None, Query(alias="accountId")] = None,
    region: Annotated[Region | None, Query()] = None,
) -> SourceServerList:
    """List the servers of an account and Region, each with the group that it belongs to.

    The defaults are the product's own account and Region.
    """
    return SourceServerList(items=use_cases.source_servers.at(account_id, region))
