"""Faults as a document, and the record of what calls met."""

from __future__ import annotations

import pytest

from local.clock import ManualClock
from local.drs import (
    CallFault,
    CallFaultKind,
    ConnectionLost,
    DrsError,
    Faults,
    FaultsError,
    Phase,
    Quotas,
    RateLimit,
    ServerFault,
    ServerFaultKind,
    Simulator,
)

SERVER = "s-5aaaaaaaaaaaaaaaa"
HERE = {"account_id": "111122223333", "region": "us-west-2"}


def test_every_fault_can_be_written_as_json() -> None:
    document = {
        "calls": [{"kind": "THROTTLE", "operation": "StartRecovery", "times": 2, "share": 0.5}],
        "rateLimits": [{"perSecond": 5, "burst": 10, "operation": "DescribeJobs"}],
        "servers": [
            {"sourceServerId": SERVER, "kind": "STUCK", "phase": "LAUNCH", "attempts": [1, 2]}
        ],
        "quotas": {"jobs": 2, "serversPerJob": 3, "serversInJobs": 4},
        "lockReleaseLagSeconds": 5,
        "jobVisibilityLagSeconds": 6,
        "instanceVisibilityLagSeconds": 7,
    }
    assert Faults.from_json(document) == Faults(
        calls=[CallFault(CallFaultKind.THROTTLE, "StartRecovery", times=2, share=0.5)],
        rate_limits=[RateLimit(5, 10, "DescribeJobs")],
        servers=[ServerFault(SERVER, ServerFaultKind.STUCK, phase=Phase.LAUNCH, attempts=(1, 2))],
        quotas=Quotas(2, 3, 4),
        lock_release_lag_seconds=5,
        job_visibility_lag_seconds=6,
        instance_visibility_lag_seconds=7,
    )


def test_an_empty_document_means_no_faults() -> None:
    assert Faults.from_json({}) == Faults()


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], "/"),
        ({"trottle": []}, "/trottle"),
        ({"calls": [{"kind": "SLOW"}]}, "/calls/0/kind"),
        ({"servers": [{"kind": "STUCK"}]}, "/servers/0/sourceServerId"),
    ],
)
def test_a_wrong_document_is_refused_at_its_place(document: object, pointer: str) -> None:
    with pytest.raises(FaultsError, match=f"at {pointer}:"):
        Faults.from_json(document)


def test_a_fault_read_from_json_counts_like_any_other() -> None:
    faults = Faults.from_json({"calls": [{"kind": "LOST_ANSWER", "times": 1}]})
    simulator = Simulator(ManualClock(), faults=faults)
    with pytest.raises(ConnectionLost) as lost:
        simulator.call("InitializeService", {}, **HERE)
    assert lost.value.effect
    assert simulator.call("DescribeJobs", {}, **HERE) == {"items": []}


def test_every_call_is_recorded_with_what_came_of_it() -> None:
    simulator = Simulator(ManualClock())
    with pytest.raises(DrsError) as refusal:
        simulator.call("DescribeJobs", {}, **HERE)
    simulator.call("InitializeService", {}, **HERE)
    with pytest.raises(DrsError):
        simulator.call("DeleteJob", {"jobID": "drsjob-5aaaaaaaaaaaaaaaa"}, **HERE)
    assert refusal.value.http_status == 400
    assert [(call.operation, call.outcome) for call in simulator.calls] == [
        ("DescribeJobs", "UninitializedAccountException"),
        ("InitializeService", "OK"),
        ("DeleteJob", "NotSimulatedException"),
    ]
