"""Automations that get lost, fail to start or never end: what really ran, and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local.drs import CallFault, CallFaultKind
from local.functions import FunctionCrashed, Invocation
from local.ssm import read_documents
from tests.workflow.acting import (
    acting,
    asks,
    automations,
    documents,
    scripted,
    shown,
    ssm,
    statuses,
)
from tests.workflow.laptop import (
    fleet,
    laptop,
    plan,
)


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
