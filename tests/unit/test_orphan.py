"""Which jobs belong to none of an execution's launches, and whose a job is."""

from __future__ import annotations

from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.job import Job, LaunchOwner, launch_owner
from drs_orchestrator.domain.orphan import orphans
from drs_orchestrator.domain.schedule_name import name_after
from tests.unit.executions import ID, NOON, intent


def job(job_id: str, **tags: str) -> Job:
    named = {f"drsorc:{key}": value for key, value in tags.items()}
    return Job(job_id=job_id, status="STARTED", creation_time=NOON, tags=named)


def test_a_job_of_a_launch_is_no_orphan() -> None:
    known = intent(status=IntentStatus.CONFIRMED, job_id="drsjob-1")
    assert orphans(ID, [job("drsjob-1", execution=ID)], [known]) == []


def test_a_job_whose_launch_still_waits_for_its_answer_is_no_orphan() -> None:
    sent = intent(status=IntentStatus.SENT)
    mine = Job(job_id="drsjob-1", status="STARTED", creation_time=NOON, tags=sent.tags)
    assert orphans(ID, [mine], [sent]) == []


def test_a_second_job_of_a_launch_that_has_one_is_an_orphan() -> None:
    known = intent(status=IntentStatus.CONFIRMED, job_id="drsjob-1")
    second = Job(job_id="drsjob-2", status="STARTED", creation_time=NOON, tags=known.tags)
    assert orphans(ID, [second], [known]) == ["drsjob-2"]


def test_a_job_of_a_launch_that_was_given_up_is_an_orphan() -> None:
    given_up = intent(status=IntentStatus.ABANDONED)
    late = Job(job_id="drsjob-1", status="STARTED", creation_time=NOON, tags=given_up.tags)
    assert orphans(ID, [late], [given_up]) == ["drsjob-1"]


def test_jobs_of_others_are_none_of_our_orphans() -> None:
    assert orphans(ID, [job("drsjob-1"), job("drsjob-2", execution="drill-2")], []) == []


def test_the_tags_of_a_job_say_whose_it_is() -> None:
    assert launch_owner(job("drsjob-1", execution=ID, wave="web")) == LaunchOwner(ID, "web")
    assert launch_owner(job("drsjob-1", execution=ID)) is None
    assert launch_owner(job("drsjob-1")) is None


def test_a_name_of_any_execution_fits_and_is_always_the_same() -> None:
    long = "x" * 80
    assert name_after("reconcile", ID) == "reconcile-drill-1"
    assert len(name_after("reconcile", long)) <= 64
    assert name_after("reconcile", long) == name_after("reconcile", long)
    assert name_after("reconcile", long) != name_after("reconcile", "y" * 80)
