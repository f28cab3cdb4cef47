"""Look late at servers that could not be looked at when their execution was prepared."""

from __future__ import annotations

from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.server import ServerVerdict
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery
from drs_orchestrator.ports.executions import Executions


def look_late(intent: Intent, drs: DisasterRecovery, executions: Executions) -> Intent:
    """Return the intent without the servers that DRS does not know or cannot launch.

    One such server would make DRS refuse the whole job. They get their verdict here; all others,
    if any are left, go on. Raises DrsDenied, DrsThrottled or DrsUnavailable.
    """
    known = {s.source_server_id: s for s in drs.source_servers(intent.source_server_ids)}
    obstacles: dict[str, str] = {}
    for each in intent.source_server_ids:
        if each not in known:
            obstacles[each] = f"DRS does not know it in {intent.place}"
        elif why := known[each].why_unlaunchable:
            obstacles[each] = why
    judged = [
        server.changed(verdict=ServerVerdict.FAILED, reason=obstacles[server.source_server_id])
        for server in executions.servers(intent.execution_id, intent.wave)
        if server.place == intent.place and server.source_server_id in obstacles
    ]
    executions.save_servers(intent.execution_id, judged)
    left = [each for each in intent.source_server_ids if each not in obstacles]
    return executions.save_intent(intent.changed(source_server_ids=left, is_unseen=False))
