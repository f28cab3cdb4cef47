"""One launch that is held up holds up nothing else, and never turns in circles unnoticed."""

from __future__ import annotations

import threading
from pathlib import Path

from local.drs import Behaviour, CallFault, CallFaultKind, Phase, ServerFault, ServerFaultKind
from local.drs.faults import Faults, Quotas
from tests.workflow.laptop import (
    Json,
    Laptop,
    asked,
    decide,
    fleet,
    laptop,
    plan,
    question_of,
    server_id,
    servers,
    servers_launched_twice,
    wave,
)

HOUR_SECONDS = 3600


def large_wave(running: Laptop, **fields: object) -> str:
    """Start a wave of four chunks, of which DRS takes two at a time; the first is stuck for hours.

    Return its id when both jobs run.
    """
    running.simulator.behaviour = Behaviour(job_size_growth=0)
    stuck = ServerFault(
        server_id(0), ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=12 * HOUR_SECONDS
    )
    running.simulator.faults = Faults(quotas=Quotas(jobs=2, servers_per_job=10), servers=[stuck])
    running.service_quotas.faults.calls.clear()
    group, only = wave("only", servers(0, 40), on_failure="ASK")
    id_ = running.start(running.apply(plan("large", (group, {**only, **fields}))))
    running.until(id_, lambda e: bool(e["waves"]) and len(e["waves"][0]["jobs"]) == 2)
    return id_


def open_jobs(running: Laptop) -> int:
    """Return how many jobs of ours DRS still works on."""
    return [job.ended_at for job in running.launches()].count(None)


def free_chunks_are_up(execution: Json) -> bool:
    """Whether every chunk but the stuck one has been launched."""
    return bool(execution["waves"][0]["serversLaunched"] >= 30)


def test_chunks_that_a_pause_took_out_of_the_queue_do_not_wait_for_a_stuck_one(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(40), speed=300) as running:
        id_ = large_wave(running, deadlineMinutes=10_000)
        running.http.post(f"/executions/{id_}/pause")
        running.until(id_, lambda e: e["waves"][0]["serversLaunched"] >= 10)
        while_paused = len(running.launches())
        running.http.post(f"/executions/{id_}/resume")
        running.until(id_, lambda e: free_chunks_are_up(e) and open_jobs(running) == 1)
        jobs = running.launches()

    assert while_paused == 2
    assert len(jobs) == 4
    assert servers_launched_twice(jobs) == []


def test_the_question_about_a_stuck_job_does_not_hold_up_the_other_chunks(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(40), speed=300) as running:
        id_ = large_wave(running, deadlineMinutes=5)
        waiting = asked(running, id_, "only")
        up = running.until(id_, free_chunks_are_up)
        answer = decide(running, id_, "only", "ABORT", attempt=question_of(up, "only")["attempt"])
        ended = running.ended(id_)
        jobs = running.launches()

    assert question_of(waiting, "only")["kind"] == "STUCK"
    assert answer.status_code == 201
    assert ended["status"] == "FAILED"
    assert len(jobs) == 4
    assert servers_launched_twice(jobs) == []


def test_a_launch_that_drs_never_answers_becomes_a_question_at_the_deadline(tmp_path: Path) -> None:
    group, only = wave("only", servers(0, 1))
    with laptop(tmp_path, fleet(1)) as running:
        running.simulator.faults.calls.append(
            CallFault(CallFaultKind.SERVER_ERROR, "StartRecovery")
        )
        id_ = running.start(running.apply(plan("mute", (group, {**only, "deadlineMinutes": 15}))))
        waiting = asked(running, id_, "only")
        decide(running, id_, "only", "ABORT")
        ended = running.ended(id_)

    assert question_of(waiting, "only")["kind"] == "STUCK"
    assert ended["status"] == "FAILED"
    assert running.launches() == []


def test_a_chunk_that_drs_refuses_for_hours_is_tried_less_and_less_often(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        # Service Quotas tells nothing, so the ledger sees room that DRS does not have.
        running.service_quotas.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED))
        running.simulator.faults = Faults(quotas=Quotas(jobs=0))
        id_ = running.start(running.apply(plan("full", wave("only", servers(0, 1)))))
        began = running.until(id_, lambda e: bool(e["waves"]))["startTime"]
        running.clock.wait(threading.Event(), 8 * HOUR_SECONDS)
        held = running.read(id_)
        tries = len(running.outcomes("StartRecovery"))
        running.simulator.faults = Faults()
        ended = running.ended(id_)

    assert began
    assert "ServiceQuotaExceeded" in held["waves"][0]["reason"]
    # 60 in the first hour, 60 in the next five, 8 in the last two; each try takes a little longer.
    assert 8 <= tries <= 130
    assert ended["status"] == "COMPLETED"
