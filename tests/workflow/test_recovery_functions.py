"""Actions that are Lambda functions: quick ones, and those that report their result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.function_scripts import FunctionScript
from tests.workflow.acting import (
    acting,
    shown,
)
from tests.workflow.laptop import (
    Laptop,
    fleet,
    laptop,
    plan,
)


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


def report(running: Laptop, event: Mapping[str, Any], *, succeeded: bool = True) -> int:
    """Report as the function of an event would, and return the HTTP status."""
    place = f"/executions/{event['executionId']}/waves/{event['wave']}/actions/{event['action']}"
    body = {"clientToken": event["clientToken"], "succeeded": succeeded}
    return running.http.post(f"{place}/result", json=body).status_code
