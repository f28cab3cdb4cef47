"""What a story is: a small execution that is told in one seed, and may be told with a crash."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.drs import Behaviour, Faults, ServerFault, ServerFaultKind
from local.faults_file import FaultsFile
from local.functions import Invoker, call_handler
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Outcome, add_other_account, clean_up_of, run
from tests.simulation.stored import Record
from tests.simulation.stories.insistent import insisting, start_insisting
from tests.simulation.stories.people import Act
from tests.workflow.laptop import server_id

Json = dict[str, Any]
# The reconciler looks every two minutes, and what it may take is a matter of a few looks.
_LINGER = timedelta(minutes=20)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC")
_OF_ACTIONS = ("wave", "phase", "position", "name", "attempt", "tries", "status", "reason")
_OF_DECISIONS = ("wave", "attempt", "decision", "reason")


def brisk(**more: Any) -> Behaviour:  # noqa: ANN401 - whatever a Behaviour takes
    """Return a DRS with short jobs: of looks at a running job a few are as good as a hundred."""
    return Behaviour(paces={server_id(number): 0.3 for number in range(10)}, **more)


@dataclass(frozen=True)
class Story:
    """A plan, what happens to it, and the verdict that it `ends` with.

    `tidied`: the status that its clean-up ends with; None: there is none. `accounts`: whether the
    other account has its entry. `back`: how far before the start the point in time is that it asks
    for; None for the latest. `faults`, `others` and `invoker` make theirs anew for every world.
    """

    plan: Json
    inventory: Json
    execution_type: str = "DRILL"
    people: tuple[Act, ...] = ()
    faults: Callable[[], Faults] = Faults
    others: Callable[[], FaultsFile] = FaultsFile
    invoker: Callable[[], Invoker] = lambda: call_handler
    behaviour: Behaviour = field(default_factory=brisk)
    ends: str = "COMPLETED"
    tidied: str | None = None
    accounts: bool = False
    back: timedelta | None = None
    seed: int = 0
    patience: timedelta = field(default=timedelta(days=2))

    def tell(self, aim: Callable[[VirtualWorld], object] = lambda _: None) -> Outcome:
        """Run it; `aim` may let calls go wrong, but people insist. Raises Violated, LeftWaiting."""

        def begin(world: VirtualWorld, document: Json, execution_type: str) -> str:
            if self.accounts:
                world.do(add_other_account)
            aim(world)
            return start_insisting(world, document, execution_type, self.back)

        return run(
            self.plan,
            self.inventory,
            seed=self.seed,
            execution_type=self.execution_type,
            people=[insisting(act) for act in self.people],
            patience=self.patience,
            begin=begin,
            linger=_LINGER,
            faults=self.faults(),
            other_faults=self.others(),
            invoker=self.invoker(),
            behaviour=self.behaviour,
        )

    def objection(self, came: Json) -> str | None:
        """Return what is wrong with an `ending`, None if it is as the story says."""
        said = {"status": self.ends, "cleanUp": self.tidied}
        wrong = {name: came[name] for name, value in said.items() if came[name] != value}
        return f"ended {wrong}, not as it says: {said}" if wrong else None


def ending(outcome: Outcome) -> Json:
    """Return what no single crash may change: the verdicts, what was launched and ended, how the
    actions and the clean-up did, and what was decided.

    Not who decided: of two who say the same at once, either may be first.
    """
    launches = sorted(
        (job.kind, job.is_drill, job.tags.get("drsorc:attempt", ""), sorted(job.server_ids))
        for truth in outcome.truths.values()
        for job in truth.jobs
    )
    live = sum(each.live for truth in outcome.truths.values() for each in truth.instances)
    records = outcome.evidence.executions.values()
    return {
        "status": outcome.execution["status"],
        "waves": outcome.waves(),
        "servers": {
            (each["accountId"], each["region"], each["sourceServerId"]): each.get("verdict")
            for each in outcome.execution["servers"]
        },
        "actions": _parts(_OF_ACTIONS, [each for some in records for each in some.actions]),
        "decisions": _parts(_OF_DECISIONS, [each for some in records for each in some.decisions]),
        "jobs": launches,
        "live": live,
        "waits": outcome.is_waiting,
        "cleanUp": clean_up_of(outcome.execution),
    }


def _parts(names: Sequence[str], records: Iterable[Record]) -> list[list[str]]:
    """Return these parts of each record, without times and in an order that does not depend on
    them: a crash makes everything later.
    """
    return sorted([_TIME.sub("...", str(each.get(name))) for name in names] for each in records)


def having(described: tuple[Json, Json], **members: object) -> tuple[Json, Json]:
    group, of_wave = described
    return group, {**of_wave, **members}


def with_one_disconnected(inventory: Json) -> Json:
    """Return the inventory with a first server that DRS cannot launch."""
    first, *others = inventory["items"]
    replication = first["dataReplicationInfo"] | {"dataReplicationState": "DISCONNECTED"}
    return {"items": [{**first, "dataReplicationInfo": replication}, *others]}


def failing(**more: Any) -> Callable[[], Faults]:  # noqa: ANN401 - whatever a ServerFault takes
    return lambda: Faults(
        servers=[ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED, **more)]
    )
