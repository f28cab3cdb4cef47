"""`drsctl run clean-up`: terminate what a drill launched."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import Execution
from cli.clean_up_view import CleanUpLines, clean_up_parts
from cli.exit_codes import ExitCode
from cli.session import session_of


def clean_up(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="Id of a drill that has ended.")],
    follow: Annotated[
        bool, typer.Option("--watch", "-w", help="Follow it; exit 0 only if nothing is left.")
    ] = False,
) -> None:
    """Terminate the instances that a drill launched, and nothing else. Asking twice is asking once.

    \b
    Examples:
      drsctl run clean-up drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z --watch
    """
    # Imported late, with the HTTP client.
    from cli.watch import follow as look_again  # noqa: PLC0415
    from cli.watch import parting  # noqa: PLC0415

    session = session_of(context)
    with session.client() as client:
        execution = client.control(run, "clean-up")
        if follow:
            view = CleanUpLines(session.output.talk)
            farewell = f"Detached; the clean-up goes on. See how it goes: drsctl run show {run}"
            with parting(session.output, farewell):
                execution = look_again(client, run, view, farewell, known=True, until=_has_ended)
    session.output.answer(execution, *clean_up_parts(execution)[1:])
    if not follow:
        session.output.talk.show(f"See how it goes: drsctl run show {run}")
    elif _status(execution) != "COMPLETED":
        raise typer.Exit(ExitCode.FAILED)


def _has_ended(execution: Execution) -> bool:
    return _status(execution) not in {None, "RUNNING"}


def _status(execution: Execution) -> str | None:
    clean_up = execution.get("cleanUp")
    return clean_up["status"] if clean_up else None
