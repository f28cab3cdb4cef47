"""Edits say which version they were made from, so that none is lost unseen."""

from __future__ import annotations

from collections.abc import Collection

from drs_orchestrator.domain.errors import StaleVersion


def check_version(thing: str, version: int, expected: Collection[int] | None) -> None:
    """Raise StaleVersion unless the thing's version is expected; None expects any."""
    if expected is not None and version not in expected:
        raise StaleVersion(
            f"{thing} is at version {version} now, not the one that was read; "
            "read it again and repeat the change"
        )
