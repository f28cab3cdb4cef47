"""A part of the matrix of faults and steps; `make fault-matrix` runs all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local.virtual.world import deployment_of
from tests.simulation import fault_matrix
from tests.simulation.fault_matrix import NOT_MET, Result, cells, run_cell, steps, summary
from tests.simulation.faults import FAULTS, story
from tests.simulation.faults.fault import NO_HARM
from tests.workflow.laptop import ACCOUNT, REGION

# What a launch meets that waits for its turn: no room in DRS, and servers that others hold.
PASSING = (
    "no-room-for-a-job:StartRecoveryFunction:RECOVERY:0",
    "foreign-job:StartRecoveryFunction:DRILL:0",
    "foreign-job-lasts:StartRecoveryFunction:DRILL:0",
    "conflict-without-a-job:StartRecoveryFunction:DRILL:0",
)
# A prime, so that the part goes through all faults, steps, modes and seeds.
EVERY = 61


def test_a_fault_at_any_step_ends_as_it_may() -> None:
    results = [run_cell(cell) for cell in list(cells())[::EVERY]]

    assert [f"{cell}: {wrong}" for cell, _, wrong in results if wrong] == []
    unmet = [cell for cell, status, _ in results if status == NOT_MET]
    # What sets in with a step's last look at DRS has nobody left to meet it.
    assert len(unmet) <= len(results) // 10, unmet


@pytest.mark.parametrize("cell", PASSING)
def test_what_passes_leaves_no_trace(cell: str) -> None:
    assert run_cell(cell) == (cell, "COMPLETED", None)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_names_ends_that_there_are(fault: str) -> None:
    struck = FAULTS[fault]

    assert struck.ends_at.keys() <= {*steps("DRILL"), *steps("RECOVERY")}
    for ends in (struck.ends, *struck.ends_at.values()):
        assert ends
        assert ends < {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED"}


def test_an_end_to_which_a_fault_does_not_come_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    harmless = replace(FAULTS["server-fails"], ends=NO_HARM)
    monkeypatch.setattr(fault_matrix, "FAULTS", {**FAULTS, "server-fails": harmless})

    _, status, wrong = run_cell("server-fails:StartRecoveryFunction:RECOVERY:0")

    assert status == "PARTIAL"
    assert wrong is not None
    assert wrong.startswith("PARTIAL, where it ends COMPLETED (")
    assert "; db SKIPPED: " in wrong


def test_every_fault_has_a_step_that_meets_it() -> None:
    concerned = {cell.split(":")[0] for cell in cells(seeds=1)}

    assert len(FAULTS) >= 24
    assert sorted(FAULTS) == sorted(concerned)


def test_the_matrix_goes_through_every_function_that_is_deployed() -> None:
    handlers = [function.handler for function in deployment_of(ACCOUNT, REGION).functions]
    modules = [each.split(".")[-2] for each in handlers if ".api." not in each]

    assert steps("DRILL") == sorted(
        module.title().replace("_", "") + "Function" for module in modules
    )


def test_a_fault_that_met_no_call_is_not_counted_as_survived() -> None:
    _, status, wrong = run_cell("bells-lost:FinishCleanUpFunction:DRILL:0")

    assert (status, wrong) == (NOT_MET, None)


def test_a_fault_that_changed_nothing_is_not_counted_as_survived() -> None:
    _, status, wrong = run_cell("mode-left-out:PrepareExecutionFunction:DRILL:0")
    assert (status, wrong) == (NOT_MET, None)


def test_what_does_not_end_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "_answers", lambda _: None)
    monkeypatch.setattr(story, "PATIENCE", story.PATIENCE / 16)

    _, _, wrong = run_cell("a-bug:CompleteWaveFunction:RECOVERY:0")

    assert wrong == "execution AWAITING_DECISION, clean-up None is no end"


def test_a_pair_that_no_cell_met_is_none() -> None:
    results: list[Result] = [
        ("hangs:A:DRILL:0", NOT_MET, None),
        ("hangs:A:RECOVERY:0", "COMPLETED", None),
        ("hangs:B:DRILL:0", NOT_MET, None),
        ("slow:B:DRILL:0", "-", "broken"),
    ]

    assert summary(results) == (
        "2 faults met 2 pairs of fault and step in 2 cells, 1 wrong;"
        " {'NOT_MET': 2, 'COMPLETED': 1, '-': 1}; no pairs, because never met: hangs:B"
    )
