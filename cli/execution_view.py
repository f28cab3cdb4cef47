"""What a person sees of one execution as a whole."""

from __future__ import annotations

from rich.text import Text

from cli.answers import Execution, is_final
from cli.status import mode_text, status_text
from cli.times import duration_text, elapsed_seconds, moment_text


def run_seconds(execution: Execution) -> float | None:
    """Return how long the execution has taken so far, in the server's clock."""
    end = execution["endTime"] or (None if is_final(execution) else execution.get("now"))
    return elapsed_seconds(execution["startTime"], end)


def headline(execution: Execution) -> Text:
    """Return mode, plan, state and elapsed time, and the id below, where it is easily copied."""
    spent = duration_text(run_seconds(execution))
    parts: list[Text] = [
        mode_text(execution["executionType"]),
        Text(execution.get("planName") or execution["planId"], style="bold"),
        status_text(execution["status"]),
        Text(f"{'took' if is_final(execution) else 'elapsed'} {spent}" if spent else ""),
    ]
    line = Text("   ").join(part for part in parts if part)
    return line.append(f"\n{execution['executionId']}", style="dim")


def times_text(execution: Execution) -> Text:
    """Return when the execution began and ended, in the server's clock."""
    ended = moment_text(execution["endTime"])
    began = f"started {moment_text(execution['startTime'])}"
    return Text(f"{began}, ended {ended}" if ended else began, style="dim")


def reason_text(execution: Execution) -> Text | None:
    """Return why the execution is not COMPLETED, if it said so."""
    reason = execution.get("reason")
    return Text(reason, style="yellow") if reason else None
