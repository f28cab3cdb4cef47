"""Writes of which each stands alone: what a condition refuses keeps none of the others back."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.items import Check, ConditionFailedError, Items, Write


def write_as_far_as_possible(items: Items, chunk: Sequence[Write], *proofs: Check) -> None:
    """Write all at once, or each that its conditions allow; nothing once a proof fails."""
    try:
        items.write(*proofs, *chunk)
    except ConditionFailedError as error:
        if any(place < len(proofs) for place in error.failed):
            return
        for write in chunk:
            write_if_possible(items, *proofs, write)


def write_if_possible(items: Items, *writes: Write) -> None:
    """Write all, unless a condition refuses it."""
    try:
        items.write(*writes)
    except ConditionFailedError:
        return
