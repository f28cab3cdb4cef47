"""The cached cloud assembly, made here by an `app.py` that needs neither CDK nor Node."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.assembly import AssemblyError, assembly_directory

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir()
context = os.environ["CDK_CONTEXT_JSON"]
(out / "work.template.json").write_text(json.dumps({"Metadata": json.loads(context)}))
pathlib.Path("runs").open("a").write("x")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cdk.json").write_text('{"context": {"stage": "main"}}')
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "data_stack.py").write_text("")
    return tmp_path


def runs(root: Path) -> int:
    return len((root / "runs").read_text())


def test_it_is_made_once_without_bundling_and_with_the_projects_context(root: Path) -> None:
    directory = assembly_directory(root)
    assert assembly_directory(root) == directory
    assert directory.parent == root / "build" / "assembly"
    template = (directory / "work.template.json").read_text()
    assert template == '{"Metadata": {"stage": "main", "aws:cdk:bundling-stacks": []}}'
    assert runs(root) == 1


@pytest.mark.parametrize("name", ["stacks/data_stack.py", "statemachines/new.asl.yaml", "uv.lock"])
def test_it_is_made_anew_when_a_source_changes(root: Path, name: str) -> None:
    before = assembly_directory(root)
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("changed = True\n")
    assert assembly_directory(root) != before
    assert runs(root) == 2


def test_a_file_that_is_no_source_changes_nothing(root: Path) -> None:
    before = assembly_directory(root)
    (root / "README.md").write_text("changed")
    (root / "stacks" / "__pycache__").mkdir()
    (root / "stacks" / "__pycache__" / "data_stack.pyc").write_text("")
    assert assembly_directory(root) == before


def test_two_at_once_get_the_same_complete_directory(root: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        directories = set(pool.map(lambda _: assembly_directory(root), range(2)))
    assert len(directories) == 1
    assert [path.name for path in directories.pop().iterdir()] == ["work.template.json"]
    assert [path.name for path in (root / "build" / "assembly").iterdir()] != []
    assert not list((root / "build" / "assembly").glob(".making-*"))


def test_an_app_that_fails_is_reported_with_its_last_words(root: Path) -> None:
    (root / "app.py").write_text("raise SystemExit('stage nowhere is not configured')")
    with pytest.raises(AssemblyError, match="stage nowhere is not configured"):
        assembly_directory(root)
    assert list((root / "build" / "assembly").iterdir()) == []


def test_a_place_without_the_app_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match=r"no app\.py; run from a clone"):
        assembly_directory(tmp_path)
