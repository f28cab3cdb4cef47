"""How the commands of `python -m` end: in words, and with an exit code that can be told apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

Ended = subprocess.CompletedProcess[str]


@pytest.mark.parametrize(
    ("code", "ends", "words"),
    [
        ("raise KeyboardInterrupt", 130, "stopped\n"),
        ("os.kill(os.getpid(), signal.SIGTERM)", 130, "stopped\n"),
        ("raise KeyboardInterrupt('stopped after 1 of 2')", 130, "stopped after 1 of 2\n"),
        ("raise AssemblyError('no app.py')", 2, "no app.py\n"),
        ("raise CannotTry('no way')", 2, "no way\n"),
        (
            "raise PermissionError(errno.EACCES, 'Permission denied', 'build/x')",
            2,
            "build/x: not written: Permission denied; make it writable\n",
        ),
        ("return 1", 1, ""),
        ("return 0", 0, ""),
    ],
)
def test_how_a_tool_ends(code: str, ends: int, words: str) -> None:
    ended = _left("import errno, os, signal", code)

    assert (ended.returncode, ended.stderr) == (ends, words)


def test_an_output_that_is_full_is_no_broken_promise() -> None:
    with Path("/dev/full").open("w") as full:
        ended = _left("", "print('all is well')", stdout=full)

    said = "the output: not written: No space left on device; see where it goes\n"
    assert (ended.returncode, ended.stderr) == (2, said)


def test_a_reader_that_leaves_ends_a_tool_without_a_word() -> None:
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "w") as nobody:
        ended = _left("", "print('all is well')", stdout=nobody)

    assert (ended.returncode, ended.stderr) == (141, "")


def test_a_process_that_parted_is_stopped_without_a_word() -> None:
    code = "child = os.fork() or os.kill(os.getpid(), signal.SIGTERM); os.waitpid(child, 0)"

    ended = _left("import os, signal", code)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_product_of_another_checkout_is_not_tried(tmp_path: Path) -> None:
    other = tmp_path / "functions" / "drs_orchestrator" / "__init__.py"
    code = f"import drs_orchestrator; drs_orchestrator.__file__ = {str(other)!r}"

    ended = _left(code, "print('0 wrong')")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"{other.parent} is not the product of {Path.cwd()}; run it there with"
        " PYTHONPATH=.:functions\n"
    )


def _left(before: str, code: str, stdout: IO[str] | int = subprocess.PIPE) -> Ended:
    """Run a tool that does no more than the code."""
    lines = [
        before,
        "from local.arguments import CannotTry, leave",
        "from local.assembly import AssemblyError",
        "def main():",
        f"    {code}",
        "leave(main)",
    ]
    return subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", "\n".join(lines)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
