"""An orchestrator that knows everything and needs no time: what shows that the bound is tight."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drs_orchestrator.domain.graph import remaining_path, topological_order
from drs_orchestrator.domain.quota import Limits, cut_into_chunks
from local.bench.bound import LaunchWave, wave_seconds
from local.bench.luck import Luck
from local.drs.state import Scope


@dataclass(frozen=True)
class _Job:
    wave: str
    place: Scope
    servers: int
    seconds: float


def oracle_seconds(
    waves: Sequence[LaunchWave],
    luck: Mapping[str, Luck],
    limits: Limits | None = None,
    *,
    foresight: bool = True,
) -> float:
    """Return the makespan of a list schedule: whatever fits starts, longest remaining path first.

    Jobs are cut as the product cuts them and last as long as DRS takes without the phase barrier.
    Without `foresight` it knows the plan only, as everybody else does: a path is as long as it has
    waves. Equal waves start in the order in which they are given.
    """
    remaining = _remaining_seconds(waves, luck) if foresight else _remaining_waves(waves)
    return _Schedule(waves, luck, limits or Limits(), remaining).run()


class _Schedule:
    def __init__(
        self,
        waves: Sequence[LaunchWave],
        luck: Mapping[str, Luck],
        limits: Limits,
        remaining: Mapping[str, float],
    ) -> None:
        self._limits = limits
        self._dependents: dict[str, list[str]] = defaultdict(list)
        self._awaited = {wave.name: len(wave.depends_on) for wave in waves}
        for wave in waves:
            for name in wave.depends_on:
                self._dependents[name].append(wave.name)
        self._remaining = remaining
        self._jobs = {wave.name: _jobs(wave, luck, limits) for wave in waves}
        self._unfinished = {name: len(jobs) for name, jobs in self._jobs.items()}
        self._ready: list[_Job] = []
        self._running: list[tuple[float, int, _Job]] = []
        self._jobs_in: Counter[Scope] = Counter()
        self._servers_in: Counter[Scope] = Counter()
        self._started = 0

    def run(self) -> float:
        """Play the schedule to its end and return how long it took."""
        now = 0.0
        for name in [name for name, count in self._awaited.items() if count == 0]:
            self._ready += self._jobs[name]
        self._start(now)
        while self._running:
            now, _, job = heapq.heappop(self._running)
            self._end(job)
            self._start(now)
        return now

    def _start(self, now: float) -> None:
        self._ready.sort(key=lambda job: -self._remaining[job.wave])
        waiting: list[_Job] = []
        for job in self._ready:
            jobs, servers = self._jobs_in[job.place] + 1, self._servers_in[job.place] + job.servers
            if jobs > self._limits.jobs or servers > self._limits.servers_in_jobs:
                waiting.append(job)
                continue
            self._jobs_in[job.place], self._servers_in[job.place] = jobs, servers
            self._started += 1
            heapq.heappush(self._running, (now + job.seconds, self._started, job))
        self._ready = waiting

    def _end(self, job: _Job) -> None:
        self._jobs_in[job.place] -= 1
        self._servers_in[job.place] -= job.servers
        self._unfinished[job.wave] -= 1
        if self._unfinished[job.wave]:
            return
        for name in self._dependents[job.wave]:
            self._awaited[name] -= 1
            if not self._awaited[name]:
                self._ready += self._jobs[name]


def _jobs(wave: LaunchWave, luck: Mapping[str, Luck], limits: Limits) -> list[_Job]:
    places: dict[Scope, list[str]] = defaultdict(list)
    for server_id in wave.server_ids:
        places[luck[server_id].place].append(server_id)
    return [
        _Job(wave.name, place, len(chunk), _job_seconds([luck[each] for each in chunk]))
        for place, ids in sorted(places.items())
        for chunk in cut_into_chunks(ids, limits.servers_per_job)
    ]


def _job_seconds(lucks: Sequence[Luck]) -> float:
    """Return how long a job lasts; its first server lends it its start and its tail."""
    lead = lucks[0]
    return lead.start_seconds + max(each.course_seconds for each in lucks) + lead.tail_seconds


def _remaining_waves(waves: Sequence[LaunchWave]) -> Mapping[str, float]:
    return remaining_path({wave.name: wave.depends_on for wave in waves})


def _remaining_seconds(waves: Sequence[LaunchWave], luck: Mapping[str, Luck]) -> dict[str, float]:
    remaining = {wave.name: wave_seconds(wave, luck) for wave in waves}
    named = {wave.name: wave for wave in waves}
    after: dict[str, float] = defaultdict(float)
    order = topological_order({wave.name: wave.depends_on for wave in waves})
    for name in reversed(order):
        remaining[name] += after[name]
        for dependency in named[name].depends_on:
            after[dependency] = max(after[dependency], remaining[name])
    return remaining
