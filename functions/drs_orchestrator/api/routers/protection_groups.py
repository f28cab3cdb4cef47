"""Protection groups: servers of one account and Region that are recovered together."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from drs_orchestrator.api.dependencies import (
    ExpectedVersions,
    GroupId,
    Limit,
    NextToken,
    UseCases,
    etag,
)
from drs_orchestrator.api.json_body import JsonRoute
from drs_orchestrator.api.models import ProtectionGroupList
from drs_orchestrator.domain.protection_group import ProtectionGroup, ProtectionGroupSpec
from drs_orchestrator.domain.server import AccountId, Region

router = APIRouter(prefix="/protection-groups", tags=["protection groups"], route_class=JsonRoute)


@router.get("")
async def list_protection_groups(
    use_cases: UseCases,
    account_id: Annotated[AccountId | None, Query(alias="accountId")] = None,
    region: Annotated[Region | None, Query()] = None,
    limit: Limit = 50,
    next_token: NextToken = None,
) -> ProtectionGroupList:
    """List groups, oldest first; with a filter a part may be short though more follow."""
    groups, token = use_cases.protection_groups.page(
        limit, next_token, account_id=account_id, region=region
    )
    return ProtectionGroupList(items=groups, next_token=token)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_protection_group(
    spec: ProtectionGroupSpec, use_cases: UseCases, response: Response
) -> ProtectionGroup:
    """Create a group. A server may be in one group only; a server that DRS lacks is refused."""
    group = use_cases.protection_groups.create(spec)
    response.headers["Location"] = f"/api/v1/protection-groups/{group.group_id}"
    response.headers["ETag"] = etag(group.version)
    return group


@router.get("/{groupId}")
async def get_protection_group(
    group_id: GroupId, use_cases: UseCases, response: Response
) -> ProtectionGroup:
    """Read a group; its ETag is what an edit must send as If-Match."""
    group = use_cases.protection_groups.get(group_id)
    response.headers["ETag"] = etag(group.version)
    return group


@router.put("/{groupId}")
async def replace_protection_group(
    group_id: GroupId,
    spec: ProtectionGroupSpec,
    expected: ExpectedVersions,
    use_cases: UseCases,
    response: Response,
) -> ProtectionGroup:
    """Replace a group as a whole; running executions keep the servers they began with."""
    group = use_cases.protection_groups.replace(group_id, spec, expected)
    response.headers["ETag"] = etag(group.version)
    return group


@router.delete("/{groupId}", status_code=HTTPStatus.NO_CONTENT)
async def delete_protection_group(
    group_id: GroupId, expected: ExpectedVersions, use_cases: UseCases
) -> None:
    """Delete a group that no recovery plan refers to; its servers are free for others."""
    use_cases.protection_groups.delete(group_id, expected)
