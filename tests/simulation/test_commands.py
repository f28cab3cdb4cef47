"""What the commands behind `make soak`, `fault-matrix`, ... say to a slip of the finger."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import pytest

from local.assembly import AssemblyError
from local.bench import __main__ as bench
from tests.simulation import check_harness, crash_everywhere, fault_matrix, scale, soak
from tests.simulation.faults import FAULTS
from tests.simulation.histories.history import Told
from tests.simulation.histories.history import tell as tell_history
from tests.simulation.histories.shares import SHARE, tell_share
from tests.simulation.stories import STORIES
from tests.simulation.stories import __main__ as stories
from tests.simulation.tally import Tally

CELL = "a-bug:FinishExecutionFunction:DRILL:0"
Main = Callable[[], object]
_LIVES_ON = """
import os, signal, sys
from local.bench.campaign import Campaign
campaign = Campaign(1)
print(campaign._pool.submit(os.getpid).result(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

_INTERRUPTED = """
import os, signal, time
from local.arguments import leave
from local.bench.campaign import Campaign, trial_of
from local.bench.plans import plan_named

def main():
    with Campaign(2) as campaign:
        finish = campaign.begin(trial_of(plan_named("mix-1020")), 4)
        print("begun", flush=True)
        finish()

# A worker of a busy machine takes its time to begin.
os.register_at_fork(after_in_child=lambda: time.sleep(1))
signal.signal(signal.SIGINT, signal.default_int_handler)
leave(main)
"""


@pytest.mark.parametrize(
    ("main", "arguments", "words"),
    [
        (soak.main, "--histories 0", "0 is less than 1"),
        (soak.main, "--processes 0", "0 is less than 1"),
        (soak.main, "--histories many", "'many' is no whole number"),
        (soak.main, "--only -1", "-1 is less than 0"),
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
        (crash_everywhere.main, "--only one-wave:1:AFTER --share 0.5", "without --story"),
        (fault_matrix.main, "--processes 100000", "100000 is more than"),
        (crash_everywhere.main, "--processes 100000", "100000 is more than"),
        (fault_matrix.main, "--only nope:CheckRecoveryFunction:DRILL:0", "is no cell"),
        (check_harness.main, "nope", "no bug is called 'nope'"),
        (bench.main, "--seeds 0", "0 is less than 1"),
        (bench.main, "--plans 3tier-12 --golden", "leave --plans, --modes out"),
        (bench.main, "--plans nope", "there is no 'nope'; there are 3tier-12"),
        (bench.main, "--modes drill", "there are DRILL, RECOVERY"),
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


def test_a_soak_that_is_interrupted_still_tells_what_it_came_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(seed: int) -> None:
        if seed == 2:
            raise KeyboardInterrupt
        raise AssertionError("broken")

    monkeypatch.setattr(soak, "tell", tell)
    monkeypatch.setattr(sys, "argv", ["soak", "--histories", "9", "--processes", "1"])

    with pytest.raises(KeyboardInterrupt) as stopped:
        soak.main()

    assert "2 wrong: 0, 1" in capsys.readouterr().out
    assert str(stopped.value) == (
        "stopped after 2 of 9 histories, 2 wrong; go on with\n    PYTHONPATH=.:functions"
        " .venv/bin/python -m tests.simulation.soak --histories 7 --first 2 --processes 1"
    )


def test_what_was_stopped_goes_on_with_all_that_comes_behind_the_first_that_is_not_done() -> None:
    tally = Tally("abcde", "letters", str)
    for letter in "bade":
        tally.add(letter, is_wrong=letter == "d")

    with pytest.raises(KeyboardInterrupt) as stopped, tally:
        raise KeyboardInterrupt

    assert str(stopped.value) == "stopped after 4 of 5 letters, 1 wrong; go on with\n    2"


@pytest.mark.parametrize(
    ("main", "arguments", "told"),
    [
        (
            crash_everywhere.main,
            "--only one-wave:1:AFTER --only one-wave:2:AFTER",
            "0 of 2 cases, 0 wrong; go on with\n    PYTHONPATH=.:functions .venv/bin/python"
            " -m tests.simulation.crash_everywhere --share 1.0 --seed 0 --only one-wave:1:AFTER"
            " --only one-wave:2:AFTER --first 0 --processes 2",
        ),
        (
            fault_matrix.main,
            f"--only {CELL}",
            "0 of 1 cells, 0 wrong; go on with\n    PYTHONPATH=.:functions .venv/bin/python"
            f" -m tests.simulation.fault_matrix --seeds 3 --every 1 --only {CELL} --first 0"
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
    words = set(re.split(r"[\s,]+", told))
    assert {*STORIES, *check_harness.CATCHES, *FAULTS} <= words


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ("", "docs/reference/benchmark.md"),
        ("--seeds 200", "docs/reference/benchmark.md"),
        ("--seeds 99", "build/benchmark.md"),
        ("--policy-seeds 0", "build/benchmark.md"),
        ("--modes DRILL", "build/benchmark.md"),
        ("--plans 3tier-12", "build/benchmark.md"),
    ],
)
def test_a_part_of_the_benchmark_does_not_replace_its_page(
    arguments: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments.split()])

    assert bench.place_of_page(bench.asked()) == place


def test_fewer_seeds_are_those_of_the_comparisons_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--seeds", "1"])

    assert bench.asked().policy_seeds == 1


def test_a_soak_tells_where_what_nobody_foresaw_was_raised(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(_seed: int) -> None:
        raise KeyError("a slip")

    monkeypatch.setattr(soak, "tell", tell)
    monkeypatch.setattr(sys, "argv", ["soak", "--only", "7", "--processes", "1"])

    assert soak.main() == 1

    said = capsys.readouterr().out
    assert "figures" not in said
    assert "seed 7: KeyError: 'a slip'" in said
    assert f'{__file__}", line' in said
    assert said.endswith("1 wrong: 7\n")


def test_a_history_that_never_ends_is_told_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(_seed: int) -> None:
        threading.Event().wait()

    monkeypatch.setattr(soak, "tell", tell)
    monkeypatch.setattr(soak, "_LONGEST_SECONDS", 0.1)
    monkeypatch.setattr(sys, "argv", ["soak", "--only", "7"])

    assert soak.main() == 1

    assert "seed 7: TookTooLong: no end after 0.1 s" in capsys.readouterr().out


def test_the_figures_of_a_soak_say_that_they_leave_out_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tell_history(0)

    def tell(seed: int) -> Told:
        assert seed != 2, "broken"
        return told

    monkeypatch.setattr(soak, "tell", tell)
    monkeypatch.setattr(sys, "argv", ["soak", "--histories", "3", "--processes", "1"])

    assert soak.main() == 1

    said = capsys.readouterr().out
    assert "\n3 histories in " in said
    assert "\nof the 2 that kept their promises:\nfigures: 2 histories, " in said


def test_the_summary_of_a_soak_can_be_read_on_a_terminal() -> None:
    faults = Counter({f"SERVER_ERROR_{number}": number for number in range(40)})
    lines = str(soak.Sum(histories=12, faults=faults)).splitlines()

    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("figures: 12 histories, ")
    assert "statuses: none" in lines


def test_a_share_tells_each_history_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell(seed: int) -> None:
        raise AssertionError(f"I6: seed {seed} is stuck")

    monkeypatch.setattr(soak, "tell", tell)

    with pytest.raises(AssertionError) as ended:
        tell_share(0)

    said = str(ended.value)
    assert said.count("is stuck") == SHARE
    assert "seed 3: AssertionError: I6: seed 3 is stuck" in said
    assert "-m tests.simulation.soak --only 3\n" in said


def test_the_workers_of_a_killed_benchmark_end() -> None:
    # They inherit its stdout, so that this returns only when they are gone, too.
    ended = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", _LIVES_ON], capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == -9
    assert int(ended.stdout) > 0


def test_a_benchmark_ends_at_once_however_often_it_is_interrupted() -> None:
    with subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-c", _INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "begun\n"
        os.killpg(program.pid, signal.SIGINT)
        assert program.stderr is not None
        first = program.stderr.readline()
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGINT)

        # The workers hold the other ends, so that this returns only when they are gone, too.
        _, rest = program.communicate(timeout=60)

    assert first == "stopped\n"
    assert "Traceback" not in rest
    assert program.returncode in {130, -signal.SIGINT}
