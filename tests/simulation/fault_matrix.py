"""Faults x steps: each fault strikes each step that meets it, in both modes, with several seeds.

    python -m tests.simulation.fault_matrix                     every cell
    python -m tests.simulation.fault_matrix --only hangs-at-1:CheckRecoveryFunction:DRILL:0

Every cell ends in a named state: a verdict, with nothing left running. A cell whose fault met no
call, because the step makes none of the kind, proves nothing and is counted apart.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ConnectionClosedError

from drs_orchestrator.domain.decision import Choice
from drs_orchestrator.domain.errors import OrchestratorError, StaleVersion, StoreUnavailable
from local.arguments import at_least
from local.drs import Faults, ServerFault, ServerFaultKind
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.scenarios import Person, run, start
from tests.simulation.workers import work
from tests.workflow.laptop import FINAL, fleet, plan, server_id, servers, wave

Json = dict[str, Any]
Strike = Callable[[VirtualWorld, Call, int, float], bool]
"""Gets the world, a call of the step, its number in the step, and seconds since the first; raises,
or returns whether it has struck in another way."""
NOT_MET = "NOT_MET"
"""The state of a cell whose fault never struck."""
_STATES = {*FINAL, "TIMED_OUT"}
MODES = ("DRILL", "RECOVERY")
_AGAIN = ".venv/bin/python -m tests.simulation.fault_matrix --only"


def _dies(number: int) -> Strike:
    def strike(_world: VirtualWorld, _call: Call, count: int, _seconds: float) -> bool:
        if count == number:
            raise FunctionEnded
        return False

    return strike


def _fails_as(error_type: str, seconds: float = 0) -> Strike:
    def strike(_world: VirtualWorld, _call: Call, count: int, since: float) -> bool:
        if count == 1 or since < seconds:
            raise FunctionEnded(error_type, "as injected")
        return False

    return strike


def _raises(error: Exception, number: int) -> Strike:
    def strike(_world: VirtualWorld, _call: Call, count: int, _seconds: float) -> bool:
        if count == number:
            raise error
        return False

    return strike


def _no_answer(number: int) -> Strike:
    def strike(_world: VirtualWorld, call: Call, count: int, _seconds: float) -> bool:
        if count == number:
            raise _lost(call)
        return False

    return strike


def _outage(seconds: float, *, of_store: bool) -> Strike:
    def strike(_world: VirtualWorld, call: Call, _count: int, since: float) -> bool:
        if (call.service == "dynamodb") is of_store and since < seconds:
            raise _lost(call)
        return False

    return strike


def _hangs(number: int) -> Strike:
    def strike(world: VirtualWorld, _call: Call, count: int, _seconds: float) -> bool:
        if count == number:
            world.schedule.sleep(3600)
        return count == number

    return strike


def _slow(world: VirtualWorld, _call: Call, _count: int, since: float) -> bool:
    if since < 1800:
        world.schedule.sleep(10)
    return since < 1800


def _stopped(world: VirtualWorld, _call: Call, count: int, _seconds: float) -> bool:
    if count == 2:
        for workflow in list(world.interpreter.executions.values()):
            world.interpreter.stop(workflow.arn, "ByHand", "in the console")
    return count == 2


def _lost(call: Call) -> Exception:
    if call.service == "dynamodb":
        return StoreUnavailable("no answer")
    return ConnectionClosedError(endpoint_url=f"https://{call.service}")


BEFORE: Mapping[str, Strike] = {
    **{f"dies-before-{n}": _dies(n) for n in (1, 2, 3, 5)},
    **{f"hangs-at-{n}": _hangs(n) for n in (1, 3)},
    **{f"request-lost-{n}": _no_answer(n) for n in (1, 2, 4)},
    **{
        name: _fails_as(f"Lambda.{name}")
        for name in (
            "TooManyRequestsException",
            "ServiceException",
            "AWSLambdaException",
            "SdkClientException",
            "ClientExecutionTimeoutException",
            "Unknown",
        )
    },
    "throttled-for-10-minutes": _fails_as("Lambda.TooManyRequestsException", 600),
    "store-away-for-5-minutes": _outage(300, of_store=True),
    "store-away-for-an-hour": _outage(3600, of_store=True),
    "aws-away-for-5-minutes": _outage(300, of_store=False),
    "aws-away-for-an-hour": _outage(3600, of_store=False),
    "a-bug": _raises(RuntimeError("a bug"), 2),
    "somebody-was-faster": _raises(StaleVersion("moved on"), 2),
    "slow": _slow,
    "stopped-by-hand": _stopped,
}
AFTER: Mapping[str, Strike] = {
    **{f"dies-after-{n}": _dies(n) for n in (1, 2, 4)},
    **{f"answer-lost-{n}": _no_answer(n) for n in (1, 2, 4)},
}
FAULTS: Mapping[str, Strike] = {**BEFORE, **AFTER}


def _plan() -> Json:
    """Return a plan whose execution goes through every step."""
    group, db = wave("db", servers(0, 1), on_failure="ASK")
    acts = {"preActions": [{"name": "stop", "type": "ssm", "documentName": "Do-stop"}]}
    db = {**db, **acts, "healthCheck": {"ec2Status": True}}
    document = plan("matrix", (group, db), wave("app", servers(1, 1), "db", on_failure="ASK"))
    return {**document, "cleanUpAfterMinutes": 5}


def steps(mode: str) -> list[str]:
    """Return the functions that an execution of this mode meets, by their short names."""
    seen: set[str] = set()

    def look(_world: VirtualWorld, call: Call, _count: int, _seconds: float) -> bool:
        seen.add(call.caller)
        return False

    _tell("", look, mode, 0, is_after=False)
    return sorted(each for each in seen if each.endswith("Function"))


def cells(seeds: int = 3) -> Iterator[str]:
    """Yield the names of all cells: a drill's clean-up has steps that no recovery meets."""
    met = {mode: steps(mode) for mode in MODES}
    for step in sorted({step for each in met.values() for step in each}):
        for fault in FAULTS:
            for mode in (mode for mode in MODES if step in met[mode]):
                yield from (f"{fault}:{step}:{mode}:{seed}" for seed in range(seeds))


def run_cell(cell: str) -> tuple[str, str, str | None]:
    """Return the cell, the state that it ended in, or NOT_MET, and what was wrong."""
    fault, step, mode, seed = cell.split(":")
    try:
        status, waits, hits = _tell(step, FAULTS[fault], mode, int(seed), is_after=fault in AFTER)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        return cell, "-", f"{type(error).__name__}: {error}"
    wrong = None if status in _STATES and not waits else f"{status} is no end"
    return cell, status if hits or wrong else NOT_MET, wrong


def _tell(
    step: str, strike: Strike, mode: str, seed: int, *, is_after: bool
) -> tuple[str, bool, int]:
    """Return status, whether the execution still waits, and how often the fault struck."""
    hits = 0

    def begin(world: VirtualWorld, document: Json, execution_type: str) -> str:
        count, first = 0, 0.0

        def look(call: Call) -> None:
            nonlocal count, first, hits
            if step in {"", call.caller}:
                count += 1
                first = first or world.schedule.elapsed_seconds
                since = world.schedule.elapsed_seconds - first
                try:
                    hits += strike(world, call, count, since)
                except BaseException:
                    hits += 1
                    raise

        setattr(world.calls, "after" if is_after else "before", look)
        return start(world, document, execution_type)

    failing = ServerFault(server_id(0), ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
    outcome = run(
        _plan(),
        fleet(2),
        seed=seed,
        execution_type=mode,
        people=[_answers],
        patience=timedelta(days=8),
        begin=begin,
        linger=timedelta(minutes=20),
        faults=Faults(servers=[failing]),
    )
    return outcome.execution["status"], outcome.is_waiting, hits


def _answers(person: Person) -> None:
    """Answer every question as it comes: try twice, then go on without."""
    asked: Counter[str] = Counter()
    while not (execution := person.read()).get("endTime"):
        for each in execution["waves"]:
            question = each.get("question")
            if question:
                asked[each["name"]] += 1
                _answer(person, each["name"], question, is_tired=asked[each["name"]] > 2)
        person.rest(120)


def _answer(person: Person, name: str, question: Json, *, is_tired: bool) -> None:
    choices = [each["decision"] for each in question["choices"]]
    wanted = Choice.SKIP if is_tired and Choice.SKIP in choices else choices[0]
    try:
        person.decide(name, wanted, question["attempt"], "as agreed")
    except OrchestratorError:
        return  # withdrawn meanwhile


def _cell(text: str) -> str:
    match text.split(":"):
        case [fault, _, mode, seed] if fault in FAULTS and mode in MODES and seed.isdecimal():
            return text
    raise argparse.ArgumentTypeError(
        f"{text!r} is no cell, such as hangs-at-1:CheckRecoveryFunction:DRILL:0;"
        f" faults: {', '.join(FAULTS)}; modes: {', '.join(MODES)}"
    )


def main() -> int:
    """Run the cells; return 1 if one has no named end."""
    parser = argparse.ArgumentParser(description="Run the matrix of faults and steps.")
    parser.add_argument("--seeds", type=at_least(1), default=3)
    parser.add_argument("--every", type=at_least(1), default=1, help="only every so many-th cell")
    parser.add_argument("--only", action="append", type=_cell, metavar="FAULT:STEP:MODE:SEED")
    parser.add_argument("--processes", type=at_least(1), default=2)
    asked = parser.parse_args()
    chosen = asked.only or list(cells(asked.seeds))[:: asked.every]
    ends, wrong = Counter[str](), 0
    for cell, status, said in work(run_cell, chosen, asked.processes, at_once=8):
        ends[status] += 1
        if said:
            wrong += 1
            print(f"{cell}: {said}\n    {_AGAIN} {cell}", flush=True)
    met = len(chosen) - ends[NOT_MET]
    print(f"{len(FAULTS)} faults, {met} cells met one, {wrong} wrong; {dict(ends)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
