"""How long DRS would take for each server alone: the draws that every strategy meets."""

from __future__ import annotations

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
    schedule = Schedule()
    alone = replace(behaviour, phase_barrier=False, job_size_growth=0.0)
    simulator = Simulator(schedule, seed=seed, faults=Faults(quotas=_NO_QUOTAS), behaviour=alone)
    simulator.load_inventory(inventory)
    for item in inventory["items"]:
        account_id, region = _place(item)
        asked = {"sourceServers": [{"sourceServerID": item["sourceServerID"]}]}
        # What DRS refuses to launch is part of no job, so no bound needs its luck.
        with suppress(DrsError):
            simulator.call("StartRecovery", asked, account_id=account_id, region=region)
    schedule.after(_LONGER_THAN_ANY_JOB_SECONDS, lambda: None)
    schedule.step()
    return {
        server_id: luck
        for scope in simulator.scopes
        for server_id, luck in _read(simulator, scope).items()
    }


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
