"""Accounts: where the product may act besides its own, and by which trust."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from drs_orchestrator.api.dependencies import (
    ExpectedVersions,
    Limit,
    NextToken,
    UseCases,
    etag,
    expected_versions,
)
from drs_orchestrator.api.json_body import JsonRoute
from drs_orchestrator.api.models import AccountList
from drs_orchestrator.domain.account import Account, AccountSpec, Reachability
from drs_orchestrator.domain.server import AccountId, Region

router = APIRouter(prefix="/accounts", tags=["accounts"], route_class=JsonRoute)

AccountIdPath = Annotated[AccountId, Path(alias="accountId")]


@router.get("")
async def list_accounts(
    use_cases: UseCases, limit: Limit = 50, next_token: NextToken = None
) -> AccountList:
    """List the accounts that have an entry, by their ids; the product's own needs none."""
    accounts, token = use_cases.accounts.page(limit, next_token)
    return AccountList(items=accounts, next_token=token)


@router.get("/{accountId}")
async def get_account(
    account_id: AccountIdPath, use_cases: UseCases, response: Response
) -> Account:
    """Read an account's entry; its ETag is what an edit must send as If-Match."""
    account = use_cases.accounts.get(account_id)
    response.headers["ETag"] = etag(account.version)
    return account


@router.put("/{accountId}", responses={HTTPStatus.CREATED.value: {"model": Account}})
async def put_account(
    account_id: AccountIdPath,
    spec: AccountSpec,
    use_cases: UseCases,
    response: Response,
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="ETag of the entry to replace; absent: a new entry."),
    ] = None,
) -> Account:
    """Add an account, or replace its entry; it counts from the next call in that account on."""
    if if_match is None:
        account = use_cases.accounts.create(account_id, spec)
        response.status_code = HTTPStatus.CREATED
    else:
        account = use_cases.accounts.replace(account_id, spec, await expected_versions(if_match))
    response.headers["ETag"] = etag(account.version)
    return account


@router.delete("/{accountId}", status_code=HTTPStatus.NO_CONTENT)
async def delete_account(
    account_id: AccountIdPath, expected: ExpectedVersions, use_cases: UseCases
) -> None:
    """Cut an account off: what executions still have to start there is held."""
    use_cases.accounts.delete(account_id, expected)


@router.get("/{accountId}/reachability")
async def get_account_reachability(
    account_id: AccountIdPath, region: Annotated[Region, Query()], use_cases: UseCases
) -> Reachability:
    """Try now whether DRS of the account answers in a Region; if not, the reason says why."""
    return use_cases.accounts.reachability(account_id, region)
