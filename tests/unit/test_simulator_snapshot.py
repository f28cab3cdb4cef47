"""The simulator's memory survives its process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.clock import ManualClock
from local.drs import Simulator, SnapshotError

ACCOUNT, REGION = "111122223333", "us-west-2"
SERVER = "s-5aaaaaaaaaaaaaaaa"
ARN = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{SERVER}"


def _call(simulator: Simulator, operation: str, **params: object) -> dict[str, Any]:
    return simulator.call(operation, params, account_id=ACCOUNT, region=REGION)


def _start(simulator: Simulator) -> str:
    answer = _call(simulator, "StartRecovery", sourceServers=[{"sourceServerID": SERVER}])
    return str(answer["job"]["jobID"])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def simulator(clock: ManualClock) -> Simulator:
    simulator = Simulator(clock)
    simulator.load_inventory({"items": [{"sourceServerID": SERVER, "arn": ARN}]})
    return simulator


def _reopened(simulator: Simulator, clock: ManualClock) -> Simulator:
    written = json.loads(json.dumps(simulator.snapshot()))
    other = Simulator(clock)
    other.restore(written)
    return other


def test_a_running_job_goes_on_in_the_next_process(
    simulator: Simulator, clock: ManualClock
) -> None:
    _start(simulator)
    clock.advance(100)
    reopened = _reopened(simulator, clock)
    clock.advance(3_600)
    assert reopened.truth(ACCOUNT, REGION) == simulator.truth(ACCOUNT, REGION)
    assert _call(reopened, "DescribeJobs") == _call(simulator, "DescribeJobs")
    assert _call(reopened, "DescribeRecoveryInstances")["items"][0]["sourceServerID"] == SERVER


def test_tags_and_launch_configurations_are_kept(simulator: Simulator, clock: ManualClock) -> None:
    _call(simulator, "TagResource", resourceArn=ARN, tags={"Tier": "db"})
    _call(simulator, "UpdateLaunchConfiguration", sourceServerID=SERVER, copyTags=True)
    reopened = _reopened(simulator, clock)
    assert _call(reopened, "ListTagsForResource", resourceArn=ARN) == {"tags": {"Tier": "db"}}
    assert _call(reopened, "GetLaunchConfiguration", sourceServerID=SERVER)["copyTags"] is True


def test_ids_and_attempts_go_on_counting(simulator: Simulator, clock: ManualClock) -> None:
    first = _start(simulator)
    clock.advance(3_600)
    reopened = _reopened(simulator, clock)
    assert _start(reopened) == _start(simulator) != first
    clock.advance(3_600)
    assert reopened.truth(ACCOUNT, REGION) == simulator.truth(ACCOUNT, REGION)


def test_the_home_is_kept(clock: ManualClock) -> None:
    simulator = Simulator(clock)
    elsewhere = ARN.replace(REGION, "eu-west-1")
    simulator.load_inventory({"items": [{"sourceServerID": SERVER, "arn": elsewhere}]})
    assert _reopened(simulator, clock).home == (ACCOUNT, "eu-west-1")


def test_an_inventory_loaded_again_keeps_what_happened(
    simulator: Simulator, clock: ManualClock
) -> None:
    _start(simulator)
    clock.advance(3_600)
    _call(simulator, "TagResource", resourceArn=ARN, tags={"added": "here"})
    changed = {
        "sourceServerID": SERVER,
        "arn": ARN,
        "tags": {"Tier": "db"},
        "agentVersion": "9.9.9",
    }
    simulator.load_inventory({"items": [changed]})
    (server,) = _call(simulator, "DescribeSourceServers")["items"]
    assert server["tags"] == {"added": "here", "Tier": "db"}
    assert server["agentVersion"] == "9.9.9"
    assert server["lastLaunchResult"] == "SUCCEEDED"


@pytest.mark.parametrize(
    "document", [None, {}, [], {"formatVersion": 99, "state": {}}, {"formatVersion": "1"}]
)
def test_a_snapshot_of_another_version_is_refused_with_a_remedy(
    simulator: Simulator, document: object
) -> None:
    before = simulator.snapshot()
    with pytest.raises(SnapshotError, match="use an empty state directory"):
        simulator.restore(document)
    assert simulator.snapshot() == before


def test_a_damaged_snapshot_is_refused_at_its_place(simulator: Simulator) -> None:
    damaged = simulator.snapshot()
    damaged["state"]["estates"][0]["servers"] = "none"
    with pytest.raises(SnapshotError, match="/state/estates/0/servers"):
        simulator.restore(damaged)


def test_only_calls_that_change_something_ask_for_a_new_snapshot(simulator: Simulator) -> None:
    assert simulator.changed.is_set()
    simulator.changed.clear()
    _call(simulator, "DescribeJobs")
    assert not simulator.changed.is_set()
    _start(simulator)
    assert simulator.changed.is_set()
