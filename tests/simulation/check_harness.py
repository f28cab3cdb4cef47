"""Does the harness find anything? Every kept bug, put into a copy of the tree, must be caught.

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

_ROOT = Path(__file__).parents[2]
_BUGS = Path(__file__).parent / "bugs"
_ASSEMBLY = Path("build/assembly")
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".tools", "node_modules", "cdk.out", "build")


def _stories(*names: str) -> tuple[str, ...]:
    return ("-m", "tests.simulation.stories", *names)


_WORLD = "tests/simulation/test_virtual_world.py"
_TIERS = "three_tiers_takes_half_an_hour"
CATCHES: Mapping[str, tuple[str, ...]] = {
    "naive-start": _stories("one-wave"),
    "sdk-retries-launches": _stories("lost-answer", "lost-request"),
    "no-quiet-period": _stories("lost-request"),
    "plan-level-lock": _stories("one-wave"),
    "unversioned-update": _stories("paused-and-cancelled"),
    "fail-open-check": _stories("drill-over-recovery"),
    "clean-up-without-mode-check": _stories("drill-over-recovery"),
    "completed-is-success": _stories("given-up"),
    "first-page-only": _stories("diamond"),
    "no-retry-when-throttled": _stories("throttled"),
    "token-time-out-is-a-failure": _stories("paused"),
    "lost-bell": ("-m", "pytest", "-q", _WORLD, "-k", _TIERS),
}
"""What catches which bug, as arguments of Python: fine in our tree, a failure with the bug."""


def main() -> int:
    """Check the named bugs, or all; return 1 if one is not caught, or ours is caught too.

    A patch that does not apply any more is a complaint: the code has moved on, write it anew.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.check_harness")
    parser.add_argument("bugs", nargs="*", metavar="BUG", help=", ".join(CATCHES))
    named = parser.parse_args().bugs or sorted(CATCHES)
    for bug in set(named) - CATCHES.keys():
        parser.error(f"no bug is called {bug!r}; there are {', '.join(CATCHES)}")
    unknown = {path.stem for path in _BUGS.glob("*.patch")} ^ CATCHES.keys()
    complaints = [f"{bug}: a patch without a catch, or the reverse" for bug in sorted(unknown)]
    # Makes build/assembly, too, which the copies then need not make.
    for catch in dict.fromkeys(CATCHES[bug] for bug in named):
        if not _passes(catch, _ROOT, f"without any bug, {' '.join(catch[1:])}"):
            complaints.append(f"{' '.join(catch)}: complains without any bug")
    for bug in named:
        complaints += _complaints(bug)
    print(*complaints, f"{len(named)} bugs, {len(complaints)} complaints", sep="\n")
    return 1 if complaints else 0


def _complaints(bug: str) -> Sequence[str]:
    """Put the bug into a copy of the tree, and return what is wrong with bug or catch."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "tree"
        shutil.copytree(_ROOT, copy, ignore=_LEFT_OUT)
        (copy / "node_modules").symlink_to(_ROOT / "node_modules")
        shutil.copytree(_ROOT / _ASSEMBLY, copy / _ASSEMBLY)
        patch = ["git", "apply", "--unsafe-paths", str(_BUGS / f"{bug}.patch")]
        applied = subprocess.run(  # noqa: S603 - our own patch
            patch, cwd=copy, capture_output=True, text=True, check=False
        )
        if applied.returncode != 0:
            reason = applied.stderr.strip().replace("\n", "; ")
            return [f"{bug}: {bug}.patch does not apply any more, write it anew: {reason}"]
        return [f"{bug}: not caught"] if _passes(CATCHES[bug], copy, bug) else []


def _passes(catch: Sequence[str], tree: Path, what: str) -> bool:
    """Return whether a catch finds nothing in a tree."""
    paths = os.pathsep.join([str(tree), str(tree / "functions")])
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, *catch],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).strip().splitlines()
    print(f"{what}: {said[-1][:300] if said else 'fine'}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
