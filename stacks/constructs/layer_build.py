"""What goes into a dependency layer, and the commands that build it on this machine."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY_ROOT = Path(__file__).parents[2]
PYTHON_VERSION = "3.13"
# The oldest glibc that Amazon Linux 2023, under Lambda's Python 3.13, satisfies with room.
PLATFORM = "aarch64-manylinux_2_28"

_log = logging.getLogger(__name__)


class LayerBuildError(RuntimeError):
    """A layer could not be built; the message holds the command and what it said."""


@dataclass(frozen=True)
class LayerBuild:
    """One layer: its dependency group and the interpreter that compiles it, where there is one."""

    group: str | None
    compiler: str | None

    @classmethod
    def of(cls, group: str | None) -> LayerBuild:
        """The build of `group` (None: `project.dependencies` alone) on this machine."""
        return cls(group, find_python(os.environ.get("PATH", "")))

    @property
    def name(self) -> str:
        """How the layer is called in messages."""
        return self.group or "runtime"

    def asset_hash(self) -> str:
        """Hex digest of everything that decides the content, known before anything is built."""
        digest = hashlib.sha256((REPOSITORY_ROOT / "uv.lock").read_bytes())
        compiled = "compiled" if self.compiler else "source only"
        for part in (self.name, PLATFORM, PYTHON_VERSION, compiled):
            digest.update(f"\0{part}".encode())
        return digest.hexdigest()

    def export_command(self, uv: str, requirements: str) -> list[str]:
        """Writes the group's locked closure, with hashes, to the file `requirements`."""
        group = ["--group", self.group] if self.group else []
        return [
            *(uv, "export", "--quiet", "--frozen", "--project", str(REPOSITORY_ROOT)),
            # `--no-dev` alone would leave in the other groups that [tool.uv] makes default.
            *("--no-default-groups", "--no-emit-project", *group),
            *("--output-file", requirements),
        ]

    def install_command(self, uv: str, requirements: str, target: str) -> list[str]:
        """Unpacks the wheels for Lambda's platform into `target`."""
        return [
            *(uv, "pip", "install", "--quiet", "--requirements", requirements),
            # The file is the closure already; resolved again, it could grow.
            "--no-deps",
            "--require-hashes",
            *("--only-binary", ":all:", "--no-compile-bytecode", "--target", target),
            # The default, hard links, would tie the layer to the files in the cache.
            *("--link-mode", "copy"),
            *("--python-platform", PLATFORM, "--python-version", PYTHON_VERSION),
        ]

    def compile_command(self, python: str, output_dir: str) -> list[str]:
        """Compiles in place. The hashes are not checked at run time: a layer never changes."""
        return [
            *(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            # Tracebacks then show the path inside Lambda, and the layer no path of this machine.
            *("-s", output_dir, "-p", "/opt", f"{output_dir}/python"),
        ]

    def run(self, output_dir: str) -> None:
        """Fill `output_dir` with `python/`. Raises LayerBuildError."""
        uv = find_uv()
        with tempfile.TemporaryDirectory() as scratch:
            requirements = f"{scratch}/requirements.txt"
            _run(self.export_command(uv, requirements))
            _run(self.install_command(uv, requirements, f"{output_dir}/python"))
        if self.compiler is None:
            _log.warning(
                "layer %s: not compiled, no Python %s that runs is on PATH; cold starts are slower",
                self.name,
                PYTHON_VERSION,
            )
            return
        _run(self.compile_command(self.compiler, output_dir))


def find_uv() -> str:
    """The uv of `make setup`, else the one that runs us, else one on PATH."""
    ours = REPOSITORY_ROOT / ".tools" / "bin" / "uv"
    uv = str(ours) if ours.exists() else os.environ.get("UV") or shutil.which("uv")
    if not uv:
        raise LayerBuildError("uv is needed to build layers: run `make setup`")
    return uv


@cache
def find_python(search_path: str) -> str | None:
    """The first Python of Lambda's version in `search_path` (as PATH) that really runs, or None.

    Any other version would write bytecode that Lambda ignores. Existing is not enough: pyenv puts
    a `python3.13` on PATH that fails unless that version is switched on.
    """
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    for directory in search_path.split(os.pathsep):
        candidate = shutil.which(f"python{PYTHON_VERSION}", path=directory or os.curdir)
        if candidate is None:
            continue
        answer = subprocess.run(  # noqa: S603 - a program from the caller's own PATH
            [candidate, "-c", question], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0 and answer.stdout.strip() == PYTHON_VERSION:
            return candidate
    return None


def _run(command: list[str]) -> None:
    result = subprocess.run(  # noqa: S603 - our own command lines, no shell
        command, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise LayerBuildError(f"{' '.join(command)}\n{result.stdout}{result.stderr}")
