"""Approval: a wave with a gate of its own waits for a person, and for its time-out's policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.laptop import (
    Json,
    Laptop,
    asked,
    decide,
    fleet,
    laptop,
    plan,
    question_of,
    servers,
    verdicts,
    wave,
)

APPROVAL = {"role": "Database owner", "message": "Check the replica first"}


def gated(running: Laptop, **approval: object) -> str:
    """Start a plan: a database, an application behind an approval, and its web servers."""
    group, application = wave("application", servers(1, 1), "database")
    return running.start(
        running.apply(
            plan(
                "gated",
                wave("database", servers(0, 1)),
                (group, {**application, "approval": {**APPROVAL, **approval}}),
                wave("web", servers(2, 1), "application"),
            )
        )
    )


def launched(running: Laptop) -> list[str]:
    """Return the servers that DRS was asked to launch."""
    return sorted(each for job in running.launches() for each in job.server_ids)


def test_a_wave_behind_an_approval_starts_when_it_is_approved(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        id_ = gated(running)
        waiting = asked(running, id_, "application")
        before = launched(running)
        answer = decide(running, id_, "application", "APPROVE", attempt=0)
        ended = running.ended(id_)

    question = question_of(waiting, "application")
    assert waiting["status"] == "AWAITING_DECISION"
    assert verdicts(waiting)["database"] == "COMPLETED"
    assert (question["kind"], question["role"], question["message"]) == (
        "APPROVAL",
        *APPROVAL.values(),
    )
    assert before == servers(0, 1)
    assert answer.status_code == 201
    assert ended["status"] == "COMPLETED"
    assert [d["actor"] for d in ended["waves"][1]["decisions"]] == ["local"]


def test_a_rejected_wave_is_skipped_with_all_that_depends_on_it(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        id_ = gated(running)
        asked(running, id_, "application")
        decide(running, id_, "application", "REJECT", attempt=0, reason="replica is behind")
        ended = running.ended(id_)
        servers_launched = launched(running)

    assert verdicts(ended) == {
        "database": "COMPLETED",
        "application": "SKIPPED",
        "web": "SKIPPED",
    }
    assert "rejected by local" in ended["waves"][1]["reason"]
    assert ended["status"] == "PARTIAL"
    assert servers_launched == servers(0, 1)


@pytest.mark.parametrize(
    ("policy", "status"), [({}, "SKIPPED"), ({"onTimeout": "APPROVE"}, "COMPLETED")]
)
def test_the_time_out_of_an_approval_decides_as_the_plan_says(
    tmp_path: Path, policy: Json, status: str
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        ended = running.ended(gated(running, timeoutMinutes=30, **policy))
        late = decide(running, ended["executionId"], "application", "APPROVE", attempt=0)

    (decision,) = ended["waves"][1]["decisions"]
    assert verdicts(ended)["application"] == status
    assert decision["actor"] == "nobody (time-out)"
    assert late.status_code == 409


def test_no_time_out_decides_during_a_pause_which_stops_its_clock(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        id_ = gated(running, timeoutMinutes=60)
        asked_at = question_of(asked(running, id_, "application"), "application")["deadline"]
        running.http.post(f"/executions/{id_}/pause")
        late = running.until(id_, lambda e: e["now"] > asked_at)
        # A look at the waves, as every end of a wave brings one.
        running.until(id_, lambda e: e["now"] > late["now"])
        paused = running.read(id_)
        running.http.post(f"/executions/{id_}/resume")
        resumed = running.read(id_)
        decide(running, id_, "application", "APPROVE", attempt=0)
        ended = running.ended(id_)

    assert verdicts(paused)["application"] == "AWAITING_DECISION"
    assert question_of(resumed, "application")["deadline"] > late["now"]
    assert ended["status"] == "COMPLETED"


def test_an_approval_during_a_pause_is_kept_for_the_resumption(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        id_ = gated(running)
        asked(running, id_, "application")
        running.http.post(f"/executions/{id_}/pause")
        decide(running, id_, "application", "APPROVE", attempt=0)
        running.until(id_, lambda e: "paused" in (e["waves"][1]["reason"] or ""))
        before = launched(running)
        running.http.post(f"/executions/{id_}/resume")
        ended = running.ended(id_)

    assert before == servers(0, 1)
    assert ended["status"] == "COMPLETED"


def test_a_cancel_ends_a_wave_that_waits_for_its_approval(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        id_ = gated(running)
        asked(running, id_, "application")
        running.http.post(f"/executions/{id_}/cancel")
        ended = running.ended(id_)

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended)["application"] == "CANCELLED"
    assert ended["waves"][1]["question"] is None


def test_a_root_wave_behind_an_approval_holds_no_room_in_drs(tmp_path: Path) -> None:
    group, only = wave("only", servers(0, 1))
    with laptop(tmp_path, fleet(1)) as running:
        id_ = running.start(running.apply(plan("root", (group, {**only, "approval": APPROVAL}))))
        asked(running, id_, "only")
        launched_before = launched(running)
        decide(running, id_, "only", "APPROVE", attempt=0)

        assert running.ended(id_)["status"] == "COMPLETED"
    assert launched_before == []
