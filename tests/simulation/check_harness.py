"""Does the harness find anything? Every kept bug, put into a copy of the tree, must be caught.

python -m tests.simulation.check_harness [BUG ...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_BUGS = Path(__file__).parent / "bugs"
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".tools", "node_modules", "cdk.out", "build")


def _stories(*names: str) -> Sequence[str]:
    return ("-m", "tests.simulation.stories", *names)


_WORLD = "tests/simulation/test_virtual_world.py"
_TIERS = "three_tiers_takes_half_an_hour"
CATCHES: Mapping[str, Sequence[str]] = {
    "naive-start": _stories("one-wave"),
    "sdk-retries-launches": _stories("lost-answer", "lost-request"),
    "no-quiet-period": _stories("lost-request"),
    "plan-level-lock": _stories("one-wave"),
    "unversioned-update": _stories(),
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
    """Check the named bugs, or all; return 1 if one is not caught, or ours is caught too."""
    named = sys.argv[1:] or sorted(CATCHES)
    unknown = {path.stem for path in _BUGS.glob("*.patch")} ^ CATCHES.keys()
    missed = [f"{bug}: a patch without a catch, or the reverse" for bug in sorted(unknown)]
    missed += [f"{bug}: not caught" for bug in named if _passes(bug, with_bug=True)]
    missed += [f"{bug}: caught without it" for bug in named if not _passes(bug, with_bug=False)]
    print(*missed, f"{len(named)} bugs, {len(missed)} complaints", sep="\n")
    return 1 if missed else 0


def _passes(bug: str, *, with_bug: bool) -> bool:
    """Return whether what should catch the bug finds nothing in a copy of the tree."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "tree"
        shutil.copytree(_ROOT, copy, ignore=_LEFT_OUT)
        (copy / "node_modules").symlink_to(_ROOT / "node_modules")
        if with_bug:
            patch = ["git", "apply", "--unsafe-paths", str(_BUGS / f"{bug}.patch")]
            subprocess.run(patch, cwd=copy, check=True)  # noqa: S603 - our own patch
        paths = os.pathsep.join([str(copy), str(copy / "functions")])
        done = subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, *CATCHES[bug]],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
    said = (done.stdout + done.stderr).strip().splitlines()
    print(
        f"{bug}, {'with' if with_bug else 'without'}: {said[-1][:300] if said else 'fine'}",
        flush=True,
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
