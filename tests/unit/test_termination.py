"""What one look at DRS makes of a termination; nothing is believed after a single odd look."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import RecoveryInstance
from drs_orchestrator.domain.sighting import Moment, Sighting, Trace, listing, sight
from drs_orchestrator.domain.termination import (
    Termination,
    TerminationResult,
    TerminationStatus,
    given_up,
    is_ready,
    observe,
)
from tests.unit import executions

NOW = executions.NOON + timedelta(days=1)
QUIET = timedelta(minutes=4)
SERVER = executions.server_id(0)
INTENT = executions.intent(status=IntentStatus.ENDED, job_id="drsjob-5")
LAUNCH = executions.job(s0="LAUNCHED").changed(tags=INTENT.tags, kind="LAUNCH")
INSTANCE = executions.instance(is_drill=True)
OTHER = INSTANCE.changed(recovery_instance_id="i-other", job_id="drsjob-9")


def terminating(status: str = "STARTED") -> Job:
    """Return a TERMINATE job; once it has completed it names no servers, as in real accounts."""
    servers = {SERVER: "PENDING"} if status == "STARTED" else {}
    end = None if servers else NOW
    return LAUNCH.changed(
        job_id="drsjob-t", kind="TERMINATE", status=status, launch_status=servers, end_time=end
    )


def prepared(**values: object) -> Termination:
    return Termination(
        execution_id=executions.ID,
        attempt=1,
        source_server_id=SERVER,
        account_id=executions.PLACE.account_id,
        region=executions.PLACE.region,
        recovery_instance_id=INSTANCE.recovery_instance_id,
    ).changed(**values)


def seen(
    termination: Termination,
    instance: RecoveryInstance | None,
    *jobs: Job,
    at: datetime = NOW,
    trace: Trace | None = None,
) -> Sighting:
    trace = trace or Trace(executions.execution(), [INTENT], [])
    listed = listing({job.job_id: job for job in jobs}, [instance] if instance else [])
    return sight(trace, listed, SERVER, termination.known, Moment(at, QUIET))


def look(
    termination: Termination, instance: RecoveryInstance | None, *jobs: Job, at: datetime = NOW
) -> Termination:
    return observe(termination, seen(termination, instance, *jobs, at=at), Moment(at, QUIET))


def looks(
    times: int,
    termination: Termination,
    instance: RecoveryInstance | None,
    *jobs: Job,
    apart: timedelta = timedelta(seconds=30),
) -> Termination:
    for number in range(times):
        termination = look(termination, instance, *jobs, at=NOW + number * apart)
    return termination


def test_an_instance_with_all_proofs_is_ready() -> None:
    after = look(prepared(), INSTANCE, LAUNCH)
    assert after.result is None
    assert is_ready(after, seen(after, INSTANCE, LAUNCH))


@pytest.mark.parametrize("kind", ["LAUNCH", "TERMINATE", None])
def test_a_server_that_a_running_job_holds_is_not_ready(kind: str | None) -> None:
    running = terminating().changed(kind=kind, tags={})
    after = look(prepared(), INSTANCE, LAUNCH, running)
    assert after.reason == "waits for job drsjob-t"
    assert not is_ready(after, seen(after, INSTANCE, LAUNCH, running))


def test_a_missing_proof_is_believed_at_the_third_look() -> None:
    doubtful = INSTANCE.changed(is_drill=None)
    assert looks(2, prepared(), doubtful, LAUNCH).result is None
    refused = looks(3, prepared(), doubtful, LAUNCH)
    assert refused.result is TerminationResult.REFUSED
    assert "isDrill" in (refused.reason or "")


def test_an_empty_answer_is_believed_at_the_third_look() -> None:
    assert looks(2, prepared(), None, LAUNCH).result is None
    assert look(looks(2, prepared(), None, LAUNCH), INSTANCE, LAUNCH).looks == 0
    assert looks(3, prepared(), None, LAUNCH).result is TerminationResult.ALREADY_GONE


def test_looks_within_seconds_are_one() -> None:
    often = looks(19, prepared(), None, LAUNCH, apart=timedelta(seconds=1))
    assert (often.looks, often.result) == (1, None)
    assert look(often, None, LAUNCH, at=NOW + timedelta(seconds=20)).looks == 2


def test_an_instance_of_somebody_else_is_named_and_not_touched() -> None:
    after = looks(3, prepared(), OTHER, LAUNCH)
    assert after.result is TerminationResult.ALREADY_GONE
    assert "i-other of job drsjob-9, which is not touched" in (after.reason or "")


def test_a_launch_that_still_runs_is_waited_for() -> None:
    running = LAUNCH.changed(status="STARTED", end_time=None)
    after = looks(5, prepared(recovery_instance_id=None), None, running)
    assert after.result is None
    assert after.reason == "waits for its launch job drsjob-5"


@pytest.mark.parametrize("job_id", [None, "drsjob-5"])
def test_a_launch_that_drs_may_not_list_yet_is_waited_for(job_id: str | None) -> None:
    sent = INTENT.changed(status=IntentStatus.SENT, job_id=job_id, sent_time=NOW)
    trace = Trace(executions.execution(), [sent], [])
    blank = prepared(recovery_instance_id=None)
    early = seen(blank, None, at=NOW + timedelta(minutes=3), trace=trace)
    late = seen(blank, None, at=NOW + QUIET, trace=trace)
    assert "may not list the launch" in (early.may_come_up or "")
    assert late.may_come_up is None


def test_a_server_that_never_came_up_has_nothing_to_clean_up() -> None:
    failed = LAUNCH.changed(launch_status={SERVER: "FAILED"})
    after = looks(3, prepared(recovery_instance_id=None), None, failed)
    assert after.result is TerminationResult.NEVER_LAUNCHED


def test_a_lost_answer_is_found_out_by_looking() -> None:
    sent = prepared(status=TerminationStatus.SENT, sent_time=NOW)
    found = look(sent, INSTANCE, LAUNCH, terminating())
    assert (found.status, found.job_id) == (TerminationStatus.CONFIRMED, "drsjob-t")
    assert looks(3, sent, None, LAUNCH).result is TerminationResult.TERMINATED


def test_a_call_without_effect_is_repeated_only_after_the_quiet_period() -> None:
    sent = prepared(status=TerminationStatus.SENT, sent_time=NOW)
    early = look(sent, INSTANCE, LAUNCH, at=NOW + QUIET - timedelta(seconds=1))
    late = look(sent, INSTANCE, LAUNCH, at=NOW + QUIET)
    assert early.status is TerminationStatus.SENT
    assert late.status is TerminationStatus.PREPARED


def test_a_termination_is_followed_to_the_end_of_its_job() -> None:
    confirmed = prepared(status=TerminationStatus.CONFIRMED, sent_time=NOW, job_id="drsjob-t")
    assert look(confirmed, None, LAUNCH, terminating()).result is None
    doubtful = looks(2, confirmed, None, LAUNCH, terminating("COMPLETED"))
    assert doubtful.result is None
    assert given_up(doubtful, "too late").reason == (
        "too late: job drsjob-t has ended; to be looked for again"
    )
    ended = looks(3, confirmed, None, LAUNCH, terminating("COMPLETED"))
    assert ended.result is TerminationResult.TERMINATED


def test_one_that_was_not_listed_while_its_job_ran_needs_no_more_looks_after_it() -> None:
    confirmed = prepared(status=TerminationStatus.CONFIRMED, sent_time=NOW, job_id="drsjob-t")
    gone = looks(3, confirmed, None, LAUNCH, terminating())
    late = NOW + timedelta(minutes=5)
    ended = look(gone, None, LAUNCH, terminating("COMPLETED"), at=late)
    assert (gone.result, ended.result) == (None, TerminationResult.TERMINATED)


def test_an_instance_that_shuts_down_is_neither_terminated_again_nor_gone() -> None:
    going = INSTANCE.changed(ec2_instance_state="SHUTTING-DOWN")
    assert not is_ready(prepared(), seen(prepared(), going, LAUNCH))
    confirmed = prepared(status=TerminationStatus.CONFIRMED, sent_time=NOW, job_id="drsjob-t")
    after = looks(5, confirmed, going, LAUNCH, terminating())
    assert given_up(after, "too late").result is TerminationResult.LEFT


def test_an_instance_that_outlives_its_job_is_left() -> None:
    confirmed = prepared(status=TerminationStatus.CONFIRMED, sent_time=NOW, job_id="drsjob-t")
    late = NOW + timedelta(minutes=5)
    assert look(confirmed, INSTANCE, LAUNCH, terminating("COMPLETED")).result is None
    left = look(confirmed, INSTANCE, LAUNCH, terminating("COMPLETED"), at=late)
    assert left.result is TerminationResult.LEFT
    assert left.reopened(2).status is TerminationStatus.PREPARED


def test_giving_up_keeps_the_reason_and_what_is_gone_all_the_same() -> None:
    waiting = prepared(reason="waits for job drsjob-9")
    confirmed = prepared(status=TerminationStatus.CONFIRMED, sent_time=NOW, job_id="drsjob-t")
    gone = looks(3, confirmed, None, LAUNCH, terminating())
    assert given_up(waiting, "too late").reason == "too late: waits for job drsjob-9"
    assert given_up(gone, "too late").result is TerminationResult.TERMINATED
    assert given_up(confirmed, "too late").reason == "too late: job drsjob-t still runs"


def test_another_attempt_tries_what_is_left_and_nothing_else() -> None:
    left = prepared().left(TerminationResult.LEFT, "denied")
    gone = prepared().ended(TerminationResult.TERMINATED)
    assert left.reopened(1) == left
    assert (left.reopened(2).result, left.reopened(2).reason) == (None, None)
    assert gone.reopened(2).result is TerminationResult.TERMINATED


def test_another_attempt_looks_again_for_what_was_not_there() -> None:
    absent = prepared().ended(TerminationResult.ALREADY_GONE).reopened(2)
    assert (absent.result, absent.status) == (None, TerminationStatus.PREPARED)
