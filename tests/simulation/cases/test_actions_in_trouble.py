"""Actions beside a STOP elsewhere, and actions that nobody can look at."""

from __future__ import annotations

from botocore.exceptions import ConnectionClosedError

from drs_orchestrator.domain.execution_view import ExecutionView
from local.drs import Behaviour, Faults, ServerFault, ServerFaultKind
from local.faults_file import FaultsFile
from local.ssm import DocumentScript
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import run, start
from tests.simulation.stories.story import having
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

_LOOKS = ("GetAutomationExecution", "StopAutomationExecution")


def test_an_action_after_the_launch_that_fails_has_failed_though_another_wave_stopped() -> None:
    verify = {
        "name": "verify-db",
        "type": "ssm",
        "documentName": "Verify",
        "retries": 2,
        "onFailure": "STOP",
    }
    opens = {"name": "open-traffic", "type": "ssm", "documentName": "Open"}
    corrupt = DocumentScript(status="Failed", failure_message="data is corrupt", seconds=5)
    outcome = run(
        plan(
            "two",
            having(wave("bad", servers(0, 1)), onFailure="STOP"),
            having(wave("app", servers(1, 1)), postActions=[verify, opens]),
        ),
        fleet(2),
        execution_type="RECOVERY",
        faults=Faults(servers=[ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED)]),
        other_faults=FaultsFile(documents={"Verify": [corrupt]}),
        behaviour=Behaviour(paces={server_id(0): 0.3}),
    )
    app = next(each for each in outcome.execution["waves"] if each["name"] == "app")
    assert app["status"] == "FAILED"
    states = {each["name"]: each["status"] for each in app["actions"]}
    assert states == {"verify-db": "FAILED", "open-traffic": "CANCELLED"}
    assert "try 3 of 3" in app["actions"][0]["reason"]


def test_an_action_that_ended_unseen_has_not_failed_to_stop() -> None:
    execution = _told_without_looks(until_seconds=680)
    assert execution.status == "COMPLETED"
    assert [each.status for each in execution.waves[0].actions] == ["SUCCEEDED"]


def test_what_became_of_an_action_that_nobody_can_look_at_is_not_known() -> None:
    execution = _told_without_looks(until_seconds=7200)
    (action,) = execution.waves[0].actions
    assert action.status == "FAILED"
    assert "whether it stopped is not known" in (action.reason or "")


def _told_without_looks(until_seconds: float) -> ExecutionView:
    """Return a recovery whose action succeeds while Systems Manager cannot be asked."""
    drain = {
        "name": "drain",
        "type": "ssm",
        "documentName": "Drain",
        "timeoutSeconds": 600,
        "onFailure": "STOP",
    }
    others = FaultsFile(documents={"Drain": [DocumentScript(seconds=90)]})

    def lose(call: Call) -> None:
        if call.operation in _LOOKS and 30 < world.schedule.elapsed_seconds < until_seconds:
            raise ConnectionClosedError(endpoint_url="https://ssm")

    with VirtualWorld(fleet(1), other_faults=others) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, plan("one", having(wave("db", servers(0, 1)), preActions=[drain])))
        world.calls.before = lose
        world.until(lambda: world.orchestrator.read_executions.get(id_).status.is_final)
        return world.orchestrator.read_executions.get(id_)
