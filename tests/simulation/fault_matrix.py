"""Faults x steps: each fault strikes each step that meets it, in both modes, with several seeds.

    python -m tests.simulation.fault_matrix                     every cell
    python -m tests.simulation.fault_matrix --only hangs:CheckRecoveryFunction:DRILL:0

Every cell ends in a named state: a verdict, with nothing left running. A cell counts if a call of
the step itself met the fault and the history went otherwise than without it.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing

from local.arguments import at_least, leave
from local.virtual.calls import Call
from tests.simulation.faults import FAULTS, Strike
from tests.simulation.faults.story import clean, digest, tell
from tests.simulation.scenarios import Outcome
from tests.simulation.workers import MOST_PROCESSES, work
from tests.workflow.laptop import FINAL, Json

Result = tuple[str, str, str | None]
"""A cell, the state that it ended in, or NOT_MET, and what was wrong."""
NOT_MET = "NOT_MET"
"""The state of a cell whose fault never struck, or changed nothing."""
_STATES = {*FINAL, "TIMED_OUT"}
MODES = ("DRILL", "RECOVERY")
_AGAIN = ".venv/bin/python -m tests.simulation.fault_matrix --only"
# Any cell tells the story without its fault first.
_PLAIN = "hangs:CheckRecoveryFunction:DRILL:0"
_TELLS_EVERY = 200


def steps(mode: str, seed: int = 0) -> list[str]:
    """Return the functions that an execution of this mode meets, by their short names."""
    return sorted({call.caller for call in clean(mode, seed).calls})


def cells(seeds: int = 3, faults: Iterable[str] = FAULTS) -> Iterator[str]:
    """Yield the names of all cells whose step makes a call that the fault concerns."""
    for step in sorted({step for mode in MODES for step in steps(mode)}):
        for fault in faults:
            for mode in MODES:
                for seed in range(seeds):
                    if _concerned(fault, step, mode, seed):
                        yield f"{fault}:{step}:{mode}:{seed}"


def run_cell(cell: str) -> Result:
    """Tell the story with the fault of a cell."""
    fault, step, mode, seed = cell.split(":")
    chance = random.Random(cell)
    try:
        concerned = len(_concerned(fault, step, mode, int(seed)))
        number = 1 if FAULTS[fault].is_early else chance.randint(1, max(1, concerned))
        strike = Strike(FAULTS[fault], step, number, chance)
        outcome = tell(mode, int(seed), strike)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        return cell, "-", f"{type(error).__name__}: {error}"
    status, wrong = str(outcome.execution["status"]), _unfinished(outcome)
    is_met = strike.hits and digest(outcome) != clean(mode, int(seed)).digest
    return cell, status if is_met or wrong else NOT_MET, wrong


def _concerned(fault: str, step: str, mode: str, seed: int) -> list[Call]:
    story, struck = clean(mode, seed), FAULTS[fault]
    return [
        call
        for call in story.calls
        if call.caller == step
        and struck.meets(call)
        and (call.number in story.first_calls or not struck.is_of_invocations)
    ]


def _unfinished(outcome: Outcome) -> str | None:
    """Return what has no named end."""
    status = outcome.execution["status"]
    tidied = (outcome.execution.get("cleanUp") or {}).get("status")
    if status not in _STATES or tidied not in _clean_ups(outcome.execution):
        return f"execution {status}, clean-up {tidied} is no end"
    return None if outcome.evidence.at_rest else f"{status}, but a workflow still runs"


def _clean_ups(execution: Json) -> set[str | None]:
    """Return how its clean-up may have ended; None: there was none."""
    if execution["executionType"] != "DRILL":
        return {None}
    # One that was promised is on record, for the story waits until its time has passed.
    is_promised = bool(execution.get("cleanUpTime"))
    return {"COMPLETED", "INCOMPLETE", *(() if is_promised else (None,))}


def _cell(text: str) -> str:
    match text.split(":"):
        case [fault, _, mode, seed] if fault in FAULTS and mode in MODES and seed.isdecimal():
            return text
    raise argparse.ArgumentTypeError(
        f"{text!r} is no cell, such as hangs:CheckRecoveryFunction:DRILL:0;"
        f" faults: {', '.join(FAULTS)}; modes: {', '.join(MODES)}"
    )


def main() -> int:
    """Run the cells; return 1 if one has no named end."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.fault_matrix",
        description="Run the matrix of faults and steps.",
    )
    parser.add_argument(
        "--seeds", type=at_least(1, 1000), default=3, help="of every cell (default: %(default)s)"
    )
    parser.add_argument("--every", type=at_least(1), default=1, help="only every so many-th cell")
    parser.add_argument("--fault", action="append", choices=FAULTS, metavar="FAULT")
    parser.add_argument("--only", action="append", type=_cell, metavar="FAULT:STEP:MODE:SEED")
    parser.add_argument("--processes", type=at_least(1, MOST_PROCESSES), default=2)
    asked = parser.parse_args()
    if asked.only and (asked.fault or asked.every != 1):
        parser.error("--only tells the cells that it names, without --fault and --every")
    try:
        for cell in asked.only or ():
            _, step, mode, seed = cell.split(":")
            if step not in (there := steps(mode, int(seed))):
                parser.error(f"{cell!r}: no such step; there are {', '.join(there)}")
        chosen = asked.only or list(cells(asked.seeds, asked.fault or FAULTS))[:: asked.every]
    except AssertionError as error:
        print(f"the story, without any fault: {error}\n    {_AGAIN} {_PLAIN}")
        return 1
    results = []
    with closing(work(run_cell, chosen, asked.processes, at_once=8)) as cells_run:
        for cell, status, said in cells_run:
            results.append((cell, status, said))
            if said:
                print(f"{cell}: {said}\n    {_AGAIN} {cell}", flush=True)
            if len(results) % _TELLS_EVERY == 0:
                print(f"{len(results)} of {len(chosen)} cells", flush=True)
    print(summary(results))
    if all(status == NOT_MET for _, status, _ in results):
        print("nothing is proved: no cell met its fault")
        return 1
    return 1 if any(said for _, _, said in results) else 0


def summary(results: Iterable[Result]) -> str:
    """Return what a run came to: pairs of fault and step that no cell met are none."""
    ends, met, unmet, wrong = Counter[str](), set[str](), set[str](), 0
    for cell, status, said in results:
        ends[status] += 1
        wrong += said is not None
        (unmet if status == NOT_MET else met).add(":".join(cell.split(":")[:2]))
    never = sorted(unmet - met)
    faults = {pair.split(":")[0] for pair in met}
    return (
        f"{len(faults)} faults met {len(met)} pairs of fault and step in"
        f" {ends.total() - ends[NOT_MET]} cells, {wrong} wrong; {dict(ends)};"
        f" no pairs, because never met: {', '.join(never) or '-'}"
    )


if __name__ == "__main__":
    leave(main)
