"""A termination as the product sends it: once, whatever DRS answers; the simulator counts."""

from __future__ import annotations

import pytest

from drs_orchestrator.domain.errors import (
    DrsThrottled,
    InstanceBusy,
    OrchestratorError,
    OutcomeUnknown,
    QuotaExceeded,
    TerminationRefused,
)
from local.drs import CallFault, CallFaultKind, Quotas
from tests.contract.drs_adapter import adapter, outcomes, start
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, SERVER_B, DrsService

ANSWERS: dict[CallFaultKind, tuple[type[OrchestratorError], int]] = {
    CallFaultKind.THROTTLE: (DrsThrottled, 0),
    CallFaultKind.CONFLICT: (InstanceBusy, 0),
    CallFaultKind.ACCESS_DENIED: (TerminationRefused, 0),
    CallFaultKind.SERVER_ERROR: (OutcomeUnknown, 0),
    CallFaultKind.SERVER_ERROR_AFTER_EFFECT: (OutcomeUnknown, 1),
    CallFaultKind.LOST_REQUEST: (OutcomeUnknown, 0),
    CallFaultKind.LOST_ANSWER: (OutcomeUnknown, 1),
}


def _launched(service: DrsService) -> list[str]:
    """Return the live instances of two servers that were launched for a drill."""
    with adapter(service) as drs:
        start(drs, SERVER_A, SERVER_B)
        service.clock.advance(7200)
        found = drs.recovery_instances([SERVER_A, SERVER_B])
    return [each.recovery_instance_id for each in found]


def _jobs(service: DrsService) -> int:
    jobs = service.simulator.truth(ACCOUNT, REGION).jobs
    return sum(job.kind == "TERMINATE" for job in jobs)


def test_a_termination_names_its_instances_and_its_job_is_told_from_launches() -> None:
    with DrsService() as service:
        ids = _launched(service)
        with adapter(service) as drs:
            job_id = drs.terminate(ids)
            job = drs.jobs([job_id])[job_id]
    assert service.simulator.calls[-2].params == {"recoveryInstanceIDs": ids}
    assert job.kind == "TERMINATE"
    assert job.is_active


@pytest.mark.parametrize("kind", list(CallFaultKind))
def test_a_termination_that_goes_wrong_was_sent_once(kind: CallFaultKind) -> None:
    expected, jobs = ANSWERS[kind]
    operation = "TerminateRecoveryInstances"
    with DrsService() as service:
        ids = _launched(service)
        service.faults.calls = [CallFault(kind, operation)]
        with adapter(service) as drs, pytest.raises(OrchestratorError, match=operation) as raised:
            drs.terminate(ids)
        assert type(raised.value) is expected
        assert len(outcomes(service, operation)) == 1
        assert _jobs(service) == jobs


def test_a_full_drs_is_told_from_a_call_that_is_too_large() -> None:
    with DrsService() as service:
        ids = _launched(service)
        with adapter(service) as drs:
            service.faults.quotas = Quotas(servers_per_job=1)
            with pytest.raises(TerminationRefused, match="at most 1"):
                drs.terminate(ids)
            service.faults.quotas = Quotas(jobs=0)
            with pytest.raises(QuotaExceeded):
                drs.terminate(ids)


def test_a_busy_server_and_a_call_that_cannot_be_expressed_are_a_clear_no() -> None:
    with DrsService() as service:
        ids = _launched(service)
        with adapter(service) as drs:
            drs.terminate(ids[:1])
            with pytest.raises(InstanceBusy):
                drs.terminate(ids)
            with pytest.raises(TerminationRefused, match="recoveryInstanceIDs"):
                drs.terminate([])
