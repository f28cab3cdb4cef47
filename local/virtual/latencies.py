"""How long things take in virtual time; all are guesses, small and the same for every strategy."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Latencies:
    """Seconds of simulated time. Each is drawn anew, up to `spread` (a share) around its value.

    transition: Step Functions from one state to the next. invocation: until a function's code
    runs. child_dispatch: between two children that a distributed map starts (AWS: 100 a second).
    call: one call of a service, half on the way there and half back; `calls` for services, by
    their botocore names, or operations such as `drs.StartRecovery`. index_lag: how long ago that
    was what an index of DynamoDB shows; always so long, for AWS promises nothing, and more than
    the fraction of a second that it says is usual.
    """

    transition: float = 0.025
    invocation: float = 0.05
    child_dispatch: float = 0.01
    call: float = 0.05
    calls: Mapping[str, float] = field(
        default_factory=lambda: {"dynamodb": 0.006, "drs": 0.25, "drs.StartRecovery": 1.0}
    )
    spread: float = 0.2
    index_lag: float = 5.0

    def of_call(self, service: str, operation: str) -> float:
        """Return the typical seconds of an operation."""
        known = self.calls
        return known.get(f"{service}.{operation}", known.get(service, self.call))

    def draw(self, seconds: float, chance: random.Random) -> float:
        """Return what something takes this time that typically takes `seconds`."""
        return seconds * (1 + self.spread * (2 * chance.random() - 1))


INSTANT = Latencies(0.0, 0.0, 0.0, 0.0, {}, 0.0, 0.0)
"""Nothing takes time but what the definition waits for and what DRS takes."""
