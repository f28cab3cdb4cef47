"""Inventories, as `aws drs describe-source-servers` prints them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.clock import ManualClock
from local.drs import InventoryError, Simulator

ACCOUNT, REGION = "111122223333", "us-west-2"
A, B = "s-5aaaaaaaaaaaaaaaa", "s-5bbbbbbbbbbbbbbbb"
EXAMPLE = Path(__file__).parents[2] / "examples" / "three-tier" / "inventory.json"


def _server(server_id: str = A, **members: object) -> dict[str, Any]:
    arn = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/{server_id}"
    return {"sourceServerID": server_id, "arn": arn, **members}


def _servers(simulator: Simulator) -> list[dict[str, Any]]:
    answer = simulator.call("DescribeSourceServers", {}, account_id=ACCOUNT, region=REGION)
    return list(answer["items"])


def _call(simulator: Simulator, operation: str, **params: object) -> dict[str, Any]:
    return simulator.call(operation, params, account_id=ACCOUNT, region=REGION)


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(ManualClock())


def test_the_example_comes_back_as_it_was_recorded(simulator: Simulator) -> None:
    document = json.loads(EXAMPLE.read_text())
    simulator.load_inventory(document)
    assert _servers(simulator) == document["items"]
    assert len(document["items"]) == 12


def test_members_that_nobody_knows_are_kept(simulator: Simulator) -> None:
    simulator.load_inventory({"items": [_server(brandNew={"since": 2027})], "nextToken": None})
    assert _servers(simulator)[0]["brandNew"] == {"since": 2027}


def test_a_server_with_nothing_but_its_identity_can_be_launched(simulator: Simulator) -> None:
    simulator.load_inventory({"items": [_server()]})
    _call(simulator, "StartRecovery", sourceServers=[{"sourceServerID": A}])
    assert len(simulator.truth(ACCOUNT, REGION).jobs) == 1


def test_what_a_caller_does_to_an_answer_does_not_reach_the_memory(simulator: Simulator) -> None:
    simulator.load_inventory({"items": [_server(lifeCycle={"lastLaunch": {"initiated": {}}})]})
    _servers(simulator)[0]["lifeCycle"]["lastLaunch"]["initiated"]["type"] = "DRILL"
    assert _servers(simulator)[0]["lifeCycle"] == {"lastLaunch": {"initiated": {}}}


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], "/items"),
        ({}, "/items"),
        ({"items": {}}, "/items"),
        ({"items": []}, "/items"),
        ({"items": ["s-5"]}, "/items/0"),
        ({"items": [_server(), {"arn": _server(B)["arn"]}]}, "/items/1/sourceServerID"),
        ({"items": [{"sourceServerID": A}]}, "/items/0/arn"),
        ({"items": [_server(sourceServerID=7)]}, "/items/0/sourceServerID"),
        ({"items": [_server(arn="arn:aws:drs:nowhere")]}, "/items/0/arn"),
        ({"items": [_server(arn=_server(B)["arn"])]}, "/items/0/arn"),
        ({"items": [_server(), _server(B), _server()]}, "/items/2/sourceServerID"),
        ({"items": [_server(tags=["db"])]}, "/items/0/tags"),
        ({"items": [_server(lifeCycle="new")]}, "/items/0/lifeCycle"),
        (
            {"items": [_server(dataReplicationInfo={"replicatedDisks": [{"deviceName": 1}]})]},
            "/items/0/dataReplicationInfo/replicatedDisks/0/deviceName",
        ),
    ],
)
def test_an_unusable_inventory_is_refused_at_its_place_and_changes_nothing(
    simulator: Simulator, document: object, pointer: str
) -> None:
    before = simulator.snapshot()
    with pytest.raises(InventoryError) as refusal:
        simulator.load_inventory(document)
    assert refusal.value.pointer == pointer
    assert pointer in str(refusal.value)
    assert refusal.value.remedy in str(refusal.value)
    assert simulator.snapshot() == before


@pytest.mark.parametrize(
    ("initiated", "is_drill"),
    [({"type": "DRILL"}, True), ({"type": "RECOVERY"}, False), ({}, False)],
)
def test_a_recorded_recovery_instance_is_there_and_real_unless_a_drill(
    simulator: Simulator, initiated: dict[str, str], is_drill: bool
) -> None:
    recorded = _server(
        recoveryInstanceId="i-0123456789abcdef0", lifeCycle={"lastLaunch": {"initiated": initiated}}
    )
    simulator.load_inventory({"items": [recorded]})
    (instance,) = _call(simulator, "DescribeRecoveryInstances")["items"]
    assert instance["recoveryInstanceID"] == "i-0123456789abcdef0"
    assert instance["isDrill"] is is_drill
    assert _servers(simulator)[0]["recoveryInstanceId"] == "i-0123456789abcdef0"


def test_every_place_of_an_inventory_is_known_and_kept_apart(simulator: Simulator) -> None:
    far = f"arn:aws:drs:eu-west-1:444455556666:source-server/{B}"
    simulator.load_inventory({"items": [_server(), {"sourceServerID": B, "arn": far}]})
    simulator.truth("777788889999", REGION)
    assert simulator.scopes == [(ACCOUNT, REGION), ("444455556666", "eu-west-1")]
    assert [each["sourceServerID"] for each in _servers(simulator)] == [A]


def test_the_home_can_be_named_before_anything_is_loaded(simulator: Simulator) -> None:
    hub = ("777788889999", "us-east-1")
    simulator.home = hub
    simulator.load_inventory({"items": [_server()]})
    simulator.home = hub
    assert simulator.home == hub
    with pytest.raises(ValueError, match="already"):
        simulator.home = (ACCOUNT, REGION)


def test_the_account_and_region_of_the_first_server_are_home(simulator: Simulator) -> None:
    assert simulator.home == (ACCOUNT, REGION)
    elsewhere = _server()
    elsewhere["arn"] = f"arn:aws-us-gov:drs:us-gov-west-1:999988887777:source-server/{A}"
    simulator.load_inventory({"items": [elsewhere, _server(B)]})
    assert simulator.home == ("999988887777", "us-gov-west-1")
