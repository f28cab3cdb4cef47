"""What a failure does, to its servers, its wave, its dependents and the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.drs import Faults, Phase, ServerFault, ServerFaultKind
from tests.workflow.laptop import fleet, laptop, plan, server_id, servers, verdicts, wave

FAILURES = [
    ServerFaultKind.SILENT_FAILURE,
    ServerFaultKind.LAUNCH_FAILED,
    ServerFaultKind.SKIPPED,
    ServerFaultKind.MISSING,
]


@pytest.mark.parametrize("kind", FAILURES)
def test_a_completed_job_with_a_failed_server_fails_the_wave_and_names_the_server(
    tmp_path: Path, kind: ServerFaultKind
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.simulator.faults = Faults(servers=[ServerFault(server_id(1), kind)])
        execution = running.run(running.apply(plan("partial", wave("only", servers(0, 3)))))
        live = {each.source_server_id for each in running.live_instances()}
        status = running.workflow_status(execution)

    assert execution["status"] == "FAILED"
    assert status == "FAILED"
    assert live == {server_id(0), server_id(2)}
    verdict = {s["sourceServerId"]: s["verdict"] for s in execution["servers"]}
    assert verdict == {server_id(0): "LAUNCHED", server_id(1): "FAILED", server_id(2): "LAUNCHED"}
    assert "1 of 3 servers failed" in execution["reason"]
    assert server_id(1) in execution["reason"]


def test_continue_skips_the_dependents_and_lets_independent_waves_go_on(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(5)) as running:
        running.simulator.faults = Faults(
            servers=[ServerFault(server_id(0), ServerFaultKind.SILENT_FAILURE)]
        )
        execution = running.run(
            running.apply(
                plan(
                    "continue",
                    wave("database", servers(0, 1)),
                    wave("application", servers(1, 1), "database"),
                    wave("web", servers(2, 1), "application"),
                    wave("batch", servers(3, 1)),
                    wave("reports", servers(4, 1), "batch"),
                )
            )
        )
        launched = {job.tags["drsorc:wave"] for job in running.launches()}
        status = running.workflow_status(execution)

    assert execution["status"] == "PARTIAL"
    assert status == "SUCCEEDED"
    assert verdicts(execution) == {
        "database": "FAILED",
        "application": "SKIPPED",
        "web": "SKIPPED",
        "batch": "COMPLETED",
        "reports": "COMPLETED",
    }
    assert launched == {"database", "batch", "reports"}
    reasons = {each["name"]: each["reason"] for each in execution["waves"]}
    assert reasons["application"] == "it depends on wave 'database', which is FAILED"
    skipped = {s["verdict"] for s in execution["servers"] if s["wave"] == "web"}
    assert skipped == {"SKIPPED"}


def test_stop_lets_nothing_new_start_and_running_jobs_end(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.simulator.faults = Faults(
            servers=[
                ServerFault(server_id(0), ServerFaultKind.SILENT_FAILURE),
                ServerFault(server_id(1), ServerFaultKind.STUCK, phase=Phase.LAUNCH, seconds=3600),
            ]
        )
        execution = running.run(
            running.apply(
                plan(
                    "stop",
                    wave("database", servers(0, 1), on_failure="STOP"),
                    wave("batch", servers(1, 1)),
                    wave("reports", servers(2, 1), "batch"),
                )
            )
        )
        launched = {job.tags["drsorc:wave"] for job in running.launches()}

    assert verdicts(execution) == {
        "database": "FAILED",
        "batch": "COMPLETED",
        "reports": "SKIPPED",
    }
    assert execution["status"] == "PARTIAL"
    assert launched == {"database", "batch"}


def test_a_launch_without_a_visible_instance_is_no_success(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.simulator.faults = Faults(instance_visibility_lag_seconds=10**6)
        execution = running.run(running.apply(plan("invisible", wave("only", servers(0, 1)))))

    assert execution["status"] == "FAILED"
    assert "shows no recovery instance" in execution["reason"]
    assert execution["servers"][0]["recoveryInstanceId"] is None


def test_an_instance_that_shows_up_late_is_waited_for(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.simulator.faults = Faults(instance_visibility_lag_seconds=120)
        execution = running.run(running.apply(plan("late", wave("only", servers(0, 1)))))

    assert execution["status"] == "COMPLETED"
    assert execution["servers"][0]["recoveryInstanceId"]
