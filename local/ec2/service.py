"""EC2 for recovery instances; it remembers nothing, all follows from what DRS launched."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from local.drs import CallFault
from local.ec2 import views
from local.ec2.filters import chooser
from local.machines import Machine, TruthSource, machines
from local.protocols.documents import JsonFaults
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.errors import AwsError
from local.protocols.pages import page
from local.protocols.requests import Document
from local.protocols.service import AwsService

_PAGE_SIZE = 1000
_REMEMBERED_STATUSES = 100_000


@dataclass
class Ec2Faults(JsonFaults):
    """What goes wrong; the ids are of instances or of source servers.

    system_impaired, instance_impaired: the status check fails once it has been made.
    never_checked: the status checks stay `initializing`.
    """

    calls: list[CallFault] = field(default_factory=list)
    system_impaired: frozenset[str] = frozenset()
    instance_impaired: frozenset[str] = frozenset()
    never_checked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ec2Timing:
    """What AWS publishes no figures for.

    checked_after_seconds: from the launch until the status checks have a result.
    terminated_lingers_seconds: how long a terminated instance stays listed ("about an hour").
    """

    checked_after_seconds: float = 120.0
    terminated_lingers_seconds: float = 3600.0


@dataclass(frozen=True)
class StatusRecord:
    """The two status checks of an instance, as somebody was told them."""

    instance_id: str
    at: datetime
    system: str
    instance: str


class Ec2(AwsService):
    """A WSGI application that answers DescribeInstances and DescribeInstanceStatus.

    Instances are those of `source`, per account and Region; they appear when they run. `faults`
    may be replaced or changed at any time.
    """

    def __init__(
        self,
        source: TruthSource,
        setting: Setting,
        faults: Ec2Faults | None = None,
        timing: Ec2Timing | None = None,
    ) -> None:
        self.faults = faults or Ec2Faults()
        self.timing = timing or Ec2Timing()
        self._source = source
        self._statuses: deque[StatusRecord] = deque(maxlen=_REMEMBERED_STATUSES)
        self._endpoint = Endpoint(
            "ec2",
            {
                "DescribeInstances": self._describe_instances,
                "DescribeInstanceStatus": self._describe_instance_status,
            },
            setting,
            lambda: self.faults.calls,
        )

    def truth(self, account_id: str, region: str) -> list[Machine]:
        """Return every instance that ever ran."""
        return machines(self._source.truth(account_id, region))

    @property
    def statuses(self) -> list[StatusRecord]:
        """Every pair of status checks that was told so far, oldest first (the last 100,000)."""
        with self._endpoint.lock:
            return list(self._statuses)

    def _describe_instances(self, call: Call) -> Document:
        chosen = self._chosen(call)
        shown, token = page(chosen, call.params, size=_PAGE_SIZE)
        reservations = [views.reservation(machine, call.scope) for machine in shown]
        return {"Reservations": reservations, "NextToken": token}

    def _describe_instance_status(self, call: Call) -> Document:
        everything = bool(call.params.get("IncludeAllInstances"))
        chosen = [
            machine for machine in self._chosen(call) if everything or machine.state == "running"
        ]
        shown, token = page(chosen, call.params, size=_PAGE_SIZE)
        checks = {machine.instance_id: self._checks(machine, call) for machine in shown}
        self._statuses += (StatusRecord(id_, call.now, **each) for id_, each in checks.items())
        statuses = [
            views.status(machine, call.scope, **checks[machine.instance_id]) for machine in shown
        ]
        return {"InstanceStatuses": statuses, "NextToken": token}

    def _chosen(self, call: Call) -> list[Machine]:
        asked = call.params.get("InstanceIds")
        if asked and call.params.get("MaxResults"):
            raise AwsError(
                "InvalidParameterCombination",
                "The parameter instancesSet cannot be used with the parameter maxResults",
            )
        is_chosen = chooser(call.params.get("Filters") or [])
        listed = [machine for machine in self.truth(*call.scope) if self._is_listed(machine, call)]
        missing = sorted(set(asked or ()) - {machine.instance_id for machine in listed})
        if missing:
            names = ", ".join(missing)
            what = f"ID '{names}' does" if len(missing) == 1 else f"IDs '{names}' do"
            raise AwsError("InvalidInstanceID.NotFound", f"The instance {what} not exist")
        return [
            machine
            for machine in listed
            if (not asked or machine.instance_id in asked) and is_chosen(machine)
        ]

    def _is_listed(self, machine: Machine, call: Call) -> bool:
        if machine.state != "terminated" or machine.terminated_at is None:
            return True
        gone_seconds = (call.now - machine.terminated_at).total_seconds()
        return gone_seconds < self.timing.terminated_lingers_seconds

    def _checks(self, machine: Machine, call: Call) -> dict[str, str]:
        if machine.state != "running":
            return {"system": "not-applicable", "instance": "not-applicable"}
        too_young = machine.age_seconds(call.now) < self.timing.checked_after_seconds
        if too_young or machine.is_one_of(self.faults.never_checked):
            return {"system": "initializing", "instance": "initializing"}
        return {
            "system": _verdict(machine, self.faults.system_impaired),
            "instance": _verdict(machine, self.faults.instance_impaired),
        }


def _verdict(machine: Machine, impaired: frozenset[str]) -> str:
    return "impaired" if machine.is_one_of(impaired) else "ok"
