"""An execution as everybody sees it."""

from __future__ import annotations

from datetime import timedelta

from drs_orchestrator.domain.approval import Approval, ApprovalTimeout
from drs_orchestrator.domain.clean_up import begin_clean_up
from drs_orchestrator.domain.decision import Question, QuestionKind
from drs_orchestrator.domain.execution_view import Records, summarize, view
from drs_orchestrator.domain.health import HealthGate
from drs_orchestrator.domain.health_check import HealthCheck
from tests.unit.executions import ID, NOON, execution, intent, server, server_id, wave

_LATER = NOON + timedelta(minutes=5)


def test_a_summary_leaves_out_what_is_nobodys_business() -> None:
    run = execution(preparation="fence", stopped_by="db", actor="ada", version=3)
    document = summarize(run).model_dump(mode="json")
    assert document == {
        "executionId": "drill-1",
        "executionArn": None,
        "planId": "plan_a",
        "planName": None,
        "planVersion": None,
        "executionType": "DRILL",
        "status": "RUNNING",
        "reason": None,
        "startTime": "2026-01-01T12:00:00Z",
        "endTime": None,
        "actor": "ada",
        "pointInTime": None,
        "awaiting": [],
    }


def test_the_view_tells_the_time_of_the_servers_clock() -> None:
    seen = view(Records(execution()), _LATER)
    assert (seen.now, seen.start_time, seen.execution_id) == (_LATER, NOON, "drill-1")


def test_waves_keep_their_order_and_count_their_own_launches() -> None:
    servers = [
        server(0, launch_status="LAUNCHED"),
        server(1, launch_status="PENDING"),
        server(2, wave="db", launch_status="LAUNCHED"),
        server(3, wave="db", launch_status="LAUNCHED"),
        server(4, wave="db"),
    ]
    waves = [wave("db", server_count=3), wave("web", "db"), wave("idle")]
    seen = view(Records(execution(), waves, servers), _LATER).waves
    assert [(w.name, w.servers_launched, w.server_count) for w in seen] == [
        ("db", 2, 3),
        ("web", 1, 2),
        ("idle", 0, 2),
    ]


def test_a_wave_shows_its_own_jobs_as_soon_as_they_are_known() -> None:
    intents = [
        intent(0, status="ENDED", job_id="drsjob-1"),
        intent(1, status="SENT"),
        intent(0, wave="db", job_id="drsjob-2"),
    ]
    seen = view(Records(execution(), [wave("web")], intents=intents), _LATER).waves[0]
    assert [(job.job_id, job.servers) for job in seen.jobs] == [
        ("drsjob-1", [server_id(0), server_id(1)])
    ]


def test_a_bell_is_never_shown() -> None:
    rung = wave("web", bell="secret token", bell_timeout_seconds=60)
    assert "secret" not in view(Records(execution(), [rung]), _LATER).model_dump_json()


def test_only_an_approval_with_a_deadline_says_what_its_time_out_does() -> None:
    approval = Approval(timeout_minutes=60, on_timeout=ApprovalTimeout.APPROVE)
    asked = Question(kind=QuestionKind.APPROVAL, attempt=0, message="Go?", asked_time=NOON)
    questions = [asked.changed(deadline=_LATER), asked]
    waves = [
        wave(f"wave-{number}", approval=approval, question=question)
        for number, question in enumerate(questions)
    ]
    seen = [each.question for each in view(Records(execution(), waves), _LATER).waves]
    assert [each.on_timeout for each in seen if each] == [ApprovalTimeout.APPROVE, None]


def test_what_is_not_known_of_a_server_is_null() -> None:
    shown = view(Records(execution(), [wave()], [server()]), _LATER).model_dump(mode="json")
    (seen,) = shown["servers"]
    assert seen == {
        "sourceServerId": server_id(0),
        "wave": "web",
        "accountId": "111122223333",
        "region": "us-west-2",
        "snapshotId": None,
        "snapshotTime": None,
        "skewSeconds": None,
        "launchStatus": None,
        "recoveryInstanceId": None,
        "verdict": None,
        "reason": None,
        "health": None,
    }


def test_a_wave_without_a_gate_says_so() -> None:
    gate = {"health_check": HealthCheck(), "phase": "HEALTH", "phase_time": NOON}
    waves = [wave("web", status="COMPLETED"), wave("db").changed(**gate, status="VERIFYING")]
    seen = view(Records(execution(), waves), _LATER).waves
    assert [each.health_gate for each in seen] == [HealthGate.NONE, HealthGate.PENDING]


def test_a_wave_that_verifies_says_which_server_keeps_it() -> None:
    gate = {"health_check": HealthCheck(), "phase": "HEALTH", "phase_time": NOON}
    servers = [
        server(0, verdict="VERIFIED"),
        server(1, verdict="LAUNCHED", health="HTTP 503, expected 200 to 399"),
    ]
    (seen,) = view(
        Records(execution(), [wave().changed(**gate, status="VERIFYING")], servers), _LATER
    ).waves
    assert seen.reason == (
        f"1 of 2 launched servers are not healthy, first {server_id(1)}: "
        "HTTP 503, expected 200 to 399"
    )


def test_a_wave_that_ended_before_its_jobs_says_so_until_they_have_ended() -> None:
    failed = wave("web", status="FAILED", reason="its workflow was stopped")
    running = [intent(0, status="CONFIRMED", job_id="drsjob-1"), intent(1, status="SENT")]
    ended = [intent(0, status="ENDED", job_id="drsjob-1"), intent(1, status="ABANDONED")]
    reasons = [
        view(Records(execution(), [failed], intents=intents), _LATER).waves[0].reason
        for intents in (running, ended)
    ]
    assert reasons == [
        "its workflow was stopped; unknown is what becomes of its jobs: "
        "drsjob-1, one without an answer",
        "its workflow was stopped",
    ]


def test_a_promised_clean_up_that_nobody_began_is_overdue_five_minutes_after_its_time() -> None:
    promised = Records(execution(clean_up_time=NOON))
    begun = promised._replace(clean_up=begin_clean_up(ID, None, requested_by=None, now=NOON))
    in_time, late = NOON + timedelta(minutes=4, seconds=59), NOON + timedelta(minutes=5)
    unscheduled = Records(execution(clean_up_problem="CreateSchedule: denied"))
    missed = "promised for 2026-01-01 12:00:00 UTC, and did not begin; ask for it by hand"
    assert view(promised, in_time).clean_up_problem is None
    assert view(promised, late).clean_up_problem == missed
    assert view(begun, late).clean_up_problem is None
    assert view(unscheduled, late).clean_up_problem == "CreateSchedule: denied"
