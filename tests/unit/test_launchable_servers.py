"""One server without a consistent point in time makes DRS refuse a whole job."""

from __future__ import annotations

import pytest

from drs_orchestrator.domain.server import SourceServer
from tests.unit.executions import PLACE, server_id

# botocore's DataReplicationState of drs.
_LAUNCHABLE = ["RESCAN", "BACKLOG", "CREATING_SNAPSHOT", "CONTINUOUS", "PAUSED", "STALLED"]
_NOT_LAUNCHABLE = ["STOPPED", "INITIATING", "INITIAL_SYNC", "DISCONNECTED"]


def _server(state: str | None) -> SourceServer:
    return SourceServer(
        source_server_id=server_id(0),
        account_id=PLACE.account_id,
        region=PLACE.region,
        replication_state=state,
    )


@pytest.mark.parametrize("state", _NOT_LAUNCHABLE)
def test_a_server_without_a_consistent_point_in_time_says_why(state: str) -> None:
    why = _server(state).why_unlaunchable
    assert why == f"its replication is {state}: nothing to launch from"


@pytest.mark.parametrize("state", [*_LAUNCHABLE, "SOMETHING_NEW", None])
def test_what_drs_can_launch_or_does_not_tell_counts_as_launchable(state: str | None) -> None:
    assert _server(state).why_unlaunchable is None


@pytest.mark.parametrize(
    "status",
    ["MISSING_VOLUME_ATTRIBUTES", "MISSING_VOLUME_ATTRIBUTES_AND_PRECHECK_UNAVAILABLE", "PENDING"],
)
def test_a_volume_that_drs_rejects_keeps_its_server_out(status: str) -> None:
    server = _server("CONTINUOUS").changed(volume_states=["REGULAR", status])
    assert server.why_unlaunchable == f"DRS launches no server with a volume in status {status}"


@pytest.mark.parametrize("status", ["REGULAR", "CONTAINS_MARKETPLACE_PRODUCT_CODES"])
def test_other_volumes_do_not(status: str) -> None:
    assert _server("CONTINUOUS").changed(volume_states=[status]).why_unlaunchable is None
