"""Clean-up when something goes wrong: once each, resumed, and what is left is listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.domain.intent import IntentStatus
from local.drs import CallFault, CallFaultKind, Faults, Phase, Quotas, ServerFault, ServerFaultKind
from tests.workflow.crashes import Crash
from tests.workflow.drill_clean_up import (
    ask,
    clean_up,
    ended,
    live_servers,
    results,
    terminations,
    times_terminated,
)
from tests.workflow.laptop import fleet, laptop, plan, server_id, servers, wave

STEPS = ["terminate_instances", "check_termination", "finish_clean_up"]
UNCLEAR = [
    CallFaultKind.LOST_ANSWER,
    CallFaultKind.LOST_REQUEST,
    CallFaultKind.SERVER_ERROR_AFTER_EFFECT,
    CallFaultKind.CONFLICT,
    CallFaultKind.THROTTLE,
]


@pytest.mark.parametrize("kind", UNCLEAR)
def test_an_instance_is_terminated_once_though_the_answer_was_unclear(
    tmp_path: Path, kind: CallFaultKind
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        running.simulator.faults = Faults(
            calls=[CallFault(kind, "TerminateRecoveryInstances", times=1)],
            job_visibility_lag_seconds=100,
        )
        cleaned = clean_up(running, drill["executionId"])
        times = times_terminated(running)

    assert cleaned["status"] == "COMPLETED"
    assert results(cleaned) == dict.fromkeys(servers(0, 2), "TERMINATED")
    assert times == dict.fromkeys(servers(0, 2), 1)


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_crash_of_every_step_is_survived(tmp_path: Path, after_effect: bool) -> None:
    crash = Crash(*STEPS, after_effect=after_effect)
    with laptop(tmp_path, fleet(3), crash) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 3)))))
        cleaned = clean_up(running, drill["executionId"])
        times = times_terminated(running)
        live = live_servers(running)

    assert crash.crashed == STEPS
    assert cleaned["status"] == "COMPLETED"
    assert times == dict.fromkeys(servers(0, 3), 1)
    assert live == {}


@pytest.mark.parametrize("loud", [True, False], ids=["heard", "unheard"])
def test_a_clean_up_whose_workflow_was_stopped_by_hand_says_so_and_goes_on_by_asking_again(
    tmp_path: Path, *, loud: bool
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        running.event_bus.faults.lost_share = 0.0 if loud else 1.0
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        id_ = drill["executionId"]
        running.simulator.faults = Faults(
            calls=[CallFault(CallFaultKind.ACCESS_DENIED, "DescribeRecoveryInstances")]
        )
        ask(running, id_)
        machines = running.step_functions.list_state_machines()["stateMachines"]
        (arn,) = [m["stateMachineArn"] for m in machines if m["name"].endswith("-clean-up")]
        (run,) = running.step_functions.list_executions(stateMachineArn=arn)["executions"]
        running.step_functions.stop_execution(executionArn=run["executionArn"])
        stopped = ended(running, id_)
        running.simulator.faults = Faults()
        cleaned = clean_up(running, id_)
        times = times_terminated(running)

    assert run["name"] == f"cleanup-{id_}-1"
    assert stopped["status"] == "INCOMPLETE"
    assert "its workflow was stopped by hand in Step Functions" in stopped["reason"]
    assert cleaned["status"] == "COMPLETED"
    assert times == dict.fromkeys(servers(0, 2), 1)


def test_an_instance_that_does_not_say_that_it_is_a_drill_is_left_and_listed(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        running.simulator.faults = Faults(is_drill_left_out=True)
        doubted = clean_up(running, drill["executionId"])
        live = live_servers(running)
        running.simulator.faults = Faults()
        cleaned = clean_up(running, drill["executionId"])
        live_at_last = live_servers(running)

    assert doubted["status"] == "INCOMPLETE"
    assert doubted["reason"].startswith("clean-up incomplete: 2 of 2 servers, first s-5")
    assert results(doubted) == dict.fromkeys(servers(0, 2), "REFUSED")
    assert all("isDrill" in each["reason"] for each in doubted["instances"])
    assert live == dict.fromkeys(servers(0, 2), True)
    assert cleaned["status"] == "COMPLETED"
    assert live_at_last == {}


def test_a_termination_that_hangs_is_left_at_the_deadline_with_its_job(tmp_path: Path) -> None:
    stuck = ServerFault(server_id(0), ServerFaultKind.STUCK, phase=Phase.TERMINATION)
    with laptop(tmp_path, fleet(2), speed=1200) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        running.simulator.faults = Faults(servers=[stuck])
        cleaned = clean_up(running, drill["executionId"])
        (job,) = terminations(running)

    assert cleaned["status"] == "INCOMPLETE"
    assert results(cleaned) == {server_id(0): "LEFT", server_id(1): "TERMINATED"}
    assert job.job_id in cleaned["reason"]


@pytest.mark.parametrize("quotas", [Quotas(servers_per_job=2), Quotas(jobs=0)])
def test_a_quota_delays_the_clean_up_and_fails_nothing(tmp_path: Path, quotas: Quotas) -> None:
    with laptop(tmp_path, fleet(5)) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 5)))))
        running.simulator.faults = Faults(quotas=quotas)
        ask(running, drill["executionId"])
        running.until(
            drill["executionId"],
            lambda e: any(
                i["reason"] and "Quota" in i["reason"] for i in e["cleanUp"]["instances"]
            ),
        )
        if quotas.jobs == 0:
            running.simulator.faults = Faults()
        cleaned = ended(running, drill["executionId"])
        times = times_terminated(running)

    assert cleaned["status"] == "COMPLETED"
    assert times == dict.fromkeys(servers(0, 5), 1)


def test_instances_of_a_job_that_our_record_lost_are_found_by_its_tags(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        dynamodb = running.client("dynamodb")
        (table,) = [t for t in dynamodb.list_tables()["TableNames"] if "Executions" in t]
        store = ExecutionStore(DynamoDBItems(dynamodb, table))
        (intent,) = store.intents(drill["executionId"])
        store.save_intent(intent.changed(status=IntentStatus.SENT, job_id=None))
        cleaned = clean_up(running, drill["executionId"])
        live = live_servers(running)

    assert cleaned["status"] == "COMPLETED"
    assert live == {}
