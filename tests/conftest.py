"""What every process of a run of the tests reads once, and what the run says at its end."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader

# A test records what it has told under this name: numbers by what they count.
RANDOM_HISTORIES = "random histories"


def pytest_configure(config: pytest.Config) -> None:
    """Let botocore read each of its descriptions of AWS once.

    It reads megabytes of them anew for every session, which took longer than most tests that make
    one.
    """
    patch = pytest.MonkeyPatch()
    read = cache(JSONFileLoader().load_file)
    patch.setattr(JSONFileLoader, "load_file", lambda _, path: read(path))
    config.add_cleanup(patch.undo)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much the random histories of all tests came to, whichever process told them."""
    figures = Counter[str]()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == RANDOM_HISTORIES:
                    figures.update(value)
    if figures:
        said = ", ".join(f"{number} {name}" for name, number in figures.items())
        terminalreporter.write_line(f"{RANDOM_HISTORIES}: {said}")
