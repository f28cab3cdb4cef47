"""Status checks of EC2 and pings of Systems Manager in one account and Region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from drs_orchestrator.adapters.first_use import FirstUse
from drs_orchestrator.adapters.health_errors import asking
from drs_orchestrator.domain.health import Instance, StatusChecks
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client
    from types_boto3_ssm import SSMClient
    from types_boto3_ssm.type_defs import InstanceInformationStringFilterTypeDef


class BotoInstanceChecks:
    """Fulfils the port `InstanceChecks`. Clients are made when they are first used."""

    def __init__(
        self, place: Place, make_ec2: Callable[[], EC2Client], make_ssm: Callable[[], SSMClient]
    ) -> None:
        self._place = place
        ec2 = FirstUse(make_ec2)
        self._instances = FirstUse(lambda: ec2().get_paginator("describe_instances"))
        self._statuses = FirstUse(lambda: ec2().get_paginator("describe_instance_status"))
        self._pings = FirstUse(lambda: make_ssm().get_paginator("describe_instance_information"))

    def instances(self, ids: Sequence[str]) -> dict[str, Instance]:
        """Return the instances that EC2 shows."""
        pages = self._instances()
        found: dict[str, Instance] = {}
        with asking("DescribeInstances", self._place):
            # By filter, because a list of ids fails as a whole when one of them is unknown.
            for page in pages.paginate(Filters=[{"Name": "instance-id", "Values": list(ids)}]):
                for item in (i for each in page["Reservations"] for i in each["Instances"]):
                    found[item["InstanceId"]] = Instance(
                        instance_id=item["InstanceId"],
                        state=item["State"]["Name"],
                        private_address=item.get("PrivateIpAddress"),
                    )
        return found

    def statuses(self, ids: Sequence[str]) -> dict[str, StatusChecks]:
        """Return EC2's two status checks of instances that exist."""
        pages = self._statuses()
        found: dict[str, StatusChecks] = {}
        with asking("DescribeInstanceStatus", self._place):
            for page in pages.paginate(InstanceIds=list(ids), IncludeAllInstances=True):
                for item in page["InstanceStatuses"]:
                    found[item["InstanceId"]] = StatusChecks(
                        system=item["SystemStatus"]["Status"],
                        instance=item["InstanceStatus"]["Status"],
                    )
        return found

    def pings(self, ids: Sequence[str]) -> dict[str, str]:
        """Return Systems Manager's word for the agent on each instance that ever had one."""
        pages = self._pings()
        wanted: InstanceInformationStringFilterTypeDef = {
            "Key": "InstanceIds",
            "Values": list(ids),
        }
        with asking("DescribeInstanceInformation", self._place):
            return {
                item["InstanceId"]: item["PingStatus"]
                for page in pages.paginate(Filters=[wanted])
                for item in page["InstanceInformationList"]
            }
