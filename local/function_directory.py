"""Finds the function that a caller means: its name, or an ARN, in some account and Region."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from local.drs.state import Scope
from local.functions import FunctionNotFound, FunctionRuntime, InvocationRefused, Outcome

FunctionCall = Callable[[bytes], Outcome]
"""Runs a function with a JSON payload; raises InvocationRefused."""


class Functions(Protocol):
    """Functions that no template deploys, such as the probers of other accounts."""

    def find(self, scope: Scope, name: str) -> FunctionCall | None:
        """Return the function `name` of an account and Region, None if there is none."""
        ...


class FunctionDirectory:
    """The functions of the deployment, which are at `home`, and `others`, which come first."""

    def __init__(
        self, runtime: FunctionRuntime, home: Scope, others: Iterable[Functions] = ()
    ) -> None:
        self.runtime = runtime
        self.home = home
        self._others = tuple(others)

    def find(self, name: str, caller: Scope) -> FunctionCall:
        """Return the function of that name, ARN or partial ARN, as `caller` may invoke it.

        Raises FunctionNotFound, and InvocationRefused for another account's function: the product
        assumes a role there first, so that no function needs a policy that names us.
        """
        scope, short = _address(name, caller)
        if scope.account_id != caller.account_id:
            raise InvocationRefused(
                "AccessDeniedException",
                f"Account {caller.account_id} is not authorized to perform: lambda:InvokeFunction "
                f"on resource: {name}",
                403,
            )
        if scope.region != caller.region:
            raise FunctionNotFound(
                f"Functions from '{scope.region}' are not reachable in this region "
                f"('{caller.region}')"
            )
        return self.at(scope, short)

    def at(self, scope: Scope, name: str) -> FunctionCall:
        """Return the function `name` of an account and Region; raises FunctionNotFound."""
        for functions in self._others:
            call = functions.find(scope, name)
            if call is not None:
                return call
        if scope != self.home or name not in self.runtime.definitions:
            raise FunctionNotFound(
                f"Function not found: {name} in {scope.account_id} {scope.region}. "
                "The laptop plays it once a script names it; see docs/how-to/rehearse-faults.md"
            )
        return lambda payload: self.runtime.invoke(name, payload)

    def at_arn(self, arn: str) -> FunctionCall:
        """Return the function with that ARN, as AWS itself may invoke it for a rule or schedule.

        Raises FunctionNotFound.
        """
        return self.at(*_address(arn, self.home))


def _address(name: str, caller: Scope) -> tuple[Scope, str]:
    """Return account, Region and name; a qualifier is dropped, there is one version of each."""
    parts = name.split(":")
    if "function" not in parts[:-1]:
        return caller, parts[0]
    at = parts.index("function")
    account_id = parts[at - 1] if at else caller.account_id
    region = parts[at - 2] if at > 1 else caller.region
    return Scope(account_id, region), parts[at + 1]
