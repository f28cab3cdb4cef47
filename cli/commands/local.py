"""`drsctl local`: the whole product on this machine, without an AWS account."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import BadInput
from cli.inventory_file import read_inventory_file
from cli.output import Channel
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.session import session_of

if TYPE_CHECKING:
    from local.server import LocalServer

EPILOG = GLOBAL_OPTIONS_HINT
API_PORT = 8080
AWS_PORT = 4510
# Beyond it the simulated calendar (it ends with the year 9999) would be over within a month.
_FASTEST = 100_000
Speed = Annotated[
    float,
    typer.Option(
        min=0.1,
        max=_FASTEST,
        help="How many times as fast as real time everything runs while all of it waits; what this"
        " machine computes takes its own time.",
    ),
]
Inventory = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Source servers: `drsctl inventory export` writes this file."
    ),
]
Faults = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Faults to rehearse, as JSON: see docs/how-to/rehearse-faults.md."
    ),
]
Seed = Annotated[int, typer.Option(help="Decides how long each simulated launch takes.")]


@contextmanager
def serving(
    talk: Channel,
    *,
    inventory: Path | None,
    port: int,
    aws_port: int,
    speed: float,
    state_directory: Path | None = None,
    seed: int = 0,
    faults: Path | None = None,
) -> Iterator[LocalServer]:
    """Run the local server as long as the context lasts; raise BadInput if it cannot start."""
    if port and port == aws_port:
        raise BadInput(
            f"--port and --aws-port are both {port}; give each its own, 0 takes a free one"
        )
    # Read once: a pipe has nothing for a second reader.
    document = {"items": read_inventory_file(inventory)} if inventory is not None else None
    talk.show(f"starting a simulated DRS at {speed:g}x; nothing in AWS is touched ...")
    # Imported late: the server takes longer to load than `drsctl --help` takes to answer.
    from local.drs import InventoryError  # noqa: PLC0415
    from local.server import LocalServer, LocalServerError  # noqa: PLC0415

    try:
        with LocalServer(
            inventory=document,
            port=port,
            aws_port=aws_port,
            speed=speed,
            state_directory=state_directory,
            seed=seed,
            faults=faults,
        ) as server:
            yield server
    except LocalServerError as error:
        wrong_file = isinstance(error.__cause__, InventoryError)
        raise BadInput(f"{inventory}: {error}" if wrong_file else str(error)) from error


def local(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")
    ] = API_PORT,
    aws_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the AWS endpoint; 0 takes a free one.")
    ] = AWS_PORT,
    speed: Speed = 60.0,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep plans and runs there; without it, nothing is kept. A run that is going on"
            " when this stops is INTERRUPTED; `drsctl run clean-up` terminates its instances.",
        ),
    ] = None,
    inventory: Inventory = None,
    seed: Seed = 0,
    faults: Faults = None,
) -> None:
    """Serve the API and a simulated AWS on this machine until Ctrl-C.

    Nothing in AWS is touched. It prints how the AWS CLI reaches the simulated one. With -o json the
    first line of stdout tells the addresses.

    \b
    Examples:
      drsctl local --inventory examples/three-tier/inventory.json
      drsctl local --state ./state --inventory mine.json --speed 1
    """
    output = session_of(context).output
    with (
        stopped_by_sigterm(),
        serving(
            output.talk,
            inventory=inventory,
            port=port,
            aws_port=aws_port,
            speed=speed,
            state_directory=state,
            seed=seed,
            faults=faults,
        ) as server,
    ):
        if output.is_json:
            output.json_line({"apiUrl": server.api_url, "awsUrl": server.aws_url})
        kept = f"kept in {state}" if state else "not kept (--state DIR keeps it)"
        output.talk.show(
            *addresses(server),
            f"State          {kept}",
            "",
            f"Next: drsctl{api_option(server)} plan apply FILE",
            f"AWS:  {aws_command(server)} drs describe-jobs",
            "Ctrl-C stops it.",
        )
        try:
            server.wait()
        except KeyboardInterrupt:
            output.talk.show("stopping ...")


def addresses(server: LocalServer) -> list[str]:
    """Return where the server listens, a line each."""
    return [
        f"API            {server.api_url}/api/v1",
        f"AWS endpoint   {server.aws_url}",
    ]


def aws_command(server: LocalServer) -> str:
    """Return the AWS CLI as a shell takes it, with the simulated Region; any credentials do."""
    _, region = server.simulator.home
    return (
        f"AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local"
        f" aws --endpoint-url {server.aws_url}"
    )


def api_option(server: LocalServer) -> str:
    """Return the option that leads `drsctl` to the server, if it needs one."""
    usual = server.api_url.endswith(f":{API_PORT}")
    return "" if usual else f" --api {server.api_url}"


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that the state is saved and ports are closed in order."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
