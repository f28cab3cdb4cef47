"""The largest that is promised: a plan of 4,000 servers in 200 waves, and 200 executions at once.

`python -m tests.simulation.scale` runs both to their end in virtual time and holds the invariants
against them now and then: minutes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time

from drs_orchestrator.adapters.group_items import GROUPS
from drs_orchestrator.adapters.recovery_plan_store import PLANS
from drs_orchestrator.services.plans.plan_document import MAX_PLAN_BYTES
from local.arguments import leave
from local.bench.goals import LARGEST_ITEM_BYTES, LARGEST_STATE_BYTES
from local.bench.plans import Json, server_document
from local.bench.trial import Trial, begin
from local.virtual.chronicle import count
from local.virtual.items import item_bytes
from local.virtual.world import VirtualWorld
from tests.simulation.watch import Watch

REGION = "us-west-2"
# Layers of waves; each wave waits for two of the layer before, and one in each is large.
_WAVES_IN_A_LAYER = 20
# A wave that queues for three hours looks each minute; Step Functions admits 25,000 events.
_MOST_EVENTS = 2_500
_CHANGES_PER_LOOK = 1_000


@dataclass(frozen=True)
class Scale:
    """What a large run came to. `statuses` of the executions; bytes are the largest of their kind.

    item_bytes: of what the product ever wrote; without what a person wrote, which is stored whole:
    the list of ids of a protection group, and the plan, which is one item so that an edit is one
    write.
    `plan_bytes` are those of the largest plan.
    """

    statuses: tuple[str, ...]
    simulated_hours: float
    transitions: int
    most_events: int
    state_bytes: int
    item_bytes: int
    plan_bytes: int
    quota_errors: int

    def shortcomings(self) -> list[str]:
        """Return what is not as promised, in words."""
        held = {
            f"an execution ended {sorted(set(self.statuses))}": set(self.statuses) == {"COMPLETED"},
            f"a state has {self.state_bytes} bytes": self.state_bytes <= LARGEST_STATE_BYTES,
            f"an item has {self.item_bytes} bytes": self.item_bytes <= LARGEST_ITEM_BYTES,
            f"a plan has {self.plan_bytes} bytes": self.plan_bytes <= MAX_PLAN_BYTES,
            f"a history has {self.most_events} events": self.most_events <= _MOST_EVENTS,
            f"{self.quota_errors} launches met a full DRS": self.quota_errors == 0,
        }
        return [words for words, holds in held.items() if not holds]


def run_large_plan(
    *, servers: int = 4_000, waves: int = 200, largest: int = 1_000, accounts: int = 4
) -> Scale:
    """Run a drill of a large plan to its end."""
    document, inventory = large_plan(servers, waves, largest, accounts)
    return _run([document], inventory)


def run_many_executions(*, executions: int = 200, servers_each: int = 2) -> Scale:
    """Run so many drills of as many plans, started one after the other, to their ends."""
    estates = [
        large_plan(servers_each, 1, servers_each, 1, number=number) for number in range(executions)
    ]
    items = [item for _, inventory in estates for item in inventory["items"]]
    return _run([document for document, _ in estates], {"items": items})


def _run(documents: list[Json], inventory: Json) -> Scale:
    with VirtualWorld(inventory) as world:
        watch = Watch(world, every=_CHANGES_PER_LOOK)
        world.after_step = watch.look
        begun: list[str] = []
        for document in documents:
            begun.append(begin(world, Trial(document, inventory)))
        world.until(lambda: not any(e.is_running for e in world.interpreter.executions.values()))
        watch.at_the_end()
        counts = count(world)
        return Scale(
            statuses=tuple(world.orchestrator.read_executions.get(e).status for e in begun),
            simulated_hours=round(world.schedule.elapsed_seconds / 3600, 2),
            transitions=counts.transitions,
            most_events=counts.most_events,
            state_bytes=counts.largest_state_bytes,
            item_bytes=max(_item_bytes(world)),
            plan_bytes=max(_largest_bytes(world, is_plan=True)),
            quota_errors=counts.quota_errors,
        )


def _item_bytes(world: VirtualWorld) -> Iterator[int]:
    yield from _largest_bytes(world, is_plan=False)
    for table in world.tables.values():
        for key, record in table.items.everything():
            if key.pk == GROUPS:
                yield item_bytes(key, {**record, "sourceServerIds": []})


def _largest_bytes(world: VirtualWorld, *, is_plan: bool) -> Iterator[int]:
    """Yield the largest item ever of each partition of plans, or of all others but the groups'."""
    for table in world.tables.values():
        for pk, size in table.items.largest_bytes.items():
            if pk.startswith(PLANS) == is_plan and pk != GROUPS:
                yield size


def large_plan(
    servers: int, waves: int, largest: int, accounts: int, *, number: int = 0
) -> tuple[Json, Json]:
    """Return the document of a plan, and its inventory; another `number`, other servers.

    One wave has `largest` servers, the others share the rest as evenly as they can.
    """
    sizes = _sizes(servers, waves, largest)
    numbers = iter(range(number * servers, (number + 1) * servers))
    items: list[Json] = []
    groups: list[Json] = []
    for i, size in enumerate(sizes):
        account_id = f"{111122223333 + i % accounts}"
        ids = [f"s-5{next(numbers):016x}" for _ in range(size)]
        items += [server_document(each, account_id, REGION) for each in ids]
        groups.append(
            {
                "name": f"g-{number}-{i}",
                "accountId": account_id,
                "region": REGION,
                "sourceServerIds": ids,
            }
        )
    document = {
        "name": f"large-{number}",
        "protectionGroups": groups,
        "waves": [
            {
                "name": _name(i),
                "onFailure": "CONTINUE",
                "protectionGroups": [f"g-{number}-{i}"],
                "dependsOn": list(_before(i)),
            }
            for i in range(waves)
        ],
    }
    return document, {"items": items}


def _sizes(servers: int, waves: int, largest: int) -> list[int]:
    """Return the size of each wave; the largest comes in the middle."""
    rest, others = servers - largest, waves - 1
    sizes = [(rest + others - 1 - i) // others for i in range(others)]
    sizes.insert(waves // 2, largest)
    return sizes


def _name(wave: int) -> str:
    """Return a name as people give them."""
    return f"application-{wave:03d}"


def _before(wave: int) -> Iterator[str]:
    layer, place = divmod(wave, _WAVES_IN_A_LAYER)
    if layer:
        first = (layer - 1) * _WAVES_IN_A_LAYER
        for each in {place, (place + 1) % _WAVES_IN_A_LAYER}:
            yield _name(first + each)


def main() -> None:
    """Run both and tell; exit code 1 if something is not as promised."""
    argparse.ArgumentParser(
        prog="python -m tests.simulation.scale", description=__doc__
    ).parse_args()
    short: list[str] = []
    for run in (run_large_plan, run_many_executions):
        began = process_time()
        scale = run()
        told = {**vars(scale), "statuses": sorted({str(each) for each in scale.statuses})}
        sys.stdout.write(f"{run.__name__}: {told}, {process_time() - began:.0f} s of processor\n")
        short += scale.shortcomings()
    sys.exit("\n".join(short) or 0)


if __name__ == "__main__":
    leave(main)
