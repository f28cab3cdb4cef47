"""How long DRS takes for each server alone, or for a job: draws that every strategy meets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from local.drs import Behaviour, Faults, Quotas, Simulator
from local.drs.errors import DrsError
from local.drs.state import Scope
from local.virtual.processes import Schedule

Json = dict[str, Any]
_LONGER_THAN_ANY_JOB_SECONDS = 30 * 86_400.0
_NO_QUOTAS = Quotas(jobs=1_000_000, servers_per_job=1_000_000, servers_in_jobs=1_000_000)


@dataclass(frozen=True)
class Luck:
    """One server in a job of its own, seconds: until the job starts, until the server is up, and
    from then to the job's end. Without the phase barrier a server takes as long in any job.
    """

    place: Scope
    start_seconds: float
    course_seconds: float
    tail_seconds: float


def draw_luck(inventory: Json, *, seed: int, behaviour: Behaviour) -> dict[str, Luck]:
    """Return the luck of each server's first launch by its id, from the simulator itself."""
    alone = replace(behaviour, phase_barrier=False, job_size_growth=0.0)
    servers = [[item["sourceServerID"]] for item in inventory["items"]]
    simulator = _launched(inventory, servers, seed, alone)
    return {
        server_id: luck
        for scope in simulator.scopes
        for server_id, luck in _read(simulator, scope).items()
    }


def draw_job_seconds(
    inventory: Json, jobs: Iterable[Sequence[str]], *, seed: int, behaviour: Behaviour
) -> dict[frozenset[str], float]:
    """Return how long jobs of these servers last from their creation, if each is their first.

    With the phase barrier that is, phase by phase, as long as the slowest server of the job takes.
    """
    simulator = _launched(inventory, jobs, seed, behaviour)
    return {
        frozenset(job.server_ids): (job.ended_at - job.created_at).total_seconds()
        for scope in simulator.scopes
        for job in simulator.truth(*scope).jobs
        if job.ended_at
    }


def _launched(
    inventory: Json, jobs: Iterable[Sequence[str]], seed: int, behaviour: Behaviour
) -> Simulator:
    """Return a DRS without quotas in which these jobs have been started together and have ended."""
    schedule = Schedule()
    faults = Faults(quotas=_NO_QUOTAS)
    simulator = Simulator(schedule, seed=seed, faults=faults, behaviour=behaviour)
    simulator.load_inventory(inventory)
    places = {item["sourceServerID"]: _place(item) for item in inventory["items"]}
    for server_ids in jobs:
        account_id, region = places[server_ids[0]]
        asked = {"sourceServers": [{"sourceServerID": each} for each in server_ids]}
        # What DRS refuses to launch is part of no job, so no bound needs its luck.
        with suppress(DrsError):
            simulator.call("StartRecovery", asked, account_id=account_id, region=region)
    schedule.after(_LONGER_THAN_ANY_JOB_SECONDS, lambda: None)
    schedule.step()
    return simulator


def _read(simulator: Simulator, scope: Scope) -> dict[str, Luck]:
    truth = simulator.truth(*scope)
    up = {each.launched_by: each.launched_at for each in truth.instances if each.launched_by}
    found: dict[str, Luck] = {}
    for job in truth.jobs:
        if job.started_at and job.ended_at and job.job_id in up:
            found[job.server_ids[0]] = Luck(
                scope,
                (job.started_at - job.created_at).total_seconds(),
                (up[job.job_id] - job.started_at).total_seconds(),
                (job.ended_at - up[job.job_id]).total_seconds(),
            )
    return found


def _place(item: Json) -> Scope:
    _, _, _, region, account_id, *_ = item["arn"].split(":")
    return Scope(account_id, region)
