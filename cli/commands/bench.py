"""`drsctl bench`: how close a plan's recovery comes to the shortest time that is possible."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.commands.demo import ExecutionType
from cli.errors import BadInput
from cli.inventory_file import read_inventory_file
from cli.output import Channel, table
from cli.plan_file import PlanFile, read_plan_file
from cli.root_group import GLOBAL_OPTIONS_HINT
from cli.session import session_of
from cli.times import duration_text

EPILOG = GLOBAL_OPTIONS_HINT
# Days of work for a plan of any size; more is a slip of the finger.
_MOST_SEEDS = 10_000
# What -o json holds, and all of it: seconds, ratios to the lower bound, and the most of any seed.
_FIELDS = (
    "lowerBoundSeconds",
    "makespanSeconds",
    "ratio",
    "policies",
    "transitions",
    "maxEvents",
    "drsCalls",
    "quotaErrors",
)
_NO_BARRIER = (
    "No server waited for the others of its job. Where they change phases together, as one real job"
    " log shows, ratios are larger: docs/reference/benchmark.md says how much."
)


def bench(
    context: typer.Context,
    plan: Annotated[Path, typer.Option(metavar="FILE", help="The plan file to measure.")],
    inventory: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="Its source servers: `drsctl inventory export` writes this file."
        ),
    ],
    seeds: Annotated[
        int,
        typer.Option(
            min=1, max=_MOST_SEEDS, help="How many times, each with other durations of launches."
        ),
    ] = 10,
    execution_type: Annotated[
        ExecutionType, typer.Option(help="A RECOVERY is assumed to launch 1.5 times as long.")
    ] = ExecutionType.DRILL,
) -> None:
    """Measure a plan against the lower bound of its recovery time, in simulated time.

    The workflow and the handlers are the shipped ones, DRS is simulated; nothing in AWS is touched.
    Launches alone are measured: approvals, actions, health checks and clean-up are left out, and so
    is what runs of a server already. Three other ways to carry out the same plan are run for
    comparison, each with the same seeds; one job per server has the first seed only where there are
    more than 300 servers. No server waits for the others of its job; where they change phases
    together, as one real job log shows, ratios are larger: docs/reference/benchmark.md says how
    much.

    -o json: lowerBoundSeconds (mean), makespanSeconds and ratio (mean and p95), the latter two by
    policies, too (sequential is one wave after another, levels level by level, jobPerServer one job
    per server), and the largest of any seed: transitions, maxEvents (of the fullest execution),
    drsCalls, quotaErrors.

    \b
    Examples:
      drsctl bench --plan plan.yaml --inventory inventory.json
      drsctl bench --plan plan.yaml --inventory inventory.json --seeds 20 -o json
    """
    output = session_of(context).output
    plan_file = read_plan_file(plan)
    report = _measure(output.talk, plan_file, inventory, seeds, execution_type.value)
    rows = [
        (
            _words(name),
            duration_text(each["makespanSeconds"]["mean"]),
            duration_text(each["makespanSeconds"]["p95"]),
            f"{each['ratio']['mean']:.3f}",
            f"{each['ratio']['p95']:.3f}",
        )
        for name, each in {"dataflow": report, **report["policies"]}.items()
    ]
    output.answer(
        {name: report[name] for name in _FIELDS},
        table(("POLICY", "MEAN", "P95", "RATIO", "RATIO P95"), rows),
        "",
        f"Lower bound    {duration_text(report['lowerBoundSeconds'])} (mean; seeds: {seeds})",
        f"Transitions    {report['transitions']} of Step Functions, at most",
        f"Events         {report['maxEvents']} in the fullest execution; 25,000 is the limit",
        f"DRS calls      {report['drsCalls']}, refused for a quota: {report['quotaErrors']}",
        "",
        _NO_BARRIER,
    )


def _words(policy: str) -> str:
    # Imported late, as below.
    from local.bench.policies import Policy  # noqa: PLC0415

    return Policy(policy).words


def _measure(
    talk: Channel, plan_file: PlanFile, inventory: Path, seeds: int, execution_type: str
) -> dict[str, Any]:
    # Imported late: the simulation takes longer to load than `drsctl --help` takes to answer.
    from local.assembly import AssemblyError, assembly_directory, is_made  # noqa: PLC0415
    from local.bench.campaign import Campaign  # noqa: PLC0415
    from local.bench.coverage import without_instances  # noqa: PLC0415
    from local.bench.documents import checked  # noqa: PLC0415
    from local.bench.policies import launches_only  # noqa: PLC0415
    from local.bench.trial import (  # noqa: PLC0415
        InventoryUnusable,
        RunFailed,
        Trial,
        refuse_unfit,
    )

    try:
        document, lost = launches_only(checked(plan_file.document))
        items, live = without_instances(read_inventory_file(inventory))
        for each in (*lost, *live):
            talk.show(f"left out: {each}")
        trial = Trial(document, {"items": items}, execution_type=execution_type)
        refuse_unfit(trial)
        if not is_made():
            talk.show("synthesizing the templates, once: this takes up to a minute")
            assembly_directory()
        with Campaign(tell=talk.show) as campaign:
            report: dict[str, Any] = campaign.of_plan(trial, seeds, seeds)
    except AssemblyError as error:
        raise BadInput(str(error)) from error
    except InventoryUnusable as error:
        raise BadInput(f"{inventory}: {error}") from error
    except RunFailed as error:
        places = [_place(plan_file, each.pointer, each.message) for each in error.faults]
        raise BadInput(f"{plan_file.path}: {error}", places) from error
    return report


def _place(plan_file: PlanFile, pointer: str, message: str) -> str:
    return f"{plan_file.path}:{plan_file.line_of(pointer)}: {pointer or '/'}: {message}"
