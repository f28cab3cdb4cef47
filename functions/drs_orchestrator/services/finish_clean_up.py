"""Finish the clean-up of a drill: its verdict, and what is left."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.clean_up import CleanUp, end_clean_up
from drs_orchestrator.ports.clean_ups import CleanUps
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.check_termination import give_up

logger = logging.getLogger(__name__)


class FinishCleanUp:
    """The workflow's last step, also after anything above it failed; needs the tables only."""

    def __init__(self, clean_ups: CleanUps, clock: Clock) -> None:
        self._clean_ups = clean_ups
        self._clock = clock

    def __call__(self, execution_id: str, error: str | None) -> CleanUp | None:
        """Return the ended clean-up; None if none was ever begun.

        `error` is what made the workflow give up.
        """
        clean_up = self._clean_ups.find(execution_id)
        if clean_up is None or not clean_up.runs:
            return clean_up
        terminations = give_up(
            self._clean_ups,
            self._clean_ups.terminations(execution_id),
            error or "its workflow ended without a result",
        )
        ended = end_clean_up(clean_up, terminations, error, self._clock.now())
        logger.info("clean-up of %s %s: %s", execution_id, ended.status, ended.reason)
        return self._clean_ups.save(ended)
