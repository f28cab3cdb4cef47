"""The people of a random history: who starts, who answers and meddles, and who is a stranger."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from drs_orchestrator.domain.action import ActionRecord, ActionReport
from drs_orchestrator.domain.action_run import client_token
from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.errors import (
    AccountExists,
    CleanUpRefused,
    OrchestratorError,
    ServersLocked,
)
from drs_orchestrator.domain.execution import Execution, ExecutionRequest
from drs_orchestrator.domain.recovery_plan import RecoveryPlan, RecoveryPlanDocument
from local.drs import ConnectionLost
from local.drs.errors import DrsError
from local.virtual.runs import Run
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import Collector, Evidence
from tests.simulation.histories.actions import REPORTS
from tests.simulation.histories.edits import Editor
from tests.simulation.histories.estate import place_of
from tests.simulation.histories.plans import Start
from tests.simulation.scenarios import add_other_account
from tests.simulation.stored import ExecutionRecords
from tests.simulation.strikes import RequestDied

Json = dict[str, Any]
_QUIET = timedelta(minutes=20)
# So often somebody tries to start what fails, and what others hold.
_FAILURES, _LOCKED_OUT = 3, 5
_MISCHIEF = ("pause", "cancel", "stop", "tidy")
# So many seconds, or a multiple of it, after the full hour people look.
_LOOKS_ON_SECONDS = 30.0
# Of all jobs of strangers: the recoveries.
_RECOVERS_SHARE = 0.15
# Of all people who look after executions: those who clean up what is left once all have ended.
_TIDIES_SHARE = 0.25


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

    def _plan(self) -> RecoveryPlan:
        """Return the plan; write it if it is new, or if somebody died over its groups."""
        edit = self._world.orchestrator.recovery_plans
        known = [p for p in edit.page(100).items if p.name == self._document.name]
        if known and known[0].groups_pending:
            return edit.replace(known[0].plan_id, self._document, None)
        return known[0] if known else edit.create(self._document)

    def _try(self) -> None:
        use, start = self._world.orchestrator, self._start
        with suppress(AccountExists):
            add_other_account(use)
        plan = self._plan()
        typed = plan.name if start.replaces and not start.mode.is_drill else None
        back, now = start.minutes_back, self._world.schedule.now()
        moment = None if back is None else now - timedelta(minutes=back)
        if start.by_console:
            request = ExecutionRequest(
                plan_id=plan.plan_id,
                execution_type=start.mode,
                point_in_time=moment,
                replace_live_instances=typed,
            )
            start_in_console(self._world, request)
        else:
            use.start_execution(
                plan.plan_id,
                start.mode,
                actor="somebody",
                point_in_time=moment,
                replace_live_instances=typed,
            )


def start_in_console(world: VirtualWorld, request: ExecutionRequest) -> None:
    """Press "Start execution" in the AWS console, with a name of one's own."""
    home, names = world.deployment, [each.name for each in world.deployment.state_machines]
    (name,) = [each for each in names if not each.endswith("-clean-up")]
    arn = f"arn:aws:states:{home.region}:{home.account_id}:stateMachine:{name}"
    world.interpreter.start(arn, f"by-hand-{len(world.interpreter.executions)}", request.document())


class Stranger:
    """Somebody who drills and recovers in the DRS console, servers of our plans too, and knows
    nothing of us. `launches` holds what came of it.
    """

    def __init__(self, world: VirtualWorld, chance: random.Random, servers: Sequence[Json]) -> None:
        self.launches: list[str] = []
        self._world = world
        self._chance = chance
        self._servers = [(place_of(each), each["sourceServerID"]) for each in servers]

    def __call__(self) -> None:
        for _ in range(self._chance.randint(0, 3)):
            self._world.schedule.sleep(self._chance.choice((1.0, 60.0, 900.0)))
            place, server_id = self._chance.choice(self._servers)
            here = [each for at, each in self._servers if at == place and each != server_id]
            more = self._chance.sample(here, min(len(here), self._chance.randint(0, 4)))
            is_drill = self._chance.random() >= _RECOVERS_SHARE
            asked = {
                "isDrill": is_drill,
                "sourceServers": [{"sourceServerID": each} for each in (server_id, *more)],
            }
            with suppress(DrsError, ConnectionLost):
                self._world.simulator.call("StartRecovery", asked, **place._asdict())
                self.launches.append("FOREIGN_DRILL" if is_drill else "FOREIGN_RECOVERY")


class Operator:
    """Somebody who answers every question and, at random, pauses, cancels, stops and cleans up.

    After a day nothing but answers: then everything must come to its end. Goes home when it has,
    and none of the `others` has anything left to do. With a rival two do something to one execution
    at the same moment: both have read the same header.

    `answers` counts questions by their kind, `refused_clean_ups` those of executions that are none
    of drills, or that run.
    """

    def __init__(
        self,
        world: VirtualWorld,
        chance: random.Random,
        others: Sequence[Starter | Editor],
        *,
        has_rival: bool,
    ) -> None:
        self.has_gone_home = False
        self.answers = Counter[str]()
        self.refused_clean_ups = 0
        self._others = others
        self._world = world
        self._chance = chance
        self._collect = Collector(world)
        self._has_rival = has_rival
        self._mischief = chance.choice((0.02, 0.1, 0.1) if has_rival else (0.0, 0.02, 0.1))

    def __call__(self) -> None:
        self._stay_until_all_is_quiet()
        if self._chance.random() < _TIDIES_SHARE:
            for name in self._collect().executions:
                with suppress(RequestDied, OrchestratorError):
                    self._clean_up(name)
            self._stay_until_all_is_quiet()
        self._world.schedule.sleep(_QUIET.total_seconds())
        self.has_gone_home = True

    def _stay_until_all_is_quiet(self) -> None:
        while not self._is_quiet():
            past = self._world.schedule.elapsed_seconds % _LOOKS_ON_SECONDS
            self._world.schedule.sleep(self._chance.choice((30, 60, 120, 600)) - past)
            for name, records in self._collect().executions.items():
                with suppress(RequestDied, OrchestratorError):
                    self._look_after(name, records)

    def _is_quiet(self) -> bool:
        if not all(each.is_done for each in self._others):
            return False
        evidence = self._collect()
        return (
            evidence.at_rest and _all_ended(evidence) and self._world.schedule.elapsed_seconds > 900
        )

    def _look_after(self, name: str, records: ExecutionRecords) -> None:
        use = self._world.orchestrator
        if self._chance.random() < self._mischief:
            self._meddle(name)
        elif records.header.get("pausedBy"):
            use.control_execution.resume(name)
        for each in records.waves.values():
            if each["status"] == "AWAITING_DECISION" or each.get("question"):
                self._answer(name, each["name"])
        for action in records.actions:
            if action["name"].endswith(REPORTS) and action["status"] == "RUNNING":
                self._report(records.header, action)

    def _meddle(self, name: str) -> None:
        """Do something; with a rival about, somebody else does another thing at that moment."""
        whats = self._chance.sample(_MISCHIEF, 2 if self._has_rival else 1)

        def quarrel() -> None:
            with suppress(RequestDied, OrchestratorError):
                self._do(whats[-1], name)

        if self._has_rival:
            self._world.schedule.spawn(quarrel, "person")
        self._do(whats[0], name)

    def _do(self, what: str, name: str) -> None:
        use, young = self._world.orchestrator, self._world.schedule.elapsed_seconds < 86_400
        match what:
            case "pause" if young:
                use.control_execution.pause(name, "somebody")
            case "cancel":
                use.control_execution.cancel(name, "somebody")
            case "stop" if young:
                for run in self._world.interpreter.executions.values():
                    if _is_for(run, name):
                        self._world.interpreter.stop(run.arn, "ByHand", "in the console")
            case "tidy":
                self._clean_up(name)

    def _clean_up(self, name: str) -> None:
        """Ask for it whatever the execution is: not to end a RECOVERY is the product's to know."""
        try:
            self._world.orchestrator.start_clean_up(name, "somebody")
        except CleanUpRefused:
            self.refused_clean_ups += 1

    def _report(self, header: Json, action: Json) -> None:
        """Tell for a function what has become of it, mostly."""
        if self._chance.random() < 0.3:
            return
        stored = {key: value for key, value in header.items() if key != "recordType"}
        record = ActionRecord.model_validate(action)
        self._world.orchestrator.report_action(
            header["executionId"],
            record.wave,
            record.name,
            token=client_token(Execution.model_validate(stored), record),
            report=ActionReport(succeeded=self._chance.random() < 0.7),
        )

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
        self.answers[asked["kind"]] += 1


def _is_for(run: Run, execution_id: str) -> bool:
    """Whether the run carries out an execution, or the clean-up of one."""
    is_clean_up = run.machine_arn.endswith("-clean-up")
    return run.name == execution_id or (is_clean_up and run.input["executionId"] == execution_id)


def _all_ended(evidence: Evidence) -> bool:
    return all(each.is_final for each in evidence.executions.values())
