"""A part of the matrix of faults and steps; `make fault-matrix` runs all of it."""

from __future__ import annotations

from tests.simulation.fault_matrix import FAULTS, cells, run_cell

# A prime, so that the part goes through all faults, steps, modes and seeds.
EVERY = 61


def test_a_fault_at_any_step_ends_in_a_named_state() -> None:
    results = [run_cell(cell) for cell in list(cells())[::EVERY]]

    assert len(FAULTS) >= 24
    assert [f"{cell}: {wrong}" for cell, _, wrong in results if wrong] == []
