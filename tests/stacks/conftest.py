"""The templates, synthesized once a session as `make synth` does it: app.py, no bundling."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _synthesize(outdir: Path, context: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        # Node lies beside the interpreter, and the CDK looks for it on PATH.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps({"aws:cdk:bundling-stacks": [], **context}),
    }
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def synthesized(outdir: Path, context: dict[str, Any]) -> dict[str, Any]:
    """Return stack name -> template, or fail with what app.py said."""
    result = _synthesize(outdir, context)
    assert result.returncode == 0, result.stderr
    return _templates(outdir)


def _templates(assembly: Path) -> dict[str, Any]:
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text())
        for path in sorted(assembly.glob("*.template.json"))
    }


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of an environment that sets nothing."""
    outdir = tmp_path_factory.mktemp("cdk") / "cdk.out"
    result = _synthesize(outdir, {})
    assert result.returncode == 0, result.stderr
    return outdir


@pytest.fixture(scope="session")
def templates(assembly: Path) -> dict[str, Any]:
    """Stack name -> template."""
    return _templates(assembly)


@pytest.fixture(scope="session")
def resources(templates: dict[str, Any]) -> dict[str, Any]:
    """Logical id -> resource, over all stacks; no two stacks share an id."""
    merged: dict[str, Any] = {}
    for template in templates.values():
        assert not merged.keys() & template["Resources"].keys()
        merged |= template["Resources"]
    return merged


@pytest.fixture
def synthesize(tmp_path: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Context -> stack name -> template, or an assertion with what app.py said."""

    return partial(synthesized, tmp_path / "cdk.out")
