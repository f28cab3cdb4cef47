"""The story that every fault strikes: an execution that goes through every step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.errors import OrchestratorError, Unavailable
from local.drs import Behaviour, Faults, ServerFault, ServerFaultKind
from local.virtual.calls import Call
from local.virtual.processes import Process
from local.virtual.world import VirtualWorld
from tests.simulation.faults.fault import Strike
from tests.simulation.scenarios import Outcome, Person, add_other_account, run
from tests.simulation.stories.insistent import start_insisting
from tests.workflow.accounts import TARGET, THERE, wave_at
from tests.workflow.laptop import estates, fleet, plan, server_id, servers, wave

Json = dict[str, Any]
PATIENCE = timedelta(days=8)
_LOOKS_EVERY_SECONDS = 120.0
_HEALTH_CHECK = {"ec2Status": True, "ssmAgent": True, "probe": {"type": "tcp", "port": 5432}}
# For four hours: an AWS that is away for an hour, and one clean-up after another.
_LOOKS_FOR_A_CLEAN_UP = 120


@dataclass(frozen=True)
class Clean:
    """The story without a fault: the calls that functions make, and what tells it from others.

    `first_calls`: the numbers of those with which an invocation begins.
    """

    calls: tuple[Call, ...]
    first_calls: frozenset[int]
    digest: str


class WrongWithoutFault(AssertionError):
    """The story in a mode and seed is wrong before any fault strikes it."""

    def __init__(self, mode: str, seed: int, found: AssertionError) -> None:
        super().__init__(f"the story, {mode}, seed {seed}, without any fault: {found}")
        self.mode = mode
        self.seed = seed


@cache
def clean(mode: str, seed: int) -> Clean:
    """Tell the story in a mode without a fault; raises WrongWithoutFault."""
    calls: list[Call] = []
    first_calls: dict[Process, int] = {}

    def aim(world: VirtualWorld) -> None:
        def note(call: Call) -> None:
            process = world.schedule.current
            if process is not None and call.caller.endswith("Function"):
                calls.append(call)
                first_calls.setdefault(process, call.number)

        world.calls.before = note

    try:
        outcome = _tell(mode, seed, aim)
    except AssertionError as error:
        raise WrongWithoutFault(mode, seed, error) from error
    return Clean(tuple(calls), frozenset(first_calls.values()), digest(outcome))


def tell(mode: str, seed: int, strike: Strike) -> Outcome:
    """Tell the story with a fault; raises Violated."""
    return _tell(mode, seed, strike.aim)


def digest(outcome: Outcome) -> str:
    """Return what two histories differ in, however little."""
    told = f"{outcome.chronicle}{sorted(outcome.counts.calls.items())}"
    return sha256(told.encode()).hexdigest()


def _tell(mode: str, seed: int, aim: Callable[[VirtualWorld], None]) -> Outcome:
    def begin(world: VirtualWorld, document: Json, execution_type: str) -> str:
        world.do(add_other_account)
        aim(world)
        return start_insisting(world, document, execution_type)

    failing = ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
    return run(
        _plan(),
        estates(fleet(1), fleet(1, first=1, account=TARGET)),
        seed=seed,
        execution_type=mode,
        people=[_answers],
        patience=PATIENCE,
        begin=begin,
        linger=timedelta(minutes=20),
        faults=Faults(servers=[failing]),
        behaviour=Behaviour(paces={server_id(0): 0.5, server_id(1): 0.5}),
    )


def _plan() -> Json:
    """Return a plan of two waves in two accounts: the first fails once, acts and is looked at."""
    group, db = wave("db", servers(0, 1), on_failure="ASK")
    acts = {"preActions": [{"name": "stop", "type": "ssm", "documentName": "Do-stop"}]}
    db = {**db, **acts, "healthCheck": _HEALTH_CHECK}
    there, app = wave_at(THERE, "app", servers(1, 1), "db")
    document = plan("matrix", (group, db), (there, {**app, "onFailure": "ASK"}))
    return {**document, "cleanUpAfterMinutes": 5}


def _answers(person: Person) -> None:
    """Answer every question as it comes: try twice, then go on without.

    One that still stands, because nobody could carry out the answer yet, is no further one.
    """
    asked: defaultdict[str, set[int]] = defaultdict(set)
    while not (execution := _read(person)).get("endTime"):
        for each in execution.get("waves", ()):
            question = each.get("question")
            if question:
                asked[each["name"]].add(question["attempt"])
                _answer(person, each["name"], question, is_tired=len(asked[each["name"]]) > 2)
        person.rest(_LOOKS_EVERY_SECONDS)
    _wait_for_clean_up(person)


def _wait_for_clean_up(person: Person) -> None:
    """Stay until a clean-up that is to come has ended."""
    for _ in range(_LOOKS_FOR_A_CLEAN_UP):
        execution = _read(person)
        tidied = execution.get("cleanUp") or {}
        is_to_come = execution.get("cleanUpTime") and not tidied
        if execution and not is_to_come and tidied.get("status") != "RUNNING":
            return
        person.rest(_LOOKS_EVERY_SECONDS)


def _read(person: Person) -> Json:
    try:
        return person.read()
    except Unavailable:
        return {}


def _answer(person: Person, name: str, question: Json, *, is_tired: bool) -> None:
    choices = [each["decision"] for each in question["choices"]]
    wanted = Choice.SKIP if is_tired and Choice.SKIP in choices else choices[0]
    try:
        person.decide(name, wanted, question["attempt"], "as agreed")
    except OrchestratorError:
        return  # withdrawn meanwhile, or nobody answers
