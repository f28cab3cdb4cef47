"""What a person sees of an execution's waves."""

from __future__ import annotations

from rich.table import Table

from cli.answers import Execution, Wave, is_final
from cli.output import table
from cli.status import status_text
from cli.times import duration_text, elapsed_seconds, stopwatch_text


def waves_table(execution: Execution) -> Table:
    """Return every wave with its times, from the execution's start, and its DRS jobs."""
    return table(
        ["WAVE", "STATE", "SERVERS", "STARTED", "TOOK", "DRS JOBS", "WHY"],
        [
            [
                wave["name"],
                status_text(wave["status"]),
                f"{wave['serversLaunched']}/{wave['serverCount']}",
                _offset_text(execution, wave["startTime"]),
                duration_text(wave_seconds(execution, wave)),
                "\n".join(job["jobId"] for job in wave["jobs"]),
                why(wave),
            ]
            for wave in execution["waves"]
        ],
        optional=["STARTED", "TOOK", "DRS JOBS", "WHY"],
    )


def wave_seconds(execution: Execution, wave: Wave) -> float | None:
    """Return how long the wave has taken so far, in the server's clock."""
    ongoing = None if is_final(execution) else execution.get("now")
    return elapsed_seconds(wave["startTime"], wave["endTime"] or ongoing)


def _offset_text(execution: Execution, moment: str | None) -> str:
    seconds = elapsed_seconds(execution["startTime"], moment)
    return "" if seconds is None else f"+{stopwatch_text(seconds)}"


def why(wave: Wave) -> str:
    """Return why the wave is as it is; empty where its state says enough."""
    if wave.get("reason"):
        return str(wave["reason"])
    if wave["status"] == "PENDING" and wave["dependsOn"]:
        return f"after {', '.join(wave['dependsOn'])}"
    if wave["status"] == "COMPLETED" and wave.get("healthGate") == "NONE":
        return "launched, not checked"
    return ""
