"""Drills and clean-ups are harmless (I11, I17)."""

from __future__ import annotations

from collections.abc import Iterator

from local.drs import JobTruth
from tests.simulation.evidence import Evidence
from tests.simulation.stored import Record


def drills_are_harmless(now: Evidence) -> Iterator[str]:
    """I11, I17: no instance of a real recovery, whoever launched it, ends by a drill or a clean-up;
    nor by a recovery that was not told to replace it.

    That of a drill, ours or a stranger's, ends by any launch of its server: so does DRS.
    """
    for truth in now.truths.values():
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            end = jobs.get(instance.terminated_by or "")
            if end is None or instance.is_drill:
                continue
            if end.kind == "TERMINATE" or _may_not_replace(now, end):
                yield f"I11: {end.job_id} ended {instance.instance_id}, which is no drill's"


def _may_not_replace(now: Evidence, launch: JobTruth) -> bool:
    """Whether a launch of ours may not end what lives: a drill never may, a recovery only if told.

    What strangers launch in the console, nobody asks us about.
    """
    records = now.executions.get(launch.tags.get("drsorc:execution", ""))
    if records is None:
        return False
    return launch.is_drill or not records.header.get("replaceLiveInstances")


def clean_up_keeps_to_its_drill(now: Evidence) -> Iterator[str]:
    """I11: what a TERMINATE job ends was launched by a drill whose clean-up was asked for, and
    which has sent for that very instance.
    """
    for truth in now.truths.values():
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            end = jobs.get(instance.terminated_by or "")
            launch = jobs.get(instance.launched_by or "")
            if end is None or end.kind != "TERMINATE":
                continue
            tags = launch.tags if launch else {}
            records = now.executions.get(tags.get("drsorc:execution", ""))
            if records is None or records.clean_up is None:
                yield f"I11: {end.job_id} ended {instance.instance_id}, and nobody asked for it"
            elif not any(
                each.get("recoveryInstanceId") == instance.instance_id
                # Whatever its status: what is gone is looked for again when somebody asks again.
                and each["sends"]
                for each in records.terminations.values()
            ):
                yield f"I11: {end.job_id} ended {instance.instance_id}, which nobody sent for"


def clean_up_leaves_nothing(now: Evidence) -> Iterator[str]:
    """I11: where a clean-up is COMPLETED, nothing that its drill launched lives."""
    done = {
        name
        for name, records in now.executions.items()
        if (records.clean_up or {}).get("status") == "COMPLETED"
    }
    for truth in now.truths.values():
        jobs = {job.job_id: job for job in truth.jobs}
        for instance in truth.instances:
            launch = jobs.get(instance.launched_by or "")
            name = launch.tags.get("drsorc:execution") if launch else None
            if instance.live and name in done:
                yield f"I11: {instance.instance_id} of {name} lives, its clean-up is COMPLETED"


def source_servers_are_as_before(now: Evidence) -> Iterator[str]:
    """I17: source servers, their tags and their launch settings are untouched."""
    estates: Record = dict(now.estates)
    if estates and estates["before"] != estates["after"]:
        yield "I17: source servers have changed"
