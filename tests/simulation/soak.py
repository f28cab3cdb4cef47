"""Random histories, as many as asked for, on all processors.

A soak may be told in parts, of other seeds each: the figures of their last lines can be added up.
One that is stopped, by Ctrl-C or a time-out, ends with those lines too, and with the command that
goes on; it tells again the few that were told before their turn.

python -m tests.simulation.soak --histories 1000
python -m tests.simulation.soak --only 4711        that history again
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import textwrap
import traceback
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from local.arguments import HelpFormatter, at_least, examples, leave
from tests.simulation.histories.history import Told, tell
from tests.simulation.tally import Tally, command
from tests.simulation.workers import ended_after, offer_processes, work

# What no history takes; one that comes to a standstill would go unnoticed otherwise.
_LONGEST_SECONDS = 900.0
_HISTORIES = 1000
_MOST_HISTORIES = 10_000_000
_COLUMNS = 100


@dataclass
class Sum:
    """What all histories together came to."""

    histories: int = 0
    servers: int = 0
    launches: int = 0
    calls: int = 0
    begun: int = 0
    overlapping: int = 0
    refused_at_the_door: int = 0
    refused_by_locks: int = 0
    edits: int = 0
    actions: int = 0
    failed_actions: int = 0
    lapsed: int = 0
    dated: int = 0
    refused_clean_ups: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, told: Told) -> None:
        """Count one more."""
        self.histories += 1
        self.servers += told.servers
        self.launches += told.launches
        self.calls += told.calls
        self.begun += told.begun
        self.overlapping += told.overlaps
        self.refused_at_the_door += told.refused_at_the_door
        self.refused_by_locks += told.refused_by_locks
        self.edits += told.edits
        self.actions += told.actions
        self.failed_actions += told.failed_actions
        self.lapsed += told.lapsed
        self.dated += told.dated
        self.refused_clean_ups += told.refused_clean_ups
        self.answers.update(told.answers)
        self.statuses.update(told.statuses)
        self.faults.update(told.faults)

    def figures(self) -> dict[str, int]:
        """Return how many there were of what, by its name."""
        return {
            "histories": self.histories,
            "servers": self.servers,
            "executions": self.statuses.total(),
            "begun": self.begun,
            "histories with two at once": self.overlapping,
            "refused at the door for locks": self.refused_at_the_door,
            "refused by locks in the workflow": self.refused_by_locks,
            "edits while something ran": self.edits,
            "actions": self.actions,
            "actions failed": self.failed_actions,
            "answers about actions": self.answers["ACTION"],
            "answers about health": self.answers["HEALTH"],
            "answers about launches": self.answers["LAUNCH"],
            "answers about stuck jobs": self.answers["STUCK"],
            "answers about faults": self.answers["FAULT"],
            "answers about approvals": self.answers["APPROVAL"],
            "approvals that ran out": self.lapsed,
            "executions to a point in time": self.dated,
            "clean-ups refused": self.refused_clean_ups,
            "launches": self.launches,
            "calls": self.calls,
        }

    def __str__(self) -> str:
        """Return a few lines: the figures, the statuses, the faults."""
        figures = [f"{number} {name}" for name, number in self.figures().items()]
        counted = {"statuses": self.statuses, "faults": self.faults}
        lines = [_wrapped("figures", figures)]
        lines += [
            _wrapped(name, [f"{what} {number}" for what, number in sorted(counts.items())])
            for name, counts in counted.items()
        ]
        return "\n".join(lines)


def _wrapped(name: str, parts: Sequence[str]) -> str:
    said = f"{name}: {', '.join(parts) or 'none'}"
    return textwrap.fill(said, _COLUMNS, subsequent_indent="    ", break_on_hyphens=False)


def tell_all(seeds: Iterable[int], processes: int) -> Generator[tuple[int, Told | str], None, None]:
    """Tell the histories of the seeds; text instead of what one came to says what was wrong."""
    return work(_told_in_time, seeds, processes)


def _told_in_time(seed: int) -> tuple[int, Told | str]:
    with ended_after(_LONGEST_SECONDS):
        return told_or_wrong(seed)


def told_or_wrong(seed: int) -> tuple[int, Told | str]:
    """Tell the history of a seed; text instead of what it came to says what was wrong.

    An error that is no broken promise has to be looked for: where it was raised is told, too.
    """
    try:
        return seed, tell(seed)
    except KeyboardInterrupt:
        raise
    except AssertionError as error:
        return seed, f"{type(error).__name__}: {error}"
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        told = "".join(traceback.format_exception(error))
        return seed, f"{type(error).__name__}: {error}\n{told.rstrip()}"


def main() -> int:
    """Run what the command line asks for; return 1 if anything was wrong."""
    asked = _asked()
    seeds = _seeds(asked)
    wrong, sum_ = list[int](), Sum()
    with Tally(seeds, "histories", lambda done: _go_on(asked, done)) as tally:
        try:
            with closing(tell_all(seeds, asked.processes)) as histories:
                for seed, told in histories:
                    if isinstance(told, str):
                        wrong.append(seed)
                        print(complaint(seed, told), flush=True)
                    else:
                        sum_.add(told)
                    tally.add(seed, is_wrong=isinstance(told, str))
        except KeyboardInterrupt:
            # Hours may lie behind it: what they came to is still told.
            print(_summary(tally, sum_, wrong), flush=True)
            raise
    print(_summary(tally, sum_, wrong))
    return 1 if wrong else 0


def _summary(tally: Tally[int], sum_: Sum, wrong: Sequence[int]) -> str:
    cost = f"{tally.seconds:.0f} s, {_processor_seconds():.0f} s of processor time"
    lines = [f"{tally.done} histories in {cost}"]
    if sum_.histories:
        lines += [f"of the {sum_.histories} that kept their promises:"] if wrong else []
        lines.append(str(sum_))
    seeds = f": {', '.join(map(str, wrong))}" if wrong else ""
    return "\n".join([*lines, f"{len(wrong)} wrong{seeds}"])


def complaint(seed: int, wrong: str) -> str:
    """Return what was wrong with the history of a seed, and how to have it again."""
    return f"seed {seed}: {wrong}\n    {command('soak', only=seed)}"


def _asked() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.soak",
        description="Tell random histories, and say which break a promise.",
        epilog=examples("tests.simulation.soak", "--histories 20 --first 5000", "--only 4711"),
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--histories",
        type=at_least(1, _MOST_HISTORIES),
        metavar="N",
        help=f"how many (default: {_HISTORIES})",
    )
    parser.add_argument(
        "--first", type=at_least(0), metavar="SEED", help="of the first of them (default: 0)"
    )
    parser.add_argument(
        "--only",
        type=at_least(0),
        action="append",
        metavar="SEED",
        help="the history of this seed alone; may be repeated (default: none)",
    )
    offer_processes(parser, "histories", multiprocessing.cpu_count())
    asked = parser.parse_args()
    if asked.only and (asked.histories is not None or asked.first is not None):
        parser.error("--only tells the seeds that it names, without --histories and --first")
    return asked


def _seeds(asked: argparse.Namespace) -> Sequence[int]:
    if asked.only:
        return list(dict.fromkeys(asked.only))
    first = asked.first or 0
    return range(first, first + (asked.histories or _HISTORIES))


def _go_on(asked: argparse.Namespace, done: int) -> str:
    """Return what tells the histories behind the first that are done."""
    left = _seeds(asked)[done:]
    if asked.only:
        return command("soak", only=left, processes=asked.processes)
    return command("soak", histories=len(left), first=left[0], processes=asked.processes)


def _processor_seconds() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    leave(main)
