"""Clean-up terminates exactly what the drill launched; the simulator tells what really lives."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.workflow.drill_clean_up import (
    ask,
    clean_up,
    ended,
    launch_elsewhere,
    live_servers,
    results,
    terminations,
    times_terminated,
)
from tests.workflow.laptop import fleet, laptop, plan, server_id, servers, wave


def test_all_instances_of_the_drill_go_and_nothing_else(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(7)) as running:
        chain = (wave("first", servers(0, 2)), wave("second", servers(2, 2), "first"))
        drill = running.run(running.apply(plan("shop", *chain)))
        running.run(running.apply(plan("other", wave("other", servers(4, 1)))))
        running.run(running.apply(plan("real", wave("real", servers(5, 1)))), "RECOVERY")
        launch_elsewhere(running, 6, is_drill=True)
        before = running.read(drill["executionId"])
        cleaned = clean_up(running, drill["executionId"])
        live = live_servers(running)
        jobs = terminations(running)

    assert before["cleanUp"] is None
    assert cleaned["status"] == "COMPLETED"
    assert cleaned["requestedBy"] == "local"
    assert results(cleaned) == dict.fromkeys(servers(0, 4), "TERMINATED")
    assert {each["recoveryInstanceId"] for each in cleaned["instances"]} == {
        each["recoveryInstanceId"] for each in drill["servers"]
    }
    assert live == {server_id(4): True, server_id(5): False, server_id(6): True}
    assert [sorted(job.server_ids) for job in jobs] == [servers(0, 4)]
    assert all(job.ended_at for job in jobs)


def test_a_recovery_is_never_cleaned_up_and_a_drill_not_before_its_end(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        recovery = running.run(running.apply(plan("real", wave("real", servers(0, 1)))), "RECOVERY")
        refused = running.http.post(f"/executions/{recovery['executionId']}/clean-up")
        machines = running.step_functions.list_state_machines()["stateMachines"]
        (arn,) = [m["stateMachineArn"] for m in machines if m["name"].endswith("-clean-up")]
        by_hand = running.step_functions.start_execution(
            stateMachineArn=arn, input=json.dumps({"executionId": recovery["executionId"]})
        )
        status = running.workflow_status({"executionArn": by_hand["executionArn"]})
        drill = running.start(running.apply(plan("shop", wave("only", servers(1, 1)))))
        too_early = running.http.post(f"/executions/{drill}/clean-up")
        running.ended(drill)
        live = live_servers(running)
        jobs = terminations(running)

    assert (refused.status_code, refused.json()["code"]) == (409, "CleanUpRefused")
    assert "RECOVERY" in refused.json()["detail"]
    assert status == "FAILED"
    assert (too_early.status_code, too_early.json()["code"]) == (409, "CleanUpRefused")
    assert live == {server_id(0): False, server_id(1): True}
    assert jobs == []


def test_asking_often_terminates_once(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 3)))))
        id_ = drill["executionId"]
        with ThreadPoolExecutor(4) as people:
            asked = list(people.map(lambda _: ask(running, id_), range(4)))
        first = ended(running, id_)
        again = clean_up(running, id_)
        times = times_terminated(running)

    assert {each["status"] for each in asked} == {"RUNNING"}
    assert (first["status"], again["status"]) == ("COMPLETED", "COMPLETED")
    assert results(again) == dict.fromkeys(servers(0, 3), "TERMINATED")
    assert times == dict.fromkeys(servers(0, 3), 1)


def test_what_replaced_an_instance_of_the_drill_is_never_touched(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        drill = running.run(running.apply(plan("shop", wave("only", servers(0, 3)))))
        launch_elsewhere(running, 0, is_drill=False)
        launch_elsewhere(running, 1, is_drill=True)
        cleaned = clean_up(running, drill["executionId"])
        live = live_servers(running)
        times = times_terminated(running)

    assert cleaned["status"] == "COMPLETED"
    assert results(cleaned) == {
        server_id(0): "ALREADY_GONE",
        server_id(1): "ALREADY_GONE",
        server_id(2): "TERMINATED",
    }
    assert live == {server_id(0): False, server_id(1): True}
    assert times == {server_id(2): 1}


def test_a_server_that_a_live_execution_holds_is_left_to_it(tmp_path: Path) -> None:
    shared = wave("shared", servers(0, 1))
    group, second = wave("shared", servers(0, 1), "before")
    with laptop(tmp_path, fleet(2)) as running:
        drill = running.run(running.apply(plan("shop", shared)))
        real = plan("real", wave("before", servers(1, 1)), (group, second))
        recovery = running.start(running.apply(real), "RECOVERY")
        running.until(recovery, lambda e: e["status"] == "RUNNING")
        cleaned = clean_up(running, drill["executionId"])
        recovered = running.ended(recovery)
        live = live_servers(running)
        jobs = terminations(running)

    assert recovered["status"] == "COMPLETED"
    assert results(cleaned) == {server_id(0): "ALREADY_GONE"}
    assert live == dict.fromkeys(servers(0, 2), False)
    assert jobs == []
