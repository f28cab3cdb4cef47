"""Tell stories, with the invariants watching.

python -m tests.simulation.stories [STORY ...]
"""

from __future__ import annotations

import argparse

from local.arguments import leave, some_of
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import ending


def main() -> int:
    """Tell the named stories, or all; return 1 if one does not end as it should."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.stories",
        description="Tell stories, with the invariants watching.",
    )
    parser.add_argument("story", nargs="*", type=some_of(STORIES), help=", ".join(STORIES))
    names = [name for some in parser.parse_args().story for name in some] or list(STORIES)
    wrong = 0
    for name in names:
        try:
            said = STORIES[name].objection(ending(STORIES[name].tell()))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what went wrong
            said = f"{type(error).__name__}: {error}"
        if said:
            wrong += 1
            print(f"{name}: {said}")
    print(f"stories: {len(names)}, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    leave(main)
