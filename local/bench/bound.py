"""The lower bound: what nobody can beat who starts a job for servers of one wave only, because DRS
and the plan take that long.

A job over several waves would have room where the number of jobs is what DRS lacks; but it could
not be told apart in DRS whose it is, nor be retried or given up with its wave. It is the largest of

- the longest path of the plan, where a wave takes its slowest server and the shortest start and
  end that a job of its servers can have;
- in each account and Region, the servers' time over the slots that the quota on servers in jobs
  gives, as the mean and by the pigeonhole: of the k*m+1 longest, k+1 share one of m slots, so the
  k+1 shortest of them bound the time;
- the same for jobs: waves are cut into as few jobs as the quota allows, and of a wave's servers,
  slowest first, every hundredth needs one more job that lasts at least as long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from drs_orchestrator.domain.graph import topological_order
from drs_orchestrator.domain.quota import Limits
from local.bench.luck import Luck
from local.drs.state import Scope

# A job starts 0.3 s after its creation and ends 2 s after its last server, at the earliest.
_SHORTEST_START_AND_TAIL_SECONDS = 2.3


@dataclass(frozen=True)
class LaunchWave:
    """A wave as DRS sees it: its servers, and the waves that must be up before."""

    name: str
    server_ids: tuple[str, ...]
    depends_on: tuple[str, ...]


def lower_bound_seconds(
    waves: Sequence[LaunchWave], luck: Mapping[str, Luck], limits: Limits | None = None
) -> float:
    """Return the bound for a plan whose servers have this luck; `limits`: DRS's defaults."""
    limits = limits or Limits()
    servers = _by_place(luck[each] for wave in waves for each in wave.server_ids)
    jobs = _by_place(job for wave in waves for job in _fewest_jobs(wave, luck, limits))
    return max(
        longest_path_seconds(waves, luck),
        *(_capacity(seconds, limits.servers_in_jobs) for seconds in servers.values()),
        *(_capacity(seconds, limits.jobs) for seconds in jobs.values()),
    )


def longest_path_seconds(waves: Sequence[LaunchWave], luck: Mapping[str, Luck]) -> float:
    """Return the length of the plan's longest path if there were no quotas."""
    named = {wave.name: wave for wave in waves}
    ends: dict[str, float] = {}
    for name in topological_order({wave.name: wave.depends_on for wave in waves}):
        begin = max((ends[each] for each in named[name].depends_on), default=0.0)
        ends[name] = begin + wave_seconds(named[name], luck)
    return max(ends.values(), default=0.0)


def wave_seconds(wave: LaunchWave, luck: Mapping[str, Luck]) -> float:
    """Return how long a wave takes at least, however it is cut into jobs."""
    lucks = [luck[each] for each in wave.server_ids]
    slowest = max((each.course_seconds for each in lucks), default=0.0)
    start = min((each.start_seconds for each in lucks), default=0.0)
    return slowest + start + min((each.tail_seconds for each in lucks), default=0.0)


def _fewest_jobs(wave: LaunchWave, luck: Mapping[str, Luck], limits: Limits) -> Iterator[Luck]:
    """Yield the luck that bounds each job of a wave."""
    places: dict[Scope, list[Luck]] = defaultdict(list)
    for server_id in wave.server_ids:
        places[luck[server_id].place].append(luck[server_id])
    for lucks in places.values():
        slowest_first = sorted(lucks, key=lambda each: -each.course_seconds)
        yield from slowest_first[:: limits.servers_per_job]


def _by_place(lucks: Iterable[Luck]) -> dict[Scope, list[float]]:
    found: dict[Scope, list[float]] = defaultdict(list)
    for each in lucks:
        found[each.place].append(each.course_seconds + _SHORTEST_START_AND_TAIL_SECONDS)
    return found


def _capacity(seconds: Sequence[float], slots: int) -> float:
    """Return how long tasks of these lengths need at least on so many slots."""
    longest = sorted(seconds, reverse=True)
    bound = max(sum(longest) / slots, max(longest, default=0.0))
    for k in range(1, (len(longest) - 1) // slots + 1):
        among = longest[: k * slots + 1]
        bound = max(bound, sum(among[-(k + 1) :]))
    return bound
