"""Sessions in other accounts, with the clients that are shipped, against STS and DRS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.sessions import MemberRole, Sessions
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.errors import AccountUnreachable, DrsUnavailable
from drs_orchestrator.domain.server import Place
from local.clock import ManualClock
from local.drs import CallFault, CallFaultKind
from local.protocols.endpoint import Setting
from local.sts import AccountRole, Sts
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, SERVER_B, recorded_server

TARGET = "444455556666"
HERE, THERE, ELSEWHERE = (
    Place(ACCOUNT, REGION),
    Place(TARGET, REGION),
    Place(TARGET, "eu-central-1"),
)
EXTERNAL_ID = "shop-7f3a-0815-4711"
ROLE = "drs-orchestrator-member"


class World:
    """STS and DRS on a port, and the product's sites on top of them."""

    def __init__(self) -> None:
        # SDKs look at the real time, so credentials must last beyond that.
        self.clock = ManualClock(datetime.now(UTC))
        setting = Setting(self.clock, HOME)
        self.sts = Sts({TARGET: AccountRole(role_name=ROLE, external_id=EXTERNAL_ID)}, setting)
        self.aws = AwsLaptop(
            SERVER_A,
            services=lambda _: {"sts": self.sts},
            account_of=self.sts.drs_account_of,
        )
        self.aws.simulator.load_inventory({"items": [recorded_server(SERVER_B, account=TARGET)]})
        self.accounts = {TARGET: Account(account_id=TARGET, name="Shop", external_id=EXTERNAL_ID)}
        role = MemberRole(self.accounts.get, ROLE, "drs-orchestrator-recovery")
        self.sessions = Sessions(HERE, role)
        self.sites = Sites(self.sessions)

    def servers(self, place: Place) -> list[str]:
        return [each.source_server_id for each in self.sites.at(place).source_servers()]

    def deny(self) -> None:
        """Let the role trust nobody, and what was given out be worth nothing."""
        self.sts.roles = {}
        self.sts.faults.expired_accounts = frozenset({TARGET})

    def allow(self) -> None:
        self.sts.roles = {TARGET: AccountRole(role_name=ROLE, external_id=EXTERNAL_ID)}
        self.sts.faults.expired_accounts = frozenset()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World()
    with made.aws as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield made


def test_each_place_is_asked_in_its_own_account_and_region(world: World) -> None:
    assert world.servers(HERE) == [SERVER_A]
    assert world.servers(THERE) == [SERVER_B]
    assert world.servers(ELSEWHERE) == []

    asked = [(c.account_id, c.region) for c in world.aws.simulator.calls]
    assert asked == [tuple(HERE), tuple(THERE), tuple(ELSEWHERE)]


def test_the_role_is_assumed_under_our_name_with_the_external_id_in_the_region_of_the_place(
    world: World,
) -> None:
    world.servers(ELSEWHERE)

    (call,) = world.sts.calls
    assert call.region == ELSEWHERE.region
    assert call.params["RoleArn"] == f"arn:aws:iam::{TARGET}:role/{ROLE}"
    assert call.params["ExternalId"] == EXTERNAL_ID
    assert call.params["RoleSessionName"] == "drs-orchestrator-recovery"


def test_a_role_is_assumed_once_for_each_account_and_region(world: World) -> None:
    sessions = [world.sessions.at(place) for place in (THERE, ELSEWHERE, THERE, ELSEWHERE)]

    assert len({id(session) for session in sessions}) == 2
    assert len(world.sts.truth()) == 2


def test_the_products_own_account_needs_neither_role_nor_entry(world: World) -> None:
    world.accounts.clear()

    assert world.servers(HERE) == [SERVER_A]
    assert world.sts.calls == []


def test_an_account_without_an_entry_is_out_of_reach_and_the_remedy_is_named(
    world: World,
) -> None:
    with pytest.raises(AccountUnreachable, match="PUT /api/v1/accounts/777788889999"):
        world.servers(Place("777788889999", REGION))
    assert world.sts.calls == []


def test_a_wrong_external_id_names_account_role_and_remedy(world: World) -> None:
    world.accounts[TARGET] = world.accounts[TARGET].changed(external_id="another-one-of-old")

    with pytest.raises(AccountUnreachable) as refusal:
        world.servers(THERE)

    told = str(refusal.value)
    assert f"account {TARGET}, Region {REGION}" in told
    assert f"role/{ROLE}" in told
    assert "externalId" in told


def test_a_denial_is_not_remembered(world: World) -> None:
    world.deny()
    with pytest.raises(AccountUnreachable):
        world.servers(THERE)

    world.allow()

    assert world.servers(THERE) == [SERVER_B]


def test_an_entry_that_changes_or_goes_counts_at_once(world: World) -> None:
    world.servers(THERE)
    entry = world.accounts.pop(TARGET)

    with pytest.raises(AccountUnreachable, match="no entry"):
        world.servers(THERE)
    world.accounts[TARGET] = entry.changed(external_id="another-one-of-old")
    with pytest.raises(AccountUnreachable, match="not authorized"):
        world.servers(THERE)


def test_credentials_that_a_service_calls_expired_are_not_used_again(world: World) -> None:
    world.servers(THERE)
    world.sts.faults.expired_accounts = frozenset({TARGET})
    with pytest.raises(DrsUnavailable, match="ExpiredToken"):
        world.servers(THERE)
    world.sts.faults.expired_accounts = frozenset()

    assert world.servers(THERE) == [SERVER_B]
    assert len(world.sts.truth()) == 2


def test_a_moment_without_an_answer_of_sts_is_bridged(world: World) -> None:
    world.sts.faults.calls = [CallFault(CallFaultKind.THROTTLE, "AssumeRole", times=2)]

    assert world.servers(THERE) == [SERVER_B]


def test_an_sts_that_stays_throttled_leaves_the_account_out_of_reach(world: World) -> None:
    world.sts.faults.calls = [CallFault(CallFaultKind.THROTTLE, "AssumeRole")]

    with pytest.raises(AccountUnreachable, match="Throttling"):
        world.servers(THERE)


def test_credentials_that_are_old_on_arrival_leave_the_account_out_of_reach(
    world: World,
) -> None:
    world.clock.now = lambda: datetime(2026, 1, 1, tzinfo=UTC)  # type: ignore[method-assign]

    with pytest.raises(AccountUnreachable, match="expired"):
        world.servers(THERE)


def test_a_region_that_no_partition_knows_is_named(world: World) -> None:
    with pytest.raises(AccountUnreachable, match="correct region"):
        world.servers(Place(TARGET, "xx-nowhere-1"))
