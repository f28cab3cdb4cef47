"""How a benchmark that is killed or interrupted ends, and what it leaves alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from local.bench import __main__ as bench

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


def test_the_workers_of_a_killed_benchmark_end() -> None:
    # They inherit its stdout, so that this returns only when they are gone, too.
    ended = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", _LIVES_ON], capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == -9
    assert int(ended.stdout) > 0


def test_a_benchmark_ends_at_once_however_often_it_is_interrupted() -> None:
    with _begun() as program:
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


def test_a_time_out_that_interrupts_the_program_and_then_its_group_ends_it() -> None:
    with _begun() as program:
        for _ in range(3):
            os.kill(program.pid, signal.SIGINT)
            os.killpg(program.pid, signal.SIGINT)
            time.sleep(0.01)

        _, said = program.communicate(timeout=60)

    assert (program.returncode, said) == (130, "stopped\n")


@contextmanager
def _begun() -> Iterator[subprocess.Popen[str]]:
    """Yield the benchmark once it waits for its runs."""
    with subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-c", _INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "begun\n"
        yield program
