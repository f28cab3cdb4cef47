"""`drsctl demo`: a drill of an example plan, through the real workflow, on this machine."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from cli.answers import Execution, came_up, is_final, questions
from cli.commands.local import (
    API_PORT,
    AWS_PORT,
    Faults,
    Inventory,
    Seed,
    Speed,
    addresses,
    api_option,
    aws_command,
    serving,
    stopped_by_sigterm,
)
from cli.commands.plan import quoted
from cli.errors import BadInput
from cli.execution_view import reason_text, run_seconds
from cli.exit_codes import exit_code_of
from cli.plan_file import PlanFile, apply_plan_file, read_plan_file
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.server_view import servers_in_order, servers_table
from cli.session import Session, session_of
from cli.status import mode_text, status_text
from cli.times import duration_text
from cli.wave_view import waves_table

if TYPE_CHECKING:
    from local.server import LocalServer

EPILOG = GLOBAL_OPTIONS_HINT
_EXAMPLE = Path(__file__).parents[2] / "examples" / "three-tier"
# More rows than this tell nobody anything at the end of a demo.
_SERVERS_SHOWN = 40


class ExecutionType(StrEnum):
    """The two modes of the one engine."""

    DRILL = "DRILL"
    RECOVERY = "RECOVERY"


def demo(  # noqa: PLR0913, PLR0917 - Typer reads the options from the parameters
    context: typer.Context,
    leave: Annotated[
        bool, typer.Option("--exit", help="Leave after the run; always so if this is no terminal.")
    ] = False,
    speed: Speed = 60.0,
    plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another plan file than the example.")
    ] = None,
    inventory: Inventory = None,
    seed: Seed = 0,
    faults: Faults = None,
    execution_type: Annotated[
        ExecutionType, typer.Option(help="RECOVERY runs the same plan for real, in the simulation.")
    ] = ExecutionType.DRILL,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")
    ] = None,
    aws_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of the AWS endpoint; 0: a free one.")
    ] = None,
) -> None:
    """Drill an example plan on this machine, without AWS.

    The workflow, the API and the handlers are the real ones, DRS is simulated. On a terminal it
    then serves on ports 8080 and 4510 until Ctrl-C; elsewhere, or with --exit, it takes free ports
    and leaves. With -o json the last line of stdout is the execution. The exit code is 0 only when
    the run COMPLETED.

    \b
    Examples:
      drsctl demo
      drsctl demo --exit --speed 600 -o json
      drsctl demo --inventory mine.json --plan mine.yaml --seed 7
    """
    session = session_of(context)
    leave = leave or not sys.stdout.isatty()
    plan_file = read_plan_file(plan or _example("plan.yaml"))
    with (
        stopped_by_sigterm(),
        serving(
            session.output.talk,
            inventory=inventory or _example("inventory.json"),
            port=_port(port, 0 if leave else API_PORT),
            aws_port=_port(aws_port, 0 if leave else AWS_PORT),
            speed=speed,
            seed=seed,
            faults=faults,
        ) as server,
    ):
        session.output.talk.show(*addresses(server), "")
        began = time.monotonic()
        execution = _run(session, server, plan_file, execution_type, leave=leave)
        report(session, execution, time.monotonic() - began)
        if not leave:
            _stay(session, server, execution)
    raise typer.Exit(exit_code_of(execution["status"]))


def _port(chosen: int | None, default: int) -> int:
    return default if chosen is None else chosen


def _example(name: str) -> Path:
    path = _EXAMPLE / name
    if not path.is_file():
        raise BadInput(
            f"{path}: the example is not there; run drsctl from a clone of the repository, or name"
            " your own with --plan FILE and --inventory FILE"
        )
    return path


def _run(
    session: Session,
    server: LocalServer,
    plan_file: PlanFile,
    execution_type: ExecutionType,
    *,
    leave: bool,
) -> Execution:
    # Imported late, with the HTTP client.
    from cli.client import OrchestratorClient  # noqa: PLC0415
    from cli.watch import watch  # noqa: PLC0415

    with OrchestratorClient(server.api_url) as client:
        stored, _ = apply_plan_file(client, plan_file)
        accepted = client.execute(stored["planId"], execution_type)
        farewell = "Stopped; the simulation and its run end here, nothing is left behind."
        # The report shows the same waves again, with their jobs.
        return watch(
            session,
            client,
            accepted["executionId"],
            farewell,
            known=True,
            leave=leave,
            keep_picture=False,
        )


def report(session: Session, execution: Execution, real_seconds: float) -> None:
    """Print how the run of a demo ended, which took `real_seconds` on this machine."""
    output = session.output
    if output.is_json:
        output.json_line(execution)
        return
    if execution["waves"]:
        output.data.show("", waves_table(execution))
    servers = servers_in_order(execution)
    if len(servers) > _SERVERS_SHOWN:
        # The lost ones must not be among those that are only counted.
        servers.sort(key=lambda server: came_up(execution, server))
    if servers:
        output.data.show("", servers_table(execution, servers[:_SERVERS_SHOWN]))
    if len(servers) > _SERVERS_SHOWN:
        output.data.show(f"and {len(servers) - _SERVERS_SHOWN} more")
    took = duration_text(run_seconds(execution)) or "an unknown time"
    verdict = Text.assemble(
        mode_text(execution["executionType"]),
        f" of {execution.get('planName') or execution['planId']}: ",
        status_text(execution["status"]),
        f" in {took} of simulated time, {real_seconds:.1f} s real",
    )
    reason = reason_text(execution)
    output.data.show("", verdict, *([reason] if reason else []))
    if not is_final(execution):
        asked = ", ".join(questions(execution))
        output.talk.show(f"The demo ends while {asked} waits for an answer; `drsctl local` waits.")


def _stay(session: Session, server: LocalServer, execution: Execution) -> None:
    drsctl = f"drsctl{api_option(server)}"
    session.output.talk.show(
        "",
        "Still serving; in another terminal try",
        f"  {drsctl} run show {execution['executionId']}",
        f"  {drsctl} drill {quoted(execution.get('planName') or execution['planId'])} --watch",
        f"  {drsctl} inventory show",
        f"  {aws_command(server)} stepfunctions list-state-machines",
        "Ctrl-C stops it.",
    )
    try:
        server.wait()
    except KeyboardInterrupt:
        session.output.talk.show("stopping ...")
