"""Where an action runs: where it says, or in its wave's only account and Region."""

from __future__ import annotations

from typing import Any

import pytest

from drs_orchestrator.domain.action import SsmAction, WaitAction
from drs_orchestrator.domain.action_place import find_unplaced, place_of, placed
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import Wave
from drs_orchestrator.domain.server import Place
from tests.unit.executions import ELSEWHERE, PLACE

FOREIGN = Place("444455556666", "us-west-2")


def ssm(**members: Any) -> SsmAction:  # noqa: ANN401 - the model checks them
    """Return an action that says no more about its place than `members`."""
    return SsmAction(name="drain", type="ssm", document_name="Drain", **members)


@pytest.mark.parametrize(
    ("said", "places", "place"),
    [
        ({}, [PLACE], PLACE),
        ({}, [PLACE, ELSEWHERE], None),
        ({"region": "eu-west-1"}, [PLACE, ELSEWHERE], ELSEWHERE),
        ({"account_id": "444455556666"}, [PLACE, FOREIGN], FOREIGN),
        ({"account_id": PLACE.account_id}, [PLACE, ELSEWHERE], None),
        ({"region": "ap-south-1"}, [PLACE], None),
        (FOREIGN._asdict(), [PLACE], FOREIGN),
    ],
)
def test_the_only_place_that_fits_is_meant(
    said: dict[str, str], places: list[Place], place: Place | None
) -> None:
    assert place_of(ssm(**said), places) == place


def test_the_place_is_written_into_the_action() -> None:
    action = placed(ssm(), [PLACE])
    assert isinstance(action, SsmAction)
    assert (action.account_id, action.region) == PLACE


def test_an_action_that_could_run_in_two_places_is_a_fault_of_the_plan() -> None:
    wave = Wave(
        name="web",
        protection_groups=["Here", "There"],
        pre_actions=[WaitAction(name="settle", type="wait", seconds=5), ssm()],
        post_actions=[ssm(scope="DRILL")],
    )
    places = {"here": PLACE, "there": ELSEWHERE}
    pointers = ["/waves/0/preActions/1", "/waves/0/postActions/0"]
    faults = list(find_unplaced([wave], places))
    assert [fault.pointer for fault in faults] == pointers
    assert str(PLACE) in faults[0].message
    assert "accountId and region" in faults[0].message
    of_recovery = find_unplaced([wave], places, ExecutionType.RECOVERY)
    assert [fault.pointer for fault in of_recovery] == pointers[:1]
    assert list(find_unplaced([wave], {})) == []
