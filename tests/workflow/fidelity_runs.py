"""One case on either interpreter, and what it comes to."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from local.drs import JobTruth
from tests.simulation.scenarios import Person, run
from tests.workflow.breakdowns import Breakdowns
from tests.workflow.fidelity_cases import BEHAVIOUR, CASES, FAULTS, INVENTORY, OTHER_FAULTS, Case
from tests.workflow.laptop import ACCOUNT, FINAL, REGION, Json, Laptop
from tests.workflow.laptop_person import LaptopPerson
from tests.workflow.state_visits import (
    End,
    Event,
    Histories,
    end_of_moto,
    end_of_virtual,
    of_moto,
    of_virtual,
    states,
)

_LONGEST_LOOP = 6
CLEAN_UP = "clean-up"
RECOVERY = "recovery"
Told = Mapping[str, list[Event]]
"""The histories of a run: of its waves by their names, of the RECOVERY and of its CLEAN_UP."""


@dataclass(frozen=True)
class Seen:
    """What a run comes to, without its times: they differ, for only one of both is exact.

    `states`: those that were entered, each loop turned once. `broken`: the states whose function
    broke, in order, with the errors. `ends`: of the RECOVERY and the CLEAN_UP, in JSON.
    """

    status: str
    waves: dict[str, str]
    states: dict[str, list[str]]
    broken: dict[str, list[tuple[str, str]]]
    ends: dict[str, str]
    jobs: dict[str, list[tuple[str, ...]]]
    terminated: list[tuple[str, ...]]


def on_moto(
    running: Laptop, children: Histories, breakdowns: Breakdowns, name: str
) -> tuple[Seen, Told]:
    """Run a case on a laptop."""
    case = CASES[name]
    plan_id = running.apply(case.document(name))
    breakdowns.note(plan_id, name)
    execution_id = running.start(plan_id)
    case.person(LaptopPerson(running, execution_id))
    execution = running.ended(execution_id)
    told = {
        wave: list(events) for (id_, wave), events in list(children.items()) if id_ == execution_id
    }
    ends: dict[str, End] = {}
    for kind, arn in _executions(running, execution_id).items():
        running.workflow_status({"executionArn": arn})
        told[kind] = _history(running, arn)
        ends[kind] = end_of_moto(running.step_functions.describe_execution(executionArn=arn))
    jobs = running.simulator.truth(ACCOUNT, REGION).jobs
    return _seen(case, execution, told, ends, jobs), told


def _executions(running: Laptop, execution_id: str) -> dict[str, str]:
    """Return the ARNs of the workflows of a run."""
    found: dict[str, str] = {}
    for machine in running.step_functions.list_state_machines()["stateMachines"]:
        arn = machine["stateMachineArn"]
        pages = running.step_functions.get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=arn):
            for each in page["executions"]:
                if execution_id in each["name"]:
                    found[_kind(each["name"])] = each["executionArn"]
    return found


def _kind(name: str) -> str:
    return CLEAN_UP if name.startswith("cleanup-") else RECOVERY


def _history(running: Laptop, arn: str) -> list[Event]:
    pages = running.step_functions.get_paginator("get_execution_history")
    return of_moto(
        dict(event) for page in pages.paginate(executionArn=arn) for event in page["events"]
    )


class _VirtualPerson(Person):
    # As the laptop's API knows whoever asks.
    actor = "local"

    def until_ended(self) -> Json:
        return self.until(lambda execution: execution["status"] in FINAL)


def on_virtual(name: str) -> tuple[Seen, Told]:
    """Run a case in virtual time."""
    case = CASES[name]
    breakdowns = Breakdowns({name: case.broken}, otherwise=name)
    told: dict[str, list[Event]] = {}
    ends: dict[str, End] = {}

    def act(person: Person) -> None:
        case.person(_VirtualPerson(person.world, person.execution_id))
        people.append(person)

    people: list[Person] = []
    outcome = run(
        case.document(name),
        INVENTORY,
        faults=FAULTS,
        other_faults=OTHER_FAULTS,
        invoker=breakdowns,
        behaviour=BEHAVIOUR,
        people=[act],
        watch_every=10,
    )
    for each in people[0].world.interpreter.executions.values():
        told[_kind(each.name)] = of_virtual(each)
        ends[_kind(each.name)] = end_of_virtual(each)
        told |= {child.input["wave"]: of_virtual(child) for child in each.children}
    return _seen(case, outcome.execution, told, ends, outcome.truth.jobs), told


def _seen(
    case: Case,
    execution: Json,
    told: Told,
    ends: Mapping[str, End],
    jobs: Iterable[JobTruth],
) -> Seen:
    launched: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    terminated: list[tuple[str, ...]] = []
    for job in jobs:
        if not case.server_ids() & set(job.server_ids):
            continue
        if job.kind == "LAUNCH":
            launched[job.tags["drsorc:wave"]].append(job.server_ids)
        else:
            terminated.append(tuple(sorted(job.server_ids)))
    return Seen(
        status=execution["status"],
        waves={each["name"]: each["status"] for each in execution["waves"]},
        states={name: collapsed(states(events)) for name, events in told.items()},
        broken={name: _broken(case, events) for name, events in told.items()},
        ends={kind: _named_alike(end, execution["executionId"]) for kind, end in ends.items()},
        jobs=dict(launched),
        terminated=terminated,
    )


def _named_alike(end: End, execution_id: str) -> str:
    """Return an end with the names that each run gives anew replaced."""
    text = json.dumps(asdict(end), sort_keys=True).replace(execution_id, "execution")
    return re.sub(r"drsjob-[0-9a-f]+", "job", text)


def _broken(case: Case, events: Iterable[Event]) -> list[tuple[str, str]]:
    """Return the breakdowns alone: on a busy laptop other tasks may fail too, and be retried."""
    errors = {each.error for each in case.broken}
    return [(each.state, each.error) for each in events if each.error and each.error in errors]


def collapsed(entered: Sequence[str]) -> list[str]:
    """Return the states with each loop turned once: how often it turns is a matter of time."""
    left: list[str] = []
    for state in entered:
        left.append(state)
        for length in range(1, _LONGEST_LOOP + 1):
            if len(left) >= 2 * length and left[-length:] == left[-2 * length : -length]:
                del left[-length:]
                break
    return left
