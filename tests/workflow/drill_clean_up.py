"""Cleaning up as people do it, and what the simulator knows of it."""

from __future__ import annotations

from collections import Counter

from local.deployment import Json
from local.drs import JobTruth
from tests.workflow.engine_world import until
from tests.workflow.laptop import ACCOUNT, REGION, Laptop, server_id


def ask(running: Laptop, execution_id: str) -> Json:
    """Ask for the clean-up of a drill and return it as accepted."""
    answer = running.http.post(f"/executions/{execution_id}/clean-up")
    assert answer.status_code == 202, answer.text
    return answer.json()["cleanUp"]


def ended(running: Laptop, execution_id: str) -> Json:
    """Return the clean-up of a drill when it has ended."""
    execution = running.until(
        execution_id, lambda e: e["cleanUp"] is not None and e["cleanUp"]["status"] != "RUNNING"
    )
    return execution["cleanUp"]


def clean_up(running: Laptop, execution_id: str) -> Json:
    """Ask for the clean-up of a drill and return it when it has ended."""
    ask(running, execution_id)
    return ended(running, execution_id)


def results(clean_up: Json) -> dict[str, str | None]:
    """Return what became of each server."""
    return {each["sourceServerId"]: each["result"] for each in clean_up["instances"]}


def terminations(running: Laptop) -> list[JobTruth]:
    """Return the TERMINATE jobs that really exist."""
    truth = running.simulator.truth(ACCOUNT, REGION)
    return [job for job in truth.jobs if job.kind == "TERMINATE"]


def times_terminated(running: Laptop) -> Counter[str]:
    """Return how many TERMINATE jobs each server stands in."""
    return Counter(each for job in terminations(running) for each in job.server_ids)


def live_servers(running: Laptop) -> dict[str, bool]:
    """Return the servers with a live instance, and whether that is a drill's."""
    return {each.source_server_id: each.is_drill for each in running.live_instances()}


def launch_elsewhere(running: Laptop, number: int, *, is_drill: bool) -> None:
    """Let somebody launch a server in the DRS console, and wait until its instance lives."""
    before = {each.instance_id for each in running.live_instances()}
    running.simulator.call(
        "StartRecovery",
        {"sourceServers": [{"sourceServerID": server_id(number)}], "isDrill": is_drill},
        account_id=ACCOUNT,
        region=REGION,
    )
    until(lambda: all(job.ended_at for job in running.launches()))
    assert {each.instance_id for each in running.live_instances()} - before
