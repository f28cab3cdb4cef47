"""Credentials for every account and Region that the product acts in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import boto3
from botocore.exceptions import BotoCoreError, ClientError, UnknownRegionError

from drs_orchestrator.adapters.member_sessions import MemberSession, Trust
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.errors import AccountUnreachable, shortened
from drs_orchestrator.domain.server import Place

_HOW_TO = "see docs/how-to/add-an-account.md"
# By the code that STS answers.
_REMEDIES = {
    "AccessDenied": "the role does not exist there, or trusts another externalId or another "
    f"account than ours: deploy it with the externalId of the account's entry, {_HOW_TO}",
    "RegionDisabledException": "enable the Region in the product's account and in that one",
    "InvalidClientTokenId": "enable the Region in the product's account",
}
# Of the STS API model.
_LONGEST_SESSION_NAME = 64

MakeSession: TypeAlias = Callable[..., boto3.Session]
"""Makes a session from `region_name`, and from `botocore_session` where it has another's role."""
make_session: MakeSession = boto3.Session


@dataclass(frozen=True)
class MemberRole:
    """The role that every other account offers, under one name.

    `find` returns an account's entry, which holds the external id; `session_name` is what the
    account's CloudTrail calls us.
    """

    find: Callable[[str], Account | None]
    role_name: str
    session_name: str


class Sessions:
    """One session per account and Region: all clients of a place are made from it.

    `home` is the account and Region that the product runs in. Without `member_role` it acts in its
    own account alone. The entry of an account is read each time, so that a change or a removal
    counts at once; a failure is forgotten at once.
    """

    def __init__(
        self, home: Place, member_role: MemberRole | None = None, make: MakeSession = make_session
    ) -> None:
        self.home = home
        self._make = make
        self._member_role = member_role
        self._sessions: dict[Place, boto3.Session] = {}
        self._members: dict[Place, MemberSession] = {}
        self._lock = threading.Lock()
        self._member_lock = threading.Lock()

    def at(self, place: Place) -> boto3.Session:
        """Return the session of an account and Region; raise AccountUnreachable.

        What is returned holds credentials that are good for some minutes at least.
        """
        if place.account_id != self.home.account_id:
            return self._member(place)
        with self._lock:
            if place not in self._sessions:
                self._sessions[place] = self._make(region_name=place.region)
            return self._sessions[place]

    def _member(self, place: Place) -> boto3.Session:
        trust = self._trust(place)
        home = self.at(self.home)
        try:
            with self._member_lock:
                member = self._members.pop(place, None)  # back only if all goes well
                if member is None or member.is_stale or member.trust != trust:
                    member = MemberSession(home, place.region, trust, self._make)
                member.renew()
                self._members[place] = member
        except (ClientError, BotoCoreError, RuntimeError) as error:
            # botocore's RuntimeError: new credentials have expired already by this clock.
            raise _unreachable(place, trust, error) from error
        return member.session

    def _trust(self, place: Place) -> Trust:
        role = self._member_role
        account = role.find(place.account_id) if role else None
        if role is None or account is None or account.external_id is None:
            raise AccountUnreachable(
                f"{place} is out of reach: the account has no entry; correct accountId, or add "
                f"the account with PUT /api/v1/accounts/{place.account_id}, {_HOW_TO}"
            )
        try:
            partition = self.at(self.home).get_partition_for_region(place.region)
        except UnknownRegionError as error:
            raise AccountUnreachable(f"{place} is out of reach: {error}; correct region") from error
        arn = f"arn:{partition}:iam::{place.account_id}:role/{role.role_name}"
        return Trust(arn, account.external_id, role.session_name[:_LONGEST_SESSION_NAME])


def _unreachable(place: Place, trust: Trust, error: Exception) -> AccountUnreachable:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    remedy = _REMEDIES.get(code, "wait, it is tried again")
    return AccountUnreachable(
        shortened(f"{place} is out of reach: {trust.role_arn}: {error}; {remedy}")
    )
