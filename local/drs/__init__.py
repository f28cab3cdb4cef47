"""A simulator of AWS Elastic Disaster Recovery: its wire, states, quotas and timing, no account."""

from __future__ import annotations

from local.drs.behaviour import Behaviour
from local.drs.errors import ConnectionLost, DrsError, FaultsError, InventoryError, SnapshotError
from local.drs.faults import (
    CallFault,
    CallFaultKind,
    Faults,
    Phase,
    Quotas,
    RateLimit,
    ServerFault,
    ServerFaultKind,
)
from local.drs.records import CallRecord, InstanceTruth, JobTruth, LaunchEnds, Truth
from local.drs.simulator import Simulator

__all__ = [
    "Behaviour",
    "CallFault",
    "CallFaultKind",
    "CallRecord",
    "ConnectionLost",
    "DrsError",
    "Faults",
    "FaultsError",
    "InstanceTruth",
    "InventoryError",
    "JobTruth",
    "LaunchEnds",
    "Phase",
    "Quotas",
    "RateLimit",
    "ServerFault",
    "ServerFaultKind",
    "Simulator",
    "SnapshotError",
    "Truth",
]
