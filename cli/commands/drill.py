"""`drsctl drill`: start a drill."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.run import Leave, conclude, detached
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.session import session_of
from cli.times import point_in_time

EPILOG = GLOBAL_OPTIONS_HINT


def drill(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Id or name of the plan.")],
    follow: Annotated[
        bool, typer.Option("--watch", "-w", help="Follow it; exit 0 only when it COMPLETED.")
    ] = False,
    leave: Leave = False,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Recover to this moment (ISO 8601 with its zone), or to LATEST, the default.",
        ),
    ] = None,
) -> None:
    """Start a drill of a plan.

    Launches its servers as drill instances, wave by wave. The source servers and their replication
    are left alone.

    \b
    Examples:
      drsctl drill three-tier --watch
      drsctl drill three-tier --at 2026-11-23T02:00:00Z
      drsctl run watch "$(drsctl drill three-tier)"
    """
    session = session_of(context)
    moment = point_in_time(at) if at is not None else None
    with session.client() as client:
        accepted = client.execute(client.find_plan(plan)["planId"], "DRILL", moment)
        execution_id = accepted["executionId"]
        if follow:
            # Imported late, with the HTTP client.
            from cli.watch import watch  # noqa: PLC0415

            farewell = detached(execution_id)
            conclude(
                session, watch(session, client, execution_id, farewell, known=True, leave=leave)
            )
    session.output.answer(accepted, execution_id)
    session.output.talk.show(f"Follow it: drsctl run watch {execution_id}")
