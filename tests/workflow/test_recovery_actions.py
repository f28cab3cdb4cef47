"""Actions before and after a wave: what really ran, when, how often, and what stopped it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from local.drs import CallFault, CallFaultKind
from local.function_scripts import FunctionScript
from local.functions import FunctionCrashed, Invocation
from local.ssm import read_documents
from local.ssm.executions import Execution
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    Json,
    Laptop,
    fleet,
    laptop,
    plan,
    servers,
    verdicts,
    wave,
)


def ssm(name: str, **members: object) -> Json:
    """Return an ssm action of the document of that name."""
    return {"name": name, "type": "ssm", "documentName": f"Do-{name}", **members}


def acting(
    name: str = "only",
    first: int = 0,
    *depends_on: str,
    before: list[Json] | None = None,
    after: list[Json] | None = None,
) -> tuple[Json, Json]:
    """Return a wave of one server with actions."""
    group, described = wave(name, servers(first, 1), *depends_on)
    return group, {**described, "preActions": before or [], "postActions": after or []}


def scripted(running: Laptop, **documents: object) -> None:
    """Let documents do what their scripts say, and all others succeed in half a minute."""
    scripts = {f"Do-{name}": script for name, script in documents.items()}
    running.ssm.documents = read_documents({"*": {"seconds": 30}, **scripts})


def automations(running: Laptop) -> list[Execution]:
    """Return the automations that were really started, in order."""
    truth = running.ssm.truth(ACCOUNT, REGION)
    return sorted((each for each, _ in truth.values()), key=lambda each: each.started_at)


def documents(running: Laptop) -> list[str]:
    """Return the documents of the automations that were really started, in order."""
    return [each.document_name for each in automations(running)]


def statuses(running: Laptop) -> list[str]:
    """Return what Systems Manager says of each automation, in the order of their starts."""
    truth = running.ssm.truth(ACCOUNT, REGION)
    return [truth[each.execution_id][1] for each in automations(running)]


def shown(execution: Json, wave_name: str = "only") -> dict[str, str]:
    """Return the status of each action of a wave as the API shows it."""
    return {action["name"]: action["status"] for action in _actions(execution, wave_name)}


def _actions(execution: Json, wave_name: str = "only") -> list[Json]:
    (found,) = [each for each in execution["waves"] if each["name"] == wave_name]
    actions: list[Json] = found["actions"]
    return actions


def runs(name: str, status: str = "RUNNING") -> Any:  # noqa: ANN401 - a condition
    """Return the condition that an action of the only wave has a status."""
    return lambda execution: bool(execution["waves"]) and shown(execution).get(name) == status


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
    assert [a["runId"] for a in _actions(ended)] == [each.execution_id for each in started]


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
    (broken,) = [each for each in _actions(ended) if each["name"] == "broken"]
    assert "try 2 of 2" in broken["reason"]
    assert "disk full" in broken["reason"]


def test_an_action_may_stop_the_whole_execution(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        scripted(running, drain={"seconds": 5, "status": "Failed", "failureMessage": "stuck"})
        plan_id = running.apply(
            plan(
                "shop",
                acting(before=[ssm("drain", onFailure="STOP")], after=[ssm("never")]),
                acting("next", 1, "only", before=[ssm("neither")]),
            )
        )
        ended = running.run(plan_id)
        started = documents(running)
        launches = running.launches()

    assert ended["status"] == "FAILED"
    assert verdicts(ended) == {"only": "FAILED", "next": "SKIPPED"}
    assert "action 'drain' failed" in ended["waves"][0]["reason"]
    assert "stuck" in ended["waves"][0]["reason"]
    assert (started, launches) == (["Do-drain"], [])
    assert shown(ended) == {"drain": "FAILED", "never": "CANCELLED"}


def test_the_stop_of_another_wave_lets_a_launched_wave_run_its_actions(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        scripted(running, drain={"seconds": 900, "status": "Failed", "failureMessage": "stuck"})
        failing = acting("failing", 1, before=[ssm("drain", onFailure="STOP")])
        good = acting(after=[{"name": "settle", "type": "wait", "seconds": 3600}, ssm("warm")])
        ended = running.run(running.apply(plan("shop", good, failing)))
        started = documents(running)

    assert verdicts(ended) == {"only": "COMPLETED", "failing": "FAILED"}
    assert started == ["Do-drain", "Do-warm"]


def test_a_wave_whose_actions_a_cancel_prevented_is_partial(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        id_ = running.start(
            running.apply(
                plan("shop", acting(after=[{"name": "settle", "type": "wait", "seconds": 86_400}]))
            )
        )
        running.until(id_, lambda e: bool(e["waves"]) and "RUNNING" in shown(e).values())
        running.http.post(f"/executions/{id_}/cancel")
        ended = running.ended(id_)

    assert verdicts(ended) == {"only": "PARTIAL"}
    assert "settle" in ended["waves"][0]["reason"]


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
    drain, warm = _actions(ended)
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


def test_an_automation_whose_answers_are_lost_and_whose_step_dies_runs_once(
    tmp_path: Path,
) -> None:
    crashes: list[str] = []

    def invoker(invocation: Invocation) -> Any:  # noqa: ANN401 - a handler's answer
        answer = invocation.proceed()
        if "RunActions" in invocation.function.name and len(crashes) < 3:
            crashes.append(invocation.function.name)
            raise FunctionCrashed
        return answer

    with laptop(tmp_path, fleet(1), invoker) as running:
        scripted(running)
        running.ssm.faults.calls.append(
            CallFault(CallFaultKind.LOST_ANSWER, "StartAutomationExecution", times=3)
        )
        ended = running.run(running.apply(plan("shop", acting(before=[ssm("drain")]))))
        started = documents(running)
        calls = [c.outcome for c in running.ssm.calls if c.operation == "StartAutomationExecution"]

    assert len(crashes) == 3
    assert calls == ["LostAnswer"] * 3 + ["OK"]
    assert started == ["Do-drain"]
    assert ended["status"] == "COMPLETED"
    assert shown(ended) == {"drain": "SUCCEEDED"}


def test_a_throttled_start_is_asked_for_again(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running)
        running.ssm.faults.calls.append(CallFault(CallFaultKind.THROTTLE, times=5))
        # The SDK backs off in real time, beside which the simulated time flies.
        before = [ssm("drain", timeoutSeconds=86_400)]
        ended = running.run(running.apply(plan("shop", acting(before=before))))
        started = documents(running)

    assert (ended["status"], started) == ("COMPLETED", ["Do-drain"])


def test_a_document_that_does_not_exist_is_named_with_its_place(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.ssm.documents = read_documents({"Other": {}})
        before = [ssm("drain", retries=3, onFailure="STOP")]
        ended = running.run(running.apply(plan("shop", acting(before=before))))

    assert ended["status"] == "FAILED"
    assert "document 'Do-drain' in account 111122223333" in ended["reason"]
    assert "create the document there" in ended["reason"]


def test_an_automation_that_takes_too_long_has_stopped_before_the_next_try(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, slow=[{"hang": True}, {"seconds": 5}])
        before = [ssm("slow", timeoutSeconds=600, retries=1)]
        ended = running.run(running.apply(plan("shop", acting(before=before))))
        first, second = automations(running)
        ends = statuses(running)

    assert ended["status"] == "COMPLETED"
    assert ends == ["Cancelled", "Success"]
    assert first.stopped_at is not None
    assert second.started_at > first.stopped_at


def test_one_that_does_not_stop_is_left_to_a_person_and_meets_no_other_try(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, slow={"hang": True, "ignoresCancel": True})
        before = [ssm("slow", timeoutSeconds=120, retries=5)]
        execution_id = running.start(running.apply(plan("shop", acting(before=before))))
        asked = running.until(execution_id, asks)
        (only,) = automations(running)

    message = asked["waves"][0]["question"]["message"]
    assert "did not end within 120 s" in message
    assert only.execution_id in message


def test_a_cancel_stops_what_runs_before_the_launch_and_launches_nothing(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, drain={"hang": True})
        before = [ssm("drain", timeoutSeconds=86_400), ssm("next")]
        plan_id = running.apply(plan("shop", acting(before=before, after=[ssm("last")])))
        execution_id = running.start(plan_id)
        running.until(execution_id, begun)
        say(running, execution_id, "cancel")
        ended = running.ended(execution_id)
        ends = statuses(running)
        launches = running.launches()

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"only": "CANCELLED"}
    assert (ends, launches) == (["Cancelled"], [])
    assert set(shown(ended).values()) == {"CANCELLED"}


def test_a_cancel_stops_what_runs_after_the_launch_and_the_wave_has_come_up(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, warm={"hang": True})
        after = [ssm("warm", timeoutSeconds=86_400), ssm("last")]
        execution_id = running.start(running.apply(plan("shop", acting(after=after))))
        running.until(execution_id, begun)
        say(running, execution_id, "cancel")
        ended = running.ended(execution_id)
        ends = statuses(running)

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"only": "PARTIAL"}
    assert ends == ["Cancelled"]
    assert set(shown(ended).values()) == {"CANCELLED"}


def test_a_pause_lets_the_running_action_end_and_the_next_one_wait(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, drain={"seconds": 1800})
        before = [ssm("drain", timeoutSeconds=3600), ssm("next")]
        plan_id = running.apply(plan("shop", acting(before=before)))
        execution_id = running.start(plan_id)
        running.until(execution_id, begun)
        say(running, execution_id, "pause")
        rested = running.until(execution_id, lambda e: e["waves"][0]["status"] == "HELD")
        between = documents(running)
        say(running, execution_id, "resume")
        ended = running.ended(execution_id)
        started = documents(running)

    assert "paused" in rested["waves"][0]["reason"]
    assert shown(rested) == {"drain": "SUCCEEDED", "next": "PENDING"}
    assert between == ["Do-drain"]
    assert ended["status"] == "COMPLETED"
    assert started == ["Do-drain", "Do-next"]


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
        (settle,) = _actions(ended)

    assert ended["status"] == "COMPLETED"
    began = datetime.fromisoformat(settle["startTime"])
    assert (job.created_at - began).total_seconds() >= 290
    assert len(turns) <= 3


def test_a_quick_function_is_waited_for_and_called_again_when_it_fails(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        broken = FunctionScript(error_type="QueueFull", error_message="try later")
        running.functions.scripts = {"notify": [broken, FunctionScript(answer="done")]}
        action = {"name": "tell", "type": "lambda", "functionName": "notify"}
        details = {"timeoutSeconds": 30, "retries": 1, "payload": {"channel": "dr"}}
        ended = running.run(running.apply(plan("shop", acting(before=[action | details]))))
        calls = [each.event for each in running.functions.invocations]

    assert ended["status"] == "COMPLETED"
    assert shown(ended) == {"tell": "SUCCEEDED"}
    assert [call["payload"] for call in calls] == [{"channel": "dr"}] * 2
    assert len({call["clientToken"] for call in calls}) == 2
    assert calls[0]["executionId"] == ended["executionId"]
    assert (calls[0]["executionType"], calls[0]["wave"]) == ("DRILL", "only")


def test_a_slow_function_reports_its_own_result(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.functions.scripts = {"warm-cache": FunctionScript()}
        action = {"name": "warm", "type": "lambda", "functionName": "warm-cache"}
        after = [action | {"timeoutSeconds": 86_400}]
        execution_id = running.start(running.apply(plan("shop", acting(after=after))))
        running.until(execution_id, lambda _: bool(running.functions.invocations))
        (call,) = [each.event for each in running.functions.invocations]
        strange = report(running, {**call, "clientToken": "0" * 36})
        unknown = report(running, {**call, "action": "other"})
        told = [report(running, call), report(running, call)]
        ended = running.ended(execution_id)
        late = report(running, call, succeeded=False)

    assert (strange, unknown, told, late) == (409, 404, [204, 204], 409)
    assert ended["status"] == "COMPLETED"
    assert shown(ended) == {"warm": "SUCCEEDED"}


def asks(execution: Json) -> bool:
    """Whether the only wave waits for a person."""
    return bool(execution["waves"]) and execution["waves"][0]["status"] == "AWAITING_DECISION"


def begun(execution: Json) -> bool:
    """Whether an automation of the only wave is known to run."""
    return bool(execution["waves"]) and any(
        each["status"] == "RUNNING" and each["runId"] for each in _actions(execution)
    )


def decide(running: Laptop, execution: Json, decision: str, **more: str) -> None:
    """Answer the question of the only wave."""
    question = execution["waves"][0]["question"]
    answer = running.http.post(
        f"/executions/{execution['executionId']}/waves/only/decisions",
        json={"attempt": question["attempt"], "decision": decision, **more},
    )
    assert answer.status_code == 201, answer.text


def say(running: Laptop, execution_id: str, verb: str) -> None:
    """Ask for a verb."""
    answer = running.http.post(f"/executions/{execution_id}/{verb}")
    assert answer.is_success, answer.text


def report(running: Laptop, event: Mapping[str, Any], *, succeeded: bool = True) -> int:
    """Report as the function of an event would, and return the HTTP status."""
    place = f"/executions/{event['executionId']}/waves/{event['wave']}/actions/{event['action']}"
    body = {"clientToken": event["clientToken"], "succeeded": succeeded}
    return running.http.post(f"{place}/result", json=body).status_code
