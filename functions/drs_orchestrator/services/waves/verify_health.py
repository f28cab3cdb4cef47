"""Verify health: whether enough of a wave's servers do what they were launched for."""

from __future__ import annotations

import logging

from drs_orchestrator.domain.health import is_healthy_enough, wait_seconds
from drs_orchestrator.domain.server import RecoveredServer, ServerVerdict
from drs_orchestrator.domain.step import Next, Step
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.waves.advance_wave import AdvanceWave
from drs_orchestrator.services.waves.examine_servers import ExamineServers

logger = logging.getLogger(__name__)


class VerifyHealth:
    """One look. It changes nothing but our own record, so a pause or a cancel lets it go on."""

    def __init__(
        self,
        executions: Executions,
        examine: ExamineServers,
        advance: AdvanceWave,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._examine = examine
        self._advance = advance
        self._clock = clock

    def __call__(self, execution_id: str, name: str) -> Step:
        """Look once and say what the workflow does next; at the deadline the wave fails."""
        wave = self._executions.wave(execution_id, name)
        if wave.health_check is None or wave.accepted_by:
            return self._advance.after_health(execution_id, wave)
        servers = self._executions.servers(execution_id, name)
        if not is_healthy_enough(servers, wave.health_check):
            waiting = [each for each in servers if each.verdict is ServerVerdict.LAUNCHED]
            examined = {each.key: each for each in self._examine(wave.health_check, waiting)}
            self._save(execution_id, waiting, list(examined.values()))
            servers = [examined.get(each.key, each) for each in servers]
        if is_healthy_enough(servers, wave.health_check):
            return self._advance.after_health(execution_id, wave)
        seconds = wait_seconds(wave, self._clock.now())
        if seconds is None:
            return Step(next=Next.FAIL, wait_seconds=0)
        return Step(next=Next.WAIT, wait_seconds=seconds)

    def _save(
        self,
        execution_id: str,
        before: list[RecoveredServer],
        after: list[RecoveredServer],
    ) -> None:
        """Write what has changed, and nothing else."""
        known = {each.key: each for each in before}
        changed = [each for each in after if each != known[each.key]]
        self._executions.save_health(execution_id, changed)
        for each in changed:
            logger.info("health of %s: %s", each.source_server_id, each.health)
