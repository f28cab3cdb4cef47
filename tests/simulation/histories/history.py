"""A random history: plans, faults, executions and people, all of them drawn from one seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from local.drs import Faults
from local.faults_file import FaultsFile
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.histories.agents import Agents
from tests.simulation.histories.disturbances import Disturbances
from tests.simulation.histories.edits import Editor
from tests.simulation.histories.estate import draw_groups, draw_inventory, draw_sizes
from tests.simulation.histories.faults import (
    draw_behaviour,
    draw_faults,
    draw_other_faults,
    with_faults_of_instances,
)
from tests.simulation.histories.gates import (
    failed_checks,
    lapsed,
    with_failing_checks,
    with_gates,
)
from tests.simulation.histories.overtaken import Overtaken
from tests.simulation.histories.people import Operator, Starter, Stranger
from tests.simulation.histories.plans import Start, draw_plans, draw_starts
from tests.simulation.stored import Record
from tests.simulation.strikes import RequestDied, is_of_a_person, no_answer
from tests.simulation.watch import Watch

Json = dict[str, Any]
_LONGEST = timedelta(days=12)
# Of all histories: those in which two people look after the executions, and two edit the plans.
_RIVALS_SHARE = 0.3


@dataclass(frozen=True)
class Told:
    """What a history came to: its executions' verdicts, in the order of their names.

    `begun`: of those, the ones that got as far as their own servers; `overlaps`: whether two of
    these went on at once. `refused_at_the_door`, `refused_by_locks`: starts of servers that another
    execution held, as the API saw, or the workflow. `edits`: of plans and groups while it ran.
    `actions`, `failed_actions`: tried at all, and in vain. `answers`: of people, by what they were
    asked about; `lapsed`: approvals that nobody gave in time. `dated`: executions to a point in
    time. `refused_clean_ups`: of recoveries, mostly.
    """

    seed: int
    statuses: tuple[str, ...]
    launches: int
    calls: int
    servers: int
    begun: int
    overlaps: bool
    refused_at_the_door: int
    refused_by_locks: int
    edits: int
    actions: int
    failed_actions: int
    lapsed: int
    dated: int
    refused_clean_ups: int
    answers: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


class NeverEnds(AssertionError):
    """Something still runs though nobody is waited for (I6)."""


def tell(seed: int) -> Told:
    """Run the history of a seed; raises Violated, NeverEnds, or whatever broke."""
    chance = random.Random(f"history:{seed}")
    sizes = draw_sizes(chance)
    size = sum(sizes.values())
    inventory = draw_inventory(sizes)
    plans = draw_plans(chance, draw_groups(chance, inventory))
    plans = with_gates(plans, random.Random(f"gates:{seed}"))
    starts = draw_starts(chance, plans)
    faults, others = draw_faults(chance, size), draw_other_faults(chance, size)
    behaviour, disturbances = draw_behaviour(chance, size), Disturbances.draw(chance)
    faults = with_faults_of_instances(faults, random.Random(f"instances:{seed}"))
    others = with_failing_checks(others, random.Random(f"checks:{seed}"), size)
    overtaken = Overtaken(random.Random(f"overtaken:{seed}"))
    with VirtualWorld(
        inventory,
        seed=seed,
        faults=faults,
        other_faults=others,
        behaviour=behaviour,
        invoker=overtaken,
    ) as world:
        watch = Watch(world, every=1 if size <= 40 else max(25, size // 10))
        world.after_step = watch.look
        share = chance.choice((0.0, 0.001, 0.01))
        crashes = _crash_sometimes(world, random.Random(f"crashes:{seed}"), share)
        disturbances.befall(world)
        overtaken.befall(world)
        starters = list(_come(world, starts))
        stranger = Stranger(world, random.Random(f"stranger:{seed}"), inventory["items"])
        world.schedule.spawn(stranger, "stranger", 30)
        agents = Agents(world, random.Random(f"agents:{seed}"), inventory["items"], watch)
        world.schedule.spawn(agents, "agents")
        number = 2 if chance.random() < _RIVALS_SHARE else 1
        editors = [_editor(world, each, inventory) for each in range(number)]
        operators = _operators(world, number, [*starters, *editors])
        _drive(world, operators, [*starters, *editors])
        evidence = watch.at_the_end()
        kinds = [*_kinds(faults, others), *disturbances.kinds()]
        kinds += stranger.launches + agents.stopped
        sick = failed_checks(evidence, others)
        actions = [each for records in evidence.executions.values() for each in records.actions]
        headers = [each.header for _, each in sorted(evidence.executions.items())]
        begun = [header for header in headers if "planVersion" in header]
        return Told(
            seed,
            statuses=tuple(header.get("status", "-") for header in headers),
            launches=len(evidence.our_launches()),
            calls=world.calls.counts.total(),
            servers=size,
            begun=len(begun),
            overlaps=_overlap(begun),
            refused_at_the_door=sum(each.refused_by_locks for each in starters),
            refused_by_locks=sum("ServersLocked" in header.get("reason", "") for header in headers),
            edits=sum(each.edits for each in editors),
            actions=sum(each["tries"] > 0 for each in actions),
            failed_actions=sum(each["status"] == "FAILED" for each in actions),
            lapsed=lapsed(evidence),
            dated=sum("pointInTime" in header for header in begun),
            refused_clean_ups=sum(each.refused_clean_ups for each in operators),
            answers=sum((each.answers for each in operators), Counter()),
            faults=Counter({"OVERTAKEN": overtaken.count}) + Counter(kinds) + sick + crashes,
        )


def _come(world: VirtualWorld, starts: Sequence[Start]) -> Iterator[Starter]:
    """Let somebody come for every start."""
    for number, start in enumerate(starts):
        chance = random.Random(f"start:{world.seed}:{number}")
        starter = Starter(world, chance, start)
        world.schedule.spawn(starter, "request", start.after_seconds)
        yield starter


def _editor(world: VirtualWorld, number: int, inventory: Json) -> Editor:
    chance = random.Random(f"editor:{world.seed}:{number}")
    gates = random.Random(f"gates:{world.seed}:{number}")
    editor = Editor(world, chance, gates, inventory["items"])
    world.schedule.spawn(editor, "person who edits", 0)
    return editor


def _operators(
    world: VirtualWorld, number: int, others: Sequence[Starter | Editor]
) -> list[Operator]:
    """Let one look after the executions, or several, who get into each other's way."""
    operators = [
        Operator(
            world,
            random.Random(f"operator:{world.seed}:{each}"),
            others,
            has_rival=number > 1,
        )
        for each in range(number)
    ]
    for operator in operators:
        world.schedule.spawn(operator, "person", 60)
    return operators


def _overlap(headers: Sequence[Record]) -> bool:
    """Return whether an execution began before the one that began before it had ended."""
    times = ((each["startTime"], each["endTime"]) for each in headers if "endTime" in each)
    spans = sorted((datetime.fromisoformat(b), datetime.fromisoformat(e)) for b, e in times)
    return any(begin < end for (_, end), (begin, _) in pairwise(spans))


def _kinds(faults: Faults, others: FaultsFile) -> Iterator[str]:
    """Yield the kind of every fault that was drawn."""
    yield from (str(each.kind) for each in faults.calls)
    yield from (f"SERVER_{each.kind}" for each in faults.servers)
    yield from ("ROLE_DENIED" for _ in others.sts.calls)
    yield from (f"AUTOMATION_{each.kind}" for each in others.ssm.calls)
    yield from ("HEALTH_UNREADABLE" for _ in others.ec2.calls)
    settings = {
        "SMALL_QUOTA": faults.quotas != Faults().quotas,
        "VISIBILITY_LAG": faults.job_visibility_lag_seconds > 0,
        "INSTANCES_LAG": faults.instance_visibility_lag_seconds > 0,
        "IS_DRILL_LEFT_OUT": faults.is_drill_left_out,
        "LOCK_RELEASE_LAG": faults.lock_release_lag_seconds > 0,
        "EVENTS_LOST": others.events.lost_share > 0,
        "DRS_EVENTS_LOST": others.drs_events.lost_share > 0,
        "DRS_EVENTS_TWICE": others.drs_events.duplicated_share > 0,
    }
    yield from (kind for kind, is_set in settings.items() if is_set)


def _drive(
    world: VirtualWorld, operators: Sequence[Operator], others: Sequence[Starter | Editor]
) -> None:
    end = world.schedule.now() + _LONGEST

    def all_have_gone_home() -> bool:
        return all(each.has_gone_home for each in operators)

    world.until(lambda: all_have_gone_home() or world.schedule.now() > end)
    if not all_have_gone_home():
        open_ones = [n for n, each in collect(world).executions.items() if not each.is_final]
        waiting = [each for each in operators if not each.has_gone_home]
        busy = [each for each in others if not each.is_done]
        left = Counter(type(each).__name__ for each in (*waiting, *busy))
        raise NeverEnds(
            f"seed {world.seed}: after {_LONGEST} I6: {open_ones} have not ended, and of the"
            f" people are not done {dict(left)}"
        )


def _crash_sometimes(world: VirtualWorld, chance: random.Random, share: float) -> Counter[str]:
    """Let that share of all calls die, get no answer, or meet what nobody foresaw; the counter goes
    on counting.
    """
    struck = Counter[str]()

    def crash(call: Call) -> None:
        if not call.caller or chance.random() >= share:
            return
        kind = chance.choices(("CRASH", "ANSWER_LOST", "BUG"), (0.55, 0.25, 0.2))[0]
        kind = "CRASH" if kind == "BUG" and is_of_a_person(call) else kind
        struck[kind] += 1
        match kind:
            case "ANSWER_LOST":
                raise no_answer(call)
            case "BUG":
                raise KeyError("items")
        raise RequestDied if is_of_a_person(call) else FunctionEnded

    if share:
        world.calls.before = crash
        world.calls.after = crash
    return struck
