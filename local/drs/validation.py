"""Checks a request against its shape; paths are like `sourceServers[0].sourceServerID`."""

from __future__ import annotations

from collections.abc import Mapping

from botocore.model import StructureShape

from local.drs.errors import invalid
from local.protocols.validation import Checker, Violation


def check(params: Mapping[str, object], shape: StructureShape | None) -> None:
    """Raise a ValidationException that lists every violation of `shape`."""
    violations = list(_CHECKER.structure(params, shape)) if shape else []
    if violations:
        first = violations[0]
        raise invalid(
            f"Invalid request body: {first.path}: {first.message}",
            fields=[(violation.path, violation.message) for violation in violations],
        )


def wrong_types(document: Mapping[str, object], shape: StructureShape) -> list[Violation]:
    """Return the members of `document` whose JSON type is not that of `shape`."""
    return [violation for violation in _CHECKER.structure(document, shape) if violation.wrong_type]


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_CHECKER = Checker(_member, lambda path, index: f"{path}[{index}]")
