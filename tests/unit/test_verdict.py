"""Success is per server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import RecoveryInstance, ServerVerdict
from drs_orchestrator.domain.verdict import (
    judge,
    judge_unsent,
    observe,
    vanished,
    wave_failure,
    without_instance,
)
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
    judged = judge_unsent(server(), intent(status=status, reason="why"))
    expected = verdicts.get(status)
    assert judged == (server(verdict=expected, reason="why") if expected else server())


def test_a_verdict_stands_whatever_becomes_of_the_intent() -> None:
    launched = server(verdict="LAUNCHED")
    assert judge_unsent(launched, intent(status="ABANDONED", reason="late")) == launched


def test_what_a_vanished_job_launched_is_read_from_its_instances() -> None:
    report = vanished("drsjob-5", NOON, [instance(0)])
    launched = judge(server(0), report, _by_server(instance(0)))
    lost = judge(server(1), report, _by_server(instance(0)))
    assert launched is not None
    assert lost is not None
    assert (launched.verdict, lost.verdict) == (ServerVerdict.LAUNCHED, ServerVerdict.FAILED)


def test_a_wave_whose_servers_all_launched_has_no_failure() -> None:
    assert wave_failure([server(n, verdict="LAUNCHED") for n in range(3)]) is None


def test_a_failure_counts_the_servers_and_tells_the_first_by_its_id() -> None:
    servers = [
        server(2, verdict="FAILED", reason="second"),
        server(1, verdict="FAILED", reason="first"),
        server(0, verdict="LAUNCHED"),
    ]
    assert wave_failure(servers) == f"2 of 3 servers failed, first {server_id(1)}: first"


@pytest.mark.parametrize("verdict", [None, "SKIPPED"])
def test_a_server_without_a_launch_fails_its_wave(verdict: str | None) -> None:
    servers = [server(0, verdict="LAUNCHED"), server(1, verdict=verdict)]
    assert wave_failure(servers) is not None


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
