"""The random histories of `make test`, some minutes of two cores, in shares; the first half.

A file is one process's, so the other half is `test_more_random_histories.py`. Bounded by their
number, so that they are the same everywhere; `make soak N=...` tells any number.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.conftest import RANDOM_HISTORIES
from tests.simulation.histories.shares import HISTORIES, SHARE, tell_share

# Here somebody starts servers of two places that others hold.
_CONTENDED = 305
_TELL = f"from tests.simulation.histories.history import tell; print(tell({_CONTENDED}))"


@pytest.mark.parametrize("first", range(0, HISTORIES // 2, SHARE))
def test_random_histories_break_no_promise(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    record_property(RANDOM_HISTORIES, tell_share(first).figures())


def test_a_seed_has_the_same_history_in_every_process() -> None:
    """What goes wrong in one of many can be told again: nothing hangs on the order of a set."""
    told = {
        subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-c", _TELL],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }

    assert len(told) == 1
