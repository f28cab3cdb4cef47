"""All figures of one run of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """The figures of one run. Seconds are simulated.

    lower_bound_seconds: without the phase barrier, from which no job gains. oracle_seconds,
    blind_oracle_seconds, best_cut_oracle_seconds: with the barrier if the trial has it, and
    then the last may also cut waves into smaller jobs; else it is the oracle again.
    makespan_seconds: from the request until the last wave is on record as ended. hand_offs_seconds:
    from the end of a wave's last dependency's last job to its first StartRecovery. calls: by
    service, with what comes in the hour after the end. idle_invocations: of functions in the day
    after that.
    """

    lower_bound_seconds: float
    oracle_seconds: float
    blind_oracle_seconds: float
    best_cut_oracle_seconds: float
    makespan_seconds: float
    hand_offs_seconds: tuple[float, ...]
    transitions: int
    most_events: int
    invocations: int
    calls: dict[str, int]
    largest_state_bytes: int
    largest_item_bytes: int
    quota_errors: int
    idle_invocations: int
    dollars: float

    @property
    def ratio(self) -> float:
        """The makespan over the lower bound."""
        return self.makespan_seconds / self.lower_bound_seconds
