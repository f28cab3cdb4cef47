"""How EC2 describes a recovery instance."""

from __future__ import annotations

from local.drs.ids import ec2_id
from local.drs.state import Scope
from local.machines import Machine
from local.protocols.requests import Document

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html
_STATE_CODES = {"running": 16, "shutting-down": 32, "terminated": 48, "stopped": 80}
_REACHABILITY = {"ok": "passed", "impaired": "failed", "initializing": "initializing"}


def reservation(machine: Machine, scope: Scope) -> Document:
    """Return the instance as DescribeInstances shows it: a reservation of its own."""
    return {
        "ReservationId": ec2_id("r", machine.instance_id),
        "OwnerId": scope.account_id,
        "Instances": [_instance(machine, scope)],
    }


def status(machine: Machine, scope: Scope, *, system: str, instance: str) -> Document:
    """Return the instance as DescribeInstanceStatus shows it, with its two status checks."""
    return {
        "AvailabilityZone": _zone(scope),
        "InstanceId": machine.instance_id,
        "InstanceState": _state(machine),
        "InstanceStatus": _summary(instance),
        "SystemStatus": _summary(system),
    }


def _instance(machine: Machine, scope: Scope) -> Document:
    # An instance that is gone has no address any more.
    address = None if machine.state == "terminated" else machine.private_address
    return {
        "InstanceId": machine.instance_id,
        "State": _state(machine),
        "PrivateIpAddress": address,
        "LaunchTime": machine.launched_at,
        "Placement": {"AvailabilityZone": _zone(scope)},
        "Tags": [{"Key": "AWSElasticDisasterRecoveryManaged", "Value": "drs.amazonaws.com"}],
    }


def _state(machine: Machine) -> Document:
    return {"Code": _STATE_CODES[machine.state], "Name": machine.state}


def _summary(verdict: str) -> Document:
    reachability = _REACHABILITY.get(verdict)
    details = [{"Name": "reachability", "Status": reachability}] if reachability else None
    return {"Status": verdict, "Details": details}


def _zone(scope: Scope) -> str:
    return f"{scope.region}a"
