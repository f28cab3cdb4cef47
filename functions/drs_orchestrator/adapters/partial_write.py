"""Writes of which each stands alone: what a condition refuses keeps none of the others back."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.items import ConditionFailedError, Items, Write


def write_as_far_as_possible(items: Items, chunk: Sequence[Write]) -> None:
    """Write all at once, or each that its conditions allow."""
    try:
        items.write(*chunk)
    except ConditionFailedError:
        for write in chunk:
            write_if_possible(items, write)


def write_if_possible(items: Items, *writes: Write) -> None:
    """Write all, unless a condition refuses it."""
    try:
        items.write(*writes)
    except ConditionFailedError:
        return
