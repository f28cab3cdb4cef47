"""What is wrong with the servers or with DRS is named, waited for or refused; never looped over."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.deployment import Json
from local.drs import (
    CallFault,
    CallFaultKind,
    Faults,
    Phase,
    Quotas,
    ServerFault,
    ServerFaultKind,
)
from local.functions import Invocation
from tests.workflow.engine_world import until
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    Laptop,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    wave,
)

HOUR_SECONDS = 3600


def launch_by_hand(running: Laptop, *server_ids: str, is_drill: bool) -> str:
    """Start a job as somebody in the DRS console would, and return its id."""
    before = {job.job_id for job in running.launches()}
    running.simulator.call(
        "StartRecovery",
        {"sourceServers": [{"sourceServerID": each} for each in server_ids], "isDrill": is_drill},
        account_id=ACCOUNT,
        region=REGION,
    )
    (job_id,) = {job.job_id for job in running.launches()} - before
    return job_id


def fleet_with_a_disconnected_server(count: int) -> Json:
    """Return an inventory whose server 1 has nothing to be launched from."""
    inventory = fleet(count)
    inventory["items"][1]["dataReplicationInfo"]["dataReplicationState"] = "DISCONNECTED"
    return inventory


def test_a_recovery_goes_on_without_a_disconnected_server(tmp_path: Path) -> None:
    group, only = wave("only", servers(0, 3))
    only["successPolicy"] = {"minimumPercent": 60}
    with laptop(tmp_path, fleet_with_a_disconnected_server(3)) as running:
        execution = running.run(running.apply(plan("shop", (group, only))), "RECOVERY")
        live = {each.source_server_id for each in running.live_instances()}
        calls = running.outcomes("StartRecovery")

    assert live == {server_id(0), server_id(2)}
    assert calls == ["OK"]
    assert execution["status"] == "PARTIAL"
    assert [each["verdict"] for each in execution["servers"]] == ["LAUNCHED", "FAILED", "LAUNCHED"]
    assert "DISCONNECTED" in execution["servers"][1]["reason"]
    assert server_id(1) in execution["waves"][0]["reason"]


def test_a_recovery_of_nothing_but_disconnected_servers_ends_failed(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet_with_a_disconnected_server(2)) as running:
        execution = running.run(running.apply(plan("shop", wave("a", servers(1, 1)))), "RECOVERY")
        launches = running.launches()

    assert execution["status"] == "FAILED"
    assert "DISCONNECTED" in execution["reason"]
    assert launches == []


def test_a_drill_with_a_disconnected_server_is_refused_by_its_name(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet_with_a_disconnected_server(3)) as running:
        execution = running.run(running.apply(plan("shop", wave("only", servers(0, 3)))))
        launches = running.launches()

    assert execution["status"] == "FAILED"
    assert server_id(1) in execution["reason"]
    assert "DISCONNECTED" in execution["reason"]
    assert launches == []


def test_servers_that_drs_keeps_refusing_though_no_job_holds_them_fail_with_its_words(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        running.simulator.faults = Faults(
            calls=[CallFault(CallFaultKind.CONFLICT, "StartRecovery")]
        )
        execution = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        calls = running.outcomes("StartRecovery")

    assert calls == ["ConflictException"] * 3
    assert execution["status"] == "FAILED"
    assert all("ConflictException" in each["reason"] for each in execution["servers"])


def test_servers_busy_in_the_job_of_somebody_else_are_waited_for_and_then_launched(
    tmp_path: Path,
) -> None:
    running: Laptop
    foreign_ids: list[str] = []

    def be_faster(invocation: Invocation) -> Json:
        if invocation.function.handler.endswith("start_recovery.handler") and not foreign_ids:
            foreign_ids.append(launch_by_hand(running, server_id(1), is_drill=True))
        return invocation.proceed()

    with laptop(tmp_path, fleet(3), be_faster) as running:
        execution = running.run(running.apply(plan("shop", wave("only", servers(0, 3)))))
        foreign, ours = running.launches()
        calls = running.outcomes("StartRecovery")

    assert execution["status"] == "COMPLETED"
    assert foreign.job_id == foreign_ids[0]
    assert foreign.ended_at is not None
    assert ours.created_at >= foreign.ended_at
    assert sorted(ours.server_ids) == servers(0, 3)
    assert "ConflictException" in calls


def test_a_job_that_is_larger_than_drs_takes_is_refused_at_once(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        running.service_quotas.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED))
        running.simulator.faults = Faults(quotas=Quotas(servers_per_job=1))
        execution = running.run(running.apply(plan("shop", wave("only", servers(0, 2)))))
        calls = running.outcomes("StartRecovery")

    assert calls == ["ServiceQuotaExceededException"]
    assert execution["status"] == "FAILED"
    assert "at most 1 source servers" in execution["servers"][0]["reason"]


@pytest.mark.parametrize("moment", ["LAUNCHING", "NOT_LISTED_YET"])
def test_a_drill_beside_a_recovery_that_is_coming_up_is_refused_and_replaces_nothing(
    tmp_path: Path, moment: str
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        stays = ServerFault(server_id(1), ServerFaultKind.STUCK)
        running.simulator.faults = Faults(
            instance_visibility_lag_seconds=HOUR_SECONDS,
            servers=[stays] if moment == "LAUNCHING" else [],
        )
        plan_id = running.apply(plan("shop", wave("only", servers(0, 2))))
        job_id = launch_by_hand(running, server_id(1), is_drill=False)
        if moment == "NOT_LISTED_YET":
            until(lambda: bool(running.live_instances()))
        drill = running.run(plan_id)
        (recovery,) = running.launches()
        live = running.live_instances()

    assert drill["status"] == "FAILED"
    assert "LiveRecoveryInstance" in drill["reason"]
    assert server_id(1) in drill["reason"]
    assert job_id in drill["reason"]
    assert recovery.job_id == job_id
    assert [each.is_drill for each in live] == ([False] if moment == "NOT_LISTED_YET" else [])


def test_servers_busy_for_long_in_a_foreign_job_are_named_waited_for_and_then_launched(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(3), speed=1000) as running:
        running.simulator.faults = Faults(
            servers=[
                ServerFault(
                    server_id(1),
                    ServerFaultKind.STUCK,
                    phase=Phase.CONVERSION,
                    seconds=HOUR_SECONDS / 2,
                    attempts=(1,),
                )
            ]
        )
        plan_id = running.apply(plan("shop", wave("only", servers(0, 3))))
        job_id = launch_by_hand(running, server_id(1), is_drill=True)
        execution_id = running.start(plan_id)
        waits = running.until(
            execution_id,
            lambda e: bool(e["waves"]) and job_id in (e["waves"][0]["reason"] or ""),
        )
        execution = running.ended(execution_id)
        foreign, ours = running.launches()

    assert server_id(1) in waits["waves"][0]["reason"]
    assert execution["status"] == "COMPLETED"
    assert foreign.ended_at is not None
    assert ours.created_at >= foreign.ended_at
