"""The end of a wave, told twice."""

from __future__ import annotations

from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.services.questions.approvals import Approvals
from drs_orchestrator.services.waves.admission import Admission
from drs_orchestrator.services.waves.end_wave import EndWave
from drs_orchestrator.services.waves.turnstile import Turnstile
from local.clock import ManualClock
from local.virtual.items import MemoryItems
from tests.unit.executions import ID, PLACE, execution, intent, server, wave


def test_a_failure_reported_after_a_wave_completed_stops_nothing() -> None:
    executions, end_wave = _running()

    end_wave.complete(ID, "web")
    end_wave.fail(ID, "web", "Lambda.Unknown: Complete wave crashed after its effect")

    ended = executions.wave(ID, "web").status
    assert (ended, executions.get(ID).stopped_by) == ("COMPLETED", None)


def test_a_wave_that_a_person_skipped_is_skipped_whatever_fails_on_its_way_to_the_end() -> None:
    executions, end_wave = _running(skipped_by="ada", reason="skipped by ada: enough")

    end_wave.fail(ID, "web", "KeyError: 'items'")

    ended = executions.wave(ID, "web")
    assert (ended.status, ended.reason) == ("SKIPPED", "skipped by ada: enough")
    assert executions.get(ID).stopped_by is None


def _running(**fields: object) -> tuple[ExecutionStore, EndWave]:
    """Return a running execution whose wave "web" has launched its servers; its policy is STOP."""
    items, clock = MemoryItems(), ManualClock()
    executions, ledgers = ExecutionStore(items), LedgerStore(items)
    # No bell hangs and nothing is queued, so neither DRS nor Step Functions is ever called.
    workflow = StepFunctionsWorkflow(Sessions(PLACE), "recovery")
    admission = Admission(ledgers, executions, Sites(Sessions(PLACE)), workflow, clock)
    turnstile = Turnstile(executions, admission, Approvals(executions, clock), workflow, clock)
    end_wave = EndWave(executions, ledgers, turnstile, clock)
    run = execution(status="PENDING", preparation="fence")
    executions.create(run)
    executions.write_snapshot(
        run,
        [wave("web", on_failure="STOP", status="RUNNING", **fields), wave("last", "web")],
        [server(0, verdict="LAUNCHED"), server(1, verdict="LAUNCHED")],
        [intent(status="ENDED")],
    )
    executions.save(run.changed(status="RUNNING"))
    return executions, end_wave
