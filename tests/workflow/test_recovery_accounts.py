"""One plan over several accounts and Regions: each place apart, and each waits for itself only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drs_orchestrator.domain.server import Place
from local.drs import Faults, Phase, ServerFault, ServerFaultKind
from local.sts import AccountRole
from tests.workflow.accounts import (
    ELSEWHERE,
    EXTERNAL_ID,
    OWN,
    PLACES,
    TARGET,
    THERE,
    THERE_ELSEWHERE,
    allow,
    deny,
    launches_at,
    reasons,
    servers_at,
    spread_fleet,
    tell,
    wave_at,
)
from tests.workflow.laptop import FINAL, Json, Laptop, laptop, plan, server_id, verdicts

ROLE = "drs-orchestrator-member"


def patient(document: Json) -> Json:
    """Return the plan with deadlines that outlast an account that is away."""
    for each in document["waves"]:
        each["deadlineMinutes"] = 1440
    return document


def slow_down(running: Laptop, place: Place) -> None:
    """Let the first server of a place take half an hour longer."""
    (first,) = servers_at(place, 1)
    stuck = ServerFault(first, ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=1800)
    running.simulator.faults = Faults(servers=[stuck])


def everywhere() -> Json:
    """Return a plan of four waves, one a place, of three servers each."""
    names = ["own", "own-elsewhere", "there", "there-elsewhere"]
    waves = [
        wave_at(place, name, servers_at(place, 3))
        for name, place in zip(names, PLACES, strict=True)
    ]
    return patient(plan("shop", *waves))


def two_chains() -> Json:
    """Return a plan of two waves at home and two in the other account, in two chains."""
    return patient(
        plan(
            "shop",
            wave_at(OWN, "own-1", servers_at(OWN, 2)),
            wave_at(OWN, "own-2", servers_at(OWN, 2, 2), "own-1"),
            wave_at(THERE, "there-1", servers_at(THERE, 2)),
            wave_at(THERE, "there-2", servers_at(THERE, 2, 2), "there-1"),
        )
    )


def begin_two_chains(running: Laptop) -> str:
    """Start the two chains, of which that in the other account takes long over its first wave."""
    slow_down(running, THERE)
    tell(running)
    execution_id = running.start(running.apply(two_chains()))
    running.until(
        execution_id,
        lambda e: {w["name"] for w in e["waves"] if w["jobs"]} >= {"own-1", "there-1"},
    )
    return execution_id


def keys(running: Laptop, prefix: str) -> set[str]:
    """Return the partitions of the table of executions that begin with a prefix."""
    dynamodb = running.client("dynamodb")
    (table,) = (t for t in dynamodb.list_tables()["TableNames"] if "Executions" in t)
    pages: Any = dynamodb.get_paginator("scan").paginate(TableName=table)
    found = {item["pk"]["S"] for page in pages for item in page["Items"]}
    return {each for each in found if each.startswith(prefix)}


def test_every_place_of_a_plan_recovers_in_its_own_account_and_region(tmp_path: Path) -> None:
    with laptop(tmp_path, spread_fleet()) as running:
        slow_down(running, THERE_ELSEWHERE)  # while one server runs, all are locked
        tell(running)
        execution_id = running.start(running.apply(everywhere()))
        running.until(
            execution_id, lambda e: bool(e["waves"]) and all(w["jobs"] for w in e["waves"])
        )
        locks = keys(running, "LOCK#")
        execution = running.ended(execution_id)
        jobs = {place: launches_at(running, place) for place in PLACES}
        ledgers = keys(running, "LEDGER#")
        locks_afterwards = keys(running, "LOCK#")
        calls = running.simulator.calls
        quotas_asked = {(c.account_id, c.region) for c in running.service_quotas.calls}

    assert execution["status"] == "COMPLETED"
    for place in PLACES:
        (job,) = jobs[place]
        assert sorted(job.server_ids) == servers_at(place, 3)
        polled = [
            set(call.params["filters"]["jobIDs"])
            for call in calls
            if call.operation == "DescribeJobs"
            and (call.account_id, call.region) == place
            and "jobIDs" in call.params.get("filters", {})
        ]
        assert polled
        assert set.union(*polled) == {job.job_id}
    assert ledgers == {f"LEDGER#{account_id}#{region}" for account_id, region in PLACES}
    assert locks == {
        f"LOCK#{account_id}#{region}#{each}"
        for account_id, region in PLACES
        for each in servers_at(Place(account_id, region), 3)
    }
    assert locks_afterwards == set()
    assert quotas_asked == set(PLACES)


def test_the_external_id_of_the_entry_is_what_opens_an_account(tmp_path: Path) -> None:
    with laptop(tmp_path, spread_fleet()) as running:
        tell(running)
        plan_id = running.apply(two_chains())
        running.sts.roles = {TARGET: AccountRole(role_name=ROLE, external_id=EXTERNAL_ID)}
        tell(running, "one-that-nobody-knows")
        execution_id = running.start(plan_id)
        held = running.until(execution_id, lambda e: verdicts(e).get("own-2") == "COMPLETED")
        none_yet = launches_at(running, THERE)
        tell(running, EXTERNAL_ID)
        execution = running.ended(execution_id)
        sent = {call.params["ExternalId"] for call in running.sts.calls}

    assert verdicts(held)["there-1"] == "HELD"
    assert TARGET in reasons(held)["there-1"]
    assert "externalId" in reasons(held)["there-1"]
    assert none_yet == []
    assert execution["status"] == "COMPLETED"
    assert sent == {EXTERNAL_ID, "one-that-nobody-knows"}


def test_an_account_denied_in_mid_run_holds_its_own_waves_until_it_is_allowed(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, spread_fleet()) as running:
        execution_id = begin_two_chains(running)
        deny(running)
        meanwhile = running.until(
            execution_id,
            lambda e: verdicts(e)["own-2"] == "COMPLETED" and TARGET in reasons(e)["there-1"],
        )
        jobs_meanwhile = launches_at(running, THERE)
        allow(running)
        execution = running.ended(execution_id)
        jobs = launches_at(running, THERE)

    assert verdicts(meanwhile)["own-1"] == "COMPLETED"
    assert verdicts(meanwhile)["there-1"] == "RUNNING"
    assert ROLE in reasons(meanwhile)["there-1"]
    assert meanwhile["status"] == "RUNNING"
    assert len(jobs_meanwhile) == 1
    assert execution["status"] == "COMPLETED"
    assert [sorted(job.server_ids) for job in jobs] == [
        servers_at(THERE, 2),
        servers_at(THERE, 2, 2),
    ]


def test_a_recovery_starts_though_an_account_is_out_of_reach_from_the_beginning(
    tmp_path: Path,
) -> None:
    inventory = spread_fleet()
    broken = inventory["items"][21]
    assert broken["sourceServerID"] in servers_at(THERE, 2)
    with laptop(tmp_path, inventory) as running:
        tell(running)
        document = two_chains()
        document["waves"][2]["successPolicy"] = {"minimumPercent": 50}
        plan_id = running.apply(document)
        broken["dataReplicationInfo"] = {"dataReplicationState": "DISCONNECTED"}
        running.simulator.load_inventory(inventory)
        deny(running)
        execution_id = running.start(plan_id, "RECOVERY")
        held = running.until(execution_id, lambda e: verdicts(e).get("own-2") == "COMPLETED")
        allow(running)
        execution = running.ended(execution_id)
        jobs = launches_at(running, THERE)

    assert verdicts(held) == {
        "own-1": "COMPLETED",
        "own-2": "COMPLETED",
        "there-1": "HELD",
        "there-2": "HELD",
    }
    assert TARGET in reasons(held)["there-1"]
    assert verdicts(execution)["there-1"] == "PARTIAL"
    assert verdicts(execution)["there-2"] == "COMPLETED"
    # What could not be looked at in the beginning was looked at before the launch.
    assert list(jobs[0].server_ids) == [server_id(20)]
    (failed,) = (s for s in execution["servers"] if s["sourceServerId"] == server_id(21))
    assert (failed["verdict"], "DISCONNECTED" in failed["reason"]) == ("FAILED", True)


def test_an_account_that_comes_back_launches_nothing_over_a_live_recovery(tmp_path: Path) -> None:
    with laptop(tmp_path, spread_fleet()) as running:
        tell(running)
        recovery = running.run(running.apply(two_chains()), "RECOVERY")
        live = [i for i in running.simulator.truth(*THERE).instances if i.live]
        document = plan("there", wave_at(THERE, "again", servers_at(THERE, 2)))
        document["protectionGroups"] = []
        document["waves"][0]["protectionGroups"] = ["g-there-1"]
        plan_id = running.apply(document)
        deny(running)
        execution_id = running.start(plan_id)
        running.until(
            execution_id, lambda e: bool(e["waves"]) and e["waves"][0]["status"] == "HELD"
        )
        allow(running)
        drill = running.ended(execution_id)
        live_afterwards = [i for i in running.simulator.truth(*THERE).instances if i.live]

    assert recovery["status"] == "COMPLETED"
    assert drill["status"] == "FAILED"
    assert "real recovery" in reasons(drill)["again"]
    assert live_afterwards == live


def test_servers_that_only_an_account_out_of_reach_could_name_refuse_the_start(
    tmp_path: Path,
) -> None:
    group, tagged = wave_at(THERE_ELSEWHERE, "tagged", [])
    del group["sourceServerIds"]
    group["serverSelectionTags"] = {"Half": "even"}
    with laptop(tmp_path, spread_fleet()) as running:
        tell(running)
        own = wave_at(OWN, "own", servers_at(OWN, 1))
        plan_id = running.apply(plan("shop", own, (group, tagged)))
        deny(running)
        execution = running.run(plan_id, "RECOVERY")
        launched = [job for place in PLACES for job in launches_at(running, place)]

    assert execution["status"] == "FAILED"
    for word in ("AccountUnreachable", "g-tagged", TARGET, ELSEWHERE, "sourceServerIds"):
        assert word in execution["reason"]
    assert launched == []


def test_a_point_in_time_that_cannot_be_looked_up_refuses_the_start(tmp_path: Path) -> None:
    with laptop(tmp_path, spread_fleet()) as running:
        tell(running)
        plan_id = running.apply(two_chains())
        moment = f"{running.simulator.clock.now():%FT%TZ}"
        deny(running)
        execution = running.run(plan_id, pointInTime=moment)
        launched = [job for place in PLACES for job in launches_at(running, place)]

    assert execution["status"] == "FAILED"
    assert "AccountUnreachable" in execution["reason"]
    assert launched == []


def test_an_entry_that_is_deleted_in_mid_run_cuts_the_account_off(tmp_path: Path) -> None:
    with laptop(tmp_path, spread_fleet()) as running:
        execution_id = begin_two_chains(running)
        running.http.delete(f"/accounts/{TARGET}", headers={"If-Match": "*"})
        meanwhile = running.until(
            execution_id,
            lambda e: e["status"] in FINAL or "no entry" in reasons(e)["there-1"],
        )
        tell(running)
        execution = running.ended(execution_id)

    assert verdicts(meanwhile)["there-1"] == "RUNNING"
    assert execution["status"] == "COMPLETED"
