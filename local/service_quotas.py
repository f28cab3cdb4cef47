"""Service Quotas for Elastic Disaster Recovery: the quotas that the simulator enforces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from local.drs import CallFault, Quotas
from local.drs.ids import partition
from local.protocols.documents import JsonFaults
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.errors import AwsError
from local.protocols.pages import page
from local.protocols.requests import Document
from local.protocols.service import AwsService

_SERVICE, _SERVICE_NAME = "drs", "AWS Elastic Disaster Recovery"
_PAGE_SIZE = 100
# https://docs.aws.amazon.com/general/latest/gr/drs.html
_NAMES = {
    "L-D88FAC3A": "Concurrent jobs in progress",
    "L-B827C881": "Source servers in a single job",
    "L-05AFA8C6": "Source servers in all jobs",
}


@dataclass
class ServiceQuotasFaults(JsonFaults):
    """What goes wrong, e.g. `CallFault(CallFaultKind.ACCESS_DENIED, "GetServiceQuota")`."""

    calls: list[CallFault] = field(default_factory=list)


class ServiceQuotas(AwsService):
    """A WSGI application that answers GetServiceQuota and ListServiceQuotas for the service `drs`.

    `quotas` is asked at each call, e.g. `lambda: simulator.faults.quotas`.
    """

    def __init__(
        self,
        quotas: Callable[[], Quotas],
        setting: Setting,
        faults: ServiceQuotasFaults | None = None,
    ) -> None:
        self.faults = faults or ServiceQuotasFaults()
        self._quotas = quotas
        self._endpoint = Endpoint(
            "service-quotas",
            {"GetServiceQuota": self._get, "ListServiceQuotas": self._list},
            setting,
            lambda: self.faults.calls,
        )

    def _get(self, call: Call) -> Document:
        wanted = call.params["QuotaCode"]
        for quota in self._all(call):
            if quota["QuotaCode"] == wanted:
                return {"Quota": quota}
        raise AwsError(
            "NoSuchResourceException", f"The quota {wanted} of {_SERVICE} does not exist."
        )

    def _list(self, call: Call) -> Document:
        code = call.params.get("QuotaCode")
        quotas = [quota for quota in self._all(call) if code in {None, quota["QuotaCode"]}]
        shown, token = page(
            quotas, call.params, size=_PAGE_SIZE, refusal="InvalidPaginationTokenException"
        )
        return {"Quotas": shown, "NextToken": token}

    def _all(self, call: Call) -> list[Document]:
        service = call.params["ServiceCode"]
        if service != _SERVICE:
            raise AwsError(
                "NoSuchResourceException",
                f"The service {service} does not exist here; simulated is: {_SERVICE}.",
            )
        quotas = self._quotas()
        values = {
            "L-D88FAC3A": quotas.jobs,
            "L-B827C881": quotas.servers_per_job,
            "L-05AFA8C6": quotas.servers_in_jobs,
        }
        account_id, region = call.scope
        prefix = f"arn:{partition(region)}:servicequotas:{region}:{account_id}:{_SERVICE}"
        return [
            {
                "ServiceCode": _SERVICE,
                "ServiceName": _SERVICE_NAME,
                "QuotaArn": f"{prefix}/{code}",
                "QuotaCode": code,
                "QuotaName": _NAMES[code],
                "Value": float(value),
                "Unit": "None",
                "Adjustable": False,
                "GlobalQuota": False,
                "QuotaAppliedAtLevel": "ACCOUNT",
            }
            for code, value in values.items()
        ]
