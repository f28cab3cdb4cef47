"""Crash everywhere: each call of each story dies before its effect, after it, or is not answered,
once or at all.

    python -m tests.simulation.crash_everywhere                 every call of every story
    python -m tests.simulation.crash_everywhere --share 0.05    a seeded share of them
    python -m tests.simulation.crash_everywhere --only paused:17:AFTER

All invariants must hold after every change, and the run must come to the same end as the story
without a crash.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import groupby

from local.arguments import HelpFormatter, at_least, examples, leave
from tests.simulation.branches import Case, Clean, Result, tell_clean, tell_with_strikes
from tests.simulation.stories import STORIES
from tests.simulation.strikes import Kind
from tests.simulation.tally import Tally, behind_first, command, offer_first
from tests.simulation.workers import offer_processes, work

# What precedes the strikes is told once a batch.
_BATCH = 100


def cases(cleans: dict[str, Clean], share: float = 1.0, seed: int = 0) -> Iterator[Case]:
    """Yield every case of the stories in the order of calls, or a seeded share of them."""
    return (case for drawn, case in _drawn(cleans, seed) if drawn < share)


def _drawn(cleans: dict[str, Clean], seed: int) -> Iterator[tuple[float, Case]]:
    """Yield every case with the share above which it is one of it."""
    for story, clean in cleans.items():
        chance = random.Random(f"{seed}:{story}")
        for number in range(1, max(clean.calls.values()) + 1):
            kinds = [kind for kind in Kind if number <= clean.calls[kind]]
            yield from ((chance.random(), Case(story, number, kind)) for kind in kinds)


def _batches(chosen: Iterable[Case]) -> Iterator[list[Case]]:
    for _, of_story in groupby(chosen, key=lambda case: case.story):
        left = list(of_story)
        while left:
            yield left[:_BATCH]
            del left[:_BATCH]


_CLEAN: dict[str, Clean] = {}
"""The stories without a crash; told before the processes part, so that each has them."""


def _run(batch: Sequence[Case]) -> list[Result]:
    story = batch[0].story
    return tell_with_strikes(story, _CLEAN[story], batch)


def main() -> int:
    """Run what the command line asks for; return the number of cases that went wrong, at most 1."""
    parser = _parser()
    asked = parser.parse_args()
    if asked.only and (asked.story or asked.share != 1.0 or asked.seed is not None):
        parser.error("--only tells the cases that it names, without --story, --share and --seed")
    if asked.seed is not None and asked.share == 1.0:
        parser.error("--seed draws a --share of the cases, and here are all of them")
    stories = [case.story for case in asked.only or ()] or asked.story or STORIES
    for story in dict.fromkeys(stories):
        try:
            _CLEAN[story] = tell_clean(story)
        except AssertionError as error:
            print(f"{story}, without any crash: {error}\n    {command('stories', story)}")
            return 1
    chosen = _chosen(asked, parser)

    def go_on(done: int) -> str:
        return command("crash_everywhere", **{**vars(asked), "first": asked.first + done})

    of_effects = 0
    with (
        Tally(chosen, "cases", go_on) as tally,
        closing(work(_run, list(_batches(chosen)), asked.processes, at_once=1)) as batches,
    ):
        for results in batches:
            for each in results:
                if each.wrong:
                    _tell(each)
                of_effects += each.is_of_effect
                tally.add(each.case, is_wrong=bool(each.wrong))
    told = Counter(case.story for case in chosen)
    print(
        f"{len(chosen)} runs in {tally.seconds:.0f} s, {tally.wrong} wrong; {of_effects} met an"
        f" effect, {len(chosen) - of_effects} a read; {dict(told)}"
    )
    return 1 if tally.wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.crash_everywhere",
        description="Crash at every call of every story.",
        epilog=examples(
            "tests.simulation.crash_everywhere",
            "--story paused",
            "--share 0.01 --seed 7",
            "--only paused:17:AFTER",
        ),
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--share",
        type=_share,
        default=1.0,
        help="of all cases, above 0 and at most 1 (default: %(default)s)",
    )
    parser.add_argument("--seed", type=at_least(0), help="decides which share (default: 0)")
    parser.add_argument(
        "--story",
        action="append",
        choices=list(STORIES),
        metavar="STORY",
        help=f"its cases alone; may be repeated (default: all): {', '.join(STORIES)}",
    )
    parser.add_argument(
        "--only",
        action="append",
        type=_case,
        metavar="STORY:CALL:KIND",
        help="this case alone, such as paused:17:AFTER; may be repeated. CALL is the number of a"
        " call, from 1. KIND: whoever makes it dies BEFORE its effect or AFTER it, or its answer"
        " is LOST, or it stays UNANSWERED however often the SDK sends it",
    )
    offer_first(parser, "cases")
    offer_processes(parser, "cases", 2)
    return parser


def _chosen(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> Sequence[Case]:
    """Return the cases that the command line asks for, all of which there are."""
    for case in asked.only or ():
        calls = _CLEAN[case.story].calls[case.kind]
        if not 1 <= case.number <= calls:
            parser.error(f"{case}: the calls of this story that can die so are 1 to {calls}")
    chosen = list(dict.fromkeys(asked.only or cases(_CLEAN, asked.share, asked.seed or 0)))
    if not chosen:
        drawn = [share for share, _ in _drawn(_CLEAN, asked.seed or 0)]
        # Rounded up, for a case is one of the shares above what it has drawn.
        least = math.ceil(min(drawn) * 1e4 + 1e-9) / 1e4
        parser.error(
            f"--share {asked.share:g}: that is no case at all of {len(drawn)}; try {least:g}"
        )
    return behind_first(chosen, asked.first, parser, "cases")


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return share


def _case(text: str) -> Case:
    try:
        case = Case.parse(text)
    except ValueError:
        kinds = ", ".join(Kind)
        raise argparse.ArgumentTypeError(
            f"{text!r} is not STORY:CALL:KIND, such as paused:17:AFTER; KIND is one of {kinds}"
        ) from None
    if case.story not in STORIES:
        raise argparse.ArgumentTypeError(f"no story {case.story!r}; there are {', '.join(STORIES)}")
    return case


def _tell(result: Result) -> None:
    again = command("crash_everywhere", only=result.case)
    print(f"{result.case} ({result.hit}): {result.wrong}\n    {again}", flush=True)


if __name__ == "__main__":
    leave(main)
