"""Follow what DRS still does for waves that have ended, and let nothing more be launched for them.

Their workflow was stopped, or died; DRS jobs cannot be cancelled and go on.
"""

from __future__ import annotations

from collections.abc import Set

from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.services.waves.check_wave import CheckWave
from drs_orchestrator.services.waves.end_wave import EndWave


class FollowEnded:
    """The same looks as those of a wave that runs; only nothing is ever sent again."""

    def __init__(self, executions: Executions, check_wave: CheckWave, end_wave: EndWave) -> None:
        self._executions = executions
        self._check_wave = check_wave
        self._end_wave = end_wave

    def __call__(self, execution: Execution) -> bool:
        """Look at every launch of an ended wave that is not known to be over, or whose servers are
        still without a verdict, because whoever found it over died.

        Returns whether DRS may be working for one of them still.
        """
        id_ = execution.execution_id
        ended = {w.name: w.status for w in self._executions.waves(id_) if w.status.is_final}
        intents = [i for i in self._executions.intents(id_) if i.wave in ended]
        names = {intent.wave for intent in intents if not intent.status.is_final}
        names |= self._unjudged(id_, {name for name in ended if not ended[name].came_up})
        after = [intent for name in sorted(names) for intent in self._follow(id_, name)]
        return any(intent.status.may_have_job for intent in after)

    def _unjudged(self, execution_id: str, waves: Set[str]) -> set[str]:
        """Return those of the waves of which a server has no verdict."""
        if not waves:
            return set()
        servers = self._executions.servers(execution_id)
        return {s.wave for s in servers if s.wave in waves and not s.verdict}

    def _follow(self, execution_id: str, wave: str) -> list[Intent]:
        self._check_wave.look(execution_id, wave)
        # A launch that proved to be without effect may be sent again, says the look. Not here.
        return self._end_wave.settle(execution_id, wave)
