"""What a person sees of the clean-up of a drill."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from cli.answers import CleanUp, Execution
from cli.output import Channel, table
from cli.status import status_text
from cli.times import moment_text


def clean_up_parts(execution: Execution) -> list[RenderableType]:
    """Return what there is to say about the clean-up; nothing if nobody asked for one."""
    clean_up = execution.get("cleanUp")
    if clean_up:
        return ["", headline(clean_up), *_instances(clean_up)]
    problem, due = execution.get("cleanUpProblem"), execution.get("cleanUpTime")
    if problem:
        what = "clean-up" if due else "clean-up is not scheduled"
        return ["", Text(f"{what}: {problem}", style="yellow")]
    return ["", Text(f"clean-up at {moment_text(due)}")] if due else []


def headline(clean_up: CleanUp) -> Text:
    """Return the clean-up's state, how much is done, and why it is not all."""
    done = sum(each["result"] is not None for each in clean_up["instances"])
    line = Text("clean-up ").append_text(status_text(clean_up["status"]))
    line.append(f"   {done}/{len(clean_up['instances'])} instances")
    return line.append(f"\n{clean_up['reason']}") if clean_up["reason"] else line


class CleanUpLines:
    """A line whenever the clean-up has got on."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._last = ""

    def show(self, execution: Execution) -> None:
        """Print where the clean-up stands, if that has changed since the last look."""
        clean_up = execution.get("cleanUp")
        line = headline(clean_up) if clean_up else Text()
        if line.plain != self._last:
            self._channel.show(line)
        self._last = line.plain

    def note(self, text: str) -> None:
        """Print a line."""
        self._channel.show(text)


def _instances(clean_up: CleanUp) -> list[RenderableType]:
    rows: list[list[str | Text]] = [
        [
            each["sourceServerId"],
            each["recoveryInstanceId"] or "none",
            status_text(each["result"] or "RUNNING"),
            each["jobId"] or "",
            each["reason"] or "",
        ]
        for each in clean_up["instances"]
    ]
    heads = ["SOURCE SERVER", "RECOVERY INSTANCE", "CLEAN-UP", "DRS JOB", "WHY"]
    return ["", table(heads, rows, optional=["DRS JOB", "WHY"])] if rows else []
