"""Runs that were measured before, in a file: a campaign that was cut short goes on from there."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from local.bench.measure import Figures, Trial

_ROOT = Path(__file__).parents[2]
_SOURCES = ("functions", "local", "statemachines", "stacks")


class KeptRuns:
    """The figures of trials by what was run, and on which sources; those of others are forgotten.

    The file holds one run a line, written as it ends; a last line that was cut off is left out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [run for line in lines if (run := _read(line)) and run["sources"] == _sources()]
        self._figures = {run["trial"]: _figures(run["figures"]) for run in kept}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(run)}\n" for run in kept), encoding="utf-8")

    def get(self, trial: Trial) -> Figures | None:
        """Return the figures of a trial that was run before."""
        return self._figures.get(_name(trial))

    def keep(self, trial: Trial, figures: Figures) -> None:
        """Add the figures of a trial to the file."""
        run = {"sources": _sources(), "trial": _name(trial), "figures": asdict(figures)}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(run)}\n")


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
