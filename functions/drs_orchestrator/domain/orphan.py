"""Which DRS jobs of an execution belong to none of its launches."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.job import Job


def orphans(execution_id: str, jobs: Sequence[Job], intents: Sequence[Intent]) -> list[str]:
    """Return the ids of jobs with the execution's tags that no intent knows or will adopt.

    An intent that still waits for its answer adopts the job with its tags, so that one is none.
    """
    known = {intent.job_id for intent in intents}
    awaited = [intent.tags for intent in intents if intent.is_unanswered]
    return [
        job.job_id
        for job in jobs
        if job.tags.get("drsorc:execution") == execution_id
        and job.job_id not in known
        and not any(tags.items() <= job.tags.items() for tags in awaited)
    ]
