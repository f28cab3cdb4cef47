"""Somebody answers a question about a stuck job, and in the same moment the job ends after all."""

from __future__ import annotations

from functools import partial

import pytest

from drs_orchestrator.bootstrap.orchestrator import Orchestrator
from drs_orchestrator.domain.decision import Choice, Decision
from drs_orchestrator.domain.errors import ExecutionClosed, StaleDecision
from local.drs import Faults, ServerFault, ServerFaultKind
from local.drs.faults import Phase
from local.virtual.processes import BEGINNING
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import start
from tests.simulation.watch import Watch
from tests.workflow.laptop import fleet, plan, server_id, servers, wave

_STUCK = ServerFault(server_id(0), ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=3600.0)


def run(choice: Choice, at: float) -> tuple[bool, str, float]:
    """Answer so many seconds after the beginning; return whether that was taken, how the wave
    ended, and after how many seconds.
    """
    group, db = wave("db", servers(0, 1), on_failure="ASK")
    document = plan("one", (group, {**db, "deadlineMinutes": 30}))
    with VirtualWorld(fleet(1), faults=Faults(servers=[_STUCK])) as world:
        watch = Watch(world)
        world.after_step = watch.look
        id_ = start(world, document)
        taken: list[Decision] = []
        refusals: list[Exception] = []

        def answer(use: Orchestrator) -> None:
            decide = partial(use.decide, reason="quick", actor="somebody")
            taken.append(decide(id_, "db", attempt=1, choice=choice))

        world.at(at, answer, refusals.append)
        (run,) = world.interpreter.executions.values()
        world.until(lambda: bool(taken or refusals) and not run.is_running)
        watch.at_the_end()
        assert all(isinstance(each, ExecutionClosed | StaleDecision) for each in refusals)
        (shown,) = world.orchestrator.read_executions.get(id_).waves
        ended = (run.stopped_at or BEGINNING) - BEGINNING
        return bool(taken), shown.status, ended.total_seconds()


@pytest.mark.parametrize(
    ("choice", "ends"),
    [(Choice.SKIP, "SKIPPED"), (Choice.ABORT, "FAILED"), (Choice.WAIT, "COMPLETED")],
)
def test_an_answer_that_is_taken_counts(choice: Choice, ends: str) -> None:
    # Before anything is asked: so it goes when nobody answers.
    _, _, ended = run(choice, at=60)
    told = [run(choice, ended - hundredths / 100)[:2] for hundredths in range(30, 130, 2)]

    assert {end for taken, end in told if taken} == {ends}
    assert {end for taken, end in told if not taken} == {"COMPLETED"}
