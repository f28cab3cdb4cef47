"""What the commands behind `make soak`, `fault-matrix`, ... say to a slip of the finger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from local.bench import __main__ as bench
from tests.simulation import check_harness, crash_everywhere, fault_matrix, scale, soak
from tests.simulation.histories.shares import SHARE, tell_share

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
        (crash_everywhere.main, "--share 0.00001 --story one-wave", "that is no case at all"),
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

    assert soak.main() == 1

    assert "stopped after 2 of 9 histories" in capsys.readouterr().out


def test_a_soak_tells_where_what_nobody_foresaw_was_raised(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tell(_seed: int) -> None:
        raise KeyError("a slip")

    monkeypatch.setattr(soak, "tell", tell)
    monkeypatch.setattr(sys, "argv", ["soak", "--only", "7", "--processes", "1"])

    assert soak.main() == 1

    said = capsys.readouterr().out
    assert "seed 7: KeyError: 'a slip'" in said
    assert f'{__file__}", line' in said
    assert said.endswith("1 wrong: 7\n")


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
