"""The oracle where the servers of a job change phases together, so that its length depends on the
cut: jobs last as long as the simulated DRS takes for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drs_orchestrator.domain.quota import Limits
from local.bench.bound import LaunchWave
from local.bench.luck import Luck, draw_job_seconds
from local.bench.oracle import JobSeconds, jobs_of, oracle_seconds
from local.bench.plans import Json
from local.drs import Behaviour

# The more servers in a job, the longer the slowest of each phase; the fewer, the more jobs.
_SIZES = (50, 34, 25, 20, 10, 5, 2, 1)


@dataclass(frozen=True)
class Barrier:
    """DRS with the phase barrier, which `behaviour` has."""

    inventory: Json
    seed: int
    behaviour: Behaviour

    def job_seconds(self, jobs: Sequence[Sequence[str]]) -> JobSeconds:
        """Return how long these jobs last."""
        drawn = draw_job_seconds(self.inventory, jobs, seed=self.seed, behaviour=self.behaviour)
        return lambda server_ids: drawn[frozenset(server_ids)]

    def best_cut_seconds(
        self, waves: Sequence[LaunchWave], luck: Mapping[str, Luck], limits: Limits
    ) -> float:
        """Return the oracle's makespan if it may also choose how large a job gets at most."""
        best = self._oracle_seconds(waves, luck, limits, cut_all(waves, luck, limits))
        slots = limits.jobs * len({each.place for each in luck.values()})
        shortest = min(each.course_seconds for each in luck.values())
        for size in _SIZES:
            smaller = limits.model_copy(
                update={"servers_per_job": min(size, limits.servers_per_job)}
            )
            jobs = cut_all(waves, luck, smaller)
            # Else DRS cannot run so many in the time that fewer take.
            if len(jobs) * shortest < best * slots:
                best = min(best, self._oracle_seconds(waves, luck, smaller, jobs))
        return best

    def _oracle_seconds(
        self,
        waves: Sequence[LaunchWave],
        luck: Mapping[str, Luck],
        limits: Limits,
        jobs: Sequence[Sequence[str]],
    ) -> float:
        return oracle_seconds(waves, luck, limits, job_seconds=self.job_seconds(jobs))


def cut_all(
    waves: Sequence[LaunchWave], luck: Mapping[str, Luck], limits: Limits
) -> list[list[str]]:
    """Return the servers of each job of all waves, cut as the product cuts them."""
    return [ids for wave in waves for ids in jobs_of(wave, luck, limits)]
