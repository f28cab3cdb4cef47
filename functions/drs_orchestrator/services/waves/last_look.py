"""Look at servers a last time before their launch: hours may lie behind "Prepare execution"."""

from __future__ import annotations

from typing import NamedTuple

from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import ServerVerdict, SourceServer
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery
from drs_orchestrator.ports.executions import Executions


class LastLook(NamedTuple):
    """What is left of a chunk, and its servers as DRS shows them."""

    intent: Intent
    servers: list[SourceServer]


def last_look(intent: Intent, drs: DisasterRecovery, executions: Executions) -> LastLook:
    """Return the intent without the servers that DRS does not know or cannot launch.

    One such server would make DRS refuse the whole job, also in each RETRY. They get their verdict
    here; all others, if any are left, go on. Raises DrsDenied, DrsThrottled or DrsUnavailable.
    """
    known = {s.source_server_id: s for s in drs.source_servers(intent.source_server_ids)}
    obstacles: dict[str, str] = {}
    for each in intent.source_server_ids:
        if each not in known:
            obstacles[each] = f"DRS does not know it in {intent.place}"
        elif why := known[each].why_unlaunchable:
            obstacles[each] = why
    if obstacles:
        intent = _leave_out(obstacles, intent, executions)
    return LastLook(intent, [known[each] for each in intent.source_server_ids])


def _leave_out(obstacles: dict[str, str], intent: Intent, executions: Executions) -> Intent:
    judged = [
        server.changed(verdict=ServerVerdict.FAILED, reason=obstacles[server.source_server_id])
        for server in executions.servers(intent.execution_id, intent.wave)
        if server.place == intent.place and server.source_server_id in obstacles
    ]
    return executions.narrow_intent(intent, judged)
