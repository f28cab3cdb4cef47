"""Sessions in other accounts: the role of each is assumed, with its external id."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    RefreshableCredentials,
)

from drs_orchestrator.adapters import clients

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from types_boto3_sts import STSClient

# The service did not look at the call, because the credentials that came with it are worth nothing
# any more: EC2, STS and the rest each say it in their own way.
_STALE_CREDENTIALS = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}


class Trust(NamedTuple):
    """How a role is assumed."""

    role_arn: str
    external_id: str
    session_name: str


class MemberSession:
    """A boto3 session whose credentials come from AssumeRole, and are renewed before they expire.

    STS is asked in the Region that the session is for: an outage elsewhere must not keep us out.
    """

    def __init__(
        self,
        home: boto3.Session,
        region: str,
        trust: Trust,
        make: Callable[..., boto3.Session] = boto3.Session,
    ) -> None:
        """Assume the role; raises ClientError, BotoCoreError or RuntimeError."""
        self.trust = trust
        self.is_stale = False
        self._credentials = _credentials(home, region, trust)
        core = botocore.session.Session()
        provider = _Assumed(self._credentials)
        core.register_component("credential_provider", CredentialResolver([provider]))
        core.register("after-call", self._look_at_answer)
        self.session = make(botocore_session=core, region_name=region)

    def renew(self) -> None:
        """Assume the role again if its credentials expire soon; raises as the constructor does."""
        self._credentials.get_frozen_credentials()

    def _look_at_answer(self, **event: Any) -> None:  # noqa: ANN401 - as botocore calls it
        if event["parsed"].get("Error", {}).get("Code") in _STALE_CREDENTIALS:
            self.is_stale = True


class _Assumed(CredentialProvider):
    """Hands the credentials to the session's clients."""

    METHOD = "assume-role"

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> Credentials:
        return self._credentials


def _credentials(home: boto3.Session, region: str, trust: Trust) -> RefreshableCredentials:
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=_sts_maker(home, region),
        source_credentials=home.get_credentials(),
        role_arn=trust.role_arn,
        extra_args={"RoleSessionName": trust.session_name, "ExternalId": trust.external_id},
    )
    # The first time at once: a failure of a later one is also logged by botocore, at length.
    return RefreshableCredentials.create_from_metadata(
        metadata=fetcher.fetch_credentials(),
        refresh_using=fetcher.fetch_credentials,
        method=_Assumed.METHOD,
    )


def _sts_maker(home: boto3.Session, region: str) -> Callable[..., STSClient]:
    """Return what the fetcher calls for a client; the home session has the credentials itself."""

    def make(_service: str, **_credentials: str | None) -> STSClient:
        return clients.sts(home, region)

    return make
