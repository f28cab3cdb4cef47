"""Servers are pinned to snapshots many at once, and again when a launch is repeated."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest

from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.domain.errors import AccountUnreachable, DrsDenied
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.point_in_time import RecoverySnapshot
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.server import Place, RecoveredServer
from drs_orchestrator.services.preparation.look_at_snapshots import SERVERS_AT_ONCE
from drs_orchestrator.services.preparation.pin_snapshots import pin_snapshots
from drs_orchestrator.services.waves.retry_wave import RetryWave
from local.drs import CallFault, CallFaultKind
from local.virtual.items import MemoryItems
from tests.contract.drs_adapter import HERE, adapter, outcomes
from tests.contract.drs_service import DrsService, recorded_server
from tests.unit.executions import ID, execution, intent, server, server_id, wave

if TYPE_CHECKING:
    from types_boto3_drs import DrsClient

SERVERS = 3 * SERVERS_AT_ONCE
HOUR_SECONDS = 3600


class OneSite:
    """DRS in the one place of these tests; None: out of reach."""

    def __init__(self, drs: BotoDisasterRecovery | None) -> None:
        self._drs = drs

    def home(self) -> Place:
        """Return the only place."""
        return HERE

    def at(self, place: Place) -> BotoDisasterRecovery:
        """Return its DRS."""
        if self._drs is None:
            raise AccountUnreachable(f"{place} is out of reach")
        return self._drs


class SlowDrs(BotoDisasterRecovery):
    """A call returns when as many are under way as may be: fewer at once would never return."""

    def __init__(self, drs: BotoDisasterRecovery) -> None:
        self._drs = drs
        self._full = threading.Barrier(SERVERS_AT_ONCE)
        self._counting = threading.Lock()
        self._under_way = 0
        self.most_under_way = 0

    def recovery_snapshots(self, server_id: str, until: datetime) -> list[RecoverySnapshot]:
        """Wait for the others, then ask."""
        with self._counting:
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
        self._full.wait(timeout=30)
        found = self._drs.recovery_snapshots(server_id, until)
        with self._counting:
            self._under_way -= 1
        return found


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService([recorded_server(server_id(number)) for number in range(SERVERS)]) as service:
        yield service


@pytest.fixture
def drs(service: DrsService) -> Iterator[BotoDisasterRecovery]:
    with adapter(service) as drs:
        yield drs


def moment(service: DrsService) -> datetime:
    """Return a moment whose newest snapshots, the hourly ones, are gone five hours later."""
    return service.clock.now() - timedelta(hours=20, minutes=1)


def newest_until(service: DrsService, number: int, until: datetime) -> str:
    """Return the newest complete snapshot of a server that DRS has at this time."""
    items = service.drs.describe_recovery_snapshots(sourceServerID=server_id(number))["items"]
    ages = {
        datetime.fromisoformat(each["timestamp"]): each["snapshotID"]
        for each in items
        if "timestamp" in each
    }
    return ages[max(time for time in ages if time <= until)]


def test_many_servers_are_looked_at_at_once_and_keep_their_order(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    slow = SlowDrs(drs)
    until = moment(service)
    pinned = pin_snapshots([server(number) for number in range(SERVERS)], until, OneSite(slow))
    assert slow.most_under_way == SERVERS_AT_ONCE
    assert [key.source_server_id for key in pinned] == [server_id(n) for n in range(SERVERS)]
    assert [each.snapshot_id for each in pinned.values()] == [
        newest_until(service, number, until) for number in range(SERVERS)
    ]


def test_what_drs_denies_is_not_asked_for_every_server(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    service.faults.calls = [CallFault(CallFaultKind.ACCESS_DENIED, "DescribeRecoverySnapshots")]
    many = [server(number) for number in range(SERVERS)] * 20
    with pytest.raises(DrsDenied, match="DescribeRecoverySnapshots"):
        pin_snapshots(many, moment(service), OneSite(drs))
    assert len(outcomes(service, "DescribeRecoverySnapshots")) < len(many)


def test_several_threads_that_are_the_first_share_one_client(service: DrsService) -> None:
    made: list[DrsClient] = []

    def make() -> DrsClient:
        client = boto3.client(
            "drs",
            region_name=HERE.region,
            endpoint_url=f"http://127.0.0.1:{service.port}",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        made.append(client)
        return client

    pin_snapshots(
        [server(number) for number in range(SERVERS)],
        moment(service),
        OneSite(BotoDisasterRecovery(HERE, make, make)),
    )
    for client in made:
        client.close()
    assert len(made) == 1


class Retrying:
    """An execution to a moment of which three servers failed, and the clock has moved on."""

    def __init__(
        self, service: DrsService, drs: BotoDisasterRecovery, *more: RecoveredServer
    ) -> None:
        self._drs = drs
        self.moment = moment(service)
        self.run = execution(point_in_time=self.moment, status="PENDING", preparation="fence")
        self.wave = wave("web", status="AWAITING_DECISION", phase="LAUNCH")
        servers = [server(number) for number in range(3)]
        pinned = pin_snapshots(servers, self.moment, OneSite(drs))
        self.failed = [each.changed(verdict="FAILED", reason="x") for each in pinned.values()]
        items = MemoryItems()
        self.executions, self.ledgers = ExecutionStore(items), LedgerStore(items)
        self.executions.create(self.run)
        self.executions.write_snapshot(
            self.run, [self.wave], [*self.failed, *more], [intent(servers=3, status="REFUSED")]
        )

    def retry(self, *, reachable: bool = True) -> None:
        """Carry a RETRY out as one handler does."""
        sites = OneSite(self._drs if reachable else None)
        RetryWave(self.executions, self.ledgers, sites)(self.run, self.wave, attempt=2)

    @property
    def servers(self) -> list[RecoveredServer]:
        """The servers as stored."""
        return self.executions.servers(ID, "web")

    @property
    def intents(self) -> list[Intent]:
        """The intents of the second attempt."""
        return [each for each in self.executions.intents(ID, "web") if each.attempt == 2]


@pytest.fixture
def retrying(service: DrsService, drs: BotoDisasterRecovery) -> Retrying:
    return Retrying(service, drs)


def test_a_retry_keeps_a_pin_that_drs_still_has(retrying: Retrying) -> None:
    retrying.retry()
    pins = {each.source_server_id: each.snapshot_id for each in retrying.failed}
    (again,) = retrying.intents
    assert again.snapshot_ids == pins
    assert [(s.attempt, s.verdict) for s in retrying.servers] == [(2, None)] * 3


def test_a_retry_takes_the_newest_snapshot_left_for_one_that_has_gone(
    service: DrsService, retrying: Retrying
) -> None:
    service.clock.advance(5 * HOUR_SECONDS)
    retrying.retry()
    (again,) = retrying.intents
    left = {server_id(n): newest_until(service, n, retrying.moment) for n in range(3)}
    assert again.snapshot_ids == left
    assert {s.snapshot_id for s in retrying.failed}.isdisjoint(left.values())
    for each in retrying.servers:
        assert each.snapshot_id == left[each.source_server_id]
        assert each.snapshot_time is not None
        assert each.skew_seconds == int((retrying.moment - each.snapshot_time).total_seconds())


def test_a_server_without_any_snapshot_fails_by_name_and_is_not_launched_from_the_latest(
    service: DrsService, retrying: Retrying
) -> None:
    service.simulator.load_inventory(
        {
            "items": [
                recorded_server(server_id(0)),
                recorded_server(
                    server_id(1),
                    lifeCycle={"firstByteDateTime": service.clock.now().isoformat()},
                ),
                recorded_server(server_id(2)),
            ]
        }
    )
    for _ in range(2):
        retrying.retry()
    (again,) = retrying.intents
    assert again.source_server_ids == [server_id(0), server_id(2)]
    gone = retrying.servers[1]
    assert (gone.attempt, gone.verdict, gone.snapshot_id) == (2, "FAILED", None)
    assert f"no snapshot of {server_id(1)} at or before" in (gone.reason or "")


@pytest.mark.parametrize("kind", [CallFaultKind.ACCESS_DENIED, CallFaultKind.CONFLICT])
def test_a_drs_that_does_not_tell_leaves_the_pins_as_they_are(
    service: DrsService, retrying: Retrying, kind: CallFaultKind
) -> None:
    service.faults.calls = [CallFault(kind, "DescribeRecoverySnapshots")]
    retrying.retry()
    (again,) = retrying.intents
    assert again.snapshot_ids == {s.source_server_id: s.snapshot_id for s in retrying.failed}


def test_an_account_out_of_reach_leaves_the_pins_as_they_are(retrying: Retrying) -> None:
    retrying.retry(reachable=False)
    (again,) = retrying.intents
    assert again.snapshot_ids == {s.source_server_id: s.snapshot_id for s in retrying.failed}


def test_a_server_that_was_never_pinned_fails_while_nobody_can_tell_its_snapshots(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    never = server(3, verdict="FAILED", reason="its replication is STALLED")
    retrying = Retrying(service, drs, never)
    retrying.retry(reachable=False)
    (again,) = retrying.intents
    assert server_id(3) not in again.source_server_ids
    assert "no snapshot is known" in (retrying.servers[3].reason or "")


def test_two_who_find_different_snapshots_prepare_the_same_launches(
    service: DrsService, retrying: Retrying
) -> None:
    retrying.ledgers.note_limits(HERE, Limits(servers_per_job=1))
    retrying.retry(reachable=False)
    first = (retrying.intents, retrying.servers)
    service.clock.advance(5 * HOUR_SECONDS)
    retrying.retry()
    assert (retrying.intents, retrying.servers) == first
    launched = [each for one in retrying.intents for each in one.source_server_ids]
    assert sorted(launched) == [server_id(number) for number in range(3)]


def test_whoever_follows_one_that_died_half_way_cuts_the_chunks_from_what_is_stored(
    service: DrsService, retrying: Retrying
) -> None:
    retrying.ledgers.note_limits(HERE, Limits(servers_per_job=2))
    # It had reopened one server, then its handler ended.
    pinned = retrying.failed[0].changed(attempt=2, verdict=None, reason=None)
    retrying.executions.reopen_servers(ID, [pinned])
    service.clock.advance(5 * HOUR_SECONDS)
    retrying.retry()
    pins = {key: pin for one in retrying.intents for key, pin in one.snapshot_ids.items()}
    assert pins == {s.source_server_id: s.snapshot_id for s in retrying.servers}
    assert pins[server_id(0)] == retrying.failed[0].snapshot_id
    assert pins[server_id(1)] != retrying.failed[1].snapshot_id
