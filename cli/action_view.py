"""What a person sees of the actions of a run."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from cli.answers import Execution
from cli.output import table
from cli.status import status_text
from cli.times import moment_text


def action_parts(execution: Execution) -> list[RenderableType]:
    """Return every action with its state, in the order of the plan; nothing if there is none."""
    rows: list[list[str | Text]] = [
        [
            action["name"],
            wave["name"],
            f"{action['phase'].lower()} launch",
            action["type"],
            status_text(action["status"]),
            moment_text(action["startTime"]),
            action["reason"] or "",
        ]
        for wave in execution["waves"]
        for action in wave.get("actions", [])
    ]
    if not rows:
        return []
    heads = ["ACTION", "WAVE", "WHEN", "TYPE", "STATE", "STARTED", "WHY"]
    return ["", table(heads, rows, optional=["STARTED", "WHY"])]
