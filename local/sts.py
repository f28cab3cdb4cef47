"""STS: roles of other accounts to assume, and the access keys that come of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from local.drs import CallFault, DrsError
from local.drs.ids import digest, partition
from local.protocols import snapshots
from local.protocols.documents import JsonFaults
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.errors import AwsError, ExpiredCredentials, not_simulated
from local.protocols.requests import Document
from local.protocols.service import AwsService

_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/(?P<path>.+)")
# A function's role is a session already, so every role that it assumes is chained.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
_LONGEST_SESSION_SECONDS = 3600
_NOT_SIMULATED = ("Policy", "PolicyArns", "SerialNumber", "TokenCode")


class AccountRole(BaseModel):
    """The role that a target account offers; `reachable` False: it trusts us no longer.

    It demands `external_id`, or with `any_external_id` that there is one; else it accepts none too.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True
    )

    role_name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    external_id: Annotated[str, StringConstraints(min_length=2, max_length=1224)] | None = None
    any_external_id: bool = False
    reachable: bool = True

    def accepts(self, external_id: str) -> bool:
        """Return whether a caller who gives `external_id` ("" for none) is let in."""
        if self.external_id is None:
            return bool(external_id) or not self.any_external_id
        return external_id == self.external_id


Roles = Mapping[str, AccountRole]
MEMBER_ROLE_NAME = "drs-orchestrator-member"
"""The role that the product assumes in other accounts; MEMBER_ROLE_NAME in its environment."""


@dataclass
class StsFaults(JsonFaults):
    """What goes wrong. unreachable_accounts: their roles cannot be assumed any more.

    expired_accounts: all credentials given out for these accounts so far and until the fault is
    lifted count as expired.
    """

    calls: list[CallFault] = field(default_factory=list)
    unreachable_accounts: frozenset[str] = frozenset()
    expired_accounts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Session:
    """Temporary credentials that were given out, by their access key."""

    access_key: str
    account_id: str
    role_name: str
    session_name: str
    expires_at: datetime


@dataclass
class _Memory:
    sessions: dict[str, Session] = field(default_factory=dict)


class Sts(AwsService):
    """A WSGI application that answers AssumeRole and GetCallerIdentity.

    `roles`, by account, may be replaced at any time. Expiry times are on the laptop's clock but
    nothing expires by itself: SDKs look at the real time, which is slower. `changed` is set
    whenever something worth a snapshot happened.
    """

    def __init__(self, roles: Roles, setting: Setting, faults: StsFaults | None = None) -> None:
        self.roles = roles
        self.faults = faults or StsFaults()
        self.changed = threading.Event()
        self._setting = setting
        self._memory = _Memory()
        self._endpoint = Endpoint(
            "sts",
            {"AssumeRole": self._assume_role, "GetCallerIdentity": self._get_caller_identity},
            replace(setting, account_of=self.account_of),
            lambda: self.faults.calls,
        )

    def account_of(self, access_key: str) -> str:
        """Return the account of an access key; any key that STS did not make is of the home.

        Raises ExpiredCredentials if a fault lets the key's credentials expire.
        """
        session = self._memory.sessions.get(access_key)
        if session is None:
            return self._setting.home.account_id
        if session.account_id in self.faults.expired_accounts:
            raise ExpiredCredentials(access_key)
        return session.account_id

    def drs_account_of(self, access_key: str) -> str:
        """Do the same for `local.drs.Simulator`, whose refusals are DrsErrors."""
        try:
            return self.account_of(access_key)
        except ExpiredCredentials as error:
            message = "The security token included in the request is expired"
            raise DrsError("ExpiredTokenException", 403, message) from error

    def truth(self) -> list[Session]:
        """Return all credentials that were given out, oldest first."""
        with self._endpoint.lock:
            return list(self._memory.sessions.values())

    def snapshot(self) -> dict[str, Any]:
        """Return the sessions as a JSON-able document; roles and faults are no part."""
        with self._endpoint.lock:
            return snapshots.write(self._memory, _Memory)

    def restore(self, document: object) -> None:
        """Replace the sessions by a snapshot's; raises SnapshotError and then changes nothing."""
        memory = snapshots.read(document, _Memory, "STS")
        with self._endpoint.lock:
            self._memory = memory

    def _assume_role(self, call: Call) -> Document:
        refused = [name for name in _NOT_SIMULATED if name in call.params]
        if refused:
            raise not_simulated(f"sts AssumeRole with {refused[0]}", ["its absence"])
        account_id, role_name = self._trusting(call)
        seconds = int(call.params.get("DurationSeconds") or _LONGEST_SESSION_SECONDS)
        if seconds > _LONGEST_SESSION_SECONDS:
            raise AwsError(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                "by role chaining",
            )
        drawn = digest("session", self._setting.seed, len(self._memory.sessions)).upper()
        session = Session(
            access_key=f"ASIA{drawn[:16]}",
            account_id=account_id,
            role_name=role_name,
            session_name=str(call.params["RoleSessionName"]),
            expires_at=call.now + timedelta(seconds=seconds),
        )
        self._memory.sessions[session.access_key] = session
        self.changed.set()
        return {
            "Credentials": {
                "AccessKeyId": session.access_key,
                "SecretAccessKey": digest("secret", session.access_key)[:40],
                "SessionToken": digest("token", session.access_key),
                "Expiration": session.expires_at,
            },
            "AssumedRoleUser": _identity(session, call.scope.region),
        }

    def _trusting(self, call: Call) -> tuple[str, str]:
        """Return account and name of the role that is asked for, if it trusts the caller."""
        arn = str(call.params["RoleArn"])
        match = _ROLE_ARN.fullmatch(arn)
        if match is None:
            raise AwsError("ValidationError", f"{arn} is invalid")
        account_id, role_name = match["account"], match["path"].rpartition("/")[2]
        role = self.roles.get(account_id)
        denied = account_id in self.faults.unreachable_accounts
        known = role is not None and role.reachable and role.role_name == role_name
        external_id = str(call.params.get("ExternalId") or "")
        if role is None or denied or not known or not role.accepts(external_id):
            caller = self._caller(call)["Arn"]
            raise AwsError(
                "AccessDenied",
                f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                403,
            )
        return account_id, role_name

    def _get_caller_identity(self, call: Call) -> Document:
        return {"Account": call.scope.account_id, **self._caller(call)}

    def _caller(self, call: Call) -> Document:
        session = self._memory.sessions.get(call.access_key)
        if session is not None:
            identity = _identity(session, call.scope.region)
            return {"UserId": identity["AssumedRoleId"], "Arn": identity["Arn"]}
        prefix = f"arn:{partition(call.scope.region)}:iam::{call.scope.account_id}"
        return {"UserId": "AIDALOCAL", "Arn": f"{prefix}:user/local"}


def member_roles(account_ids: Iterable[str]) -> dict[str, AccountRole]:
    """Return what every account offers by default: the member role, for any external id."""
    role = AccountRole(role_name=MEMBER_ROLE_NAME, any_external_id=True)
    return dict.fromkeys(account_ids, role)


def _identity(session: Session, region: str) -> Document:
    role_id = f"AROA{digest('role', session.account_id, session.role_name).upper()[:16]}"
    prefix = f"arn:{partition(region)}:sts::{session.account_id}:assumed-role"
    return {
        "AssumedRoleId": f"{role_id}:{session.session_name}",
        "Arn": f"{prefix}/{session.role_name}/{session.session_name}",
    }
