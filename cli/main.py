"""The program `drsctl`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.commands import account, bench, demo, drill, inventory, local, plan, run
from cli.exit_codes import ExitCode
from cli.output import Output, OutputFormat
from cli.root_group import RootGroup, is_unwritable
from cli.session import DEFAULT_API_URL, Session

app = typer.Typer(
    name="drsctl",
    cls=RootGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done and COMPLETED, 1 FAILED, 2 wrong input, 3 PARTIAL, 4 a person"
    " is needed, 6 CANCELLED, 130 Ctrl-C, 141 the reader of the output left,"
    " 253 no credentials, 254 refused or unreachable, 255 a fault of this program, or its output"
    " cannot be written.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"drsctl {version('drs-orchestrator')}")
        raise typer.Exit


@app.callback()
def drsctl(
    context: typer.Context,
    api: Annotated[
        str,
        typer.Option("--api", metavar="URL", envvar="DRSCTL_API_URL", help="The API to talk to."),
    ] = DEFAULT_API_URL,
    output: Annotated[
        OutputFormat,
        typer.Option("--output", "-o", help="How data is printed: for people or for programs."),
    ] = OutputFormat.TABLE,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colours; NO_COLOR=1 does the same.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Recover whole applications with AWS Elastic Disaster Recovery, wave by wave.

    No AWS account at hand? `drsctl demo` drills an example plan on this machine.
    """
    context.obj = Session(api, Output(output, no_color=no_color), debug)


app.add_typer(plan.app, name="plan")
app.command("drill", epilog=drill.EPILOG)(drill.drill)
app.add_typer(run.app, name="run")
app.add_typer(inventory.app, name="inventory")
app.add_typer(account.app, name="account")
app.command("local", epilog=local.EPILOG)(local.local)
app.command("demo", epilog=demo.EPILOG)(demo.demo)
app.command("bench", epilog=bench.EPILOG)(bench.bench)


def main() -> None:
    """Run the program; the console script `drsctl`."""
    # Python has None for a stream that was closed (`>&-`) before it began.
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    if sys.stdout is None:
        _leave_unwritable("it is closed")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without our icons shows question marks; the words beside them remain.
            stream.reconfigure(errors="replace")
    try:
        app()
    except KeyboardInterrupt:
        # So early that Typer has not begun.
        sys.stderr.write("stopped\n")
        sys.exit(ExitCode.INTERRUPTED)
    except SystemExit as end:
        # Typer ends with 1 then, which says that an execution FAILED.
        if isinstance(end.__context__, BrokenPipeError):
            sys.exit(ExitCode.READER_LEFT)
        raise
    except OSError as error:
        if not is_unwritable(error):
            raise
        _leave_unwritable(error.strerror or str(error))


def _leave_unwritable(reason: str) -> NoReturn:
    with suppress(OSError):
        sys.stderr.write(f"Error: the output cannot be written: {reason}; see where it goes\n")
        sys.stderr.flush()
    sys.exit(ExitCode.UNEXPECTED)
