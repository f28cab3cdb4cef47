"""Service Quotas tells the limits that the DRS simulator enforces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local.drs import CallFault, CallFaultKind, Quotas
from local.service_quotas import ServiceQuotas
from tests.contract.aws_laptop import AwsLaptop
from tests.contract.drs_service import SERVER_A, code_of


@pytest.fixture
def quotas() -> list[ServiceQuotas]:
    return []


@pytest.fixture
def laptop(quotas: list[ServiceQuotas]) -> Iterator[AwsLaptop]:
    def services(laptop: AwsLaptop) -> dict[str, ServiceQuotas]:
        quotas.append(ServiceQuotas(lambda: laptop.simulator.faults.quotas, laptop.setting))
        return {"servicequotas": quotas[0]}

    with AwsLaptop(SERVER_A, services=services) as started:
        yield started


def _value(laptop: AwsLaptop, code: str) -> float:
    answer = laptop.client("service-quotas").get_service_quota(ServiceCode="drs", QuotaCode=code)
    return float(answer["Quota"]["Value"])


def test_the_quotas_are_those_that_the_simulator_enforces(laptop: AwsLaptop) -> None:
    laptop.simulator.faults.quotas = Quotas(jobs=3, servers_per_job=7, servers_in_jobs=11)
    codes = ("L-D88FAC3A", "L-B827C881", "L-05AFA8C6")
    assert [_value(laptop, code) for code in codes] == [3, 7, 11]


def test_all_quotas_of_drs_can_be_listed(laptop: AwsLaptop) -> None:
    listed = laptop.client("service-quotas").list_service_quotas(ServiceCode="drs")["Quotas"]
    assert {each["QuotaCode"]: each["Value"] for each in listed} == {
        "L-D88FAC3A": 20,
        "L-B827C881": 100,
        "L-05AFA8C6": 500,
    }


@pytest.mark.parametrize(("service", "code"), [("drs", "L-00000000"), ("ec2", "L-D88FAC3A")])
def test_any_other_quota_does_not_exist(laptop: AwsLaptop, service: str, code: str) -> None:
    with pytest.raises(ClientError) as refusal:
        laptop.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)
    assert code_of(refusal) == ("NoSuchResourceException", 400)


def test_a_role_without_the_permission_is_denied(
    laptop: AwsLaptop, quotas: list[ServiceQuotas]
) -> None:
    quotas[0].faults.calls.append(CallFault(CallFaultKind.ACCESS_DENIED, "GetServiceQuota"))
    with pytest.raises(ClientError, match="GetServiceQuota") as refusal:
        _value(laptop, "L-D88FAC3A")
    assert code_of(refusal) == ("AccessDeniedException", 400)
    assert [call.outcome for call in quotas[0].calls] == ["AccessDeniedException"]
