"""What a step does whose connection was lost, after its repetition and a person have gone on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from drs_orchestrator.domain.execution_view import ExecutionView
from local.drs import Faults, ServerFault, ServerFaultKind
from local.drs.records import JobTruth
from local.ec2 import Ec2Faults
from local.faults_file import FaultsFile
from local.ssm import DocumentScript
from local.virtual.world import VirtualWorld
from tests.simulation.cases.outdated import Outdated
from tests.simulation.evidence import collect
from tests.simulation.scenarios import Person, attend, start
from tests.simulation.stories.answers import a_bug_once
from tests.simulation.stories.story import having
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

Json = dict[str, Any]
_FAILS_ONCE = Faults(
    servers=[ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED, attempts=(1,))]
)
_FAILS = Faults(servers=[ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED)])
_IMPAIRED = FaultsFile(ec2=Ec2Faults(instance_impaired=frozenset({server_id(0)})))
_ACTION = {"name": "stop", "type": "ssm", "documentName": "Stop", "onFailure": "ASK"}
_ASKS = wave("db", servers(0, 1), on_failure="ASK")


class Told:
    """A recovery of the wave `db` and what depends on it, of which one step is outdated."""

    def __init__(
        self,
        outdated: Outdated,
        act: Callable[[Told, Person], object],
        document: tuple[Json, Json] = _ASKS,
        faults: Faults | None = None,
        others: FaultsFile | None = None,
    ) -> None:
        two = plan("two", document, wave("app", servers(1, 1), "db"))
        with VirtualWorld(
            fleet(2), invoker=outdated, faults=faults, other_faults=others
        ) as self.world:
            watch = Watch(self.world)
            self.world.after_step = watch.look
            outdated.watch(self.world)
            self.id_ = start(self.world, two, "RECOVERY")
            left = attend(self.world, self.id_, [lambda person: act(self, person)])
            self.world.until(lambda: not left and self.read().status.is_final)
            self.execution = self.read()
            self.jobs = _jobs(self.world)

    def read(self) -> ExecutionView:
        """Return the execution as the API shows it."""
        return self.world.orchestrator.read_executions.get(self.id_)

    def db(self) -> Json:
        """Return the wave as it is stored."""
        return dict(collect(self.world).executions[self.id_].waves["db"])


def test_a_server_that_a_retry_launches_again_is_not_judged_by_the_question_before() -> None:
    # Between its look at the intents and that at the servers.
    outdated = Outdated("RecordFailureFunction", call=6)

    def act(_: Told, person: Person) -> None:
        person.until_asked("db")
        person.decide("db", "RETRY")
        person.rest(15)
        outdated.let_go()

    told = Told(outdated, act, faults=_FAILS_ONCE)
    assert told.execution.status == "COMPLETED"
    assert [each.verdict for each in told.execution.servers] == ["LAUNCHED", "LAUNCHED"]
    assert len(told.jobs) == 3


def test_an_error_that_was_answered_does_not_end_the_wave_that_asks_again() -> None:
    outdated = Outdated("RecordFailureFunction", others=a_bug_once())
    kinds: list[str] = []

    def act(told: Told, person: Person) -> None:
        kinds.append(person.until_asked("db")["kind"])
        person.decide("db", "RETRY")
        kinds.append(person.until_asked("db", 2)["kind"])
        outdated.let_go()
        assert told.db()["status"] == "AWAITING_DECISION"
        person.decide("db", "SKIP", 2, "seen")

    told = Told(outdated, act, faults=_FAILS)
    assert kinds == ["FAULT", "LAUNCH"]
    assert [each.status for each in told.execution.waves] == ["SKIPPED", "COMPLETED"]


@pytest.mark.parametrize("choice", ["WAIT", "SKIP"])
def test_a_question_about_health_stands_until_it_is_answered(choice: str) -> None:
    def is_last_look(world: VirtualWorld, payload: Json) -> bool:
        since = datetime.fromisoformat(stored(world, payload)["phaseTime"])
        return world.schedule.now() >= since + timedelta(minutes=10, seconds=-1)

    outdated = Outdated("VerifyHealthFunction", "DescribeInstanceStatus", is_last_look)

    def act(told: Told, person: Person) -> None:
        question = person.until_asked("db")
        told.world.aws.ec2.faults = Ec2Faults()
        outdated.let_go()
        assert told.db()["status"] == "AWAITING_DECISION"
        person.decide("db", choice, question["attempt"], "seen")

    checked = having(
        _ASKS,
        healthCheck={"ec2Status": True, "deadlineMinutes": 10},
        postActions=[{"name": "warm", "type": "wait", "seconds": 10}],
    )
    told = Told(outdated, act, checked, others=_IMPAIRED)
    assert told.execution.status == "COMPLETED"


def test_a_failure_that_a_retry_has_taken_back_is_not_noted() -> None:
    outdated = Outdated("RunActionsFunction", 9, lambda world, _: _has_begun(world, seconds=5.5))
    kinds: list[str] = []

    def act(told: Told, person: Person) -> None:
        person.decide("db", "RETRY", person.until_asked("db")["attempt"])
        person.rest(15)
        outdated.let_go()
        assert told.db().get("failedAction") is None
        question = person.until_asked("db", 2)
        kinds.append(question["kind"])
        person.decide("db", "SKIP", 2, "seen")

    failing = DocumentScript(status="Failed", failure_message="full", seconds=5)
    others = FaultsFile(documents={"Stop": [failing, DocumentScript(seconds=40)]})
    Told(outdated, act, having(_ASKS, preActions=[_ACTION]), faults=_FAILS, others=others)
    assert kinds == ["LAUNCH"]


def test_a_wave_that_launches_is_not_held_again() -> None:
    pause = {"name": "drain", "type": "wait", "seconds": 20}
    outdated = Outdated("RunActionsFunction", 8, lambda world, _: _has_begun(world, seconds=20))

    def act(told: Told, person: Person) -> None:
        person.until(lambda execution: any(each.get("startTime") for each in execution["waves"]))
        outdated.let_go()
        assert (told.db()["status"], told.db()["phase"]) == ("RUNNING", "LAUNCH")

    told = Told(outdated, act, having(_ASKS, preActions=[pause]))
    assert told.execution.status == "COMPLETED"


def test_a_dead_bell_over_the_living_one_keeps_no_wave_from_its_start() -> None:
    outdated = Outdated("WaitForClearanceFunction", chosen=lambda _, event: event["wave"] == "app")

    def act(told: Told, person: Person) -> None:
        while "bell" not in collect(told.world).executions[told.id_].waves.get("app", {}):
            person.rest(1)
        person.rest(5)
        outdated.let_go()

    told = Told(outdated, act)
    db, app = told.execution.waves
    assert db.end_time
    assert app.start_time
    assert app.start_time - db.end_time < timedelta(seconds=10)


def test_a_dead_bell_over_the_living_one_keeps_no_answer_from_its_effect() -> None:
    outdated = Outdated("WaitForDecisionFunction")
    launched_after: list[timedelta] = []

    def act(told: Told, person: Person) -> None:
        person.until_asked("db")
        person.rest(10)
        outdated.let_go()
        person.rest(300)
        answered = told.world.schedule.now()
        person.decide("db", "RETRY")
        person.until(lambda _: len(_jobs(told.world)) > 1)
        launched_after.append(told.world.schedule.now() - answered)

    Told(outdated, act, faults=_FAILS_ONCE)
    assert launched_after[0] < timedelta(seconds=30)


def stored(world: VirtualWorld, payload: Json) -> Json:
    """Return the wave of a step as it is stored."""
    return dict(collect(world).executions[payload["executionId"]].waves[payload["wave"]])


def _has_begun(world: VirtualWorld, *, seconds: float) -> bool:
    """Return whether the first action began so long ago."""
    (execution,) = collect(world).executions.values()
    since = [datetime.fromisoformat(a["startTime"]) for a in execution.actions if "startTime" in a]
    return bool(since) and world.schedule.now() >= since[0] + timedelta(seconds=seconds)


def _jobs(world: VirtualWorld) -> Sequence[JobTruth]:
    return world.simulator.truth(*world.simulator.home).jobs
