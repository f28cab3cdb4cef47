"""Names that sort by time as ULIDs do, drawn from a seed."""

from __future__ import annotations

import random

from ulid import ULID

from drs_orchestrator.adapters.time_and_names import UlidNames
from local.clock import Clock


class SeededNames(UlidNames):
    """Fulfils the port `Names`."""

    def __init__(self, clock: Clock, seed: int) -> None:
        super().__init__(clock)
        self._chance = random.Random(f"names:{seed}")

    def ulid(self) -> str:
        """Return a ULID of the clock's time."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return str(ULID(milliseconds.to_bytes(6, "big") + self._chance.randbytes(10)))
