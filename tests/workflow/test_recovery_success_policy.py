"""What "the wave came up" means is the plan's to say; what came up is per server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.drs import Faults, ServerFault, ServerFaultKind
from tests.workflow.laptop import fleet, laptop, plan, server_id, servers, verdicts, wave

CASES: list[tuple[Any, list[int], str]] = [
    ("ALL", [], "COMPLETED"),
    ("ALL", [3], "FAILED"),
    ("CRITICAL", [3], "PARTIAL"),
    ("CRITICAL", [0], "FAILED"),
    ({"minimumPercent": 50}, [0, 1], "PARTIAL"),
    ({"minimumPercent": 51}, [0, 1], "FAILED"),
    ({"minimumPercent": 1}, [0, 1, 2, 3], "FAILED"),
]


@pytest.mark.parametrize(("policy", "failing", "verdict"), CASES)
def test_a_wave_is_judged_by_its_policy_and_partial_lets_dependents_start(
    tmp_path: Path, policy: object, failing: list[int], verdict: str
) -> None:
    group, first = wave("first", servers(0, 4))
    group["criticalServerIds"] = servers(0, 2)
    first["successPolicy"] = policy
    with laptop(tmp_path, fleet(5)) as running:
        running.simulator.faults = Faults(
            servers=[ServerFault(server_id(n), ServerFaultKind.SILENT_FAILURE) for n in failing]
        )
        execution = running.run(
            running.apply(plan("policy", (group, first), wave("second", servers(4, 1), "first")))
        )
        live = {each.source_server_id for each in running.live_instances()}

    came_up = verdict != "FAILED"
    assert verdicts(execution) == {
        "first": verdict,
        "second": "COMPLETED" if came_up else "SKIPPED",
    }
    expected = {server_id(n) for n in range(4) if n not in failing}
    assert live == expected | ({server_id(4)} if came_up else set())
    whole = "COMPLETED" if verdict == "COMPLETED" else "PARTIAL" if came_up else "FAILED"
    assert execution["status"] == whole
