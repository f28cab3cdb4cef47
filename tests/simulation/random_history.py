"""A random history: plans, faults, executions and people, all of them drawn from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ConnectionClosedError

from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.errors import OrchestratorError, StoreUnavailable
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.drs import CallFault, CallFaultKind, Faults, Quotas, ServerFault, ServerFaultKind
from local.drs.faults import Phase
from local.events import DrsEventFaults, EventBusFaults
from local.faults_file import FaultsFile
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import Evidence, Watch, collect
from tests.simulation.strikes import RequestDied, is_of_a_person
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

Json = dict[str, Any]
_LONGEST = timedelta(days=12)
_QUIET = timedelta(minutes=20)
_LARGE_SHARE = 0.02
_CALLS = ("StartRecovery", "DescribeJobs", "DescribeRecoveryInstances", "DescribeSourceServers")


@dataclass(frozen=True)
class Told:
    """What a history came to: its executions' verdicts, in the order of their names."""

    seed: int
    statuses: tuple[str, ...]
    launches: int
    calls: int


class NeverEnds(AssertionError):
    """Something still runs though nobody is waited for (I6)."""


def tell(seed: int) -> Told:
    """Run the history of a seed; raises Violated, NeverEnds, or whatever broke."""
    chance = random.Random(f"history:{seed}")
    size = chance.randint(200, 600) if chance.random() < _LARGE_SHARE else chance.randint(1, 30)
    plans = [_plan(chance, size, number) for number in range(chance.randint(1, 2))]
    with VirtualWorld(
        fleet(size), seed=seed, faults=_faults(chance, size), other_faults=_others(chance)
    ) as world:
        watch = Watch(world, every=1 if size <= 30 else 25)
        _crash_sometimes(world, random.Random(f"crashes:{seed}"), chance.choice((0.0, 0.001, 0.01)))
        for document in plans:
            mode = chance.choice(list(ExecutionType))
            at = chance.choice((0.0, 1.0, 300.0))
            world.schedule.spawn(_starter(world, document, mode), "request", at)
        operator = _Operator(world, random.Random(f"operator:{seed}"))
        world.schedule.spawn(operator, "person", 60)
        _drive(world, watch, operator, seed)
        evidence = watch.at_the_end()
        return Told(
            seed,
            tuple(
                each.header.get("status", "-") for _, each in sorted(evidence.executions.items())
            ),
            len(evidence.our_launches()),
            world.calls.counts.total(),
        )


def _drive(world: VirtualWorld, watch: Watch, operator: _Operator, seed: int) -> None:
    end = world.schedule.now() + _LONGEST

    def is_over() -> bool:
        watch.look()
        return operator.has_gone_home or world.schedule.now() > end

    world.until(is_over)
    if not operator.has_gone_home:
        left = [n for n, each in collect(world).executions.items() if not each.is_final]
        raise NeverEnds(f"seed {seed}: after {_LONGEST} I6: {left} have not ended")


def _plan(chance: random.Random, size: int, number: int) -> Json:
    """Return a plan over some of the servers; two plans may share some."""
    first = 0 if chance.random() < 0.5 else chance.randrange(size)
    left, names, waves = size - first, list[str](), []
    while left and len(names) < 12 and (not names or chance.random() < 0.8):
        count = chance.randint(1, max(1, left // 2))
        name = f"w{len(names)}"
        depends = chance.sample(names, chance.randint(0, min(2, len(names))))
        group, of_wave = wave(name, servers(first, count), *depends)
        group["name"] = f"g{number}-{name}" if number == 0 else group["name"]
        of_wave["protectionGroups"] = [group["name"]]
        waves.append((group, {**of_wave, **_manners(chance)}))
        names.append(name)
        first, left = first + count, left - count
    return {**plan(f"random-{number}", *waves), **_tidiness(chance)}


def _manners(chance: random.Random) -> Json:
    manners: Json = {
        "onFailure": chance.choice(("ASK", "CONTINUE", "STOP")),
        "successPolicy": chance.choice(("ALL", {"minimumPercent": chance.choice((1, 50, 100))})),
        "deadlineMinutes": chance.choice((30, 90)),
    }
    if chance.random() < 0.15:
        manners["approval"] = {"role": "Owner"}
    if chance.random() < 0.2:
        manners["preActions"] = [{"name": "stop", "type": "ssm", "documentName": "Do-stop"}]
    if chance.random() < 0.2:
        manners["healthCheck"] = {"ec2Status": True, "deadlineMinutes": 10}
    return manners


def _tidiness(chance: random.Random) -> Json:
    return {"cleanUpAfterMinutes": 30} if chance.random() < 0.3 else {}


def _faults(chance: random.Random, size: int) -> Faults:
    """Return up to eight faults; every one ends, or concerns single servers."""
    calls = [
        CallFault(
            chance.choice([k for k in CallFaultKind if k is not CallFaultKind.ACCESS_DENIED]),
            chance.choice(_CALLS),
            times=chance.randint(1, 6),
            share=chance.choice((0.2, 1.0)),
        )
        for _ in range(chance.randint(0, 3))
    ]
    hit = [
        ServerFault(
            server_id(chance.randrange(size)),
            chance.choice(list(ServerFaultKind)),
            attempts=chance.choice((None, (1,))),
            phase=chance.choice((Phase.CONVERSION, Phase.LAUNCH)),
            seconds=chance.choice((600.0, 3 * 3600.0)),
        )
        for _ in range(chance.randint(0, 3))
    ]
    return Faults(
        calls=calls,
        servers=hit,
        quotas=chance.choice((Quotas(), Quotas(), Quotas(2, 5, 8))),
        job_visibility_lag_seconds=chance.choice((0, 0, 20, 90)),
        lock_release_lag_seconds=chance.choice((0, 0, 30)),
    )


def _others(chance: random.Random) -> FaultsFile:
    return FaultsFile(
        events=EventBusFaults(lost_share=chance.choice((0.0, 0.5, 1.0))),
        drs_events=DrsEventFaults(
            lost_share=chance.choice((0.0, 1.0)), duplicated_share=chance.choice((0.0, 0.5))
        ),
    )


def _crash_sometimes(world: VirtualWorld, chance: random.Random, share: float) -> None:
    def crash(call: Call) -> None:
        if not call.caller or chance.random() >= share:
            return
        if chance.random() < 0.3:
            lost = StoreUnavailable("no answer")
            raise lost if call.service == "dynamodb" else ConnectionClosedError(endpoint_url="aws")
        raise RequestDied if is_of_a_person(call) else FunctionEnded

    if share:
        world.calls.before = crash
        world.calls.after = crash


def _starter(world: VirtualWorld, document: Json, mode: ExecutionType) -> Callable[[], None]:
    def start() -> None:
        for _ in range(3):
            try:
                use = world.orchestrator
                plans = use.recovery_plans.page(100).items
                known = [each for each in plans if each.name == document["name"]]
                read = RecoveryPlanDocument.model_validate(document)
                created = known[0] if known else use.recovery_plans.create(read)
                use.start_execution(created.plan_id, mode, actor="somebody")
            except (RequestDied, OrchestratorError):
                world.schedule.sleep(60)
            else:
                return

    return start


class _Operator:
    """Somebody who answers every question and, at random, pauses, cancels, stops and cleans up.

    After a day nothing but answers: then everything must come to its end.
    """

    def __init__(self, world: VirtualWorld, chance: random.Random) -> None:
        self.has_gone_home = False
        self._world = world
        self._chance = chance
        self._mischief = chance.choice((0.0, 0.02, 0.1))

    def __call__(self) -> None:
        while not self._is_quiet():
            self._world.schedule.sleep(self._chance.choice((30, 300, 1800)))
            for name, records in collect(self._world).executions.items():
                try:
                    self._look_after(name, records.header, list(records.waves.values()))
                except (RequestDied, OrchestratorError):
                    continue
        self._world.schedule.sleep(_QUIET.total_seconds())
        self.has_gone_home = True

    def _is_quiet(self) -> bool:
        evidence = collect(self._world)
        return (
            evidence.at_rest and _all_ended(evidence) and self._world.schedule.elapsed_seconds > 900
        )

    def _look_after(self, name: str, header: Json, waves: Sequence[Json]) -> None:
        use = self._world.orchestrator
        if self._chance.random() < self._mischief:
            self._meddle(name, header)
        elif header.get("pausedBy"):
            use.control_execution.resume(name)
        for each in waves:
            if each["status"] == "AWAITING_DECISION" or each.get("question"):
                self._answer(name, each["name"])

    def _meddle(self, name: str, header: Json) -> None:
        use, young = self._world.orchestrator, self._world.schedule.elapsed_seconds < 86_400
        match self._chance.choice(("pause", "cancel", "stop", "tidy")):
            case "pause" if young:
                use.control_execution.pause(name, "somebody")
            case "cancel":
                use.control_execution.cancel(name, "somebody")
            case "stop" if young:
                for run in self._world.interpreter.executions.values():
                    if run.name == name:
                        self._world.interpreter.stop(run.arn, "ByHand", "in the console")
            case "tidy" if header.get("executionType") == "DRILL":
                use.start_clean_up(name, "somebody")

    def _answer(self, name: str, wave_name: str) -> None:
        use = self._world.orchestrator
        shown = use.read_executions.get(name).document()
        (asked,) = [w.get("question") for w in shown["waves"] if w["name"] == wave_name]
        if not asked:
            return
        choices = [each["decision"] for each in asked["choices"]]
        use.decide(
            name,
            wave_name,
            attempt=asked["attempt"],
            choice=Choice(self._chance.choice(choices)),
            reason="as drawn",
            actor="somebody",
        )


def _all_ended(evidence: Evidence) -> bool:
    return all(each.is_final for each in evidence.executions.values())
