"""What is on record and what is true, side by side, at one moment of a world."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from drs_orchestrator.adapters.account_store import ACCOUNTS
from drs_orchestrator.adapters.group_items import GROUPS
from drs_orchestrator.adapters.items import Key
from drs_orchestrator.adapters.recovery_plan_store import PLANS
from local.drs import CallRecord, JobTruth, Quotas, Truth
from local.drs.state import Scope
from local.virtual.calls import RefusedCall
from local.virtual.processes import BEGINNING
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.health import HealthAnswer
from tests.simulation.stored import ExecutionRecords, IntentKey, Record, StoredItem, filed
from tests.simulation.troubles import Troubles

Since = Mapping[str | IntentKey, datetime]
LISTED = ""
"""Stands for the waves that the header names as asking."""
_DOCUMENTS = {ACCOUNTS, GROUPS, PLANS}
# What a wave does, or waits for; its reason in words may change meanwhile.
_COURSE = ("status", "phase", "attempt", "skippedBy", "abortedBy")


@dataclass(frozen=True)
class Evidence:
    """One moment. `at_rest`: every execution of Step Functions has ended.

    `since`: by execution, since when each wave is where it is, each intent has its status, and the
    header names the waves that it does as `LISTED`.
    `last_paused`: when an execution was last seen paused. `last_swept_in_vain`: when a call of the
    reconciler last went wrong, or Scheduler rested; `last_struck`: a call of anybody;
    `last_refused`: by the service that it asked. `events_arrive`: no event of Step Functions was
    lost; `quotas_until`: since then those of DRS may have been others. `wrong_in_clean_ups`: by
    execution, what had last gone wrong, and when, as its clean-up ended. At the end only:
    `estates`, all source servers `before` and `after`; `modes_are_told`, whether DRS says of
    instances if they are a drill's; `jobs_lag`, for how long it keeps a job out of its lists;
    `unlaunchable`, from whom it had nothing to launch,
    since when each time; `operations`, the names of all calls; `calls` of DRS, and `refused`, those
    that a fault answered before they came anywhere; `places`, where
    there are protection groups; `servers`, whom each estate holds; `stored`, all items of all
    tables; `automations`, the client tokens of those that ran; `health`, what was said of the
    health of instances; `secrets`, and what was `told` where they must not stand.

    `prepared`: the records of each execution as they were when it was first seen prepared;
    `groups`: by execution, the groups that nobody edited from before it began until then, by their
    names in lower case.
    `clocks_apart`: how far two clocks differ at most.
    `documents`: plans, groups and entries of accounts as they are stored, by their keys.
    """

    now: datetime
    executions: Mapping[str, ExecutionRecords]
    locks: Mapping[tuple[str, str, str], str]
    truths: Mapping[Scope, Truth]
    quotas: Quotas
    runs: Mapping[str, Run]
    at_rest: bool
    since: Mapping[str, Since] = field(default_factory=dict)
    last_paused: Mapping[str, datetime] = field(default_factory=dict)
    last_swept_in_vain: datetime = BEGINNING
    last_struck: datetime = BEGINNING
    last_refused: datetime = BEGINNING
    events_arrive: bool = True
    quotas_until: datetime | None = None
    wrong_in_clean_ups: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    estates: Mapping[str, Record] = field(default_factory=dict)
    modes_are_told: bool = True
    jobs_lag: timedelta = timedelta(0)
    unlaunchable: tuple[tuple[datetime, frozenset[str]], ...] = ()
    calls: tuple[CallRecord, ...] = ()
    refused: tuple[RefusedCall, ...] = ()
    operations: frozenset[str] = frozenset()
    places: frozenset[Scope] = frozenset()
    servers: Mapping[Scope, frozenset[str]] = field(default_factory=dict)
    stored: tuple[StoredItem, ...] = ()
    prepared: Mapping[str, ExecutionRecords] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Record]] = field(default_factory=dict)
    clocks_apart: timedelta = timedelta(0)
    documents: Mapping[Key, Record] = field(default_factory=dict)
    automations: tuple[str | None, ...] = ()
    health: tuple[HealthAnswer, ...] = ()
    secrets: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether it is the end of a history."""
        return bool(self.estates)

    def our_launches(self) -> list[tuple[Scope, JobTruth]]:
        """Return the LAUNCH jobs that carry our tags, oldest first."""
        return [
            (scope, job)
            for scope, truth in self.truths.items()
            for job in truth.jobs
            if job.kind == "LAUNCH" and "drsorc:execution" in job.tags
        ]

    def at(self, moment: datetime, runs: Mapping[str, Run], troubles: Troubles) -> Evidence:
        """Return the same a while later: workflows may have ended, but nothing was written."""
        paused = [name for name, each in self.executions.items() if each.header.get("pausedBy")]
        last_paused = {**self.last_paused, **dict.fromkeys(paused, moment)}
        at_rest = not any(run.is_running for run in runs.values())
        return replace(
            self,
            now=moment,
            runs=runs,
            at_rest=at_rest,
            last_paused=last_paused,
            last_struck=troubles.last(),
            last_refused=troubles.last_refused(),
            last_swept_in_vain=troubles.last_swept_in_vain(),
            events_arrive=troubles.events_arrive(),
        )

    def intent_of(self, job: JobTruth) -> Record | None:
        """Return the intent that a job's tags name."""
        records = self.executions.get(job.tags["drsorc:execution"])
        return records.intents.get(key_of(job.tags)) if records else None


def key_of(tags: Mapping[str, str]) -> IntentKey:
    """Return which intent of its execution a launch with these tags is of."""
    return tags["drsorc:wave"], int(tags["drsorc:attempt"]), int(tags["drsorc:chunk"])


class Collector:
    """Returns what there is in one world; an execution that has not changed is the same object."""

    def __init__(self, world: VirtualWorld) -> None:
        self._world = world
        self._written = dict.fromkeys(world.tables, 0)
        self._executions: dict[str, ExecutionRecords] = {}
        self._locks: dict[tuple[str, str, str], str] = {}
        self._documents: dict[str, dict[str, Record]] = {}
        self._last_paused: dict[str, datetime] = {}
        self._since: dict[str, Since] = {}
        self._courses: dict[str, dict[str | IntentKey, object]] = {}
        self._prepared: dict[str, ExecutionRecords] = {}
        self._groups: dict[str, dict[str, Record]] = {}
        self._clean_up_ends: dict[str, str] = {}
        self._wrong_in_clean_ups: dict[str, Mapping[str, datetime]] = {}
        self.troubles = Troubles(world)

    def __call__(self) -> Evidence:
        """Return everything as it is now."""
        # Nothing was written since the last time: what was paused then was so until a moment ago.
        paused, groups = self._paused(), self._documents.get(GROUPS, {})
        prepared = set(self._prepared)
        for name, table in self._world.tables.items():
            partitions = table.items.written_since(self._written[name])
            self._written[name] = table.items.written
            for pk, records in partitions.items():
                self._take(pk, records)
        self._note_groups(groups, prepared)
        world = self._world
        self._last_paused |= dict.fromkeys(paused | self._paused(), world.schedule.now())
        return Evidence(
            now=world.schedule.now(),
            executions=dict(self._executions),
            locks=dict(self._locks),
            truths={scope: world.simulator.truth(*scope) for scope in world.simulator.scopes},
            quotas=world.simulator.faults.quotas,
            runs=by_name(world),
            at_rest=not any(run.is_running for run in world.interpreter.executions.values()),
            since=dict(self._since),
            last_paused=dict(self._last_paused),
            last_swept_in_vain=self.troubles.last_swept_in_vain(),
            last_struck=self.troubles.last(),
            last_refused=self.troubles.last_refused(),
            events_arrive=self.troubles.events_arrive(),
            quotas_until=self.troubles.quotas_until(),
            wrong_in_clean_ups=dict(self._wrong_in_clean_ups),
            prepared=dict(self._prepared),
            groups=dict(self._groups),
            clocks_apart=world.clocks.apart,
            documents={
                Key(kind, name): document
                for kind, documents in self._documents.items()
                for name, document in documents.items()
            },
        )

    def _paused(self) -> set[str]:
        return {name for name, each in self._executions.items() if each.header.get("pausedBy")}

    def _take(self, pk: str, partition: dict[str, Record]) -> None:
        kind, _, rest = pk.partition("#")
        if kind == "EXEC":
            self._executions[rest] = filed(partition)
            if self._executions[rest].is_prepared:
                self._prepared.setdefault(rest, self._executions[rest])
            self._note_courses(rest)
            self._note_clean_up(rest)
        elif kind == "LOCK":
            account_id, region, server_id = rest.split("#")
            self._locks.pop((account_id, region, server_id), None)
            for record in partition.values():
                self._locks[account_id, region, server_id] = record["executionId"]
        elif pk in _DOCUMENTS:
            self._documents[pk] = partition

    def _note_groups(self, before: Mapping[str, Record], prepared: Set[str]) -> None:
        """Note the groups as they were `before` an execution began, of all that are not `prepared`
        yet.
        """
        now = self._documents.get(GROUPS, {})
        named = {each["name"].lower(): each for each in before.values()}
        for name in self._executions.keys() - prepared:
            kept = self._groups.get(name, named)
            self._groups[name] = {
                g: kept[g] for g in kept if now.get(kept[g]["groupId"]) is kept[g]
            }

    def _note_clean_up(self, name: str) -> None:
        """Note, if a clean-up has just ended, what has gone wrong until then."""
        end = (self._executions[name].clean_up or {}).get("endTime")
        if end and self._clean_up_ends.get(name) != end:
            self._clean_up_ends[name] = end
            self._wrong_in_clean_ups[name] = self.troubles.by_source()

    def _note_courses(self, name: str) -> None:
        """Note which waves and intents of an execution have moved just now."""
        records, before = self._executions[name], self._courses.get(name, {})
        now, since = self._world.schedule.now(), self._since.get(name, {})
        courses: dict[str | IntentKey, object] = {
            wave: [record.get(part) for part in _COURSE] for wave, record in records.waves.items()
        }
        courses |= {key: intent["status"] for key, intent in records.intents.items()}
        courses[LISTED] = records.header.get("awaiting")
        self._since[name] = {
            key: since[key] if before.get(key) == course else now for key, course in courses.items()
        }
        self._courses[name] = courses


def by_name(world: VirtualWorld) -> dict[str, Run]:
    """Return all workflows by their names."""
    return {run.name: run for run in world.interpreter.executions.values()}


def collect(world: VirtualWorld) -> Evidence:
    """Return everything as it is now."""
    return Collector(world)()
