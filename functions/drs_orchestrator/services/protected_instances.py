"""Which live instances must no launch touch?"""

from __future__ import annotations

from collections.abc import Collection

from drs_orchestrator.domain.server import RecoveryInstance
from drs_orchestrator.ports import DisasterRecovery


def protected_instances(
    drs: DisasterRecovery, server_ids: Collection[str]
) -> list[RecoveryInstance]:
    """Return the live instances of real recoveries among the servers, in the order of server ids.

    DRS keeps one recovery instance per server: a launch terminates the one before it, also when a
    drill follows a recovery. What DRS does not say to be a drill counts as a recovery.
    """
    found = drs.recovery_instances(server_ids)
    protected = [each for each in found if each.is_live and each.is_drill is not True]
    return sorted(protected, key=lambda each: each.source_server_id)
