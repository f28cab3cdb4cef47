"""Clean-ups that happen later, as the product schedules them at EventBridge Scheduler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from drs_orchestrator.adapters.schedules import EventBridgeSchedules
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.errors import ScheduleUnavailable
from drs_orchestrator.domain.server import Place
from local.drs import CallFault, CallFaultKind
from local.scheduler import Scheduler
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import SERVER_A

DRILL = "drill-1"
MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:orchestrator-clean-up"
FUNCTION = "arn:aws:lambda:us-west-2:111122223333:function:orchestrator-reconcile-execution"


class World:
    """The product's schedules and the Scheduler that keeps them."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.laptop = AwsLaptop(SERVER_A, services=self._services)

    def _services(self, laptop: AwsLaptop) -> dict[str, Scheduler]:
        self.scheduler = Scheduler(laptop.setting, lambda *parcel: self.started.append(parcel))
        self.scheduler.groups |= {"orchestrator"}
        return {"scheduler": self.scheduler}

    @property
    def schedules(self) -> EventBridgeSchedules:
        return EventBridgeSchedules(
            Sessions(Place(*HOME)),
            group="orchestrator",
            role_name="orchestrator-scheduler-us-west-2",
            state_machine_name="orchestrator-clean-up",
            reconcile_function_name="orchestrator-reconcile-execution",
        )

    def in_(self, minutes: float) -> datetime:
        return self.laptop.clock.now() + timedelta(minutes=minutes)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World()
    with world.laptop as laptop:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SCHEDULER", laptop.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        yield world


def test_a_clean_up_starts_once_at_its_time_and_leaves_no_schedule(world: World) -> None:
    world.schedules.clean_up_at(DRILL, world.in_(60))
    world.laptop.clock.advance(3599)
    world.scheduler.tick()
    assert world.started == []
    world.laptop.clock.advance(2)
    world.scheduler.tick()
    world.scheduler.tick()
    ((target, text),) = world.started
    assert target == MACHINE
    assert json.loads(text) == {"executionId": DRILL, "requestedBy": "schedule"}
    assert world.scheduler.truth(*HOME) == {}


def test_saying_it_twice_is_saying_it_once(world: World) -> None:
    world.schedules.clean_up_at(DRILL, world.in_(60))
    world.schedules.clean_up_at(DRILL, world.in_(60))
    world.schedules.clean_up_at(DRILL, world.in_(90))
    (schedule,) = world.scheduler.truth(*HOME).values()
    assert schedule.key.name == "cleanup-drill-1"
    assert schedule.next_at is not None
    assert schedule.next_at <= world.in_(61)


def test_an_execution_is_looked_after_once_more_beside_the_regular_looks(world: World) -> None:
    world.schedules.reconcile_at(DRILL, world.in_(60))
    world.schedules.reconcile_at(DRILL, world.in_(90))
    world.schedules.reconcile_regularly(DRILL)
    world.schedules.stop_reconciling(DRILL)
    assert list(world.scheduler.truth(*HOME)) == ["look-drill-1"]
    world.laptop.clock.advance(3601)
    world.scheduler.tick()
    assert world.started == [(FUNCTION, json.dumps({"executionId": DRILL}))]
    assert world.scheduler.truth(*HOME) == {}


def test_a_fraction_of_a_second_is_rounded_up(world: World) -> None:
    world.schedules.clean_up_at(DRILL, datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=UTC))
    (schedule,) = world.scheduler.truth(*HOME).values()
    assert schedule.expression == "at(2026-01-01T12:00:01)"


@pytest.mark.parametrize("kind", [CallFaultKind.ACCESS_DENIED, CallFaultKind.LOST_REQUEST])
def test_a_scheduler_that_fails_is_told_from_everything_else(
    world: World, kind: CallFaultKind
) -> None:
    world.scheduler.faults.calls.append(CallFault(kind, "CreateSchedule"))
    with pytest.raises(ScheduleUnavailable, match="CreateSchedule 'cleanup-drill-1'"):
        world.schedules.clean_up_at(DRILL, world.in_(60))


def test_a_group_that_does_not_exist_takes_no_schedule(world: World) -> None:
    world.scheduler.groups = frozenset({"default"})
    with pytest.raises(ScheduleUnavailable, match="group orchestrator does not exist"):
        world.schedules.clean_up_at(DRILL, world.in_(60))


def test_an_execution_is_looked_after_every_two_minutes_until_somebody_stops_it(
    world: World,
) -> None:
    world.schedules.reconcile_regularly(DRILL)
    world.schedules.reconcile_regularly(DRILL)
    world.scheduler.tick()
    world.laptop.clock.advance(119)
    world.scheduler.tick()
    before = len(world.started)
    world.laptop.clock.advance(2)
    world.scheduler.tick()
    assert (before, len(world.started)) == (1, 2)
    assert {(target, text) for target, text in world.started} == {
        (FUNCTION, json.dumps({"executionId": DRILL}))
    }
    world.schedules.stop_reconciling(DRILL)
    world.schedules.stop_reconciling(DRILL)
    assert world.scheduler.truth(*HOME) == {}


def test_an_execution_that_nobody_looked_after_any_more_can_be_looked_after_again(
    world: World,
) -> None:
    world.schedules.reconcile_regularly(DRILL)
    world.schedules.stop_reconciling(DRILL)
    world.schedules.reconcile_regularly(DRILL)
    assert list(world.scheduler.truth(*HOME)) == ["reconcile-drill-1"]


def test_a_schedule_that_was_made_though_the_answer_got_lost_is_made_once(world: World) -> None:
    world.scheduler.faults.calls.append(
        CallFault(CallFaultKind.LOST_ANSWER, "CreateSchedule", times=1)
    )
    world.schedules.reconcile_regularly(DRILL)
    assert list(world.scheduler.truth(*HOME)) == ["reconcile-drill-1"]


def test_a_schedule_that_cannot_be_deleted_is_no_success(world: World) -> None:
    world.scheduler.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED, "DeleteSchedule"))
    with pytest.raises(ScheduleUnavailable, match="DeleteSchedule 'reconcile-drill-1'"):
        world.schedules.stop_reconciling(DRILL)
