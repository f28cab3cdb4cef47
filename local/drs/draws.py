"""How long things take: medians and spreads of a few real runs, drawn per server and attempt.

A draw depends on (seed, source server, attempt, phase) and on nothing else, never on the job: two
ways to cut the same servers into jobs meet the same luck. All results are seconds.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class LogNormal:
    """A log-normal duration with `median` seconds."""

    median: float
    sigma: float

    def draw(self, chance: random.Random) -> float:
        """Return one duration in seconds."""
        return chance.lognormvariate(math.log(self.median), self.sigma)


CLEANUP = LogNormal(60, 0.4)
SNAPSHOT = LogNormal(0.2, 0.3)
# When replication lags, DRS has to take a new point in time first.
FRESH_SNAPSHOT = LogNormal(60, 0.5)
CONVERSION = {"linux": LogNormal(186, 0.12), "windows": LogNormal(755, 0.2)}
LAUNCH = {"linux": LogNormal(293, 0.08), "windows": LogNormal(376, 0.15)}
TERMINATION = LogNormal(120, 0.4)
STOPPING_SECONDS = 30.0
EXTRA_DISK_SHARE = 0.08


@dataclass(frozen=True)
class Draws:
    """The luck of one launch of one server."""

    seed: int
    source_server_id: str
    attempt: int

    def job_start(self) -> float:
        """Creation of the job until JOB_START."""
        return self._chance("job-start").uniform(0.3, 0.5)

    def job_end(self) -> float:
        """The last server's end until JOB_END."""
        return self._chance("job-end").uniform(2, 3)

    def cleanup(self) -> float:
        """Removal of the recovery instance that the server had."""
        return CLEANUP.draw(self._chance("cleanup"))

    def snapshot(self, *, lagging: bool) -> float:
        """The snapshot; longer if the last point in time is old."""
        fresh = FRESH_SNAPSHOT.draw(self._chance("fresh-snapshot")) if lagging else 0.0
        return SNAPSHOT.draw(self._chance("snapshot")) + fresh

    def conversion_boot(self) -> float:
        """The gap in which the conversion server boots."""
        return max(1.0, self._chance("conversion-boot").gauss(51.5, 2))

    def conversion(self, *, windows: bool, extra_disks: int) -> float:
        """The conversion, before the job's size is taken into account."""
        one_disk = CONVERSION["windows" if windows else "linux"].draw(self._chance("conversion"))
        return one_disk * (1 + EXTRA_DISK_SHARE * extra_disks)

    def launch_gap(self) -> float:
        """The gap before LAUNCH_START."""
        return self._chance("launch-gap").uniform(0.5, 0.7)

    def launch(self, *, windows: bool) -> float:
        """The launch, before the job's size is taken into account."""
        return LAUNCH["windows" if windows else "linux"].draw(self._chance("launch"))

    def termination(self) -> float:
        """Termination of the instance that this launch brought up."""
        return TERMINATION.draw(self._chance("termination"))

    def jitter(self, moment: str) -> float:
        """How far this server trails the others of its job at `moment`."""
        return self._chance(f"jitter-{moment}").uniform(0, 0.1)

    def _chance(self, phase: str) -> random.Random:
        return random.Random(f"{self.seed}:{self.source_server_id}:{self.attempt}:{phase}")
