"""After a failure a person decides: only what failed is repeated, and of two answers one counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from local.drs import Faults, Phase, ServerFault, ServerFaultKind
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
    verdicts,
    wave,
)

HOUR_SECONDS = 3600


def one_server_fails_once(running: Laptop, number: int) -> None:
    """Let the first launch of a server fail, and every later one succeed."""
    running.simulator.faults = Faults(
        servers=[ServerFault(server_id(number), ServerFaultKind.SILENT_FAILURE, attempts=(1,))]
    )


def stuck_for(running: Laptop, hours: float, number: int = 0) -> None:
    """Let the conversion of a server take some hours longer."""
    running.simulator.faults = Faults(
        servers=[
            ServerFault(
                server_id(number),
                ServerFaultKind.STUCK,
                phase=Phase.CONVERSION,
                seconds=hours * HOUR_SECONDS,
            )
        ]
    )


def wave_with(name: str, ids: list[str], *depends_on: str, **fields: object) -> tuple[Json, Json]:
    """Return a wave that asks when it fails, with more of its fields."""
    group, spec = wave(name, ids, *depends_on, on_failure="ASK")
    return group, {**spec, **fields}


def two_waves(running: Laptop, **fields: object) -> str:
    """Start a plan whose second wave depends on the first."""
    return running.start(
        running.apply(
            plan(
                "chain",
                wave_with("first", servers(0, 3), **fields),
                wave_with("second", servers(3, 1), "first"),
            )
        )
    )


def test_retry_launches_only_what_failed_and_the_execution_completes(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        waiting = asked(running, id_, "first")
        launched_while_waiting = len(running.launches())
        answer = decide(running, id_, "first", "RETRY")
        ended = running.ended(id_)
        jobs = [sorted(job.server_ids) for job in running.launches()]
        live = {each.source_server_id for each in running.live_instances()}
        workflow = running.workflow_status(ended)

    question = question_of(waiting, "first")
    assert waiting["status"] == "AWAITING_DECISION"
    assert verdicts(waiting) == {"first": "AWAITING_DECISION", "second": "HELD"}
    assert (question["kind"], question["attempt"]) == ("LAUNCH", 1)
    assert server_id(1) in question["message"]
    assert [c["decision"] for c in question["choices"]] == ["RETRY", "SKIP", "ABORT"]
    assert launched_while_waiting == 1
    assert answer.status_code == 201
    assert ended["status"] == "COMPLETED"
    assert workflow == "SUCCEEDED"
    assert jobs == [servers(0, 3), servers(1, 1), servers(3, 1)]
    assert live == set(servers(0, 4))
    assert [d["decision"] for d in ended["waves"][0]["decisions"]] == ["RETRY"]
    assert ended["waves"][0]["question"] is None


def test_asking_is_what_a_failure_does_unless_the_plan_says_otherwise(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        one_server_fails_once(running, 0)
        group, only = wave("only", servers(0, 1))
        del only["onFailure"]
        id_ = running.start(running.apply(plan("default", (group, only))))
        asked(running, id_, "only")
        decide(running, id_, "only", "RETRY")

        assert running.ended(id_)["status"] == "COMPLETED"


def test_a_retry_that_fails_again_asks_again(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        running.simulator.faults = Faults(
            servers=[ServerFault(server_id(0), ServerFaultKind.SILENT_FAILURE, attempts=(1, 2))]
        )
        id_ = running.start(running.apply(plan("twice", wave_with("only", servers(0, 1)))))
        asked(running, id_, "only")
        decide(running, id_, "only", "RETRY")
        again = asked(running, id_, "only", attempt=2)
        decide(running, id_, "only", "RETRY", attempt=2)
        ended = running.ended(id_)
        tags = [job.tags["drsorc:attempt"] for job in running.launches()]

    assert again["status"] == "AWAITING_DECISION"
    assert ended["status"] == "COMPLETED"
    assert tags == ["1", "2", "3"]


def test_skip_needs_a_reason_and_lets_the_dependents_start(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        asked(running, id_, "first")
        refused = decide(running, id_, "first", "SKIP")
        accepted = decide(running, id_, "first", "SKIP", reason="not needed today")
        ended = running.ended(id_)
        jobs = [sorted(job.server_ids) for job in running.launches()]

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert accepted.status_code == 201
    assert verdicts(ended) == {"first": "SKIPPED", "second": "COMPLETED"}
    assert "not needed today" in ended["waves"][0]["reason"]
    assert ended["status"] == "PARTIAL"
    assert jobs == [servers(0, 3), servers(3, 1)]


def test_abort_starts_nothing_new_follows_what_runs_and_fails(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        running.simulator.faults = Faults(
            servers=[
                ServerFault(server_id(0), ServerFaultKind.SILENT_FAILURE),
                ServerFault(
                    server_id(1), ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=3000
                ),
            ]
        )
        id_ = running.start(
            running.apply(
                plan(
                    "abort",
                    wave_with("first", servers(0, 1)),
                    wave_with("beside", servers(1, 1)),
                    wave_with("last", servers(2, 1), "beside"),
                )
            )
        )
        asked(running, id_, "first")
        decide(running, id_, "first", "ABORT", reason="wrong plan")
        ended = running.ended(id_)
        jobs = running.launches()

    assert ended["status"] == "FAILED"
    assert "aborted by local" in ended["reason"]
    assert verdicts(ended) == {"first": "FAILED", "beside": "COMPLETED", "last": "SKIPPED"}
    assert all(job.ended_at for job in jobs)
    assert sorted(s for job in jobs for s in job.server_ids) == servers(0, 2)


def test_of_two_decisions_at_once_one_wins_and_the_other_gets_409(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        asked(running, id_, "first")

        def answer(reason: str) -> httpx.Response:
            return decide(running, id_, "first", "RETRY", reason=reason)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(answer, ["one hurries", "the other too"]))
        ended = running.ended(id_)
        jobs = [sorted(job.server_ids) for job in running.launches()]

    assert sorted(each.status_code for each in answers) == [201, 409]
    loser = next(each for each in answers if each.status_code == 409)
    assert loser.json()["code"] == "StaleDecision"
    assert ended["status"] == "COMPLETED"
    assert jobs == [servers(0, 3), servers(1, 1), servers(3, 1)]


def test_one_answer_sent_twice_at_once_is_taken_once(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        asked(running, id_, "first")

        def answer(_: int) -> httpx.Response:
            return decide(running, id_, "first", "RETRY", reason="sent twice")

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(answer, range(2)))
        ended = running.ended(id_)
        jobs = [sorted(job.server_ids) for job in running.launches()]

    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert ended["status"] == "COMPLETED"
    assert jobs == [servers(0, 3), servers(1, 1), servers(3, 1)]


def test_answers_that_meet_no_question_change_nothing(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        waiting = asked(running, id_, "first")
        answers = {
            "another attempt": decide(running, id_, "first", "RETRY", attempt=7),
            "another kind": decide(running, id_, "first", "APPROVE"),
            "a wave that asks nothing": decide(running, id_, "second", "RETRY"),
            "no such wave": decide(running, id_, "third", "RETRY"),
            "no such execution": decide(running, "nobody", "first", "RETRY"),
            "no such word": decide(running, id_, "first", "GO"),
        }
        unchanged = running.read(id_)["waves"] == waiting["waves"]
        decide(running, id_, "first", "ABORT")
        running.ended(id_)
        answers["ended"] = decide(running, id_, "first", "RETRY")

    assert {why: answer.status_code for why, answer in answers.items()} == {
        "another attempt": 409,
        "another kind": 422,
        "a wave that asks nothing": 409,
        "no such wave": 404,
        "no such execution": 404,
        "no such word": 422,
        "ended": 409,
    }
    assert unchanged


def test_cancelling_ends_a_wave_that_waits_for_a_person(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        asked(running, id_, "first")
        running.http.post(f"/executions/{id_}/cancel")
        ended = running.ended(id_)

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"first": "FAILED", "second": "CANCELLED"}


def test_no_retry_starts_while_the_execution_is_paused(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        one_server_fails_once(running, 1)
        id_ = two_waves(running)
        asked(running, id_, "first")
        running.http.post(f"/executions/{id_}/pause")
        decide(running, id_, "first", "RETRY")
        held = running.until(id_, lambda e: "paused" in (e["waves"][0]["reason"] or ""))
        while_paused = len(running.launches())
        running.http.post(f"/executions/{id_}/resume")
        ended = running.ended(id_)

    assert verdicts(held)["first"] == "HELD"
    assert while_paused == 1
    assert ended["status"] == "COMPLETED"


def test_a_stuck_job_that_ends_by_itself_withdraws_its_question(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        stuck_for(running, hours=1)
        id_ = two_waves(running, deadlineMinutes=50)
        waiting = asked(running, id_, "first")
        ended = running.ended(id_)
        jobs = running.launches()

    question = question_of(waiting, "first")
    assert question["kind"] == "STUCK"
    assert [c["decision"] for c in question["choices"]] == ["WAIT", "SKIP", "ABORT"]
    assert jobs[0].job_id in question["message"]
    assert ended["status"] == "COMPLETED"
    assert ended["waves"][0]["decisions"] == []
    assert len(jobs) == 2


def test_wait_gives_a_stuck_job_as_much_time_again_and_then_asks_again(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        stuck_for(running, hours=2)
        id_ = two_waves(running, deadlineMinutes=40)
        asked(running, id_, "first")
        decide(running, id_, "first", "WAIT")
        again = asked(running, id_, "first", attempt=2)
        decide(running, id_, "first", "WAIT", attempt=2)
        ended = running.ended(id_)

    questions = [w["question"] for w in again["waves"] if w["name"] == "first"]
    assert [q["attempt"] for q in questions] == [2]
    assert ended["status"] == "COMPLETED"
    assert len(ended["waves"][0]["jobs"]) == 1


def test_a_stuck_job_can_be_given_up_and_keeps_its_servers_locked(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        stuck_for(running, hours=1000)
        plan_id = running.apply(
            plan(
                "stuck",
                wave_with("first", servers(0, 3), deadlineMinutes=30),
                wave_with("second", servers(3, 1), "first"),
            )
        )
        id_ = running.start(plan_id)
        asked(running, id_, "first")
        decide(running, id_, "first", "SKIP", reason="the replica is broken")
        ended = running.ended(id_)
        again = running.run(plan_id)
        jobs = running.launches()

    assert verdicts(ended) == {"first": "SKIPPED", "second": "COMPLETED"}
    assert len(jobs) == 2
    assert jobs[0].ended_at is None
    assert {s["verdict"] for s in ended["servers"] if s["wave"] == "first"} == {None}
    assert again["status"] == "FAILED"
    assert id_ in again["reason"]


def test_after_a_cancel_a_stuck_job_is_still_a_question(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(4)) as running:
        stuck_for(running, hours=1000)
        id_ = two_waves(running, deadlineMinutes=30)
        running.until(id_, lambda e: bool(e["waves"]) and bool(e["waves"][0]["jobs"]))
        running.http.post(f"/executions/{id_}/cancel")
        waiting = asked(running, id_, "first")
        decide(running, id_, "first", "ABORT")
        ended = running.ended(id_)

    assert waiting["status"] == "CANCELLING"
    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"first": "FAILED", "second": "CANCELLED"}
