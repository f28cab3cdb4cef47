"""How the layers are built, checked without building one; `make layers` does that."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stacks.constructs.layer_build import LayerBuild, LayerBuildError, find_python, find_uv


def test_the_runtime_layer_holds_the_project_s_own_dependencies_only() -> None:
    command = LayerBuild(group=None, compiler=None).export_command("uv", "out.txt")

    assert "--no-default-groups" in command
    assert "--no-emit-project" in command
    assert "--group" not in command
    assert "--frozen" in command


def test_the_api_layer_adds_its_group() -> None:
    command = LayerBuild(group="api", compiler=None).export_command("uv", "out.txt")

    assert command[command.index("--group") + 1] == "api"
    assert "--no-default-groups" in command


def test_wheels_are_those_of_lambda_whatever_this_machine_is() -> None:
    command = LayerBuild(group=None, compiler=None).install_command("uv", "out.txt", "target")

    assert command[command.index("--python-platform") + 1].startswith("aarch64-manylinux")
    assert command[command.index("--python-version") + 1] == "3.13"
    assert command[command.index("--only-binary") + 1] == ":all:"


def test_nothing_is_resolved_anew_and_every_wheel_is_checked_against_the_lock_file() -> None:
    command = LayerBuild(group=None, compiler=None).install_command("uv", "out.txt", "target")

    assert {"--no-deps", "--require-hashes", "--no-compile-bytecode"} <= set(command)


def test_compiled_files_name_the_path_that_they_have_inside_lambda() -> None:
    command = LayerBuild(group=None, compiler="python3.13").compile_command("python3.13", "/out")

    assert command[0] == "python3.13"
    assert command[-5:] == ["-s", "/out", "-p", "/opt", "/out/python"]
    assert command[command.index("--invalidation-mode") + 1] == "unchecked-hash"


def test_whatever_changes_the_content_changes_the_asset() -> None:
    hashes = {
        LayerBuild(group=group, compiler=compiler).asset_hash()
        for group in (None, "api")
        for compiler in (None, "python3.13")
    }

    assert len(hashes) == 4


def test_the_path_of_the_compiler_does_not_change_the_asset() -> None:
    here = LayerBuild(group="api", compiler="/here/python3.13")
    there = LayerBuild(group="api", compiler="/there/python3.13")

    assert here.asset_hash() == there.asset_hash()


def _program(path: Path, script: str) -> Path:
    path.parent.mkdir()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_python_that_exists_but_does_not_run_is_passed_over(tmp_path: Path) -> None:
    shim = _program(tmp_path / "shims" / "python3.13", "echo not found >&2; exit 127")
    real = _program(tmp_path / "bin" / "python3.13", "echo 3.13")

    found = find_python(os.pathsep.join([str(shim.parent), str(real.parent)]))

    assert found == str(real)


def test_a_python_of_another_version_is_passed_over(tmp_path: Path) -> None:
    other = _program(tmp_path / "bin" / "python3.13", "echo 3.12")

    assert find_python(str(other.parent)) is None


def test_a_build_that_fails_says_which_command_failed_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = _program(tmp_path / "bin" / "uv", "echo no such group >&2; exit 2")
    monkeypatch.setattr("stacks.constructs.layer_build.find_uv", lambda: str(uv))

    with pytest.raises(LayerBuildError, match=r"uv export[^\n]*\n(.*\n)*no such group"):
        LayerBuild(group="nobody", compiler=None).run(str(tmp_path / "out"))


def test_a_machine_without_uv_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stacks.constructs.layer_build.REPOSITORY_ROOT", tmp_path)
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LayerBuildError, match="make setup"):
        find_uv()
