"""The people of a random history: who starts, who answers and meddles, and who is a stranger."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.errors import AccountExists, OrchestratorError, ServersLocked
from drs_orchestrator.domain.execution import ExecutionRequest
from drs_orchestrator.domain.recovery_plan import RecoveryPlanDocument
from local.drs import ConnectionLost
from local.drs.errors import DrsError
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import Collector, Evidence
from tests.simulation.random_edits import Editor
from tests.simulation.random_estate import place_of
from tests.simulation.random_plans import Start
from tests.simulation.scenarios import add_other_account
from tests.simulation.strikes import RequestDied

Json = dict[str, Any]
_QUIET = timedelta(minutes=20)
# So often somebody tries to start what fails, and what others hold.
_FAILURES, _LOCKED_OUT = 3, 5


class Starter:
    """Somebody who creates a plan and starts it: insists a little, and longer when it is locked."""

    def __init__(self, world: VirtualWorld, chance: random.Random, start: Start) -> None:
        self.is_done = False
        self.refused_by_locks = 0
        self._world = world
        self._chance = chance
        self._start = start
        self._document = RecoveryPlanDocument.model_validate(start.document)

    def __call__(self) -> None:
        failures = 0
        while failures < _FAILURES and self.refused_by_locks < _LOCKED_OUT:
            try:
                self._try()
            except ServersLocked:
                self.refused_by_locks += 1
                self._world.schedule.sleep(self._chance.choice((300, 1800, 7200)))
            except (RequestDied, OrchestratorError):
                failures += 1
                self._world.schedule.sleep(60)
            else:
                break
        self.is_done = True

    def _try(self) -> None:
        use, start = self._world.orchestrator, self._start
        with suppress(AccountExists):
            add_other_account(use)
        known = [p for p in use.recovery_plans.page(100).items if p.name == self._document.name]
        plan = known[0] if known else use.recovery_plans.create(self._document)
        typed = plan.name if start.replaces and not start.mode.is_drill else None
        if start.by_console:
            request = ExecutionRequest(
                plan_id=plan.plan_id, execution_type=start.mode, replace_live_instances=typed
            )
            start_in_console(self._world, request)
        else:
            use.start_execution(
                plan.plan_id, start.mode, actor="somebody", replace_live_instances=typed
            )


def start_in_console(world: VirtualWorld, request: ExecutionRequest) -> None:
    """Press "Start execution" in the AWS console, with a name of one's own."""
    home, names = world.deployment, [each.name for each in world.deployment.state_machines]
    (name,) = [each for each in names if not each.endswith("-clean-up")]
    arn = f"arn:aws:states:{home.region}:{home.account_id}:stateMachine:{name}"
    world.interpreter.start(arn, f"by-hand-{len(world.interpreter.executions)}", request.document())


class Stranger:
    """Somebody who drills in the DRS console, servers of our plans too, and knows nothing of us."""

    def __init__(self, world: VirtualWorld, chance: random.Random, servers: Sequence[Json]) -> None:
        self.launches = 0
        self._world = world
        self._chance = chance
        self._servers = [(place_of(each), each["sourceServerID"]) for each in servers]

    def __call__(self) -> None:
        for _ in range(self._chance.randint(0, 3)):
            self._world.schedule.sleep(self._chance.choice((1.0, 60.0, 900.0)))
            place, server_id = self._chance.choice(self._servers)
            here = [each for at, each in self._servers if at == place and each != server_id]
            more = self._chance.sample(here, min(len(here), self._chance.randint(0, 4)))
            asked = {
                "isDrill": True,
                "sourceServers": [{"sourceServerID": each} for each in (server_id, *more)],
            }
            with suppress(DrsError, ConnectionLost):
                self._world.simulator.call("StartRecovery", asked, **place._asdict())
                self.launches += 1


class Operator:
    """Somebody who answers every question and, at random, pauses, cancels, stops and cleans up.

    After a day nothing but answers: then everything must come to its end. Goes home when it has,
    and none of the `others` has anything left to do.
    """

    def __init__(
        self, world: VirtualWorld, chance: random.Random, others: Sequence[Starter | Editor]
    ) -> None:
        self.has_gone_home = False
        self._others = others
        self._world = world
        self._chance = chance
        self._collect = Collector(world)
        self._mischief = chance.choice((0.0, 0.02, 0.1))

    def __call__(self) -> None:
        while not self._is_quiet():
            self._world.schedule.sleep(self._chance.choice((30, 60, 120, 600)))
            for name, records in self._collect().executions.items():
                try:
                    self._look_after(name, records.header, list(records.waves.values()))
                except (RequestDied, OrchestratorError):
                    continue
        self._world.schedule.sleep(_QUIET.total_seconds())
        self.has_gone_home = True

    def _is_quiet(self) -> bool:
        if not all(each.is_done for each in self._others):
            return False
        evidence = self._collect()
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
