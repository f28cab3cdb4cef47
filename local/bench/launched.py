"""What the jobs of DRS tell of the waves that they were begun for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from local.bench.bound import LaunchWave
from local.bench.plans import Json
from local.drs import JobTruth


def waves_of(plan: Json, jobs: Sequence[JobTruth]) -> list[LaunchWave]:
    """Return the waves with the servers that were launched for them."""
    servers: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        servers[job.tags["drsorc:wave"]] += job.server_ids
    return [
        LaunchWave(
            each["name"], tuple(sorted(servers[each["name"]])), tuple(each.get("dependsOn") or ())
        )
        for each in plan["waves"]
    ]


def as_launched(all_waves: Sequence[LaunchWave], jobs: Sequence[JobTruth]) -> list[LaunchWave]:
    """Return the waves in the order of their launches.

    Which of several equal waves goes first is luck; a schedule with the same order shares it, so
    that what lies between the two is time that the product needs.
    """
    begun = _first_launches(jobs)
    return sorted(all_waves, key=lambda wave: begun[wave.name])


def _first_launches(jobs: Sequence[JobTruth]) -> dict[str, datetime]:
    begun: dict[str, datetime] = {}
    for job in jobs:
        name = job.tags["drsorc:wave"]
        begun[name] = min(job.created_at, begun.get(name, job.created_at))
    return begun


def hand_offs(all_waves: Sequence[LaunchWave], jobs: Sequence[JobTruth]) -> tuple[float, ...]:
    """Return the seconds from each wave's last dependency's last job to its first launch."""
    begun = _first_launches(jobs)
    ended: dict[str, datetime] = {}
    for job in jobs:
        name = job.tags["drsorc:wave"]
        if job.ended_at is not None:
            ended[name] = max(job.ended_at, ended.get(name, job.ended_at))
    return tuple(
        (begun[wave.name] - max(ended[each] for each in wave.depends_on)).total_seconds()
        for wave in all_waves
        if wave.depends_on
    )
