"""Tell stories, with the invariants watching.

python -m tests.simulation.stories [STORY ...]
"""

from __future__ import annotations

import argparse

from local.arguments import HelpFormatter, examples, leave, some_of
from local.assembly import assembly_directory
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import ending
from tests.simulation.tally import Tally, command


def main() -> int:
    """Tell the named stories, or all; return 1 if one does not end as it should."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.stories",
        description="Tell stories, with the invariants watching.",
        epilog=examples("tests.simulation.stories", "one-wave paused"),
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "story",
        nargs="*",
        type=some_of(STORIES),
        metavar="STORY",
        help=f"which (default: all): {', '.join(STORIES)}",
    )
    asked = [name for some in parser.parse_args().story for name in some]
    names = list(dict.fromkeys(asked or STORIES))
    # What hinders this is no story's fault.
    assembly_directory()
    with Tally(names, "stories", lambda done: command("stories", *names[done:])) as tally:
        for name in names:
            if said := _wrong(name):
                print(f"{name}: {said}\n    {command('stories', name)}", flush=True)
            tally.add(name, is_wrong=said is not None)
    print(f"stories: {len(names)}, {tally.wrong} wrong")
    return 1 if tally.wrong else 0


def _wrong(name: str) -> str | None:
    try:
        return STORIES[name].objection(ending(STORIES[name].tell()))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what went wrong
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    leave(main)
