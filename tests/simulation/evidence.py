"""What is on record and what is true, side by side, at one moment of a world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.drs import CallRecord, JobTruth, Quotas, Truth
from local.drs.state import Scope
from local.virtual.processes import BEGINNING
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld

Record = dict[str, Any]
_CHANGES = (
    "dynamodb.PutItem",
    "dynamodb.TransactWriteItems",
    "drs.StartRecovery",
    "drs.TerminateRecoveryInstances",
)
_FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT", "INTERRUPTED"}


@dataclass
class ExecutionRecords:
    """The stored items of one execution, as stored; by their names where they have one."""

    header: Record = field(default_factory=dict)
    waves: dict[str, Record] = field(default_factory=dict)
    servers: dict[str, Record] = field(default_factory=dict)
    intents: dict[tuple[str, int, int], Record] = field(default_factory=dict)
    decisions: list[Record] = field(default_factory=list)
    clean_up: Record | None = None

    @property
    def is_final(self) -> bool:
        """Whether it has its verdict."""
        return self.header.get("status") in _FINAL

    @property
    def is_closed(self) -> bool:
        """Whether nothing may start any more."""
        closers = ("stoppedBy", "cancelledBy", "abortedBy", "finishingTime")
        return self.is_final or any(self.header.get(name) for name in closers)


@dataclass(frozen=True)
class Evidence:
    """One moment. `at_rest`: every execution of Step Functions has ended.

    `estates`, at the end only: all source servers `before` and `after`.
    """

    now: datetime
    executions: Mapping[str, ExecutionRecords]
    locks: Mapping[tuple[str, str, str], str]
    truths: Mapping[Scope, Truth]
    quotas: Quotas
    runs: Mapping[str, Run]
    at_rest: bool
    estates: Mapping[str, Record]
    calls: tuple[CallRecord, ...] = ()

    def our_launches(self) -> list[tuple[Scope, JobTruth]]:
        """Return the LAUNCH jobs that carry our tags, oldest first."""
        return [
            (scope, job)
            for scope, truth in self.truths.items()
            for job in truth.jobs
            if job.kind == "LAUNCH" and "drsorc:execution" in job.tags
        ]

    def intent_of(self, job: JobTruth) -> Record | None:
        """Return the intent that a job's tags name."""
        records = self.executions.get(job.tags["drsorc:execution"])
        return records.intents.get(_key(job)) if records else None


def _key(job: JobTruth) -> tuple[str, int, int]:
    tags = job.tags
    return tags["drsorc:wave"], int(tags["drsorc:attempt"]), int(tags["drsorc:chunk"])


class Collector:
    """Returns what there is in one world; an execution that has not changed is the same object."""

    def __init__(self, world: VirtualWorld) -> None:
        self._world = world
        self._written = dict.fromkeys(world.tables, 0)
        self._executions: dict[str, ExecutionRecords] = {}
        self._locks: dict[tuple[str, str, str], str] = {}

    def __call__(self) -> Evidence:
        """Return everything as it is now."""
        for name, table in self._world.tables.items():
            partitions = table.items.written_since(self._written[name])
            self._written[name] = table.items.written
            for pk, records in partitions.items():
                self._take(pk, records)
        world = self._world
        runs = world.interpreter.executions
        return Evidence(
            now=world.schedule.now(),
            executions=dict(self._executions),
            locks=dict(self._locks),
            truths={scope: world.simulator.truth(*scope) for scope in world.simulator.scopes},
            quotas=world.simulator.faults.quotas,
            runs={run.name: run for run in runs.values()},
            at_rest=not any(run.is_running for run in runs.values()),
            estates={},
        )

    def _take(self, pk: str, partition: dict[str, Record]) -> None:
        kind, _, rest = pk.partition("#")
        if kind == "EXEC":
            self._executions[rest] = _filed(partition)
        elif kind == "LOCK":
            account_id, region, server_id = rest.split("#")
            self._locks.pop((account_id, region, server_id), None)
            for record in partition.values():
                self._locks[account_id, region, server_id] = record["executionId"]


def collect(world: VirtualWorld) -> Evidence:
    """Return everything as it is now."""
    return Collector(world)()


def _filed(partition: dict[str, Record]) -> ExecutionRecords:
    records = ExecutionRecords()
    for sort_key, record in sorted(partition.items()):
        _file(records, sort_key, record)
    return records


def _file(records: ExecutionRecords, sort_key: str, record: Record) -> None:
    match sort_key.split("#"):
        case ["HEADER"]:
            records.header = record
        case ["WAVE", name]:
            records.waves[name] = record
        case ["SERVER", *_]:
            records.servers[record["sourceServerId"]] = record
        case ["INTENT", wave, *_]:
            records.intents[wave, record["attempt"], record["chunk"]] = record
        case ["DECISION", *_]:
            records.decisions.append(record)
        case ["CLEANUP"]:
            records.clean_up = record


class Violated(AssertionError):
    """An invariant does not hold; the message names it, the moment and the seed."""


class Watch:
    """Holds the invariants against a world: whenever something changed `every` times, and at the
    end. Only with 1 those are checked that compare one change with the next."""

    def __init__(self, world: VirtualWorld, *, every: int = 1) -> None:
        self._world = world
        self._every = every
        self._collect = Collector(world)
        self._seen = 0
        self._before: Evidence | None = None
        self._estates = _estates(world)

    def look(self) -> None:
        """Check if something has changed since the last look."""
        changes = sum(self._world.calls.effects[name] for name in _CHANGES)
        if self._every and changes >= self._seen + self._every:
            self._seen = changes
            self._check(self._collect())

    def at_the_end(self) -> Evidence:
        """Check everything, that too which can only be told at the end."""
        evidence = self._collect()
        whole = Evidence(
            **{
                **vars(evidence),
                "estates": {"before": self._estates, "after": _estates(self._world)},
                "calls": tuple(self._world.simulator.calls),
            }
        )
        self._check(whole)
        return whole

    def _check(self, evidence: Evidence) -> None:
        from tests.simulation.invariants import violations  # each needs the other

        before = self._before if self._every == 1 else None
        found = list(violations(evidence, before))
        if found:
            seconds = (evidence.now - BEGINNING).total_seconds()
            raise Violated(f"seed {self._world.seed}, after {seconds:.3f} s: {'; '.join(found)}")
        self._before = evidence


def _estates(world: VirtualWorld) -> Record:
    """Return the servers as DRS keeps them, without what a launch leaves there."""
    estates = world.simulator.snapshot()["state"]["estates"]
    return {
        server_id: {
            "document": server["document"],
            "tags": server["tags"],
            "launchConfiguration": server["launch_configuration"],
        }
        for estate in estates
        for server_id, server in estate["servers"].items()
    }
