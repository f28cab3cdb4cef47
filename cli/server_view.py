"""What a person sees of an execution's servers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from cli.answers import Execution, Server
from cli.output import table
from cli.status import status_text
from cli.times import duration_text, moment_text


def servers_in_order(execution: Execution) -> list[Server]:
    """Return the servers in the order of the plan's waves."""
    position = {wave["name"]: index for index, wave in enumerate(execution["waves"])}
    return sorted(
        execution["servers"],
        key=lambda server: (position.get(server["wave"], len(position)), server["sourceServerId"]),
    )


def servers_table(execution: Execution, servers: Sequence[Server]) -> Table:
    """Return every server with the instance it became."""
    return table(
        ["SOURCE SERVER", "WAVE", "LAUNCH", "RECOVERY INSTANCE", "POINT IN TIME", "HEALTH", "WHY"],
        [
            [
                server["sourceServerId"],
                server["wave"],
                _launch_text(execution, server),
                server["recoveryInstanceId"] or "none",
                _point_in_time(server),
                server.get("health") or "",
                server.get("reason") or "",
            ]
            for server in servers
        ],
        optional=["POINT IN TIME", "HEALTH", "WHY"],
    )


def _launch_text(execution: Execution, server: Server) -> Text:
    """Return DRS's word on the launch, or ours if there is none.

    A server that no job holds was not asked for yet.
    """
    jobs = [job for wave in execution["waves"] for job in wave["jobs"]]
    in_job = any(server["sourceServerId"] in job["servers"] for job in jobs)
    starts = {wave["name"]: wave["startTime"] for wave in execution["waves"]}
    known = server["launchStatus"] or server.get("verdict")
    if known or in_job or starts.get(server["wave"]):
        return status_text(known)
    return Text("  not started", style="dim")


def _point_in_time(server: Server) -> str:
    """Return the pinned state of a server, and how much older it is than what was asked for."""
    moment = moment_text(server.get("snapshotTime"))
    skew = duration_text(server.get("skewSeconds"))
    return f"{moment} ({skew} before)" if moment else ""
