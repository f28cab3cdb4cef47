"""Some of the kept bugs, the quickest; `make check-harness` goes through all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.assembly import assembly_directory
from tests.simulation import check_harness
from tests.simulation.check_harness import CATCHES, Catch, complaints_about, put_in


@pytest.fixture(autouse=True)
def assembly() -> Path:
    """Make build/assembly, which the copies of the tree take with them."""
    return assembly_directory()


@pytest.mark.parametrize(("bug", "number"), [("naive-start", "I2"), ("blind-start", "I9")])
def test_a_kept_bug_is_caught_by_the_invariant_that_it_breaks(
    bug: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complaints_about(bug) == []

    assert capsys.readouterr().out.startswith(f"{bug}: caught by {number}: ")


def test_a_bug_that_nothing_catches_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    harmless = Catch(("-c", "import drs_orchestrator.domain.quota"), "I9:")
    monkeypatch.setattr(check_harness, "CATCHES", {**CATCHES, "blind-start": harmless})

    assert complaints_about("blind-start") == ["blind-start: not caught"]


def test_a_bug_that_is_caught_by_something_else_is_a_complaint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Catch(("-c", "raise SystemExit('no room on the disk')"), "I9:")
    monkeypatch.setattr(check_harness, "CATCHES", {**CATCHES, "blind-start": broken})

    assert complaints_about("blind-start") == ["blind-start: caught without a word of 'I9:'"]


@pytest.mark.parametrize("bug", sorted(CATCHES))
def test_every_bug_can_be_put_into_the_tree_as_it_is(bug: str) -> None:
    assert put_in(bug, Path.cwd(), "--check") is None


def test_every_bug_is_caught_by_the_words_of_an_invariant() -> None:
    assert [bug for bug, catch in CATCHES.items() if "I" not in _first_of(catch)] == []


def _first_of(catch: Catch) -> str:
    """Return what the words begin with, if that is the number of an invariant."""
    number, colon, _ = catch.says.partition(":")
    return number if colon and number[1:].isdecimal() else ""
