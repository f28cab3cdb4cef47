"""The faults of every simulated service can be rehearsed from JSON."""

from __future__ import annotations

from typing import Any

import pytest

from local.drs import CallFault, CallFaultKind, FaultsError
from local.ec2 import Ec2Faults
from local.events import DrsEventFaults, EventBusFaults
from local.faults_file import FaultsFile, read_faults_file
from local.protocols.documents import JsonFaults
from local.scheduler import SchedulerFaults
from local.service_quotas import ServiceQuotasFaults
from local.ssm import SsmFaults
from local.sts import StsFaults

THROTTLED = {"calls": [{"kind": "THROTTLE", "times": 2}]}


@pytest.mark.parametrize(
    ("document", "faults"),
    [
        ({"systemImpaired": ["s-1"]}, Ec2Faults(system_impaired=frozenset({"s-1"}))),
        ({"agentAbsent": ["i-1"]}, SsmFaults(agent_absent=frozenset({"i-1"}))),
        ({"expiredAccounts": ["1"]}, StsFaults(expired_accounts=frozenset({"1"}))),
        ({"unreachableAccounts": ["1"]}, StsFaults(unreachable_accounts=frozenset({"1"}))),
        ({"lateSeconds": 45}, SchedulerFaults(late_seconds=45)),
        ({"delaySeconds": 3, "lostShare": 1}, EventBusFaults(delay_seconds=3, lost_share=1)),
        ({"lostShare": 0.5}, DrsEventFaults(lost_share=0.5)),
        (THROTTLED, ServiceQuotasFaults([CallFault(CallFaultKind.THROTTLE, times=2)])),
    ],
)
def test_faults_are_read_in_camel_case(document: dict[str, Any], faults: JsonFaults) -> None:
    assert type(faults).from_json(document) == faults
    assert type(faults).from_json({}) == type(faults)()


def test_an_unknown_fault_is_refused_with_its_place() -> None:
    for kind in (Ec2Faults, SsmFaults, StsFaults, SchedulerFaults, DrsEventFaults):
        with pytest.raises(FaultsError, match="/impared"):
            kind.from_json({"impared": []})
    with pytest.raises(FaultsError, match="/calls/0/kind"):
        SsmFaults.from_json({"calls": [{"kind": "SLOW"}]})


def test_one_file_holds_the_faults_of_drs_and_of_the_services_around_it() -> None:
    drs, others = read_faults_file(
        {
            "jobVisibilityLagSeconds": 20,
            "events": {"lostShare": 1},
            "ssm": {"agentLost": ["s-1"]},
            "documents": {"StopBatch": {"status": "Failed"}, "Warm": [{"hang": True}, {}]},
            "functions": {"warm-cache": {"errorType": "QueueFull"}},
            "probes": [{"status": 503}],
        }
    )
    assert drs.job_visibility_lag_seconds == 20
    assert others.events == EventBusFaults(lost_share=1)
    assert others.ssm == SsmFaults(agent_lost=frozenset({"s-1"}))
    documents = others.automation_documents
    assert [script.status for script in documents["StopBatch"]] == ["Failed"]
    assert [script.hang for script in documents["Warm"]] == [True, False]
    assert others.probes[0].status == 503
    assert read_faults_file({}) == (type(drs)(), FaultsFile())


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"evnts": {}}, "/evnts"),
        ({"events": {"lostShare": 2}}, "/events/lostShare"),
        ({"documents": {"StopBatch": []}}, "/documents/StopBatch"),
        ([], "/"),
    ],
)
def test_a_wrong_member_of_the_file_is_named_with_its_place(document: object, pointer: str) -> None:
    with pytest.raises(FaultsError, match=f"at {pointer}"):
        read_faults_file(document)
