"""What the checks of a gate make of servers: what is missing is said, what is unknown too."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.decision import Question, QuestionKind
from drs_orchestrator.domain.health import (
    Finding,
    HealthGate,
    Instance,
    StatusChecks,
    find_agent,
    find_answer,
    find_instance,
    find_status,
    gate_of,
    instance_id,
    is_healthy_enough,
    judge_health,
    probe_request,
    unknown,
    wait_seconds,
)
from drs_orchestrator.domain.health_check import HealthCheck, Probe
from drs_orchestrator.domain.probe import ProbeResult, ProbeType
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from tests.unit.executions import NOON, server, wave

CHECK = HealthCheck()
FINE = Finding(passed=True, words="EC2 status ok")


def found(instance: Instance | None) -> str | None:
    """Return what is wrong with an instance, None if it runs."""
    finding = find_instance("i-5", instance)
    return None if finding.passed else finding.words


def test_only_what_runs_can_be_checked() -> None:
    assert found(Instance(instance_id="i-5", state="running")) is None
    assert found(Instance(instance_id="i-5", state="stopped")) == "instance i-5 is stopped"
    assert found(None) == "EC2 shows no instance i-5"


@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_an_instance_that_died_is_said_to_be_terminated(state: str) -> None:
    words = f"instance i-5 is {state}: somebody terminated it"
    assert found(Instance(instance_id="i-5", state=state)) == words


@pytest.mark.parametrize(
    ("system", "instance", "words"),
    [
        ("ok", "ok", "EC2 status ok"),
        ("ok", "initializing", "instance status initializing"),
        ("impaired", "ok", "system status impaired"),
        ("impaired", "insufficient-data", "system status impaired, instance status insuffi"),
        ("not-applicable", "ok", "system status not-applicable"),
    ],
)
def test_both_status_checks_must_be_ok(system: str, instance: str, words: str) -> None:
    finding = find_status(StatusChecks(system=system, instance=instance))
    assert finding.words.startswith(words)
    assert finding.passed == (system == instance == "ok")


def test_status_checks_that_ec2_does_not_show_do_not_pass() -> None:
    assert find_status(None) == Finding(passed=False, words="EC2 shows no status checks")


@pytest.mark.parametrize(
    ("ping", "passed", "words"),
    [
        (None, False, "SSM agent never seen"),
        ("Online", True, "SSM agent Online"),
        ("ConnectionLost", False, "SSM agent ConnectionLost"),
        ("Inactive", False, "SSM agent Inactive"),
    ],
)
def test_an_agent_must_be_online(ping: str | None, passed: bool, words: str) -> None:
    assert find_agent(ping) == Finding(passed=passed, words=words)


def test_a_prober_is_asked_what_the_plan_says_and_its_words_are_kept() -> None:
    probe = Probe(type=ProbeType.HTTPS, port=8443, path="/up", timeout_seconds=2, expect_status=204)
    request = probe_request(probe, "10.1.2.3")
    assert request.document() == {**probe.document(), "address": "10.1.2.3"}
    result = ProbeResult(healthy=False, detail="connection refused", latency_ms=1)
    assert find_answer(result) == Finding(passed=False, words="connection refused")
    assert not find_answer(None).passed


def test_a_server_that_passes_every_check_is_verified_and_says_by_what() -> None:
    launched = server(verdict="LAUNCHED")
    after = judge_health(launched, [FINE, find_agent("Online")])
    assert after.verdict is ServerVerdict.VERIFIED
    assert after.health == "EC2 status ok; SSM agent Online"


def test_a_server_that_fails_some_says_which_and_stays_as_it_was() -> None:
    launched = server(verdict="LAUNCHED")
    after = judge_health(launched, [FINE, find_agent(None), unknown("prober does not answer")])
    assert after.verdict is ServerVerdict.LAUNCHED
    assert after.health == "SSM agent never seen; unknown: prober does not answer"


def test_the_words_of_ec2_are_used_before_those_of_drs_and_none_is_no_id() -> None:
    both = server(recovery_instance_id="i-1", ec2_instance_id="i-2")
    assert [instance_id(each) for each in (both, server(recovery_instance_id="i-1"))] == [
        "i-2",
        "i-1",
    ]
    assert instance_id(server()) == ""


def servers(verified: int, launched: int, failed: int = 0) -> list[RecoveredServer]:
    """Return servers of the three verdicts."""
    verdicts = ["VERIFIED"] * verified + ["LAUNCHED"] * launched + ["FAILED"] * failed
    return [server(number, verdict=verdict) for number, verdict in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("percent", "verified", "launched", "enough"),
    [
        (100, 3, 0, True),
        (100, 99, 1, False),
        (50, 1, 1, True),
        (51, 1, 1, False),
        (34, 1, 2, False),
        (33, 1, 2, True),
        (1, 0, 5, False),
        (100, 0, 0, True),
    ],
)
def test_the_share_counts_launched_servers_only_and_is_rounded_up(
    percent: int, verified: int, launched: int, enough: bool
) -> None:
    check = HealthCheck(healthy_percent=percent)
    assert is_healthy_enough(servers(verified, launched, failed=7), check) == enough


@given(st.integers(1, 100), st.integers(0, 40), st.integers(0, 40))
def test_one_more_healthy_server_never_closes_a_gate(percent: int, well: int, sick: int) -> None:
    check = HealthCheck(healthy_percent=percent)
    if sick and is_healthy_enough(servers(well, sick), check):
        assert is_healthy_enough(servers(well + 1, sick - 1), check)


def after(**time: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(**time)


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (after(), 15),
        (after(minutes=4, seconds=59), 15),
        (after(minutes=5), 30),
        (after(minutes=14, seconds=40), 20),
        (after(minutes=14, seconds=59.5), 1),
        (after(minutes=15), None),
        (after(hours=3), None),
    ],
)
def test_a_gate_looks_often_at_first_and_a_last_time_at_its_deadline(
    moment: datetime, seconds: int | None
) -> None:
    verifying = wave(phase="HEALTH", phase_time=NOON, health_check=CHECK)
    assert wait_seconds(verifying, moment) == seconds


def test_the_waits_of_a_week_fit_into_a_waves_history() -> None:
    week = wave(phase_time=NOON, health_check=HealthCheck(deadline_minutes=10_080))
    now, turns = NOON, 0
    while seconds := wait_seconds(week, now):
        now, turns = now + timedelta(seconds=seconds), turns + 1
    assert now == NOON + timedelta(days=7)
    # A turn is nine events; the launch before it takes its share of the 25,000.
    assert turns * 9 < 24_000


def question(kind: QuestionKind) -> Question:
    """Return a question."""
    return Question(kind=kind, attempt=1, message="why", asked_time=NOON)


@pytest.mark.parametrize(
    ("values", "verified", "gate"),
    [
        ({"health_check": None, "status": "COMPLETED"}, 0, HealthGate.NONE),
        ({"phase": "LAUNCH", "status": "RUNNING"}, 0, HealthGate.PENDING),
        ({"phase": "LAUNCH", "status": "FAILED"}, 0, HealthGate.PENDING),
        ({"phase": "HEALTH", "status": "VERIFYING"}, 1, HealthGate.PENDING),
        (
            {"phase": "HEALTH", "status": "AWAITING_DECISION", "question": QuestionKind.FAULT},
            1,
            HealthGate.PENDING,
        ),
        (
            {"phase": "HEALTH", "status": "AWAITING_DECISION", "question": QuestionKind.HEALTH},
            1,
            HealthGate.FAILED,
        ),
        ({"phase": "AFTER", "status": "RUNNING"}, 2, HealthGate.PASSED),
        ({"phase": "HEALTH", "status": "COMPLETED"}, 2, HealthGate.PASSED),
        # Ended by somebody else while the servers were being checked.
        ({"phase": "HEALTH", "status": "PARTIAL"}, 1, HealthGate.FAILED),
        ({"phase": "HEALTH", "status": "SKIPPED"}, 1, HealthGate.FAILED),
    ],
)
def test_a_gate_has_passed_by_the_evidence_only(
    values: dict[str, object], verified: int, gate: HealthGate
) -> None:
    kind = values.get("question")
    if isinstance(kind, QuestionKind):
        values = values | {"question": question(kind)}
    seen = wave(health_check=CHECK, phase_time=NOON).changed(**values)
    assert gate_of(seen, servers(verified, 2 - verified)) is gate
