"""A seeded share of the crashes; `make crash-everywhere` runs every one."""

from __future__ import annotations

import subprocess
import sys

from tests.simulation.branches import Case, tell_clean, tell_with_strikes
from tests.simulation.strikes import Kind

# Of the whole, more than 40,000 runs.
SHARE = "0.006"
# The calls of the two requests that create a plan and start it, and of the first step.
STARTING = range(1, 10)


def test_a_crash_at_any_call_changes_nothing_but_the_time() -> None:
    _crash("--share", SHARE)


def test_a_start_that_dies_leaves_nothing_that_nobody_looks_after() -> None:
    _crash(*(f"--only=one-wave:{number}:{kind}" for number in STARTING for kind in Kind))


def test_a_crash_that_met_no_call_is_not_counted_as_survived() -> None:
    no_call = Case("one-wave", 1_000_000, Kind.BEFORE)

    (result,) = tell_with_strikes("one-wave", tell_clean("one-wave"), [no_call])

    assert result.wrong == "no call has this number"


def test_the_end_says_how_many_cases_met_an_effect() -> None:
    """A plan is stored after a look at its servers."""
    told = _crash("--only=one-wave:1:BEFORE", "--only=one-wave:2:AFTER", "--only=one-wave:2:LOST")

    assert told.endswith(" 0 wrong; 2 met an effect, 1 a read; {'one-wave': 3}\n")


def _crash(*arguments: str) -> str:
    """Crash in a process of its own: it parts at every strike, and here are pytest's threads."""
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-m", "tests.simulation.crash_everywhere", "--processes=1", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 wrong; " in done.stdout
    return done.stdout
