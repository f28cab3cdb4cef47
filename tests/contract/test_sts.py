"""STS: who may assume which role, and which account the credentials are of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.clock import ManualClock
from local.drs import CallFault, CallFaultKind, Simulator
from local.ec2 import Ec2
from local.protocols.endpoint import Setting
from local.sts import MEMBER_ROLE_NAME, AccountRole, Sts, member_roles
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import ACCOUNT, SERVER_A, SERVER_B, code_of, recorded_server

TARGET, STRANGER = "444455556666", "777788889999"
ROLES = {
    TARGET: AccountRole(role_name="drs-orchestrator", external_id="shop-7f3a"),
    STRANGER: AccountRole(role_name="drs-orchestrator", reachable=False),
}


def _role(account_id: str = TARGET, name: str = "drs-orchestrator") -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


class Laptop:
    """STS, and DRS and EC2 that ask it whose an access key is."""

    def __init__(self) -> None:
        self.sts = Sts(ROLES, Setting(ManualClock(), HOME))
        self.aws = AwsLaptop(
            SERVER_A,
            services=lambda aws: {
                "sts": self.sts,
                "ec2": Ec2(aws.simulator, Setting(aws.clock, HOME, self.sts.account_of)),
            },
            account_of=self.sts.drs_account_of,
        )
        self.aws.simulator.load_inventory({"items": [recorded_server(SERVER_B, account=TARGET)]})

    def assume(self, role_arn: str = "", **members: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.aws.client("sts").assume_role(
            RoleArn=role_arn or _role(),
            RoleSessionName="drill-1",
            **{"ExternalId": "shop-7f3a", **members},
        )
        return answer

    def client(self, service: str, credentials: dict[str, Any]) -> Any:  # noqa: ANN401
        return self.aws.client(
            service,
            access_key=credentials["AccessKeyId"],
            token=credentials["SessionToken"],
        )


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made = Laptop()
    with made.aws:
        yield made


def test_an_assumed_role_acts_in_its_own_account(laptop: Laptop) -> None:
    credentials = laptop.assume()["Credentials"]
    drs = laptop.client("drs", credentials)
    listed = drs.describe_source_servers()["items"]
    assert [server["sourceServerID"] for server in listed] == [SERVER_B]
    assert laptop.client("ec2", credentials).describe_instances()["Reservations"] == []


def test_the_caller_can_ask_who_it_is(laptop: Laptop) -> None:
    own = laptop.aws.client("sts").get_caller_identity()
    assert (own["Account"], own["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/local")
    answer = laptop.assume()
    assumed = laptop.client("sts", answer["Credentials"]).get_caller_identity()
    assert assumed["Account"] == TARGET
    assert assumed["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert assumed["Arn"] == f"arn:aws:sts::{TARGET}:assumed-role/drs-orchestrator/drill-1"


@pytest.mark.parametrize(
    ("role_arn", "external_id"),
    [
        (_role(), "wrong-one"),
        (_role(), ""),
        (_role(name="admin"), "shop-7f3a"),
        (_role(STRANGER), "shop-7f3a"),
        (_role("000000000000"), "shop-7f3a"),
    ],
    ids=["wrong external id", "no external id", "other role", "unreachable", "unknown account"],
)
def test_a_role_that_does_not_trust_the_caller_cannot_be_assumed(
    laptop: Laptop, role_arn: str, external_id: str
) -> None:
    members = {"ExternalId": external_id} if external_id else {}
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole") as refusal:
        laptop.aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="drill-1", **members)
    assert code_of(refusal) == ("AccessDenied", 403)
    assert laptop.sts.truth() == []


def test_a_role_without_an_external_id_accepts_any(laptop: Laptop) -> None:
    laptop.sts.roles = {TARGET: AccountRole(role_name="drs-orchestrator")}
    assert laptop.assume()["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_by_default_a_member_role_trusts_whoever_gives_an_external_id(laptop: Laptop) -> None:
    laptop.sts.roles = member_roles([TARGET])
    role_arn = _role(name=MEMBER_ROLE_NAME)
    assert laptop.assume(role_arn, ExternalId="anything")["Credentials"]
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        laptop.aws.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="drill-1")


def test_an_account_can_be_out_of_reach_for_a_while(laptop: Laptop) -> None:
    laptop.sts.faults.unreachable_accounts = frozenset({TARGET})
    with pytest.raises(ClientError) as refusal:
        laptop.assume()
    assert code_of(refusal) == ("AccessDenied", 403)
    laptop.sts.faults.unreachable_accounts = frozenset()
    assert laptop.assume()["Credentials"]


def test_every_session_has_its_own_credentials_for_at_most_an_hour(laptop: Laptop) -> None:
    first, second = laptop.assume(), laptop.assume(DurationSeconds=900)
    assert first["Credentials"]["AccessKeyId"] != second["Credentials"]["AccessKeyId"]
    lifetimes = [
        (session.expires_at - laptop.sts.calls[0].at).total_seconds()
        for session in laptop.sts.truth()
    ]
    assert lifetimes == [3600, 900]
    with pytest.raises(ClientError, match="role chaining") as refusal:
        laptop.assume(DurationSeconds=7200)
    assert code_of(refusal) == ("ValidationError", 400)


def test_expired_credentials_are_refused_by_every_service(laptop: Laptop) -> None:
    credentials = laptop.assume()["Credentials"]
    laptop.sts.faults.expired_accounts = frozenset({TARGET})
    for service, call, expected in (
        ("drs", "describe_source_servers", ("ExpiredTokenException", 403)),
        ("ec2", "describe_instances", ("RequestExpired", 400)),
        ("sts", "get_caller_identity", ("ExpiredToken", 403)),
    ):
        with pytest.raises(ClientError, match="expired") as refusal:
            getattr(laptop.client(service, credentials), call)()
        assert code_of(refusal) == expected
    laptop.sts.faults.expired_accounts = frozenset()
    assert laptop.client("drs", credentials).describe_source_servers()["items"]


def test_input_that_breaks_the_model_is_refused(laptop: Laptop) -> None:
    for members, named in (
        ({"ExternalId": "a b"}, "externalId"),
        ({"DurationSeconds": 10}, "durationSeconds"),
        ({"RoleArn": "arn:aws:iam::x:role/y"}, "arn:aws:iam::x:role/y"),
    ):
        with pytest.raises(ClientError, match=named) as refusal:
            laptop.aws.client("sts", validate=False).assume_role(
                **{"RoleArn": _role(), "RoleSessionName": "drill-1", **members}
            )
        assert code_of(refusal) == ("ValidationError", 400)
    with pytest.raises(ClientError, match="Policy") as refusal:
        laptop.assume(Policy="{}")
    assert code_of(refusal) == ("NotSimulatedException", 501)


def test_sts_refuses_in_its_own_words(laptop: Laptop) -> None:
    laptop.sts.faults.calls = [CallFault(CallFaultKind.THROTTLE, "AssumeRole", times=1)]
    with pytest.raises(ClientError) as refusal:
        laptop.assume()
    assert code_of(refusal) == ("Throttling", 400)
    assert [call.outcome for call in laptop.sts.calls] == ["Throttling"]
    with pytest.raises(ClientError, match="sts GetSessionToken") as refusal:
        laptop.aws.client("sts").get_session_token()
    assert code_of(refusal) == ("NotSimulatedException", 501)


def test_sessions_survive_a_restart(laptop: Laptop) -> None:
    credentials = laptop.assume()["Credentials"]
    assert laptop.sts.changed.is_set()
    saved = json.loads(json.dumps(laptop.sts.snapshot()))
    laptop.sts.restore({"formatVersion": 1, "memory": {"sessions": {}}})
    assert laptop.sts.account_of(credentials["AccessKeyId"]) == ACCOUNT
    laptop.sts.restore(saved)
    assert laptop.sts.account_of(credentials["AccessKeyId"]) == TARGET


def test_the_home_of_the_simulator_stays_the_hub(laptop: Laptop) -> None:
    simulator: Simulator = laptop.aws.simulator
    assert simulator.home == HOME
    listed = laptop.aws.client("drs").describe_source_servers()["items"]
    assert [server["sourceServerID"] for server in listed] == [SERVER_A]
