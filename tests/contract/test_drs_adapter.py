"""A launch as the product sends it: once, whatever DRS answers; the simulator counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.domain.errors import (
    DrsThrottled,
    DrsUnavailable,
    LaunchConflict,
    LaunchRefused,
    OrchestratorError,
    OutcomeUnknown,
    QuotaExceeded,
)
from local.drs import Behaviour, CallFault, CallFaultKind, Quotas
from tests.contract.drs_adapter import NOWHERE, TAGS, adapter, outcomes, start
from tests.contract.drs_service import (
    ACCOUNT,
    REGION,
    SERVER_A,
    SERVER_B,
    SERVER_C,
    UNKNOWN_SERVER,
    DrsService,
)


@pytest.fixture
def service() -> Iterator[DrsService]:
    with DrsService() as service:
        yield service


@pytest.fixture
def drs(service: DrsService) -> Iterator[BotoDisasterRecovery]:
    with adapter(service) as drs:
        yield drs


def _jobs(service: DrsService) -> int:
    return len(service.simulator.truth(ACCOUNT, REGION).jobs)


@pytest.mark.parametrize("is_drill", [True, False])
def test_a_launch_sends_what_it_was_told_and_always_says_whether_it_is_a_drill(
    service: DrsService, drs: BotoDisasterRecovery, is_drill: bool
) -> None:
    job_id = start(drs, SERVER_B, SERVER_A, is_drill=is_drill)
    (call,) = service.simulator.calls
    assert call.job_id == job_id
    assert call.params == {
        "sourceServers": [{"sourceServerID": SERVER_B}, {"sourceServerID": SERVER_A}],
        "isDrill": is_drill,
        "tags": TAGS,
    }


ANSWERS: dict[CallFaultKind, tuple[type[OrchestratorError], int]] = {
    CallFaultKind.THROTTLE: (DrsThrottled, 0),
    CallFaultKind.CONFLICT: (LaunchConflict, 0),
    CallFaultKind.ACCESS_DENIED: (LaunchRefused, 0),
    CallFaultKind.SERVER_ERROR: (OutcomeUnknown, 0),
    CallFaultKind.SERVER_ERROR_AFTER_EFFECT: (OutcomeUnknown, 1),
    CallFaultKind.LOST_REQUEST: (OutcomeUnknown, 0),
    CallFaultKind.LOST_ANSWER: (OutcomeUnknown, 1),
}


@pytest.mark.parametrize("kind", list(CallFaultKind))
def test_a_launch_that_goes_wrong_was_sent_once_and_only_a_clear_no_counts_as_one(
    service: DrsService, drs: BotoDisasterRecovery, kind: CallFaultKind
) -> None:
    expected, jobs = ANSWERS[kind]
    service.faults.calls = [CallFault(kind, "StartRecovery")]
    with pytest.raises(OrchestratorError, match=f"StartRecovery in account {ACCOUNT}") as raised:
        start(drs, SERVER_A)
    assert type(raised.value) is expected
    assert len(outcomes(service, "StartRecovery")) == 1
    assert _jobs(service) == jobs


@pytest.mark.parametrize(
    ("quotas", "size"),
    [(Quotas(jobs=1), 1), (Quotas(servers_in_jobs=2), 2)],
)
def test_a_full_drs_is_told_from_a_refusal(
    service: DrsService, drs: BotoDisasterRecovery, quotas: Quotas, size: int
) -> None:
    start(drs, SERVER_A)
    service.faults.quotas = quotas
    with pytest.raises(QuotaExceeded):
        start(drs, *[SERVER_B, SERVER_C][:size])
    assert outcomes(service, "StartRecovery") == ["OK", "ServiceQuotaExceededException"]


def test_a_busy_server_may_be_busy_with_the_very_job_whose_answer_was_lost(
    drs: BotoDisasterRecovery,
) -> None:
    start(drs, SERVER_A)
    with pytest.raises(LaunchConflict, match="ConflictException"):
        start(drs, SERVER_A)
    assert issubclass(LaunchConflict, OutcomeUnknown)


def test_a_job_larger_than_drs_ever_takes_is_refused_for_good(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    service.faults.quotas = Quotas(servers_per_job=1)
    with pytest.raises(LaunchRefused, match="at most 1 source servers"):
        start(drs, SERVER_A, SERVER_B)
    assert outcomes(service, "StartRecovery") == ["ServiceQuotaExceededException"]


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ConflictException", 409, LaunchConflict),
        ("ResourceNotFoundException", 404, LaunchRefused),
        ("ValidationException", 400, LaunchRefused),
        ("RequestTimeoutException", 408, OutcomeUnknown),
        ("ServiceUnavailable", 503, OutcomeUnknown),
        ("ThrottlingException", 400, DrsThrottled),
        ("TooManyRequestsException", 400, DrsThrottled),
        ("RequestLimitExceeded", 503, DrsThrottled),
        ("HeardOfNever", 429, DrsThrottled),
        ("ExpiredTokenException", 400, DrsUnavailable),
        ("ExpiredTokenException", 403, DrsUnavailable),
        ("RequestExpired", 400, DrsUnavailable),
        ("InvalidSignatureException", 403, DrsUnavailable),
        ("UnrecognizedClientException", 403, LaunchRefused),
    ],
)
def test_an_answer_is_judged_by_its_code_and_else_by_its_http_status(
    code: str, status: int, expected: type[OrchestratorError]
) -> None:
    behaviour = Behaviour(unknown_resource_code=code, unknown_resource_http_status=status)
    with DrsService(behaviour=behaviour) as service, adapter(service) as drs:
        with pytest.raises(OrchestratorError, match=code) as raised:
            start(drs, UNKNOWN_SERVER)
        assert type(raised.value) is expected
        assert outcomes(service, "StartRecovery") == [code]


def test_a_launch_where_drs_is_not_initialised_is_refused(service: DrsService) -> None:
    with adapter(service, NOWHERE) as drs, pytest.raises(LaunchRefused, match="Uninitialized"):
        start(drs, SERVER_A)


def test_a_launch_that_cannot_be_expressed_is_refused_unsent(
    service: DrsService, drs: BotoDisasterRecovery
) -> None:
    with pytest.raises(LaunchRefused, match="sourceServers"):
        start(drs)
    assert service.simulator.calls == []


def test_a_launch_that_reaches_nobody_has_no_known_outcome() -> None:
    with DrsService() as service:
        pass
    with adapter(service) as drs, pytest.raises(OutcomeUnknown, match=str(service.port)):
        start(drs, SERVER_A)
