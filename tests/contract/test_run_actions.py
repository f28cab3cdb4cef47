"""Actions move by move: what a step that died, a person or a clock does between any two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.domain.action import (
    Action,
    ActionFailure,
    ActionPhase,
    ActionRecord,
    ActionReport,
    ActionStatus,
    LambdaAction,
    SsmAction,
    WaitAction,
)
from drs_orchestrator.domain.action_run import client_token
from drs_orchestrator.domain.errors import ExecutionClosed, ExecutionPaused, StaleVersion
from drs_orchestrator.domain.snapshot import Snapshot
from drs_orchestrator.domain.step import Step
from drs_orchestrator.domain.wave import WavePhase
from drs_orchestrator.services.actions.action_runners import (
    AutomationRunner,
    FunctionRunner,
    Runner,
    WaitRunner,
)
from drs_orchestrator.services.actions.report_action import ReportAction
from drs_orchestrator.services.actions.run_actions import RunActions
from drs_orchestrator.services.actions.try_action import TryAction
from local.drs import CallFault, CallFaultKind
from local.virtual.items import MemoryItems
from tests.contract.automation_laptop import HERE, AutomationLaptop, automation_laptop
from tests.contract.aws_laptop import HOME
from tests.unit.executions import ID, execution, wave

REPORT = ActionReport(succeeded=True)
SCRIPTS = {
    "Drain": {"seconds": 60},
    "Hang": {"hang": True},
    "Stubborn": {"hang": True, "ignoresCancel": True},
    "Broken": {"seconds": 5, "status": "Failed", "failureMessage": "disk full"},
}


def ssm(document: str, **values: object) -> Action:
    """Return an ssm action of that document."""
    action = SsmAction(
        name=document.lower(), type="ssm", document_name=document, timeout_seconds=600
    )
    return action.changed(account_id=HERE.account_id, region=HERE.region, **values)


class World:
    """A wave with actions in a store in memory, before Systems Manager."""

    def __init__(self, laptop: AutomationLaptop) -> None:
        self.laptop = laptop
        self.store = ExecutionStore(MemoryItems())
        runners: dict[str, Runner] = {
            "ssm": AutomationRunner(laptop.sites),
            "lambda": FunctionRunner(laptop.sites),
            "wait": WaitRunner(laptop.clock),
        }
        self.try_action = TryAction(self.store, runners, laptop.clock)
        self._run = RunActions(self.store, self.try_action, laptop.clock)

    def begin(self, *actions: Action, phase: WavePhase = WavePhase.BEFORE) -> None:
        """Store an execution whose only wave has come to its actions."""
        field = "pre_actions" if phase is WavePhase.BEFORE else "post_actions"
        acting = wave("web").changed(status="RUNNING", phase=phase, **{field: list(actions)})
        self.store.create(execution(status="PENDING", preparation="p"))
        snapshot = Snapshot(waves=[acting], servers=[], intents=[])
        self.store.write_snapshot(self.store.get(ID), snapshot.waves, [], [])
        self.change(status="RUNNING")

    def change(self, **values: object) -> None:
        """Change the execution's header."""
        self.store.save(self.store.get(ID).changed(**values))

    def run(self, *, after: float = 0) -> Step:
        """Let so many seconds pass and run the step."""
        self.laptop.clock.advance(after)
        return self._run(ID, "web")

    def go_on(self, *, after: float = 30) -> Step:
        """Run the step until it no longer waits."""
        for _ in range(1000):
            step = self.run(after=after)
            if step.next != "WAIT":
                return step
        raise AssertionError(f"it waits for ever: {step}")

    def records(self) -> list[ActionRecord]:
        """Return the records."""
        return self.store.actions(ID, "web")

    def statuses(self) -> list[str]:
        """Return the status of each record."""
        return [each.status.value for each in self.records()]


@pytest.fixture
def world() -> Iterator[World]:
    with automation_laptop(SCRIPTS) as laptop:
        yield World(laptop)


def test_a_step_that_dies_after_the_call_does_not_start_a_second_automation(world: World) -> None:
    world.begin(ssm("Drain"))
    begun = ActionRecord(
        wave="web",
        phase=ActionPhase.BEFORE,
        position=0,
        name="drain",
        status=ActionStatus.RUNNING,
        tries=1,
        start_time=world.laptop.clock.now(),
    )
    world.store.begin_action(ID, begun, after_launch=False)
    run_id = world.laptop.automations.start("Drain", {}, client_token(world.store.get(ID), begun))

    assert world.run().next == "WAIT"
    assert world.records()[0].run_id == run_id
    assert world.go_on().next == "HOLD"
    assert world.laptop.started() == [run_id]
    after = world.store.wave(ID, "web")
    assert (after.phase, after.status, after.phase_time) == ("LAUNCH", "HELD", None)


def test_a_step_called_again_after_its_last_move_says_the_same(world: World) -> None:
    world.begin(ssm("Drain"))
    assert [world.go_on().next, world.run().next] == ["HOLD", "HOLD"]
    assert len(world.laptop.started()) == 1


def test_several_actions_that_end_at_once_take_one_call(world: World) -> None:
    quick = [ssm(f"Unknown-{n}", on_failure=ActionFailure.CONTINUE) for n in range(3)]
    world.begin(*quick, phase=WavePhase.AFTER)
    assert world.run().next == "COMPLETE"
    assert world.statuses() == ["FAILED"] * 3


def test_a_start_that_was_never_answered_is_not_asked_for_again_after_a_cancel(
    world: World,
) -> None:
    world.begin(ssm("Drain"), ssm("Hang"))
    world.laptop.ssm.faults.calls.append(CallFault(CallFaultKind.LOST_REQUEST, times=2))
    world.run()
    world.change(cancelled_by="bob")
    assert world.run(after=5).next == "HOLD"
    assert world.laptop.started() == []
    assert world.statuses() == ["CANCELLED", "CANCELLED"]
    assert "whether it was started is not known" in (world.records()[0].reason or "")
    assert world.store.wave(ID, "web").status == "HELD"


def test_a_start_that_is_never_answered_ends_unknown_and_is_not_tried_again(world: World) -> None:
    world.begin(ssm("Drain", retries=3))
    world.laptop.ssm.faults.calls.append(CallFault(CallFaultKind.SERVER_ERROR))
    assert world.go_on().next == "FAIL"
    (record,) = world.records()
    assert (record.status, record.tries) == ("FAILED", 1)
    assert "whether it was started is not known" in (record.reason or "")


@pytest.mark.parametrize("closed_by", ["cancelled_by", "aborted_by"])
def test_whatever_closes_the_execution_stops_its_automation(world: World, closed_by: str) -> None:
    world.begin(ssm("Hang"), ssm("Drain"), phase=WavePhase.AFTER)
    world.run()
    world.change(**{closed_by: "db"})
    assert world.go_on(after=5).next == "COMPLETE"
    assert world.laptop.statuses() == ["Cancelled"]
    assert world.statuses() == ["CANCELLED", "CANCELLED"]


def test_an_automation_is_stopped_when_its_time_is_over_and_tried_again_when_it_has_ended(
    world: World,
) -> None:
    world.begin(ssm("Hang", retries=1), phase=WavePhase.AFTER)
    step, looks = world.run(), 1
    while len(world.laptop.started()) == 1:
        step, looks = world.run(after=step.wait_seconds), looks + 1
    (first, _), (second, _) = world.laptop.ssm.truth(*HOME).values()
    assert first.stopped_at is not None
    assert (first.stopped_at - first.started_at).total_seconds() == 600
    assert (second.started_at - first.stopped_at).total_seconds() == 5
    assert looks < 40
    assert world.go_on().next == "FAIL"
    assert "try 2 of 2: it did not end within 600 s" in (world.records()[0].reason or "")


def test_a_stop_that_fails_is_repeated(world: World) -> None:
    world.begin(ssm("Hang"))
    world.run()
    world.change(cancelled_by="bob")
    world.laptop.ssm.faults.calls.append(
        CallFault(CallFaultKind.THROTTLE, "StopAutomationExecution", times=2)
    )
    world.go_on(after=5)
    assert world.laptop.statuses() == ["Cancelled"]


def test_a_cancelled_wave_does_not_wait_for_ever_for_an_automation_that_does_not_stop(
    world: World,
) -> None:
    world.begin(ssm("Stubborn"))
    world.run()
    began = world.laptop.clock.now()
    world.change(cancelled_by="bob")
    assert world.go_on(after=5).next == "HOLD"
    assert (world.laptop.clock.now() - began).total_seconds() <= 90
    (record,) = world.records()
    assert record.status == "CANCELLED"
    assert world.laptop.started()[0] in (record.reason or "")


def test_a_cancel_ends_a_wait_at_its_next_turn(world: World) -> None:
    world.begin(WaitAction(name="settle", type="wait", seconds=86_400))
    assert world.run().wait_seconds == 300
    world.change(cancelled_by="bob")
    assert world.run(after=300).next == "HOLD"
    assert world.statuses() == ["CANCELLED"]


def test_a_pause_holds_the_next_try_before_the_launch_but_none_after_it(world: World) -> None:
    world.begin(ssm("Drain"))
    world.change(paused_by="bob")
    assert world.run().next == "HOLD"
    assert world.laptop.started() == []
    held = world.store.wave(ID, "web")
    assert (held.phase, held.status) == ("BEFORE", "HELD")
    assert "paused by bob" in (held.reason or "")


def test_actions_after_the_launch_go_on_in_a_paused_execution(world: World) -> None:
    world.begin(ssm("Drain"), phase=WavePhase.AFTER)
    world.change(paused_by="bob")
    assert world.go_on().next == "COMPLETE"
    assert world.laptop.statuses() == ["Success"]


@pytest.mark.parametrize("on_failure", [ActionFailure.ASK, ActionFailure.STOP])
def test_a_failed_action_is_named_on_the_wave(world: World, on_failure: ActionFailure) -> None:
    world.begin(ssm("Broken", on_failure=on_failure), ssm("Drain"))
    assert [world.go_on().next, world.run().next] == ["FAIL", "FAIL"]
    failed = world.store.wave(ID, "web").failed_action
    assert failed is not None
    assert (failed.name, failed.phase, failed.on_failure) == ("broken", "BEFORE", on_failure)
    assert "disk full" in failed.reason
    assert len(world.laptop.started()) == 1


def test_of_two_steps_at_once_one_begins_the_try(world: World) -> None:
    action = ssm("Drain")
    world.begin(action)
    record = ActionRecord(wave="web", phase=ActionPhase.BEFORE, position=0, name="drain")
    world.try_action.start(world.store.get(ID), action, record)
    with pytest.raises(StaleVersion):
        world.try_action.start(world.store.get(ID), action, record)
    assert len(world.laptop.started()) == 1


def test_no_try_begins_behind_the_back_of_a_cancel_or_a_pause(world: World) -> None:
    action = ssm("Drain")
    world.begin(action)
    seen = world.store.get(ID)
    record = ActionRecord(wave="web", phase=ActionPhase.BEFORE, position=0, name="drain")
    world.change(paused_by="bob")
    with pytest.raises(ExecutionPaused):
        world.try_action.start(seen, action, record)
    world.change(cancelled_by="bob")
    for phase in ActionPhase:
        with pytest.raises(ExecutionClosed):
            world.try_action.start(seen, action, record.changed(phase=phase))
    assert world.laptop.started() == []


def test_a_function_that_reports_before_its_step_has_noted_its_start_is_heard(
    world: World,
) -> None:
    action = LambdaAction(
        name="warm",
        type="lambda",
        function_name="warm-cache",
        timeout_seconds=600,
        account_id=HERE.account_id,
        region=HERE.region,
    )
    world.begin(action)
    begun = ActionRecord(
        wave="web",
        phase=ActionPhase.BEFORE,
        position=0,
        name="warm",
        status=ActionStatus.RUNNING,
        tries=1,
        start_time=world.laptop.clock.now(),
    )
    world.store.begin_action(ID, begun, after_launch=False)
    token = client_token(world.store.get(ID), begun)
    ReportAction(world.store)(ID, "web", "warm", token=token, report=REPORT)
    assert world.run().next == "HOLD"
    assert world.statuses() == ["SUCCEEDED"]
