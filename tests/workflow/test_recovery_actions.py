"""Actions before and after a wave: what really ran, when and how often."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from local.functions import Invocation
from tests.workflow.acting import (
    acting,
    actions_of,
    asks,
    automations,
    decide,
    documents,
    runs,
    scripted,
    shown,
    ssm,
)
from tests.workflow.laptop import (
    fleet,
    laptop,
    plan,
)


def test_actions_run_in_order_before_and_after_the_launch(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running)
        plan_id = running.apply(
            plan(
                "shop",
                acting(
                    before=[ssm("first", parameters={"Queue": "orders"}), ssm("second")],
                    after=[ssm("third")],
                ),
            )
        )
        ended = running.run(plan_id)
        started = automations(running)
        (job,) = running.launches()

    assert ended["status"] == "COMPLETED"
    assert [each.document_name for each in started] == ["Do-first", "Do-second", "Do-third"]
    assert started[0].parameters == {"Queue": ["orders"]}
    first, second, third = started
    assert (second.started_at - first.started_at).total_seconds() >= 30
    assert (job.created_at - second.started_at).total_seconds() >= 30
    assert job.ended_at is not None
    assert third.started_at > job.ended_at
    assert shown(ended) == {"first": "SUCCEEDED", "second": "SUCCEEDED", "third": "SUCCEEDED"}
    assert [a["runId"] for a in actions_of(ended)] == [each.execution_id for each in started]


def test_a_failing_action_is_tried_as_often_as_the_plan_says(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        failure = {"seconds": 5, "status": "Failed", "failureMessage": "disk full"}
        scripted(running, flaky=[failure, failure, {"seconds": 5}], broken=failure)
        before = [
            ssm("flaky", retries=2),
            ssm("broken", retries=1, onFailure="CONTINUE"),
            ssm("last"),
        ]
        ended = running.run(running.apply(plan("shop", acting(before=before))))
        started = documents(running)

    assert ended["status"] == "COMPLETED"
    assert started == ["Do-flaky"] * 3 + ["Do-broken"] * 2 + ["Do-last"]
    assert shown(ended) == {"flaky": "SUCCEEDED", "broken": "FAILED", "last": "SUCCEEDED"}
    (broken,) = [each for each in actions_of(ended) if each["name"] == "broken"]
    assert "try 2 of 2" in broken["reason"]
    assert "disk full" in broken["reason"]


def test_a_person_lets_a_failed_action_run_again_or_goes_on_without_it(tmp_path: Path) -> None:
    failure = {"seconds": 5, "status": "Failed", "failureMessage": "no licence"}
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, drain=[failure, {"seconds": 5}], warm=failure)
        plan_id = running.apply(plan("shop", acting(before=[ssm("drain")], after=[ssm("warm")])))
        execution_id = running.start(plan_id)
        asked = running.until(execution_id, asks)
        launched_before = len(running.launches())
        decide(running, asked, "RETRY")
        asked_again = running.until(execution_id, lambda e: asks(e) and runs("warm", "FAILED")(e))
        decide(running, asked_again, "SKIP", reason="it will warm up by itself")
        ended = running.ended(execution_id)
        started = documents(running)

    assert "no licence" in asked["waves"][0]["question"]["message"]
    assert launched_before == 0
    assert ended["status"] == "COMPLETED"
    assert started == ["Do-drain", "Do-drain", "Do-warm"]
    drain, warm = actions_of(ended)
    assert (drain["status"], drain["attempt"]) == ("SUCCEEDED", 2)
    assert (warm["status"], warm["attempt"]) == ("SKIPPED", 1)


def test_drills_and_recoveries_run_the_actions_of_their_own(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running)
        before = [ssm("fence", scope="RECOVERY"), ssm("always"), ssm("isolate", scope="DRILL")]
        plan_id = running.apply(plan("shop", acting(before=before)))
        drill = running.run(plan_id)
        of_drill = documents(running)
        recovery = running.run(plan_id, "RECOVERY")
        of_both = documents(running)

    assert (drill["status"], recovery["status"]) == ("COMPLETED", "COMPLETED")
    assert of_drill == ["Do-always", "Do-isolate"]
    assert of_both[2:] == ["Do-fence", "Do-always"]
    assert list(shown(drill)) == ["always", "isolate"]


def test_a_wait_takes_its_time_in_few_turns(tmp_path: Path) -> None:
    turns: list[str] = []

    def invoker(invocation: Invocation) -> Any:  # noqa: ANN401 - a handler's answer
        if "RunActions" in invocation.function.name:
            turns.append(invocation.function.name)
        return invocation.proceed()

    with laptop(tmp_path, fleet(1), invoker) as running:
        before = [{"name": "settle", "type": "wait", "seconds": 290}]
        ended = running.run(running.apply(plan("shop", acting(before=before))))
        (job,) = running.launches()
        (settle,) = actions_of(ended)

    assert ended["status"] == "COMPLETED"
    began = datetime.fromisoformat(settle["startTime"])
    assert (job.created_at - began).total_seconds() >= 290
    assert len(turns) <= 3
