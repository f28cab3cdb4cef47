"""Somebody answers, and somebody else cancels, in the same moment."""

from __future__ import annotations

from functools import partial

import pytest

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.decision import Choice, Decision
from drs_orchestrator.domain.errors import ExecutionClosed, StaleDecision
from local.drs import Faults, ServerFault, ServerFaultKind
from local.faults_file import FaultsFile
from local.ssm import DocumentScript
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

_FAILS = FaultsFile(documents={"Do-warm": DocumentScript(status="Failed", failure_message="full")})
_LOST = Faults(servers=[ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED)])
_ACTION = {"name": "warm", "type": "ssm", "documentName": "Do-warm", "onFailure": "ASK"}


def run(choice: Choice, seconds: float, *, acts: bool) -> tuple[bool, str]:
    """Answer so many seconds after the cancel; return whether that was taken, and the wave's end.

    `acts`: the question is about an action, of a wave that came up; else about its launch.
    """
    group, db = wave("db", servers(0, 2), on_failure="ASK")
    document = plan("one", (group, {**db, "postActions": [_ACTION] if acts else []}))
    with VirtualWorld(fleet(2), other_faults=_FAILS, faults=None if acts else _LOST) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, document)
        (run,) = world.interpreter.executions.values()
        world.until(lambda: bool(run.children) and "Wait for decision" in run.children[0].states)
        taken: list[Decision] = []
        refusals: list[Exception] = []

        def answer(use: Orchestrator) -> None:
            decide = partial(use.decide, reason="quick", actor="somebody")
            taken.append(decide(id_, "db", attempt=1, choice=choice))

        world.at(2, lambda use: use.control_execution.cancel(id_, "another"))
        world.at(2 + seconds, answer, refusals.append)
        world.until(lambda: bool(taken or refusals) and not run.is_running)
        watch.at_the_end()
        assert all(isinstance(each, ExecutionClosed | StaleDecision) for each in refusals)
        (shown,) = world.orchestrator.read_executions.get(id_).waves
        return bool(taken), shown.status


@pytest.mark.parametrize(
    ("choice", "acts", "ends"),
    [
        (Choice.SKIP, True, {"COMPLETED"}),
        # The action that shall run again is not begun after a cancel, and on record as cancelled.
        (Choice.RETRY, True, {"PARTIAL"}),
        (Choice.SKIP, False, {"SKIPPED"}),
    ],
)
def test_an_answer_that_is_taken_counts(choice: Choice, ends: set[str], *, acts: bool) -> None:
    told = [run(choice, hundredths / 100, acts=acts) for hundredths in range(-8, 24)]

    assert {end for taken, end in told if taken} == ends
    assert {end for taken, end in told if not taken} == {"FAILED"}
