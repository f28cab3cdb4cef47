"""Runs that were measured before, in a file: a campaign that was cut short goes on from there."""

from __future__ import annotations

import fcntl
import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from local.arguments import CannotTry
from local.bench.figures import Figures
from local.bench.trial import Trial

_ROOT = Path(__file__).parents[2]
_SOURCES = ("functions", "local", "statemachines", "stacks")


class KeptRuns:
    """The figures of trials by what was run, and on which sources; those of others are forgotten.

    The file holds one run a line, written as it ends; a last line that was cut off is left out.
    It is one process's alone until `close`, or that process's end.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise CannotTry(f"{path}: another benchmark writes it; wait for its end") from None
        self._file.seek(0)
        lines = self._file.read().splitlines()
        kept = [run for line in lines if (run := _read(line)) and run["sources"] == _sources()]
        self._figures = {run["trial"]: _figures(run["figures"]) for run in kept}
        self._file.truncate(0)
        self._file.writelines(f"{json.dumps(run)}\n" for run in kept)
        self._file.flush()

    @property
    def count(self) -> int:
        """How many runs were kept before."""
        return len(self._figures)

    def close(self) -> None:
        """Leave the file to others; what could not be written has been told."""
        with suppress(OSError):
            self._file.close()

    def get(self, trial: Trial) -> Figures | None:
        """Return the figures of a trial that was run before."""
        return self._figures.get(_name(trial))

    def keep(self, trial: Trial, figures: Figures) -> None:
        """Add the figures of a trial to the file; raises CannotTry."""
        run = {"sources": _sources(), "trial": _name(trial), "figures": asdict(figures)}
        try:
            self._file.write(f"{json.dumps(run)}\n")
            self._file.flush()
        except OSError as error:
            raise CannotTry(
                f"{self._file.name}: not written: {error.strerror}; make room and give the same"
                " command again"
            ) from error


def _read(line: str) -> dict[str, Any] | None:
    try:
        run = json.loads(line)
    except ValueError:
        return None
    return run if isinstance(run, dict) else None


def _figures(document: dict[str, Any]) -> Figures:
    return Figures(**{**document, "hand_offs_seconds": tuple(document["hand_offs_seconds"])})


def _name(trial: Trial) -> str:
    return hashlib.sha256(json.dumps(asdict(trial), sort_keys=True).encode()).hexdigest()


@cache
def _sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for name in _SOURCES for path in (_ROOT / name).rglob("*.*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
