"""Faults x steps: each fault strikes each step that meets it, in both modes, with several seeds.

    python -m tests.simulation.fault_matrix                     every cell
    python -m tests.simulation.fault_matrix --only hangs:CheckRecoveryFunction:DRILL:0

Every cell ends in a named state: a verdict, with nothing left running, and one to which its fault
may come (`Fault.ends`), its clean-up too (`Fault.tidies`): what passes leaves no trace of it. A
cell counts if a call of the step itself met the fault and the history went otherwise than without
it. What strikes nothing proves nothing: a fault that no cell met is wrong, and so is a pair of
fault and step, unless `faults/unmet.py` says why.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing

from local.arguments import HelpFormatter, at_least, examples, leave
from local.virtual.calls import Call
from tests.simulation.faults import FAULTS, Strike
from tests.simulation.faults.ends import unfinished, unpermitted
from tests.simulation.faults.story import WrongWithoutFault, clean, digest, tell
from tests.simulation.faults.unmet import UNMET, faults_never_met, pair_of, pairs_never_met
from tests.simulation.tally import Tally, behind_first, command, offer_first
from tests.simulation.workers import offer_processes, work

Result = tuple[str, str, str | None]
"""A cell, the state that it ended in, or NOT_MET, and what was wrong."""
NOT_MET = "NOT_MET"
"""The state of a cell whose fault never struck, or changed nothing."""
MODES = ("DRILL", "RECOVERY")
_SEEDS = 3
_EXAMPLE = "hangs:CheckRecoveryFunction:DRILL:0"


def steps(mode: str, seed: int = 0) -> list[str]:
    """Return the functions that an execution of this mode meets, by their short names."""
    return sorted({call.caller for call in clean(mode, seed).calls})


def cells(seeds: int = _SEEDS, faults: Iterable[str] = FAULTS) -> Iterator[str]:
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
    status, wrong = str(outcome.execution["status"]), unfinished(outcome)
    is_met = strike.hits and digest(outcome) != clean(mode, int(seed)).digest
    if is_met and not wrong:
        wrong = unpermitted(outcome, FAULTS[fault], step)
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
            wrong = f"it is not FAULT:STEP:MODE:SEED, such as {_EXAMPLE}"
    raise argparse.ArgumentTypeError(f"{text!r} is no cell: {wrong}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.fault_matrix",
        description="Run the matrix of faults and steps.",
        epilog=examples(
            "tests.simulation.fault_matrix",
            "--fault hangs --seeds 1",
            "--every 50",
            f"--only {_EXAMPLE}",
        ),
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--seeds",
        type=at_least(1, 1000),
        metavar="N",
        help=f"of every cell (default: {_SEEDS})",
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
        help=f"this cell alone, such as {_EXAMPLE}; may be repeated. STEP is a function of the"
        f" workflow: to one that is none, all are named. MODE: {', '.join(MODES)}",
    )
    offer_first(parser, "cells")
    offer_processes(parser, "cells", 2)
    return parser


def _chosen(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> Sequence[str]:
    """Return the cells that the command line asks for, all of which there are."""
    for cell in asked.only or ():
        fault, step, mode, seed = cell.split(":")
        if step not in (there := steps(mode, int(seed))):
            parser.error(f"{cell!r}: no such step; there are {', '.join(there)}")
        if not _concerned(fault, step, mode, int(seed)):
            parser.error(f"{cell!r}: the step makes no call that this fault concerns")
        if why := UNMET.get(pair_of(cell)):
            parser.error(f"{cell!r}: the step never meets this fault: {why}")
    seeds, faults = asked.seeds or _SEEDS, asked.fault or FAULTS
    every = asked.only or list(cells(seeds, faults))[:: asked.every]
    chosen = list(dict.fromkeys(every))
    return behind_first(chosen, asked.first, parser, "cells")


def main() -> int:
    """Run the cells; return 1 if one has no end that it may have, or a fault strikes nothing."""
    parser = _parser()
    asked = parser.parse_args()
    if asked.only and (asked.fault or asked.seeds or asked.every != 1):
        parser.error("--only tells the cells that it names, without --fault, --seeds and --every")
    try:
        chosen = _chosen(asked, parser)
    except WrongWithoutFault as wrong:
        again = _again(f"hangs:CheckRecoveryFunction:{wrong.mode}:{wrong.seed}")
        print(f"{wrong}\n    {again}")
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
    missed = list(_missed(results, asked))
    print(*missed, sep="\n", end="\n" if missed else "")
    return 1 if missed or any(said for _, _, said in results) else 0


def _missed(results: Iterable[Result], asked: argparse.Namespace) -> Iterator[str]:
    """Yield what nothing is proved about, as far as all that could prove it was told."""
    met = {cell: status != NOT_MET for cell, status, _ in results}
    if not any(met.values()):
        yield "nothing is proved: no cell met its fault"
    elif not asked.only:
        # Which call of a step it is that meets a fault is drawn, so a pair takes several seeds.
        faults, seeds = asked.fault or FAULTS, asked.seeds or _SEEDS
        yield from faults_never_met(cells(seeds, faults), met)
        yield from pairs_never_met(cells(max(seeds, _SEEDS), faults), met)


def _again(cell: str) -> str:
    return command("fault_matrix", only=cell)


def summary(results: Iterable[Result]) -> str:
    """Return what a run came to: pairs of fault and step that no cell met are none."""
    ends, met, unmet, wrong = Counter[str](), set[str](), set[str](), 0
    for cell, status, said in results:
        ends[status] += 1
        wrong += said is not None
        (unmet if status == NOT_MET else met).add(pair_of(cell))
    never = sorted(unmet - met)
    faults = {pair.split(":")[0] for pair in met}
    return (
        f"{len(faults)} faults met {len(met)} pairs of fault and step in"
        f" {ends.total() - ends[NOT_MET]} cells, {wrong} wrong; {dict(ends)};"
        f" no pairs, because never met: {', '.join(never) or '-'}"
    )


if __name__ == "__main__":
    leave(main)
