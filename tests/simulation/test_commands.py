"""What the commands behind `make fault-matrix` and the like say to a slip of the finger."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import NoReturn

import pytest

from local.assembly import AssemblyError
from local.bench import __main__ as bench
from tests.simulation import check_harness, crash_everywhere, fault_matrix, scale, soak
from tests.simulation.faults import FAULTS
from tests.simulation.stories import STORIES
from tests.simulation.stories import __main__ as stories
from tests.simulation.tally import Tally

CELL = "a-bug:FinishExecutionFunction:DRILL:0"
Main = Callable[[], object]


@pytest.mark.parametrize(
    ("main", "arguments", "words"),
    [
        (soak.main, "--histories 0", "0 is less than 1"),
        (soak.main, "--processes 0", "0 is less than 1"),
        (soak.main, "--histories many", "'many' is no whole number"),
        (soak.main, "--only -1", "-1 is less than 0"),
        (soak.main, "--only 1_0", "'1_0' is no whole number"),
        (soak.main, "--first -1", "-1 is less than 0"),
        (soak.main, "--only 1 --first 0", "without --histories and --first"),
        (soak.main, "--only 1 --histories 2", "without --histories and --first"),
        (crash_everywhere.main, "--share 0", "0 is not above 0"),
        (crash_everywhere.main, "--share few", "'few' is no number"),
        (crash_everywhere.main, "--share 0.00001 --story one-wave", "that is no case at all of "),
        (crash_everywhere.main, "--seed abc", "'abc' is no whole number"),
        (crash_everywhere.main, "--only one-wave:1:AFTER --first 1", "there are 1 cases"),
        (fault_matrix.main, "--only hangs:A:DRILL", "it is not FAULT:STEP:MODE:SEED, such as"),
        (fault_matrix.main, "--only nope:A:DRILL:0", "there is no fault 'nope'; there are"),
        (fault_matrix.main, "--only hangs:A:FOO:0", "no mode 'FOO'; there are DRILL, RECOVERY"),
        (fault_matrix.main, "--only hangs:A:DRILL:-1", "the seed '-1' is no whole number from 0"),
        (fault_matrix.main, f"--only {CELL} --first 1", "there are 1 cells"),
        (crash_everywhere.main, "--only paused:17", "is not STORY:CALL:KIND"),
        (crash_everywhere.main, "--only nope:1:AFTER", "no story 'nope'"),
        (crash_everywhere.main, "--only one-wave:99999:AFTER", "that can die so are 1 to"),
        (fault_matrix.main, "--every -1", "-1 is less than 1"),
        (soak.main, "--processes 100000", "100000 is more than"),
        (soak.main, "--histories 99999999999", "is more than 10000000"),
        (fault_matrix.main, "--only a-bug:Nope:DRILL:0", "no such step; there are"),
        (fault_matrix.main, "--only a-bug:FinishExecutionFunction:DRILL:0 --every 2", "without"),
        (fault_matrix.main, f"--only {CELL} --seeds 2", "without --fault, --seeds and"),
        (fault_matrix.main, "--only bells-lost:FinishCleanUpFunction:DRILL:0", "makes no call"),
        (
            fault_matrix.main,
            "--only servers-stay-busy:TerminateInstancesFunction:DRILL:0",
            "never meets this fault: nobody works on these servers",
        ),
        (crash_everywhere.main, "--only one-wave:1:AFTER --share 0.5", "without --story"),
        (crash_everywhere.main, "--only one-wave:1:AFTER --seed 3", "without --story"),
        (fault_matrix.main, "--processes 100000", "100000 is more than"),
        (crash_everywhere.main, "--processes 100000", "100000 is more than"),
        (fault_matrix.main, "--only nope:CheckRecoveryFunction:DRILL:0", "is no cell"),
        (check_harness.main, "nope", "no bug is called 'nope'"),
        (bench.main, "--seeds 0", "0 is less than 1"),
        (bench.main, "--plans 3tier-12 --golden", "leave --plans out"),
        (bench.main, "--golden --seeds 3 --modes DRILL", "leave --seeds, --modes out"),
        (bench.main, "--seeds 10001", "10001 is more than 10000"),
        (bench.main, "--policy-seeds 10001", "10001 is more than 10000"),
        (crash_everywhere.main, "--seed 7", "--seed draws a --share of the cases"),
        (bench.main, "--plans nope", "there is no 'nope'; there are 3tier-12"),
        (bench.main, "--modes drill", "there are DRILL, RECOVERY"),
        (bench.main, "--modes DRILL,DRILL", "'DRILL' is named twice"),
        (scale.main, "--servers 1", "unrecognized arguments"),
    ],
)
def test_arguments_that_would_prove_nothing_are_refused_in_words(
    main: Main,
    arguments: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *arguments.split()])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_what_was_stopped_goes_on_with_all_that_comes_behind_the_first_that_is_not_done() -> None:
    tally = Tally("abcde", "letters", str)
    for letter in "bade":
        tally.add(letter, is_wrong=letter == "d")

    with pytest.raises(KeyboardInterrupt) as stopped, tally:
        raise KeyboardInterrupt

    assert str(stopped.value) == (
        "stopped after 4 of 5 letters, 1 wrong; go on, from the first that is not done, with\n    2"
    )


@pytest.mark.parametrize(
    ("main", "arguments", "told"),
    [
        (
            crash_everywhere.main,
            "--only one-wave:1:AFTER --only one-wave:2:AFTER",
            "0 of 2 cases, 0 wrong; go on with\n    PYTHONPATH=.:functions .venv/bin/python"
            " -m tests.simulation.crash_everywhere --share 1.0 --only one-wave:1:AFTER"
            " --only one-wave:2:AFTER --first 0 --processes 2",
        ),
        (
            fault_matrix.main,
            f"--only {CELL}",
            "0 of 1 cells, 0 wrong; go on with\n    PYTHONPATH=.:functions .venv/bin/python"
            f" -m tests.simulation.fault_matrix --every 1 --only {CELL} --first 0"
            " --processes 2",
        ),
        (
            stories.main,
            "one-wave,chunks",
            "0 of 2 stories, 0 wrong; go on with\n    PYTHONPATH=.:functions .venv/bin/python"
            " -m tests.simulation.stories one-wave chunks",
        ),
        (
            check_harness.main,
            "blind-start",
            "0 of 1 bugs, 0 wrong; go on with\n    PYTHONPATH=.:functions .venv/bin/python"
            " -m tests.simulation.check_harness blind-start",
        ),
    ],
)
def test_every_tool_that_is_stopped_says_how_far_it_is_and_how_to_go_on(
    main: Main, arguments: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["command", *arguments.split()])
    monkeypatch.setattr(crash_everywhere, "work", interrupted)
    monkeypatch.setattr(fault_matrix, "work", interrupted)
    monkeypatch.setattr(stories, "_wrong", interrupted)
    monkeypatch.setattr(check_harness, "_failure", interrupted)

    with pytest.raises(KeyboardInterrupt) as stopped:
        main()

    assert str(stopped.value) == f"stopped after {told}"


def test_what_hinders_a_story_is_not_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot() -> NoReturn:
        raise AssemblyError("build: not made: Read-only file system")

    monkeypatch.setattr(stories, "assembly_directory", cannot)
    monkeypatch.setattr(sys, "argv", ["stories", "one-wave"])

    with pytest.raises(AssemblyError):
        stories.main()


def test_help_breaks_no_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    for main in (stories.main, crash_everywhere.main, check_harness.main, fault_matrix.main):
        monkeypatch.setattr(sys, "argv", ["command", "--help"])
        with pytest.raises(SystemExit):
            main()

    told = capsys.readouterr().out
    assert (
        "\n  PYTHONPATH=.:functions .venv/bin/python -m tests.simulation.stories one-wave" in told
    )
    words = set(re.split(r"[\s,]+", told))
    assert {*STORIES, *check_harness.CATCHES, *FAULTS} <= words
