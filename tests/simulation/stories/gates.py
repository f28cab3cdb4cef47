"""What the gates of waves do by themselves: time-outs of approvals, servers that are not well."""

from __future__ import annotations

from collections.abc import Mapping

from local.faults_file import FaultsFile
from local.probes import ProbeScript
from local.ssm import SsmFaults
from tests.simulation.stories.people import answer
from tests.simulation.stories.story import Story, having
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave

_PROBE = {"type": "http", "port": 8080, "path": "/health"}


def _approved_in_time(name: str, **approval: object) -> Json:
    """Return a plan whose second wave waits half an hour for its approval."""
    app = having(
        wave("app", servers(1, 1), "db", on_failure="ASK"),
        approval={"role": "Owner", "timeoutMinutes": 30, **approval},
    )
    return plan(name, wave("db", servers(0, 1)), app, wave("web", servers(2, 1), "app"))


def _checked(name: str, **check: object) -> Json:
    """Return a plan of a wave of two servers with this health check, and of one that waits."""
    db = having(
        wave("db", servers(0, 2), on_failure="ASK"), healthCheck={"deadlineMinutes": 10, **check}
    )
    return plan(name, db, wave("app", servers(2, 1), "db"))


GATED: Mapping[str, Story] = {
    "nobody-approves": Story(_approved_in_time("rejecting"), fleet(3), ends="PARTIAL"),
    "nobody-need-approve": Story(_approved_in_time("approving", onTimeout="APPROVE"), fleet(3)),
    "agent-silent": Story(
        _checked("enough", ssmAgent=True, healthyPercent=50),
        fleet(3),
        others=lambda: FaultsFile(ssm=SsmFaults(agent_lost=frozenset({server_id(0)}))),
        ends="PARTIAL",
    ),
    "probe-refused": Story(
        _checked("too-few", probe=_PROBE, healthyPercent=60),
        fleet(3),
        people=(answer("db", "SKIP"),),
        others=lambda: FaultsFile(probes=[ProbeScript(target=server_id(0), status=503)]),
        ends="PARTIAL",
    ),
}
