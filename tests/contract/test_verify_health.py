"""The gate of a wave: when it opens, when it gives up, and what it leaves on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Write
from drs_orchestrator.domain.health_check import HealthCheck
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.domain.wave import WavePhase, WaveStatus
from drs_orchestrator.services.waves.advance_wave import AdvanceWave
from drs_orchestrator.services.waves.examine_servers import ExamineServers
from drs_orchestrator.services.waves.verify_health import VerifyHealth
from local.virtual.items import MemoryItems
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, SERVER_B
from tests.contract.health_laptop import HealthLaptop, health_laptop
from tests.unit.executions import ID, execution, wave

ACTION = {"name": "warm", "type": "wait", "seconds": 5}
GO_ON = Step(next=Next.COMPLETE, wait_seconds=0)


class _CountedItems(MemoryItems):
    """A table that counts what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def write(self, *writes: Write) -> None:
        self.writes += len(writes)
        super().write(*writes)


class Gate:
    """A wave of two servers that are being verified, and the step that does it."""

    def __init__(self, laptop: HealthLaptop) -> None:
        self.laptop = laptop
        self.items = _CountedItems()
        self.store = ExecutionStore(self.items)
        clock = laptop.aws.clock
        advance = AdvanceWave(self.store, clock)
        self._verify = VerifyHealth(self.store, ExamineServers(laptop.sites), advance, clock)

    def begin(self, check: HealthCheck | None = None, **values: object) -> None:
        """Let the wave's launches have ended just now."""
        machines = self.laptop.launch(SERVER_A, SERVER_B)
        servers = [
            RecoveredServer(
                source_server_id=machine.source_server_id,
                wave="web",
                account_id=ACCOUNT,
                region=REGION,
                recovery_instance_id=machine.instance_id,
                verdict=ServerVerdict.LAUNCHED,
            )
            for machine in machines.values()
        ]
        verifying = wave(
            health_check=check or HealthCheck(),
            phase=WavePhase.HEALTH,
            phase_time=self.now,
            status=WaveStatus.VERIFYING,
        ).changed(**values)
        preparing = execution(status="PENDING", preparation="fence")
        self.store.create(preparing)
        self.store.write_snapshot(preparing, [verifying], servers, [])

    @property
    def now(self) -> datetime:
        return self.laptop.aws.clock.now()

    def look(self) -> Step:
        return self._verify(ID, "web")

    def verdicts(self) -> dict[str, str | None]:
        return {each.source_server_id: each.verdict for each in self.store.servers(ID)}


@pytest.fixture
def gate() -> Iterator[Gate]:
    with health_laptop(SERVER_A, SERVER_B) as laptop:
        yield Gate(laptop)


def test_the_wave_goes_on_when_its_servers_are_healthy(gate: Gate) -> None:
    gate.begin()
    assert gate.look() == GO_ON
    assert set(gate.verdicts().values()) == {"VERIFIED"}


def test_a_sick_server_is_looked_at_again_and_written_once(gate: Gate) -> None:
    gate.begin()
    gate.laptop.ec2.faults.instance_impaired = frozenset({SERVER_B})
    assert gate.look() == Step(next=Next.WAIT, wait_seconds=15)
    written = gate.items.writes
    assert gate.look() == Step(next=Next.WAIT, wait_seconds=15)
    assert gate.items.writes == written
    assert gate.verdicts() == {SERVER_A: "VERIFIED", SERVER_B: "LAUNCHED"}
    asked = [call for call in gate.laptop.ec2.calls if call.operation == "DescribeInstanceStatus"]
    assert [len(call.params["InstanceIds"]) for call in asked] == [2, 1]
    gate.laptop.ec2.faults.instance_impaired = frozenset()
    assert gate.look() == GO_ON


def test_the_wave_fails_at_the_deadline_and_not_before(gate: Gate) -> None:
    gate.begin(HealthCheck(deadline_minutes=1))
    gate.laptop.ec2.faults.instance_impaired = frozenset({SERVER_B})
    gate.laptop.aws.clock.advance(59)
    assert gate.look() == Step(next=Next.WAIT, wait_seconds=1)
    gate.laptop.aws.clock.advance(1)
    assert gate.look() == Step(next=Next.FAIL, wait_seconds=0)


def test_servers_that_are_healthy_at_the_last_look_are_in_time(gate: Gate) -> None:
    gate.begin(HealthCheck(deadline_minutes=1))
    gate.laptop.aws.clock.advance(3600)
    assert gate.look() == GO_ON


def test_a_new_phase_time_gives_the_servers_as_much_time_again(gate: Gate) -> None:
    gate.begin(HealthCheck(deadline_minutes=1))
    gate.laptop.ec2.faults.instance_impaired = frozenset({SERVER_B})
    gate.laptop.aws.clock.advance(60)
    gate.store.move_wave(
        ID, "web", {WaveStatus.VERIFYING}, WaveStatus.VERIFYING, phase_time=gate.now
    )
    assert gate.look().next is Next.WAIT


def test_with_enough_healthy_servers_the_wave_does_not_wait_for_the_rest(gate: Gate) -> None:
    gate.begin(HealthCheck(healthy_percent=50))
    gate.laptop.ec2.faults.instance_impaired = frozenset({SERVER_B})
    assert gate.look() == GO_ON
    (sick,) = [each for each in gate.store.servers(ID) if each.source_server_id == SERVER_B]
    assert (sick.verdict, sick.health) == ("LAUNCHED", "instance status impaired")


def test_a_gate_that_is_open_asks_nobody_again(gate: Gate) -> None:
    gate.begin()
    gate.look()
    asked = len(gate.laptop.ec2.calls)
    assert gate.look() == GO_ON
    assert len(gate.laptop.ec2.calls) == asked


def test_the_actions_after_the_launch_wait_for_health(gate: Gate) -> None:
    gate.begin(post_actions=[ACTION])
    assert gate.look() == Step(next=Next.ACT, wait_seconds=0)
    moved = gate.store.wave(ID, "web")
    assert (moved.phase, moved.status) == (WavePhase.AFTER, WaveStatus.RUNNING)
    assert gate.now - (moved.phase_time or gate.now) < timedelta(seconds=1)


def test_a_wave_without_a_gate_goes_on_unchecked(gate: Gate) -> None:
    gate.begin(health_check=None)
    assert gate.look() == GO_ON
    assert gate.verdicts() == {SERVER_A: "LAUNCHED", SERVER_B: "LAUNCHED"}
    assert gate.laptop.ec2.calls == []
