"""Target accounts: where the product may act besides its own, and by which trust."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from drs_orchestrator.domain.errors import Fault, InvalidRequest
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.server import AccountId

AccountName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")
]
# The characters of the STS API model. STS takes two of them; a guess must not do.
ExternalId = Annotated[
    str, StringConstraints(min_length=16, max_length=1224, pattern=r"^[A-Za-z0-9_+=,.@:/-]+$")
]
FunctionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class AccountSpec(Model):
    """What a person writes.

    The external id proves to the account's role that the product acts for that account, and not for
    a stranger who named its role; it is no secret.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    name: AccountName
    external_id: ExternalId | None = None
    """Required for every account but the product's own, which needs no role."""
    prober_function_name: FunctionName | None = None
    """The Lambda function that probes recovery instances from inside the account's network."""


class Account(AccountSpec):
    """A stored account."""

    account_id: AccountId
    version: int = 1


class Reachability(Model):
    """Whether DRS answered in an account and Region, and if not, why not."""

    account_id: str
    region: str
    reachable: bool
    reason: str | None


def check_trust(account_id: AccountId, spec: AccountSpec, home_account_id: AccountId) -> None:
    """Raise InvalidRequest unless the external id is there exactly where a role is assumed."""
    if account_id == home_account_id:
        if spec.external_id is not None:
            message = "leave it out: the product assumes no role in its own account"
            raise InvalidRequest(
                f"account {account_id} is the product's own", [Fault("/externalId", message)]
            )
    elif spec.external_id is None:
        message = "is required; use the ExternalId that the account's role was deployed with"
        raise InvalidRequest(
            f"account {account_id} cannot be stored", [Fault("/externalId", message)]
        )
