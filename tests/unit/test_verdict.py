"""Success is per server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.recovery_plan import MinimumPercent, SuccessPolicy, SuccessRule
from drs_orchestrator.domain.server import RecoveredServer, RecoveryInstance, ServerVerdict
from drs_orchestrator.domain.verdict import (
    judge,
    judge_unsent,
    judge_wave,
    observe,
    vanished,
    without_instance,
)
from drs_orchestrator.domain.wave import WaveStatus
from tests.unit.executions import NOON, instance, intent, job, server, server_id
from tests.unit.unhurried import UNHURRIED

# botocore's LaunchStatus of drs, and what no one has documented yet.
_WORDS = ["PENDING", "IN_PROGRESS", "LAUNCHED", "FAILED", "TERMINATED", "SOMETHING_NEW", ""]
_STATES = ["RUNNING", "STOPPED", "TERMINATED", "SHUTTING-DOWN", "NOT_FOUND", "UNHEARD_OF", None]
_GONE = {"TERMINATED", "SHUTTING-DOWN", "NOT_FOUND"}


def _by_server(*instances: RecoveryInstance) -> dict[str, RecoveryInstance]:
    return {each.source_server_id: each for each in instances}


def test_a_launched_server_with_a_live_instance_is_launched() -> None:
    ended = job(s0="LAUNCHED").changed(end_time=NOON + timedelta(minutes=20))
    judged = judge(server(), ended, _by_server(instance()))
    assert judged == server(
        launch_status="LAUNCHED",
        recovery_instance_id=instance().recovery_instance_id,
        job_id="drsjob-5",
        verdict="LAUNCHED",
        end_time=NOON + timedelta(minutes=20),
    )


def test_a_launched_server_whose_instance_is_not_shown_yet_is_looked_at_again() -> None:
    assert judge(server(), job(s0="LAUNCHED"), _by_server(instance(1))) is None


@pytest.mark.parametrize("state", sorted(_GONE))
def test_a_launch_whose_instance_is_gone_is_none(state: str) -> None:
    judged = judge(server(), job(s0="LAUNCHED"), _by_server(instance(ec2_instance_state=state)))
    assert judged is not None
    assert judged.verdict is ServerVerdict.FAILED
    assert judged.reason == f"launched, but {instance().recovery_instance_id} is {state}"


def test_a_server_missing_from_the_job_has_failed() -> None:
    judged = judge(server(), job(s1="LAUNCHED"), _by_server(instance()))
    assert judged is not None
    assert (judged.verdict, judged.launch_status) == (ServerVerdict.FAILED, None)
    assert (
        judged.reason == "the job does not list the server in job drsjob-5; see its job log in DRS"
    )


def test_a_failed_launch_carries_the_word_of_drs() -> None:
    judged = judge(server(), job(s0="FAILED"), {})
    assert judged is not None
    assert (judged.verdict, judged.launch_status) == (ServerVerdict.FAILED, "FAILED")
    assert judged.reason == "DRS reports FAILED in job drsjob-5; see its job log in DRS"


@UNHURRIED
@given(
    st.none() | st.sampled_from(_WORDS),
    st.none() | st.sampled_from(_STATES).map(lambda state: instance(ec2_instance_state=state)),
)
def test_only_drs_word_launched_with_an_instance_that_may_live_is_a_launch(
    word: str | None, shown: RecoveryInstance | None
) -> None:
    report = job() if word is None else job(s0=word)
    judged = judge(server(), report, _by_server(shown) if shown else {})
    if word == "LAUNCHED" and shown is None:
        assert judged is None
        return
    assert judged is not None
    came_up = word == "LAUNCHED" and shown is not None and shown.ec2_instance_state not in _GONE
    assert judged.verdict is (ServerVerdict.LAUNCHED if came_up else ServerVerdict.FAILED)
    assert (judged.reason is None) == came_up
    assert (judged.recovery_instance_id is not None) == came_up
    assert judged.launch_status == word


def test_an_observation_notes_the_word_of_drs_and_judges_nothing() -> None:
    seen = observe(server(), job(s0="IN_PROGRESS"))
    assert seen == server(launch_status="IN_PROGRESS", job_id="drsjob-5")


def test_a_job_that_is_silent_about_a_server_leaves_its_last_word() -> None:
    assert observe(server(launch_status="PENDING"), job()).launch_status == "PENDING"


def test_a_launch_that_never_shows_its_instance_has_failed() -> None:
    judged = without_instance(server(launch_status="LAUNCHED"), job(s0="LAUNCHED"))
    assert (judged.verdict, judged.launch_status) == (ServerVerdict.FAILED, "LAUNCHED")
    assert "shows no recovery instance" in (judged.reason or "")


@pytest.mark.parametrize("status", list(IntentStatus))
def test_only_a_refused_or_abandoned_launch_is_judged_without_a_job(status: IntentStatus) -> None:
    verdicts = {
        IntentStatus.REFUSED: ServerVerdict.FAILED,
        IntentStatus.ABANDONED: ServerVerdict.SKIPPED,
    }
    judged = judge_unsent(server(), intent(status=status, reason="why"), has_ended=False)
    expected = verdicts.get(status)
    assert judged == (server(verdict=expected, reason="why") if expected else server())


def test_a_verdict_stands_whatever_becomes_of_the_intent() -> None:
    launched = server(verdict="LAUNCHED")
    late = intent(status="ABANDONED", reason="late")
    assert judge_unsent(launched, late, has_ended=True) == launched


def test_a_server_whose_launch_was_never_prepared_is_skipped() -> None:
    judged = judge_unsent(server(), None, has_ended=True)
    assert judged == server(verdict="SKIPPED", reason="the wave ended before its turn")


def test_a_server_whose_relaunch_was_never_prepared_has_failed_as_it_did() -> None:
    reopened = server(attempt=2, earlier="no capacity")
    judged = judge_unsent(reopened, intent(status="ENDED"), has_ended=True)
    reason = "no capacity; not launched again: the wave ended before its turn"
    assert judged == reopened.changed(verdict="FAILED", reason=reason)


def test_a_launch_may_be_prepared_at_this_moment_while_its_wave_goes_on() -> None:
    reopened = server(attempt=2, earlier="no capacity")
    assert judge_unsent(reopened, intent(status="ENDED"), has_ended=False) == reopened
    assert judge_unsent(server(), None, has_ended=False) == server()


def test_what_a_vanished_job_launched_is_read_from_its_instances() -> None:
    report = vanished("drsjob-5", NOON, [instance(0)])
    launched = judge(server(0), report, _by_server(instance(0)))
    lost = judge(server(1), report, _by_server(instance(0)))
    assert launched is not None
    assert lost is not None
    assert (launched.verdict, lost.verdict) == (ServerVerdict.LAUNCHED, ServerVerdict.FAILED)


_POLICIES: list[SuccessPolicy] = [*SuccessRule, MinimumPercent(minimum_percent=1)]


def _wave(*verdicts: str | None, critical: tuple[int, ...] | None = None) -> list[RecoveredServer]:
    """Return servers with these verdicts; `critical` are the numbers of the critical ones."""
    return [
        server(number, verdict=verdict, is_critical=critical is None or number in critical)
        for number, verdict in enumerate(verdicts)
    ]


@pytest.mark.parametrize("policy", _POLICIES)
def test_a_wave_whose_servers_all_launched_is_completed_whatever_its_policy(
    policy: SuccessPolicy,
) -> None:
    assert judge_wave(_wave("LAUNCHED", "LAUNCHED"), policy) == (WaveStatus.COMPLETED, None)


@pytest.mark.parametrize("policy", _POLICIES)
def test_a_wave_of_which_nothing_came_up_has_failed_whatever_its_policy(
    policy: SuccessPolicy,
) -> None:
    status, reason = judge_wave(_wave("FAILED", "FAILED", critical=()), policy)
    assert status is WaveStatus.FAILED
    assert reason is not None


@pytest.mark.parametrize("policy", _POLICIES)
def test_a_wave_without_servers_has_failed_whatever_its_policy(policy: SuccessPolicy) -> None:
    assert judge_wave([], policy) == (WaveStatus.FAILED, "no server of it is on record")


def test_a_failure_counts_the_servers_and_tells_the_first_by_its_id() -> None:
    servers = [
        server(2, verdict="FAILED", reason="second"),
        server(1, verdict="FAILED", reason="first"),
        server(0, verdict="LAUNCHED"),
    ]
    expected = f"2 of 3 servers failed, first {server_id(1)}: first"
    assert judge_wave(servers, SuccessRule.ALL) == (WaveStatus.FAILED, expected)


def test_a_critical_server_is_told_before_the_others() -> None:
    servers = [
        server(0, verdict="FAILED", reason="nobody needs it", is_critical=False),
        server(1, verdict="FAILED", reason="the database"),
    ]
    _, reason = judge_wave(servers, SuccessRule.CRITICAL)
    assert reason == f"2 of 2 servers failed, first {server_id(1)}: the database"


@pytest.mark.parametrize("verdict", [None, "SKIPPED", "FAILED"])
def test_a_server_without_a_launch_fails_a_wave_that_needs_all(verdict: str | None) -> None:
    assert judge_wave(_wave("LAUNCHED", verdict), SuccessRule.ALL)[0] is WaveStatus.FAILED


@pytest.mark.parametrize("verdict", [None, "SKIPPED", "FAILED"])
@pytest.mark.parametrize(("critical", "status"), [((0, 1), "PARTIAL"), ((0, 2), "FAILED")])
def test_a_wave_that_needs_its_critical_servers_is_partial_without_the_others(
    verdict: str | None, critical: tuple[int, ...], status: str
) -> None:
    servers = _wave("LAUNCHED", "LAUNCHED", verdict, critical=critical)
    judged, reason = judge_wave(servers, SuccessRule.CRITICAL)
    assert judged == status
    assert reason is not None


@pytest.mark.parametrize(
    ("launched", "of", "percent", "status"),
    [
        (2, 4, 50, "PARTIAL"),
        (2, 4, 51, "FAILED"),
        (1, 3, 33, "PARTIAL"),
        (1, 3, 34, "FAILED"),
        (99, 100, 99, "PARTIAL"),
        (99, 100, 100, "FAILED"),
        (100, 100, 100, "COMPLETED"),
    ],
)
def test_a_share_is_reached_exactly_and_never_rounded_up(
    launched: int, of: int, percent: int, status: str
) -> None:
    servers = _wave(*["LAUNCHED"] * launched, *["FAILED"] * (of - launched))
    judged, _ = judge_wave(servers, MinimumPercent(minimum_percent=percent))
    assert judged == status


def test_a_digest_changes_with_every_word_of_drs_and_with_nothing_else() -> None:
    def digest(report: Job) -> str:
        return report.digest

    base = job(s0="PENDING", s1="PENDING")
    assert digest(job(s1="PENDING", s0="PENDING")) == digest(base)
    assert digest(base.changed(tags={"a": "b"}, end_time=None)) == digest(base)
    others = [job(s0="LAUNCHED", s1="PENDING"), job(s0="PENDING"), base.changed(status="STARTED")]
    assert len({digest(each) for each in [base, *others]}) == 4


@pytest.mark.parametrize("status", ["PENDING", "STARTED", "UNKNOWN"])
def test_a_job_counts_until_it_is_completed(status: str) -> None:
    assert job().changed(status=status).is_active
    assert not job().is_active
