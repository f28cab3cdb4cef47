"""The end of an execution whose workflow did not live to write it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.lock_store import LockStore
from drs_orchestrator.adapters.schedules import EventBridgeSchedules
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.domain.workflow_state import WorkflowState, WorkflowStatus
from drs_orchestrator.services.clean_ups.schedule_clean_up import ScheduleCleanUp
from drs_orchestrator.services.executions.finish_execution import FinishExecution
from drs_orchestrator.services.executions.lock_servers import LockServers
from drs_orchestrator.services.questions.approvals import Approvals
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.end_wave import EndWave
from drs_orchestrator.services.waves.turnstile import Turnstile
from local.clock import ManualClock
from local.virtual.items import MemoryItems
from tests.unit.executions import ID, PLACE, execution, intent, server, wave

STOPPED = WorkflowState(status=WorkflowStatus.ABORTED)


@dataclass
class World:
    """Stores in memory; no bell hangs and nothing is queued, so AWS is never called."""

    items: MemoryItems = field(default_factory=MemoryItems)

    def __post_init__(self) -> None:
        """Build the service, and an execution of two waves; the first has a job."""
        clock, sessions = ManualClock(), Sessions(PLACE)
        self.executions, ledgers = ExecutionStore(self.items), LedgerStore(self.items)
        self.locks = LockStore(self.items)
        workflow, sites = StepFunctionsWorkflow(sessions, "recovery"), Sites(sessions)
        admission = Admission(ledgers, self.executions, sites, workflow, clock)
        approvals = Approvals(self.executions, clock)
        turnstile = Turnstile(self.executions, admission, approvals, workflow, clock)
        schedules = EventBridgeSchedules(
            sessions, group="g", role_name="r", state_machine_name="m", reconcile_function_name="f"
        )
        self.finish = FinishExecution(
            self.executions,
            EndWave(self.executions, ledgers, turnstile, clock),
            LockServers(self.locks, self.executions, sites, clock),
            admission,
            ScheduleCleanUp(self.executions, schedules),
            clock,
        )
        run = execution(status="PENDING", preparation="fence")
        self.executions.create(run)
        self.executions.write_snapshot(
            run,
            [
                wave("web", status="RUNNING", start_time=clock.now()),
                wave("last", "web", position=1),
            ],
            [server(0), server(1), server(2, wave="last")],
            [
                intent(status="CONFIRMED", job_id="drsjob-5"),
                intent(wave="last", source_server_ids=[server(2).source_server_id]),
            ],
        )
        self.keys = [server(number).key for number in range(3)]
        self.locks.take(ID, self.keys)
        self.executions.save(run.changed(status="RUNNING"))


@pytest.fixture
def world() -> World:
    return World()


def test_an_execution_that_was_stopped_is_cancelled_and_holds_only_what_drs_works_on(
    world: World,
) -> None:
    ended = world.finish.in_place_of(ID, STOPPED)
    waves = {each.name: each.status for each in world.executions.waves(ID)}
    held = world.locks.holders(world.keys)

    assert (ended.status, ended.reason) == ("CANCELLED", "stopped by hand in Step Functions")
    assert waves == {"web": "FAILED", "last": "CANCELLED"}
    assert set(held) == {server(0).key, server(1).key}


def test_whoever_finishes_first_counts(world: World) -> None:
    first, _ = world.finish(ID, "Prepare execution crashed")
    second = world.finish.in_place_of(ID, STOPPED)

    assert first == second.status == "FAILED"
    assert second.reason == "Prepare execution crashed"


def test_finishing_twice_changes_nothing(world: World) -> None:
    before = world.finish.in_place_of(ID, STOPPED)
    assert world.finish.in_place_of(ID, STOPPED) == before
    assert world.executions.get(ID) == before
