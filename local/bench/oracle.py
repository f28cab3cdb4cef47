"""An orchestrator that knows everything and needs no time: what shows that the bound is tight."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from drs_orchestrator.domain.graph import remaining_path, topological_order
from drs_orchestrator.domain.quota import Limits, cut_into_chunks
from local.bench.bound import LaunchWave
from local.bench.luck import Luck
from local.drs.state import Scope

JobSeconds: TypeAlias = Callable[[Sequence[str]], float]
"""Returns how long a job of these servers lasts."""


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
    job_seconds: JobSeconds | None = None,
) -> float:
    """Return the makespan of a list schedule: whatever fits starts, longest remaining path first.

    Jobs are cut as the product cuts them. Without `job_seconds` they last as long as DRS takes
    without the phase barrier.
    Without `foresight` it knows the plan only, as everybody else does: a path is as long as it has
    waves. Equal waves start in the order in which they are given.
    """
    limits = limits or Limits()
    last = job_seconds or partial(_seconds_alone, luck)
    jobs = {
        wave.name: [
            _Job(wave.name, luck[ids[0]].place, len(ids), last(ids))
            for ids in jobs_of(wave, luck, limits)
        ]
        for wave in waves
    }
    remaining = _remaining_seconds(waves, jobs) if foresight else _remaining_waves(waves)
    return _Schedule(waves, jobs, limits, remaining).run()


def jobs_of(wave: LaunchWave, luck: Mapping[str, Luck], limits: Limits) -> Iterator[list[str]]:
    """Yield the servers of each job of a wave, cut as the product cuts them."""
    places: dict[Scope, list[str]] = defaultdict(list)
    for server_id in wave.server_ids:
        places[luck[server_id].place].append(server_id)
    for _, ids in sorted(places.items()):
        yield from cut_into_chunks(ids, limits.servers_per_job)


class _Schedule:
    def __init__(
        self,
        waves: Sequence[LaunchWave],
        jobs: Mapping[str, Sequence[_Job]],
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
        self._jobs = jobs
        self._unfinished = {name: len(of_wave) for name, of_wave in jobs.items()}
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


def _seconds_alone(luck: Mapping[str, Luck], server_ids: Sequence[str]) -> float:
    """Return how long a job lasts in which nobody waits; its first server lends it its start and
    its tail.
    """
    lucks = [luck[each] for each in server_ids]
    lead = lucks[0]
    return lead.start_seconds + max(each.course_seconds for each in lucks) + lead.tail_seconds


def _remaining_waves(waves: Sequence[LaunchWave]) -> Mapping[str, float]:
    return remaining_path({wave.name: wave.depends_on for wave in waves})


def _remaining_seconds(
    waves: Sequence[LaunchWave], jobs: Mapping[str, Sequence[_Job]]
) -> dict[str, float]:
    remaining = {
        name: max((job.seconds for job in of_wave), default=0.0) for name, of_wave in jobs.items()
    }
    named = {wave.name: wave for wave in waves}
    after: dict[str, float] = defaultdict(float)
    order = topological_order({wave.name: wave.depends_on for wave in waves})
    for name in reversed(order):
        remaining[name] += after[name]
        for dependency in named[name].depends_on:
            after[dependency] = max(after[dependency], remaining[name])
    return remaining
