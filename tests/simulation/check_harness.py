"""Does the harness find anything? Every kept bug, put into a copy of the tree, must be caught, and
by the invariant that it breaks.

python -m tests.simulation.check_harness [BUG ...]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from local.arguments import CannotTry, HelpFormatter, examples, leave
from local.assembly import assembly_directory
from tests.simulation.tally import Tally, command

_ROOT = Path(__file__).parents[2]
_BUGS = Path(__file__).parent / "bugs"
_ASSEMBLY = Path("build/assembly")
# Of what was said, on a line.
_MOST = 300
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".tools", "node_modules", "cdk.out", "build")


def _stories(*names: str) -> tuple[str, ...]:
    return ("-m", "tests.simulation.stories", *names)


def _cell(name: str) -> tuple[str, ...]:
    return ("-m", "tests.simulation.fault_matrix", "--only", name)


# Where a list has a page for each of its items; all stories but one know larger pages only.
_ON_SMALL_PAGES = """
from dataclasses import replace
from local.drs import Behaviour
from tests.simulation.stories import STORIES
replace(STORIES["tidied"], behaviour=Behaviour(page_size=1)).tell()
"""


class Catch(NamedTuple):
    """Arguments of Python: fine in our tree; with the bug a failure whose words hold `says`.

    They are told by `name`, if they have one.
    """

    arguments: tuple[str, ...]
    says: str
    name: str = ""

    def __str__(self) -> str:
        """Return what the arguments are told by."""
        return self.name or " ".join(self.arguments[1:])


CATCHES: Mapping[str, Catch] = {
    "naive-start": Catch(_stories("one-wave"), "I2:"),
    "sdk-retries-launches": Catch(_stories("lost-answer", "lost-request"), "I2:"),
    "no-quiet-period": Catch(_stories("lost-request"), "I2:"),
    "plan-level-lock": Catch(_stories("one-wave"), "I1:"),
    "answer-is-overwritten": Catch(_stories("answered-by-two"), "I4:"),
    "unversioned-update": Catch(_stories("paused-and-cancelled"), "I4:"),
    "fail-open-check": Catch(_stories("drill-over-recovery"), "I11:"),
    "clean-up-without-mode-check": Catch(_stories("drill-over-recovery"), "I11:"),
    "recovery-over-recovery": Catch(_stories("recovery-over-recovery"), "I11:"),
    "completed-is-success": Catch(_stories("given-up"), "I7:"),
    "first-page-only": Catch(("-c", _ON_SMALL_PAGES), "I11:", "tidied, on small pages"),
    "no-retry-when-throttled": Catch(_stories("throttled"), "I6:"),
    "token-time-out-is-a-failure": Catch(_stories("paused"), "I14:"),
    "lost-bell": Catch(_stories("one-wave"), "I6:"),
    "blind-start": Catch(_stories("chunks"), "I9:"),
    "second-dependency-lost": Catch(_stories("diamond"), "I12:"),
    "server-left-out": Catch(_stories("one-wave"), "I12:"),
    "latest-instead-of-pinned": Catch(_stories("dated"), "I12:"),
    "busy-server-is-refused": Catch(_stories("held-by-others"), "I7:"),
    "quota-is-a-failure": Catch(_stories("no-room"), "I7:"),
    "failed-wave-fails-all": Catch(_stories("goes-on-unasked"), "I7:"),
    "stop-stops-nothing": Catch(_stories("stops-the-rest"), "I3:"),
    "continue-asks": Catch(_stories("goes-on-unasked"), "I6:"),
    "last-action-first": Catch(_stories("acts-in-order"), "I8:"),
    "clean-up-comes-late": Catch(_stories("tidies-itself"), "I14:"),
    "dead-counts-as-launched": Catch(_stories("replaced-unseen"), "I7:"),
    "silent-agent-is-healthy": Catch(_stories("agent-silent"), "I7:"),
    "one-passed-check-is-enough": Catch(_stories("probe-refused"), "I7:"),
    "half-healthy-is-enough": Catch(_stories("probe-refused"), "I7:"),
    "time-out-approves": Catch(_stories("nobody-approves"), "I8:"),
    "lost-termination-is-left": Catch(
        _cell("request-lost:TerminateInstancesFunction:DRILL:2"), "I7:"
    ),
    "busy-instance-is-left": Catch(
        _cell("conflict-without-a-job:TerminateInstancesFunction:DRILL:0"), "I7:"
    ),
    "outdated-step-cleans-up": Catch(
        _cell("stopped-by-hand:TerminateInstancesFunction:DRILL:0"), "I7:"
    ),
}
"""What catches which bug."""


def main() -> int:
    """Check the named bugs, or all; return 1 if one is not caught, or ours is caught too.

    A patch that does not apply any more is a complaint: the code has moved on, write it anew.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.check_harness",
        description="Show that each kept bug is caught, by the invariant that it breaks.",
        epilog=examples("tests.simulation.check_harness", "naive-start"),
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "bugs", nargs="*", metavar="BUG", help=f"which (default: all): {', '.join(CATCHES)}"
    )
    named = list(dict.fromkeys(parser.parse_args().bugs or sorted(CATCHES)))
    for bug in set(named) - CATCHES.keys():
        parser.error(f"no bug is called {bug!r}; there are {', '.join(CATCHES)}")
    unknown = {path.stem for path in _BUGS.glob("*.patch")} ^ CATCHES.keys()
    complaints = [f"{bug}: a patch without a catch, or the reverse" for bug in sorted(unknown)]
    # The copies take it with them, and need not make it.
    assembly_directory()
    with Tally(named, "bugs", lambda done: command("check_harness", *named[done:])) as tally:
        for catch in dict.fromkeys(CATCHES[bug]._replace(says="") for bug in named):
            failure = _failure(catch.arguments, _ROOT)
            said = failure.splitlines()[-1][:_MOST] if failure is not None else "fine"
            print(f"without any bug, {catch}: {said}", flush=True)
            if failure is not None:
                complaints.append(f"{catch}: complains without any bug")
        for bug in named:
            found = complaints_about(bug)
            complaints += found
            tally.add(bug, is_wrong=bool(found))
    print(*complaints, f"{len(named)} bugs, {len(complaints)} complaints", sep="\n")
    return 1 if complaints else 0


def complaints_about(bug: str) -> Sequence[str]:
    """Put the bug into a copy of the tree, which has its build/assembly, and return what is wrong
    with bug or catch.
    """
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "tree"
        _copy_tree(copy)
        if refusal := put_in(bug, copy):
            return [refusal]
        catch = CATCHES[bug]
        failure = _failure(catch.arguments, copy)
        if failure is None:
            return [f"{bug}: not caught"]
        _, says, rest = failure.partition(catch.says)
        if not says:
            return [f"{bug}: caught without a word of {catch.says!r}"]
        print(f"{bug}: caught by {says}{rest.splitlines()[0][:_MOST]}", flush=True)
        return []


def _copy_tree(copy: Path) -> None:
    try:
        shutil.copytree(_ROOT, copy, ignore=_LEFT_OUT)
        (copy / "node_modules").symlink_to(_ROOT / "node_modules")
        shutil.copytree(_ROOT / _ASSEMBLY, copy / _ASSEMBLY)
    except OSError as error:
        # That of a whole tree lists every file.
        reason = error.strerror or error.args[0][0][-1]
        raise CannotTry(f"{copy}: no copy of the tree: {reason}; make room there") from error


def put_in(bug: str, tree: Path, *options: str) -> str | None:
    """Put the bug into the tree; with the option `--check` only try. Return why it does not go."""
    patch = ["git", "apply", "--unsafe-paths", *options, str(_BUGS / f"{bug}.patch")]
    applied = subprocess.run(  # noqa: S603 - our own patch
        patch, cwd=tree, capture_output=True, text=True, check=False
    )
    if applied.returncode == 0:
        return None
    reason = applied.stderr.strip().replace("\n", "; ")
    return f"{bug}: {bug}.patch does not apply any more, write it anew: {reason}"


def _failure(arguments: Sequence[str], tree: Path) -> str | None:
    """Return the words with which a tree fails, or None if it does not."""
    paths = os.pathsep.join([str(tree), str(tree / "functions")])
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).strip() or "without a word"
    return said if done.returncode else None


if __name__ == "__main__":
    leave(main)
