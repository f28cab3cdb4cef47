"""Whoever watches a world: the invariants are held against it whenever something has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from local.virtual.processes import BEGINNING
from local.virtual.world import VirtualWorld
from tests.simulation import ending
from tests.simulation.evidence import Collector, Evidence, by_name
from tests.simulation.health import health_answers
from tests.simulation.invariants import overdue, violations
from tests.simulation.invariants.drills import source_servers_are_as_before
from tests.simulation.stored import Record

_CHANGES = (
    "dynamodb.PutItem",
    "dynamodb.TransactWriteItems",
    "drs.StartRecovery",
    "drs.TerminateRecoveryInstances",
)


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
        self._arrived = 0
        self._before: Evidence | None = None
        self._unlaunchable: list[tuple[datetime, frozenset[str]]] = []
        self._estates = self._see_estates()

    def look(self) -> None:
        """Check if something has changed since the last look."""
        # Most steps are no call's effect, and change nothing that is on record.
        if self._world.calls.arrived == self._arrived:
            return
        self._arrived = self._world.calls.arrived
        changes = sum(self._world.calls.effects[name] for name in _CHANGES)
        if self._every and changes >= self._seen + self._every:
            self._seen = changes
            self._check_overdue()
            self._check(self._collect())

    def at_the_end(self) -> Evidence:
        """Check everything, that too which can only be told at the end."""
        evidence = self._collect()
        world, calls = self._world, tuple(self._world.simulator.calls)
        whole = replace(
            evidence,
            estates={"before": self._estates, "after": ending.estates(world)},
            modes_are_told=not world.simulator.faults.is_drill_left_out,
            jobs_lag=timedelta(seconds=world.simulator.faults.job_visibility_lag_seconds),
            unlaunchable=tuple(self._unlaunchable),
            calls=calls,
            refused=tuple(world.calls.refused),
            operations=frozenset(world.calls.counts),
            places=ending.places(world),
            servers=ending.servers(world),
            stored=ending.stored(world),
            automations=ending.automations(world),
            health=health_answers(world),
            secrets=ending.secrets(world),
            told=ending.told(evidence.executions, evidence.runs.values(), calls),
        )
        self._check(whole)
        return whole

    def let_others_change(self, change: Callable[[], object]) -> None:
        """Let somebody else change source servers: until then, and from then on, we do not."""
        estates = {"before": self._estates, "after": ending.estates(self._world)}
        evidence = replace(self._collect(), estates=estates)
        self._complain(evidence, list(source_servers_are_as_before(evidence)))
        change()
        self._estates = self._see_estates()

    def _see_estates(self) -> Record:
        """Return all source servers as they are now, and note whom nothing is launched from."""
        estates = ending.estates(self._world)
        self._unlaunchable.append((self._world.schedule.now(), ending.unlaunchable(estates)))
        return estates

    def _check_overdue(self) -> None:
        """Check what had to be written by now, before somebody at last writes it."""
        if self._before is not None and self._every == 1:
            evidence = self._before.at(
                self._world.schedule.now(),
                by_name(self._world),
                self._collect.troubles,
            )
            self._complain(evidence, list(overdue(evidence)))

    def _check(self, evidence: Evidence) -> None:
        before = self._before if self._every == 1 else None
        self._complain(evidence, list(violations(evidence, before)))
        self._before = evidence

    def _complain(self, evidence: Evidence, found: list[str]) -> None:
        if found:
            seconds = (evidence.now - BEGINNING).total_seconds()
            raise Violated(f"seed {self._world.seed}, after {seconds:.3f} s: {'; '.join(found)}")
