"""Faults x steps: each fault strikes each step that meets it, in both modes, with several seeds.

    python -m tests.simulation.fault_matrix                     every cell
    python -m tests.simulation.fault_matrix --only hangs:CheckRecoveryFunction:DRILL:0

Every cell ends in a named state: a verdict, with nothing left running, and one to which its fault
may come (`Fault.ends`): what passes leaves no trace of it. A cell counts if a call of the step
itself met the fault and the history went otherwise than without it.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

from local.arguments import HelpFormatter, at_least, leave
from local.virtual.calls import Call
from tests.simulation.faults import FAULTS, Ends, Strike
from tests.simulation.faults.story import clean, digest, tell
from tests.simulation.scenarios import Outcome
from tests.simulation.tally import Tally, behind_first, command, offer_first
from tests.simulation.workers import offer_processes, work
from tests.workflow.laptop import FINAL, Json

Result = tuple[str, str, str | None]
"""A cell, the state that it ended in, or NOT_MET, and what was wrong."""
NOT_MET = "NOT_MET"
"""The state of a cell whose fault never struck, or changed nothing."""
_STATES = {*FINAL, "TIMED_OUT"}
MODES = ("DRILL", "RECOVERY")
# Any cell tells the story without its fault first.
_PLAIN = "hangs:CheckRecoveryFunction:DRILL:0"


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
    if is_met and not wrong:
        wrong = _unpermitted(outcome, FAULTS[fault].permits(step))
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


def _unpermitted(outcome: Outcome, ends: Ends) -> str | None:
    """Return what has an end to which its fault does not come."""
    execution = outcome.execution
    if execution["status"] in ends:
        return None
    waves = [
        f"{each['name']} {each['status']}: {each.get('reason')}" for each in execution["waves"]
    ]
    why = "; ".join([str(execution.get("reason")), *waves])
    return f"{execution['status']}, where it ends {' or '.join(sorted(ends))} ({why})"


def _clean_ups(execution: Json) -> set[str | None]:
    """Return how its clean-up may have ended; None: there was none."""
    if execution["executionType"] != "DRILL":
        return {None}
    # One that was promised is on record, for the story waits until its time has passed.
    is_promised = bool(execution.get("cleanUpTime"))
    return {"COMPLETED", "INCOMPLETE", *(() if is_promised else (None,))}


def _cell(text: str) -> str:
    """Read the name of a cell; of a wrong one, say which part is."""
    match text.split(":"):
        case [fault, _, _, _] if fault not in FAULTS:
            wrong = f"there is no fault {fault!r}; there are {', '.join(FAULTS)}"
        case [_, _, mode, _] if mode not in MODES:
            wrong = f"there is no mode {mode!r}; there are {', '.join(MODES)}"
        case [_, _, _, seed] if not seed.isdecimal():
            wrong = f"the seed {seed!r} is no whole number from 0"
        case [_, _, _, _]:
            return text
        case _:
            wrong = f"it is not FAULT:STEP:MODE:SEED, such as {_PLAIN}"
    raise argparse.ArgumentTypeError(f"{text!r} is no cell: {wrong}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.fault_matrix",
        description="Run the matrix of faults and steps.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--seeds",
        type=at_least(1, 1000),
        default=3,
        metavar="N",
        help="of every cell (default: %(default)s)",
    )
    parser.add_argument(
        "--every",
        type=at_least(1),
        default=1,
        metavar="N",
        help="only every so many-th cell (default: %(default)s)",
    )
    parser.add_argument(
        "--fault",
        action="append",
        choices=FAULTS,
        metavar="FAULT",
        help=f"its cells alone; may be repeated (default: all): {', '.join(FAULTS)}",
    )
    parser.add_argument(
        "--only",
        action="append",
        type=_cell,
        metavar="FAULT:STEP:MODE:SEED",
        help=f"this cell alone, such as {_PLAIN}; may be repeated. STEP is a function of the"
        f" workflow: to one that is none, all are named. MODE: {', '.join(MODES)}",
    )
    offer_first(parser, "cells")
    offer_processes(parser, "cells", 2)
    return parser


def _chosen(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> Sequence[str]:
    """Return the cells that the command line asks for, all of which there are."""
    for cell in asked.only or ():
        _, step, mode, seed = cell.split(":")
        if step not in (there := steps(mode, int(seed))):
            parser.error(f"{cell!r}: no such step; there are {', '.join(there)}")
    every = asked.only or list(cells(asked.seeds, asked.fault or FAULTS))[:: asked.every]
    chosen = list(dict.fromkeys(every))
    return behind_first(chosen, asked.first, parser, "cells")


def main() -> int:
    """Run the cells; return 1 if one has no end that it may have."""
    parser = _parser()
    asked = parser.parse_args()
    if asked.only and (asked.fault or asked.every != 1):
        parser.error("--only tells the cells that it names, without --fault and --every")
    try:
        chosen = _chosen(asked, parser)
    except AssertionError as error:
        print(f"the story, without any fault: {error}\n    {_again(_PLAIN)}")
        return 1

    def go_on(done: int) -> str:
        return command("fault_matrix", **{**vars(asked), "first": asked.first + done})

    results = []
    with (
        Tally(chosen, "cells", go_on) as tally,
        closing(work(run_cell, chosen, asked.processes, at_once=8)) as cells_run,
    ):
        for cell, status, said in cells_run:
            results.append((cell, status, said))
            if said:
                print(f"{cell}: {said}\n    {_again(cell)}", flush=True)
            tally.add(cell, is_wrong=said is not None)
    print(summary(results))
    if all(status == NOT_MET for _, status, _ in results):
        print("nothing is proved: no cell met its fault")
        return 1
    return 1 if any(said for _, _, said in results) else 0


def _again(cell: str) -> str:
    return command("fault_matrix", only=cell)


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
