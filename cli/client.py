"""The REST API, spoken over HTTP."""

from __future__ import annotations

from http import HTTPStatus
from types import TracebackType
from typing import Self, cast
from urllib.parse import quote

from cli.answers import Execution, Json
from cli.errors import ApiProblem, BadInput
from cli.transport import Query, Transport

_PAGE = 100
# A URL loses these on its way and names something else (RFC 3986, 5.2.4).
_NO_SEGMENTS = frozenset({"", ".", ".."})


class OrchestratorClient:
    """The API at one address.

    Every call may raise ApiUnreachable or ApiProblem.
    """

    def __init__(self, api_url: str) -> None:
        self._transport = Transport(api_url)

    @property
    def is_local(self) -> bool:
        """Whether the API runs on this machine."""
        return self._transport.is_local

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transport.close()

    def plans(self) -> list[Json]:
        """Return all recovery plans."""
        return self._items("/recovery-plans")

    def find_plan(self, plan: str) -> Json:
        """Return the plan of this id or name, ignoring the name's case; raise BadInput."""
        found = self._plan_called(plan)
        if found is None:
            raise BadInput(
                f"no recovery plan has the id or name '{plan}'; `drsctl plan ls` lists them,"
                " `drsctl plan apply FILE` makes one"
            )
        return found

    def apply_plan(self, document: Json) -> tuple[Json, bool]:
        """Create the plan, or replace the one of its name; return it and whether it is new."""
        name = document.get("name")
        known = self._plan_called(name, by_id=False) if isinstance(name, str) else None
        if known is None:
            return self._document("POST", "/recovery-plans", body=document), True
        path = f"/recovery-plans/{_segment(known['planId'])}"
        version = self._transport.send("GET", path).headers.get("ETag", f'"{known.get("version")}"')
        return self._document("PUT", path, body=document, headers={"If-Match": version}), False

    def execute(
        self, plan_id: str, execution_type: str, point_in_time: str | None = None
    ) -> Execution:
        """Start the plan as a DRILL or a RECOVERY; return the accepted execution."""
        path = f"/recovery-plans/{_segment(plan_id)}/execute"
        body = {"executionType": execution_type}
        if point_in_time:
            body["pointInTime"] = point_in_time
        return cast("Execution", self._document("POST", path, body=body))

    def control(self, execution_id: str, verb: str) -> Execution:
        """Ask an execution to `pause`, `resume`, `cancel` or `clean-up`; return it as accepted.

        Raises BadInput if there is none of this id.
        """
        return self._execution("POST", execution_id, f"/{verb}")

    def decide(
        self, execution_id: str, wave: str, attempt: int, decision: str, reason: str | None
    ) -> Json:
        """Answer question `attempt` of a wave; return the decision as recorded."""
        run, name = _segment(execution_id), _segment(wave)
        body = {"attempt": attempt, "decision": decision, "reason": reason}
        return self._document("POST", f"/executions/{run}/waves/{name}/decisions", body=body)

    def executions(self, plan_id: str | None = None) -> list[Execution]:
        """Return all executions, or those of one plan."""
        params = {"planId": plan_id} if plan_id else {}
        return cast("list[Execution]", self._items("/executions", **params))

    def execution(self, execution_id: str) -> Execution:
        """Return one execution with its waves and servers; raise BadInput if there is none."""
        return self._execution("GET", execution_id)

    def source_servers(self) -> list[Json]:
        """Return the source servers of the API's home account and Region."""
        return self._items("/source-servers")

    def accounts(self) -> list[Json]:
        """Return the accounts that have an entry."""
        return self._items("/accounts")

    def set_account(self, account_id: str, changes: Json) -> tuple[Json, bool]:
        """Add an account, or change its entry; return the entry and whether it is new."""
        path = f"/accounts/{_segment(account_id)}"
        known = next((a for a in self.accounts() if a["accountId"] == account_id), None)
        if known is None:
            return self._document("PUT", path, body=changes), True
        kept = {k: v for k, v in known.items() if k not in {"accountId", "version"} and v}
        version = {"If-Match": f'"{known["version"]}"'}
        return self._document("PUT", path, body={**kept, **changes}, headers=version), False

    def remove_account(self, account_id: str) -> None:
        """Delete the entry of an account."""
        self._transport.send(
            "DELETE", f"/accounts/{_segment(account_id)}", headers={"If-Match": "*"}
        )

    def reachability(self, account_id: str, region: str) -> Json:
        """Return whether DRS of an account answers in a Region."""
        path = f"/accounts/{_segment(account_id)}/reachability"
        return self._document("GET", path, params={"region": region})

    def _execution(self, method: str, execution_id: str, verb: str = "") -> Execution:
        unknown = BadInput(f"no run has the id '{execution_id}'; `drsctl run ls` lists them")
        if execution_id.strip() in _NO_SEGMENTS:
            raise unknown
        path = f"/executions/{_segment(execution_id)}{verb}"
        try:
            return cast("Execution", self._document(method, path))
        except ApiProblem as problem:
            # Without a code it is not the API that does not know it, but a proxy without the API.
            if problem.status == HTTPStatus.NOT_FOUND and problem.code:
                raise unknown from problem
            raise

    def _plan_called(self, plan: str, *, by_id: bool = True) -> Json | None:
        plans = self.plans()
        same_id = (p for p in plans if by_id and p["planId"] == plan)
        same_name = (p for p in plans if p["name"].casefold() == plan.strip().casefold())
        return next(same_id, None) or next(same_name, None)

    def _items(self, path: str, **params: str) -> list[Json]:
        items: list[Json] = []
        query: Query = {**params, "limit": _PAGE}
        while True:
            page = self._document("GET", path, params=query)
            if not isinstance(page.get("items"), list):
                raise self._transport.stranger()
            items += page["items"]
            if not page.get("nextToken"):
                return items
            query["nextToken"] = page["nextToken"]

    def _document(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> Json:
        response = self._transport.send(method, path, params=params, body=body, headers=headers)
        try:
            document = response.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise self._transport.stranger()
        return document


def _segment(text: str) -> str:
    """Return the text as a part of a path; what is no text names nothing that exists."""
    return quote(text, safe="", errors="replace")
