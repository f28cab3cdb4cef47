"""What a run of the tests says at its end, besides what failed."""

from __future__ import annotations

from collections import Counter

import pytest

# A test records what it has told under this name: numbers by what they count.
RANDOM_HISTORIES = "random histories"


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
