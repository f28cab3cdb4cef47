"""JSON paths of a definition: read once, however often a state is entered."""

from __future__ import annotations

from functools import cache

from local.moto_patches.seams import PARSER, Seam


def seams() -> list[Seam]:
    """Return the seams that keep what a path means.

    moto builds the grammar of paths anew for each one that it evaluates, and each turn of a loop
    evaluates a dozen.
    """
    return [
        Seam(PARSER + "asl.utils.json_path", "parse", cache),
        Seam(PARSER + "asl.component.common.path.result_path", "parse", cache),
    ]
