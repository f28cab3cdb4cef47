"""What `make soak` says of histories that are wrong, and when it is stopped."""

from __future__ import annotations

import sys
import threading
from collections import Counter

import pytest

from tests.simulation import soak
from tests.simulation.histories.history import Told
from tests.simulation.histories.history import tell as tell_history
from tests.simulation.histories.shares import SHARE, tell_share


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
