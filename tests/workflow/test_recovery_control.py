"""Pause, resume and cancel: what runs ends, nothing new starts, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

from local.drs import Behaviour
from local.drs.faults import Faults, Quotas
from tests.workflow.laptop import (
    Laptop,
    fleet,
    laptop,
    plan,
    servers,
    servers_launched_twice,
    verdicts,
    wave,
)


def say(running: Laptop, execution_id: str, verb: str) -> int:
    """Ask for a verb and return the HTTP status."""
    return running.http.post(f"/executions/{execution_id}/{verb}").status_code


def two_waves(running: Laptop) -> str:
    """Start a chain of two waves and return its id when the first one has a job."""
    plan_id = running.apply(
        plan("chain", wave("first", servers(0, 1)), wave("second", servers(1, 1), "first"))
    )
    execution_id = running.start(plan_id)
    running.until(execution_id, lambda e: bool(e["waves"]) and bool(e["waves"][0]["jobs"]))
    return execution_id


def test_a_paused_execution_ends_what_runs_and_starts_the_rest_when_resumed(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        execution_id = two_waves(running)
        answers = [say(running, execution_id, "pause"), say(running, execution_id, "pause")]
        rested = running.until(execution_id, lambda e: "paused" in (e["waves"][1]["reason"] or ""))
        launched_while_paused = len(running.launches())
        answers.append(say(running, execution_id, "resume"))
        ended = running.ended(execution_id)

    assert answers == [200, 200, 200]
    assert rested["status"] == "PAUSED"
    assert verdicts(rested) == {"first": "COMPLETED", "second": "HELD"}
    assert launched_while_paused == 1
    assert ended["status"] == "COMPLETED"


def test_a_cancelled_execution_follows_its_job_to_the_end_and_starts_nothing_new(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        execution_id = two_waves(running)
        answers = [say(running, execution_id, "cancel"), say(running, execution_id, "cancel")]
        status = running.read(execution_id)["status"]
        ended = running.ended(execution_id)
        workflow = running.workflow_status(ended)
        (job,) = running.launches()
        late = [say(running, execution_id, verb) for verb in ("cancel", "pause", "resume")]

    assert answers == [202, 202]
    assert status == "CANCELLING"
    assert ended["status"] == "CANCELLED"
    assert workflow == "FAILED"
    assert verdicts(ended) == {"first": "COMPLETED", "second": "CANCELLED"}
    assert job.ended_at is not None
    assert ended["servers"][0]["recoveryInstanceId"]
    assert late == [409, 409, 409]


def test_a_paused_execution_can_be_cancelled(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        execution_id = two_waves(running)
        say(running, execution_id, "pause")
        running.until(execution_id, lambda e: e["waves"][1]["status"] == "HELD")
        say(running, execution_id, "cancel")
        ended = running.ended(execution_id)

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"first": "COMPLETED", "second": "CANCELLED"}


def test_a_pause_between_the_chunks_of_a_wave_gives_their_room_back_and_loses_none(
    tmp_path: Path,
) -> None:
    # Slow enough that the pause comes before the first jobs end, also on a busy machine.
    with laptop(tmp_path, fleet(210), speed=150) as running:
        running.simulator.behaviour = Behaviour(job_size_growth=0)
        running.simulator.faults = Faults(quotas=Quotas(jobs=2))
        plan_id = running.apply(plan("large", wave("only", servers(0, 210))))
        execution_id = running.start(plan_id)
        running.until(execution_id, lambda e: bool(e["waves"]) and bool(e["waves"][0]["jobs"]))
        say(running, execution_id, "pause")
        running.until(execution_id, lambda e: e["waves"][0]["serversLaunched"] >= 140)
        between = len(running.launches())
        say(running, execution_id, "resume")
        ended = running.ended(execution_id)
        jobs = running.launches()

    assert between == 2
    assert ended["status"] == "COMPLETED"
    assert len(jobs) == 3
    assert servers_launched_twice(jobs) == []


def test_verbs_on_an_unknown_execution_answer_404(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        answers = [say(running, "nobody", verb) for verb in ("pause", "resume", "cancel")]

    assert answers == [404, 404, 404]
