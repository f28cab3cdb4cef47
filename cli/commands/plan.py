"""`drsctl plan`: recovery plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import table
from cli.plan_file import apply_plan_file, read_plan_file
from cli.plan_view import plan_view
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.session import session_of

app = typer.Typer(no_args_is_help=True, help="Recovery plans: write them, look at them.")


@app.command("apply", epilog=GLOBAL_OPTIONS_HINT)
def apply(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The plan file, in YAML.")],
) -> None:
    """Create or replace the plan of a file, by its name.

    \b
    Examples:
      drsctl plan apply examples/three-tier/plan.yaml
    """
    session = session_of(context)
    plan_file = read_plan_file(file)
    with session.client() as client:
        plan, is_new = apply_plan_file(client, plan_file)
    verb = "created" if is_new else "replaced"
    session.output.answer(
        plan, f"{verb} plan {plan['name']} ({plan['planId']}), version {plan['version']}"
    )
    session.output.talk.show(f"Drill it: drsctl drill {quoted(plan['name'])} --watch")


@app.command("ls", epilog=GLOBAL_OPTIONS_HINT)
def list_plans(context: typer.Context) -> None:
    """List all plans.

    \b
    Examples:
      drsctl plan ls
      drsctl plan ls -o json
    """
    session = session_of(context)
    with session.client() as client:
        plans = client.plans()
    rows = [
        [
            plan["name"],
            plan["planId"],
            str(plan["version"]),
            str(len(plan["waves"])),
            plan.get("description") or "",
        ]
        for plan in plans
    ]
    columns = ["NAME", "ID", "VERSION", "WAVES", "DESCRIPTION"]
    session.output.listing(
        plans,
        table(columns, rows, optional=["DESCRIPTION"]),
        "No plans yet; `drsctl plan apply FILE` makes one.",
    )


@app.command("show", epilog=GLOBAL_OPTIONS_HINT)
def show(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Id or name of the plan.")],
) -> None:
    """Show one plan: its waves, and which waits for which.

    \b
    Examples:
      drsctl plan show three-tier
    """
    session = session_of(context)
    with session.client() as client:
        found = client.find_plan(plan)
    session.output.answer(found, *plan_view(found))


def quoted(name: str) -> str:
    """Return a plan's name as a shell takes it; of what names may hold only blanks matter."""
    return f'"{name}"' if " " in name else name
