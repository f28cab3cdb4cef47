"""A part of the matrix of faults and steps; `make fault-matrix` runs all of it."""

from __future__ import annotations

from local.virtual.world import deployment_of
from tests.simulation.fault_matrix import FAULTS, NOT_MET, cells, run_cell, steps
from tests.workflow.laptop import ACCOUNT, REGION

# A prime, so that the part goes through all faults, steps, modes and seeds.
EVERY = 61


def test_a_fault_at_any_step_ends_in_a_named_state() -> None:
    results = [run_cell(cell) for cell in list(cells())[::EVERY]]

    assert len(FAULTS) >= 24
    assert [f"{cell}: {wrong}" for cell, _, wrong in results if wrong] == []
    unmet = [cell for cell, status, _ in results if status == NOT_MET]
    # A step of few calls has no fifth one to fail, and some call the tables only.
    assert len(unmet) <= len(results) // 10, unmet


def test_the_matrix_goes_through_every_function_that_is_deployed() -> None:
    handlers = [function.handler for function in deployment_of(ACCOUNT, REGION).functions]
    modules = [each.split(".")[-2] for each in handlers if ".api." not in each]

    assert steps("DRILL") == sorted(
        module.title().replace("_", "") + "Function" for module in modules
    )


def test_a_fault_that_met_no_call_is_not_counted_as_survived() -> None:
    _, status, wrong = run_cell("dies-before-5:FinishCleanUpFunction:DRILL:0")

    assert (status, wrong) == (NOT_MET, None)
