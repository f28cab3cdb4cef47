"""Automations as the product sees them, through the shipped client and over the wire."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from drs_orchestrator.domain.action_run import Outcome
from drs_orchestrator.domain.errors import ActionRefused, ActionUnavailable
from local.drs import CallFault, CallFaultKind
from tests.contract.automation_laptop import AutomationLaptop, automation_laptop
from tests.contract.aws_laptop import HOME

TOKEN = str(uuid.uuid5(uuid.NAMESPACE_URL, "drill-1/web/drain/1/1"))
SCRIPTS = {
    "StopBatch": {"seconds": 60},
    "WarmCache": {"seconds": 60, "status": "Failed", "failureMessage": "disk full"},
    "Migrate": {"hang": True},
}


@pytest.fixture
def laptop() -> Iterator[AutomationLaptop]:
    with automation_laptop(SCRIPTS) as running:
        yield running


def test_an_automation_runs_with_its_parameters_until_it_succeeds(laptop: AutomationLaptop) -> None:
    run_id = laptop.automations.start("StopBatch", {"Queue": ["orders"]}, TOKEN)
    assert laptop.automations.look(run_id) is None
    laptop.clock.advance(90)
    assert laptop.automations.look(run_id) == Outcome(succeeded=True)
    (execution, _) = laptop.ssm.truth(*HOME)[run_id]
    assert execution.parameters == {"Queue": ["orders"]}


def test_the_same_token_starts_once(laptop: AutomationLaptop) -> None:
    run_ids = {laptop.automations.start("StopBatch", {}, TOKEN) for _ in range(2)}
    assert laptop.ssm.truth(*HOME).keys() == run_ids
    assert len(run_ids) == 1


def test_a_lost_answer_is_asked_for_again_and_found(laptop: AutomationLaptop) -> None:
    lost = CallFault(CallFaultKind.LOST_ANSWER, "StartAutomationExecution", times=2)
    laptop.ssm.faults.calls.append(lost)
    with pytest.raises(ActionUnavailable):
        laptop.automations.start("StopBatch", {}, TOKEN)
    (left,) = laptop.ssm.truth(*HOME)
    assert laptop.automations.start("StopBatch", {}, TOKEN) == left


def test_a_failure_names_document_place_and_message(laptop: AutomationLaptop) -> None:
    run_id = laptop.automations.start("WarmCache", {}, TOKEN)
    laptop.clock.advance(90)
    outcome = laptop.automations.look(run_id)
    assert outcome is not None
    assert not outcome.succeeded
    for named in (run_id, "WarmCache", HOME.account_id, HOME.region, "Failed", "disk full"):
        assert named in (outcome.detail or "")


def test_a_stop_ends_an_automation_and_may_be_repeated(laptop: AutomationLaptop) -> None:
    run_id = laptop.automations.start("Migrate", {}, TOKEN)
    laptop.automations.stop(run_id)
    laptop.automations.stop(run_id)
    laptop.clock.advance(5)
    outcome = laptop.automations.look(run_id)
    assert outcome is not None
    assert "Cancelled" in (outcome.detail or "")
    laptop.automations.stop(run_id)
    laptop.automations.stop(str(uuid.uuid4()))


def test_an_unknown_document_is_refused_with_its_remedy(laptop: AutomationLaptop) -> None:
    with pytest.raises(ActionRefused, match=r"'Unknown' in account .*create the document there"):
        laptop.automations.start("Unknown", {}, TOKEN)
    assert laptop.ssm.truth(*HOME) == {}


@pytest.mark.parametrize("members", [{"Queue": [""] * 51}, {"x" * 51: ["orders"]}])
def test_parameters_that_systems_manager_refuses_are_the_plans_fault(
    laptop: AutomationLaptop, members: dict[str, list[str]]
) -> None:
    with pytest.raises(ActionRefused, match="correct the action"):
        laptop.automations.start("StopBatch", members, TOKEN)


def test_a_denied_start_says_what_to_allow(laptop: AutomationLaptop) -> None:
    laptop.ssm.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED, times=1))
    with pytest.raises(ActionRefused, match=r"docs/how-to/actions\.md"):
        laptop.automations.start("StopBatch", {}, TOKEN)


@pytest.mark.parametrize("kind", [CallFaultKind.THROTTLE, CallFaultKind.SERVER_ERROR])
def test_a_busy_service_is_not_the_plans_fault(
    laptop: AutomationLaptop, kind: CallFaultKind
) -> None:
    laptop.ssm.faults.calls.append(CallFault(kind, times=2))
    with pytest.raises(ActionUnavailable):
        laptop.automations.start("StopBatch", {}, TOKEN)


def test_what_cannot_be_read_is_not_known_to_have_failed(laptop: AutomationLaptop) -> None:
    with pytest.raises(ActionUnavailable, match=HOME.region):
        laptop.automations.look(str(uuid.uuid4()))
    run_id = laptop.automations.start("StopBatch", {}, TOKEN)
    laptop.ssm.faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED, times=2))
    with pytest.raises(ActionUnavailable):
        laptop.automations.look(run_id)
    with pytest.raises(ActionUnavailable):
        laptop.automations.stop(run_id)
