"""A step that asked and died: it is tried again, and a person may have answered meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.decision import Choice
from local.ec2 import Ec2Faults
from local.faults_file import FaultsFile
from local.ssm import DocumentScript
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import start
from tests.simulation.stories.answers import a_bug_once
from tests.simulation.stories.story import failing
from tests.simulation.watch import Watch
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave

_FAILS_ONCE = FaultsFile(
    documents={
        "Do-warm": [DocumentScript(status="Failed", failure_message="full"), DocumentScript()]
    }
)
_LOST_ONCE = failing(attempts=(1,))


def run(
    document: Json,
    choice: Choice,
    *,
    after_seconds: float = 0,
    **faults: Any,  # noqa: ANN401 - whatever a VirtualWorld takes
) -> tuple[str, str, int]:
    """Let "Record failure" die as soon as it has asked, and be answered so long after that.

    Whoever answers has mended what was sick. Returns the wave's status and reason, and how often a
    person was asked.
    """
    with VirtualWorld(fleet(2), **faults) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, document)
        asked: list[int] = []

        def answer(orchestrator: Orchestrator) -> None:
            world.aws.ec2.faults.instance_impaired = frozenset()
            attempt = asked[-1]
            orchestrator.decide(
                id_, "db", attempt=attempt, choice=choice, reason="quick", actor="somebody"
            )

        world.calls.after = _dies_when_it_has_asked(
            world, id_, asked, lambda: world.at(after_seconds, answer)
        )
        (run,) = world.interpreter.executions.values()
        world.until(lambda: not run.is_running)
        watch.at_the_end()
        (db,) = world.orchestrator.read_executions.get(id_).waves
        return db.status, db.reason or "", len(asked)


def _dies_when_it_has_asked(
    world: VirtualWorld, id_: str, asked: list[int], then: Callable[[], None]
) -> Callable[[Call], None]:
    def die(call: Call) -> None:
        if call.caller != "RecordFailureFunction":
            return
        question = collect(world).executions[id_].waves["db"].get("question")
        if question and question["attempt"] not in asked:
            asked.append(question["attempt"])
            then()
            raise FunctionEnded

    return die


@pytest.mark.parametrize("on_failure", ["CONTINUE", "ASK"])
def test_an_action_that_is_to_be_retried_is_retried(on_failure: str) -> None:
    group, db = wave("db", servers(0, 2))
    warm = {"name": "warm", "type": "ssm", "documentName": "Do-warm", "onFailure": "ASK"}
    document = plan("one", (group, {**db, "onFailure": on_failure, "postActions": [warm]}))

    assert run(document, Choice.RETRY, other_faults=_FAILS_ONCE) == ("COMPLETED", "", 1)


def one_wave_that_asks() -> Json:
    """Return a plan of one wave whose failures a person decides about."""
    group, db = wave("db", servers(0, 2))
    return plan("one", (group, {**db, "onFailure": "ASK"}))


def test_a_launch_that_is_to_be_retried_is_retried() -> None:
    status, _, asked = run(one_wave_that_asks(), Choice.RETRY, faults=_LOST_ONCE())

    assert (status, asked) == ("COMPLETED", 1)


def test_a_wave_that_is_skipped_is_asked_about_no_more() -> None:
    status, reason, asked = run(one_wave_that_asks(), Choice.SKIP, faults=_LOST_ONCE())

    assert (status, asked) == ("SKIPPED", 1)
    assert reason == "skipped by somebody: quick"


@pytest.mark.parametrize(
    ("choice", "ends"),
    [(Choice.RETRY, "COMPLETED"), (Choice.WAIT, "COMPLETED"), (Choice.SKIP, "PARTIAL")],
)
def test_a_sick_server_is_asked_about_once(choice: Choice, ends: str) -> None:
    group, db = wave("db", servers(0, 2))
    check = {"ec2Status": True, "deadlineMinutes": 10}
    document = plan("one", (group, {**db, "onFailure": "ASK", "healthCheck": check}))
    sick = FaultsFile(ec2=Ec2Faults(instance_impaired=frozenset({server_id(0)})))

    status, _, asked = run(document, choice, other_faults=sick)

    assert (status, asked) == (ends, 1)


@pytest.mark.parametrize("after_seconds", [0, 300])
@pytest.mark.parametrize(
    ("choice", "ends"),
    [(Choice.RETRY, "COMPLETED"), (Choice.SKIP, "SKIPPED"), (Choice.ABORT, "FAILED")],
)
def test_a_step_that_failed_is_asked_about_once(
    choice: Choice, ends: str, after_seconds: float
) -> None:
    status, _, asked = run(
        one_wave_that_asks(), choice, after_seconds=after_seconds, invoker=a_bug_once()
    )

    assert (status, asked) == (ends, 1)
