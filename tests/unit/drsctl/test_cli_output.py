"""What a terminal shows that is too narrow for a table."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.text import Text

from cli.output import Channel, table

HEADS = ["SERVER", "WAVE", "STATE", "WHY"]
ROW: list[str | Text] = [
    "s-5aaaaaaaaaaaaaaaa",
    "database",
    Text("x FAILED", "red"),
    "DRS reports FAILED " * 3,
]


class Terminal(StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the terminal's type, and nothing else that rich reads."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def shown(width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines of a table on a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(width))
    screen = Terminal()
    Channel(screen, no_color=True).show(table(HEADS, [ROW]))
    return Text.from_ansi(screen.getvalue()).plain.splitlines()


@pytest.mark.parametrize("width", [5, 20, 40, 42])
def test_on_a_terminal_too_narrow_for_it_a_table_is_printed_as_in_a_pipe(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shown(width, monkeypatch)
    assert lines == [
        "SERVER               WAVE      STATE     WHY",
        f"s-5aaaaaaaaaaaaaaaa  database  x FAILED  {ROW[3]}".rstrip(),
    ]


@pytest.mark.parametrize("width", [43, 60])
def test_on_a_wider_one_its_columns_are_folded(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(width, monkeypatch)
    assert len(lines) > 2
    assert all(len(line) <= width for line in lines)
    assert lines[0].startswith("SERVER ")
    folded = "".join("".join(lines).split())
    assert folded.count("FAILED") + folded.count("FAI") >= 1
