"""`drsctl inventory`: source servers, of a real account or of a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from cli.answers import Json
from cli.errors import BadInput
from cli.inventory_file import read_inventory_file
from cli.output import table
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.session import session_of

# Weeks to seconds; months and years have no fixed length, and DRS reports none.
_AMOUNT = r"\d+(?:\.\d+)?"
_DURATION = re.compile(
    rf"P(?=.)(?:{_AMOUNT}W)?(?:{_AMOUNT}D)?"
    rf"(?:T(?=.)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?"
)
app = typer.Typer(no_args_is_help=True, help="Source servers: record them, look at them.")


@app.command("export", epilog=GLOBAL_OPTIONS_HINT)
def export(
    context: typer.Context,
    region: Annotated[
        str | None,
        typer.Option(metavar="REGION", help="The Region that recovers; else that of the profile."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="PROFILE", help="A profile of your AWS configuration.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-O", "--output-file", metavar="FILE", help="Write it there.")
    ] = None,
) -> None:
    """Record the source servers of your AWS account.

    Prints what `aws drs describe-source-servers` prints, all pages of it. It reads only, and needs
    drs:DescribeSourceServers. Rehearse with the file: drsctl local --inventory FILE

    \b
    Examples:
      drsctl inventory export --region us-west-2 -O inventory.json
      drsctl inventory export --region us-west-2 --profile dr-reader
    """
    # Imported late: boto3 takes longer to load than the other commands take to run.
    from cli.aws_inventory import describe_source_servers  # noqa: PLC0415

    output = session_of(context).output
    items = describe_source_servers(region, profile)
    text = json.dumps({"items": items}, indent=4) + "\n"
    if file is None:
        output.data.console.file.write(text)
        output.data.console.file.flush()
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"{file}: cannot be written ({error.strerror}); name another") from error
    output.talk.show(f"wrote {len(items)} source servers to {file}")


@app.command("show", epilog=GLOBAL_OPTIONS_HINT)
def show(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="An inventory file; without it, the API is asked."),
    ] = None,
) -> None:
    """Show source servers and how well they replicate.

    \b
    Examples:
      drsctl inventory show
      drsctl inventory show examples/three-tier/inventory.json
    """
    session = session_of(context)
    if file is not None:
        servers = read_inventory_file(file)
        rows = [_recorded_row(server) for server in servers]
    else:
        with session.client() as client:
            servers = client.source_servers()
        rows = [_row(server) for server in servers]
    columns = ["SOURCE SERVER", "HOSTNAME", "NAME", "TIER", "OS", "REPLICATION", "LAG", "GROUP"]
    session.output.listing(
        servers,
        table(columns, rows, optional=["NAME", "TIER", "OS", "GROUP"]),
        "No source servers here.",
    )


def _row(server: Json) -> list[str]:
    tags = server.get("tags") or {}
    return [
        server["sourceServerId"],
        server.get("hostname") or "unknown",
        tags.get("Name", ""),
        tags.get("Tier", ""),
        _system_text(server.get("operatingSystem") or ""),
        server.get("replicationState") or "unknown",
        _lag_text(server.get("lagDuration")),
        server.get("groupName") or "",
    ]


def _system_text(full: str) -> str:
    """Return the name without the kernel's build notes: `Linux 5.14.0-503.el9.x86_64`."""
    return full.partition(" (")[0].partition(" #")[0].replace("Linux version ", "Linux ")


def _lag_text(lag: str | None) -> str:
    """Return an ISO 8601 duration such as `PT11M` as `11m`, anything else as it is."""
    if not lag:
        return "unknown"
    if not _DURATION.fullmatch(lag):
        return lag
    amounts = re.findall(rf"({_AMOUNT})([WDHMS])", lag)
    parts = [f"{amount}{unit.lower()}" for amount, unit in amounts if float(amount)]
    return " ".join(parts) or "none"


def _recorded_row(server: Json) -> list[str]:
    properties = server.get("sourceProperties") or {}
    replication = server.get("dataReplicationInfo") or {}
    return _row(
        {
            "sourceServerId": server["sourceServerID"],
            "hostname": (properties.get("identificationHints") or {}).get("hostname"),
            "tags": server.get("tags"),
            "operatingSystem": (properties.get("os") or {}).get("fullString"),
            "replicationState": replication.get("dataReplicationState"),
            "lagDuration": replication.get("lagDuration"),
        }
    )
