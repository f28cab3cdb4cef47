"""`drsctl run`: executions of recovery plans."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer
from rich.console import RenderableType
from rich.text import Text

from cli.action_view import action_parts
from cli.answers import Execution, came_up, is_final
from cli.clean_up_view import clean_up_parts
from cli.commands.clean_up import clean_up
from cli.commands.decide import decide
from cli.decision_view import decision_parts, question_texts
from cli.execution_view import headline, reason_text, run_seconds, times_text
from cli.exit_codes import exit_code_of
from cli.output import table
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.server_view import servers_in_order, servers_table
from cli.session import Session, session_of
from cli.status import mode_text, status_text
from cli.times import duration_text, moment_text
from cli.wave_view import waves_table

app = typer.Typer(no_args_is_help=True, help="Runs (executions): list, look, follow.")

Leave = Annotated[
    bool,
    typer.Option(
        "--exit", help="Leave with exit code 4 when a person is needed; always so in a pipe."
    ),
]
_Run = Annotated[str, typer.Argument(metavar="RUN", help="Id of the execution.")]


@app.command("ls", epilog=GLOBAL_OPTIONS_HINT)
def list_runs(
    context: typer.Context,
    plan: Annotated[
        str | None, typer.Option(metavar="PLAN", help="Only runs of this plan: its id or name.")
    ] = None,
) -> None:
    """List runs.

    \b
    Examples:
      drsctl run ls
      drsctl run ls --plan three-tier -o json
    """
    session = session_of(context)
    with session.client() as client:
        runs = client.executions(client.find_plan(plan)["planId"] if plan is not None else None)
    rows: list[list[str | Text]] = [
        [
            run["executionId"],
            mode_text(run["executionType"]),
            run.get("planName") or run["planId"],
            status_text(run["status"]),
            ", ".join(run.get("awaiting", [])),
            moment_text(run["startTime"]),
            duration_text(run_seconds(run)),
        ]
        for run in runs
    ]
    session.output.listing(
        runs,
        table(
            ["RUN", "MODE", "PLAN", "STATE", "WAVES THAT ASK", "STARTED", "TOOK"],
            rows,
            optional=["WAVES THAT ASK", "TOOK"],
        ),
        "No runs yet; `drsctl drill PLAN --watch` starts one.",
    )


@app.command("show", epilog=GLOBAL_OPTIONS_HINT)
def show(context: typer.Context, run: _Run) -> None:
    """Show one run: its waves, DRS jobs, servers and recovery instances.

    \b
    Examples:
      drsctl run show drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z
    """
    session = session_of(context)
    with session.client() as client:
        execution = client.execution(run)
    session.output.answer(execution, *_details(execution))


@app.command("watch", epilog=GLOBAL_OPTIONS_HINT)
def watch_run(context: typer.Context, run: _Run, leave: Leave = False) -> None:
    """Follow a run to its end. Ctrl-C detaches; it never cancels the run.

    With -o json the last line of stdout is the final execution; progress goes to stderr.

    \b
    Examples:
      drsctl run watch drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z
    """
    # Imported late, with the HTTP client.
    from cli.watch import watch  # noqa: PLC0415

    session = session_of(context)
    with session.client() as client:
        conclude(session, watch(session, client, run, detached(run), leave=leave))


@app.command("pause", epilog=GLOBAL_OPTIONS_HINT)
def pause(context: typer.Context, run: _Run) -> None:
    """Pause a run: what DRS does already ends, no further wave starts.

    \b
    Examples:
      drsctl run pause drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z
    """
    _control(context, run, "pause", f"Go on with: drsctl run resume {run}")


@app.command("resume", epilog=GLOBAL_OPTIONS_HINT)
def resume(context: typer.Context, run: _Run) -> None:
    """Resume a paused run.

    \b
    Examples:
      drsctl run resume drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z
    """
    _control(context, run, "resume", f"Follow it: drsctl run watch {run}")


@app.command("cancel", epilog=GLOBAL_OPTIONS_HINT)
def cancel(context: typer.Context, run: _Run) -> None:
    """Cancel a run: nothing new starts. Running DRS jobs cannot be stopped; they are followed.

    \b
    Examples:
      drsctl run cancel drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z
    """
    _control(context, run, "cancel", f"See what still runs: drsctl run watch {run}")


app.command("decide", epilog=GLOBAL_OPTIONS_HINT)(decide)
app.command("clean-up", epilog=GLOBAL_OPTIONS_HINT)(clean_up)


def _control(context: typer.Context, run: str, verb: str, advice: str) -> None:
    session = session_of(context)
    with session.client() as client:
        execution = client.control(run, verb)
    session.output.answer(execution, status_text(execution["status"]))
    session.output.talk.show(advice)


def detached(execution_id: str) -> str:
    """Return what a person is told who stops watching."""
    return f"Detached; the run goes on. Follow it again: drsctl run watch {execution_id}"


def conclude(session: Session, execution: Execution) -> NoReturn:
    """Print how a followed execution ended and leave with its exit code."""
    session.output.answer(execution, *shortfall(execution), *question_texts(execution))
    session.output.talk.show(f"Details: drsctl run show {execution['executionId']}")
    raise typer.Exit(exit_code_of(execution["status"]))


def shortfall(execution: Execution) -> list[RenderableType]:
    """Return what is missing from a complete recovery, and why; nothing if nothing is."""
    if not is_final(execution) or execution["status"] == "COMPLETED":
        return []
    reason = reason_text(execution)
    lost = [each for each in servers_in_order(execution) if not came_up(execution, each)]
    parts: list[RenderableType] = ["", reason] if reason else []
    return [*parts, "", servers_table(execution, lost)] if lost else parts


def _details(execution: Execution) -> list[RenderableType]:
    reason = reason_text(execution)
    parts: list[RenderableType] = [headline(execution), times_text(execution)]
    parts += [reason] if reason else []
    if execution["waves"]:
        parts += ["", waves_table(execution)]
    parts += action_parts(execution)
    parts += decision_parts(execution)
    parts += question_texts(execution)
    parts += clean_up_parts(execution)
    if execution["servers"]:
        parts += ["", servers_table(execution, servers_in_order(execution))]
    return parts
