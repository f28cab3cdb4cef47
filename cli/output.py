"""Where words go: data on stdout, talk on stderr, colours only for people who want them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

# A pipe has no width: a line is as long as its data.
_PIPE_WIDTH = 10_000


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
        # Cursor movements are of use on a screen only, whatever FORCE_COLOR says.
        self.is_live = self.is_live and self.console.is_interactive

    def show(self, *renderables: RenderableType) -> None:
        """Print renderables one below the other; text is never cut."""
        for renderable in renderables:
            if self.console.is_terminal:
                self.console.print(renderable, soft_wrap=isinstance(renderable, str | Text))
            else:
                self._show_plain(renderable)

    def _show_plain(self, renderable: RenderableType) -> None:
        with self.console.capture() as capture:
            self.console.print(renderable, soft_wrap=isinstance(renderable, str | Text))
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
        self.data.console.file.write(json.dumps(document, ensure_ascii=False) + "\n")
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
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for i in kept:
        result.add_column(heads[i], overflow="fold", no_wrap=i == kept[0])
    for row in body:
        result.add_row(*(row[i] for i in kept))
    return result
