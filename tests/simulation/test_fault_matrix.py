"""A part of the matrix of faults and steps; `make fault-matrix` runs all of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import NoReturn

import pytest

from local.virtual.world import deployment_of
from tests.simulation import fault_matrix
from tests.simulation.fault_matrix import NOT_MET, Result, cells, run_cell, steps, summary
from tests.simulation.faults import FAULTS, story, unmet
from tests.simulation.faults.fault import NO_HARM
from tests.simulation.faults.story import WrongWithoutFault
from tests.simulation.faults.unmet import UNMET, faults_never_met, pair_of, pairs_never_met
from tests.workflow.laptop import ACCOUNT, REGION

# What a launch meets that waits for its turn: no room in DRS, and servers that others hold.
PASSING = (
    "no-room-for-a-job:StartRecoveryFunction:RECOVERY:0",
    "foreign-job:StartRecoveryFunction:DRILL:0",
    "foreign-job-lasts:StartRecoveryFunction:DRILL:0",
    "conflict-without-a-job:StartRecoveryFunction:DRILL:0",
    # And a store that is away for less than the workflow tries.
    "store-away:RecordFailureFunction:RECOVERY:0",
    "store-throttled:PrepareExecutionFunction:DRILL:0",
)
# A prime, so that the faults begin at different steps, modes and seeds.
APART = 7
# What sets in with a step's last look at DRS has nobody left to meet it.
TRIES = 4


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_meets_a_step_and_ends_as_it_may(fault: str) -> None:
    possible = [cell for cell in cells(faults=[fault]) if pair_of(cell) not in UNMET]
    first = list(FAULTS).index(fault) * APART % len(possible)

    for cell in (possible[first:] + possible[:first])[:TRIES]:
        _, status, wrong = run_cell(cell)
        assert wrong is None, cell
        if status != NOT_MET:
            return
    pytest.fail("no cell met it")


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
    assert struck.tidies_at.keys() <= {*steps("DRILL")}
    for ends in (struck.tidies, *struck.tidies_at.values()):
        assert ends
        assert ends < {"COMPLETED", "INCOMPLETE", "NONE"}


def test_an_end_to_which_a_fault_does_not_come_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    harmless = replace(FAULTS["server-fails"], ends=NO_HARM)
    monkeypatch.setattr(fault_matrix, "FAULTS", {**FAULTS, "server-fails": harmless})

    _, status, wrong = run_cell("server-fails:StartRecoveryFunction:RECOVERY:0")

    assert status == "PARTIAL"
    assert wrong is not None
    assert wrong.startswith("PARTIAL, where it ends COMPLETED (")
    assert "; db SKIPPED: " in wrong


def test_every_fault_concerns_a_step() -> None:
    concerned = {cell.split(":")[0] for cell in cells(seeds=1)}

    assert len(FAULTS) >= 24
    assert sorted(FAULTS) == sorted(concerned)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            "a-bug:CheckTerminationFunction:DRILL:0",
            "clean-up INCOMPLETE, where it ends COMPLETED (clean-up incomplete: 2 of 2 servers, ",
        ),
        (
            "schedules-refused:FinishExecutionFunction:DRILL:0",
            "clean-up NONE, where it ends COMPLETED (CreateSchedule ",
        ),
    ],
)
def test_a_clean_up_that_a_fault_does_not_hinder_and_that_leaves_something_is_wrong(
    cell: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, _, _ = cell.partition(":")
    harmless = replace(FAULTS[fault], tidies_at={})
    monkeypatch.setattr(fault_matrix, "FAULTS", {**FAULTS, fault: harmless})

    _, _, wrong = run_cell(cell)

    assert wrong is not None
    assert wrong.startswith(words)


def test_a_fault_that_strikes_nothing_is_wrong_beside_one_that_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = replace(FAULTS["events-late"], sets_in=lambda _: None)
    monkeypatch.setattr(fault_matrix, "FAULTS", {**FAULTS, "events-late": idle})
    asked = "--fault action-hangs --fault events-late --seeds 1 --processes 1"
    monkeypatch.setattr(sys, "argv", ["fault_matrix", *asked.split()])

    assert fault_matrix.main() == 1

    told = capsys.readouterr().out
    assert " 0 wrong; " in told
    assert told.splitlines()[-1] == "events-late: no cell met this fault"


CELLS = [f"{pair}:{mode}:0" for pair in ("hangs:A", "hangs:B", "slow:B") for mode in "DR"]


def test_only_what_was_told_in_all_its_cells_and_never_met_is_wrong() -> None:
    met = dict.fromkeys(CELLS[1:], False)

    assert list(faults_never_met(CELLS, met)) == ["slow: no cell met this fault"]
    assert [each.split(": ")[0] for each in pairs_never_met(CELLS, met)] == ["hangs:B", "slow:B"]
    assert list(pairs_never_met(CELLS, {**met, CELLS[2]: True, CELLS[5]: True})) == []


def test_a_pair_that_may_be_unmet_is_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmet, "UNMET", {"hangs:A": "of a reason", "hangs:B": "of another"})

    assert list(pairs_never_met(CELLS[:4], dict.fromkeys(CELLS, False))) == []


def test_all_pairs_that_may_be_unmet_are_there() -> None:
    assert {pair_of(cell) for cell in cells(seeds=1)} > UNMET.keys()


def test_the_matrix_goes_through_every_function_that_is_deployed() -> None:
    handlers = [function.handler for function in deployment_of(ACCOUNT, REGION).functions]
    modules = [each.split(".")[-2] for each in handlers if ".api." not in each]

    assert steps("DRILL") == sorted(
        module.title().replace("_", "") + "Function" for module in modules
    )


def test_a_story_that_is_wrong_without_any_fault_names_what_tells_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wrong(mode: str, seed: int) -> NoReturn:
        raise WrongWithoutFault(mode, seed, AssertionError("I3: sent twice"))

    monkeypatch.setattr(fault_matrix, "clean", wrong)
    monkeypatch.setattr(sys, "argv", ["fault_matrix", "--only", "a-bug:A:RECOVERY:7"])

    assert fault_matrix.main() == 1

    told = capsys.readouterr().out
    assert "RECOVERY, seed 7, without any fault: I3: sent twice" in told
    assert "--only hangs:CheckRecoveryFunction:RECOVERY:7" in told


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
