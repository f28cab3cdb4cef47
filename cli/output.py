"""Where words go: data on stdout, talk on stderr, colours only for people who want them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.characters import harmless_json, harmless_text

# A pipe has no width: a line is as long as its data.
_PIPE_WIDTH = 10_000
# Columns that are folded to less than this are no longer read; of a width of 0 they vanish.
_NARROWEST_COLUMN = 6
_GAP = 2


class OutputFormat(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"


class Channel:
    """One of the two streams. On a pipe it writes plain lines without trailing blanks."""

    def __init__(self, stream: TextIO, *, no_color: bool) -> None:
        self.is_live = stream.isatty()
        self.console = Console(
            file=stream,
            # False is not None: rich reads NO_COLOR only if it is not told.
            no_color=no_color or None,
            highlight=False,
            markup=False,
            emoji=False,
            width=None if self.is_live else _PIPE_WIDTH,
        )
        self._pipe = Console(
            file=stream,
            force_terminal=False,
            highlight=False,
            markup=False,
            emoji=False,
            width=_PIPE_WIDTH,
        )
        # Cursor movements are of use on a screen only, whatever FORCE_COLOR says.
        self.is_live = self.is_live and self.console.is_interactive

    def show(self, *renderables: RenderableType) -> None:
        """Print renderables one below the other; text is never cut."""
        for each in renderables:
            renderable = harmless_text(each) if isinstance(each, str | Text) else each
            if self.console.is_terminal and not self._is_too_wide(renderable):
                self.console.print(renderable, soft_wrap=isinstance(renderable, Text))
            else:
                self._show_plain(renderable)

    def _is_too_wide(self, renderable: RenderableType) -> bool:
        return isinstance(renderable, Table) and _least_width(renderable) > self.console.width

    def _show_plain(self, renderable: RenderableType) -> None:
        with self._pipe.capture() as capture:
            self._pipe.print(renderable, soft_wrap=isinstance(renderable, Text))
        lines = capture.get().splitlines() or [""]
        self.console.file.write("".join(f"{line.rstrip()}\n" for line in lines))
        self.console.file.flush()


class Output:
    """Both channels and the format that the caller asked for."""

    def __init__(self, output_format: OutputFormat, *, no_color: bool = False) -> None:
        self.format = output_format
        self.data = Channel(sys.stdout, no_color=no_color)
        self.talk = Channel(sys.stderr, no_color=no_color)

    @property
    def is_json(self) -> bool:
        """Whether stdout carries JSON and nothing else."""
        return self.format is OutputFormat.JSON

    def json_line(self, document: object) -> None:
        """Print one JSON document on one line of stdout."""
        text = harmless_json(json.dumps(document, ensure_ascii=False))
        self.data.console.file.write(f"{text}\n")
        self.data.console.file.flush()

    def answer(self, document: object, *renderables: RenderableType) -> None:
        """Print the document, or what people read instead."""
        if self.is_json:
            self.json_line(document)
        else:
            self.data.show(*renderables)

    def listing(self, items: Sequence[object], table: Table, empty: str) -> None:
        """Print a whole list; `empty` tells people what to do about an empty one."""
        if self.is_json:
            self.json_line({"items": items, "nextToken": None})
        elif items:
            self.data.show(table)
        else:
            self.talk.show(empty)


def table(
    columns: Iterable[str], rows: Iterable[Sequence[str | Text]], *, optional: Iterable[str] = ()
) -> Table:
    """Return a borderless table; an `optional` column without any content is left out."""
    heads, body = list(columns), list(rows)
    spare = set(optional)
    kept = [i for i, head in enumerate(heads) if head not in spare or any(row[i] for row in body)]
    result = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for i in kept:
        result.add_column(heads[i], overflow="fold", no_wrap=i == kept[0])
    for row in body:
        result.add_row(*(harmless_text(row[i]) for i in kept))
    return result


def _least_width(wide: Table) -> int:
    """Return the width below which a table can no longer be read."""
    widths = [
        max(cell_len(line) for cell in (column.header, *column.cells) for line in _lines(cell))
        for column in wide.columns
    ]
    first, *others = widths
    least = first + sum(min(width, _NARROWEST_COLUMN) for width in others)
    return least + _GAP * len(others)


def _lines(cell: RenderableType) -> list[str]:
    return str(cell).splitlines() or [""]
