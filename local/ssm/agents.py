"""DescribeInstanceInformation: the agents on recovery instances, and whether they ping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.machines import Machine
from local.protocols.errors import AwsError
from local.protocols.requests import Document
from local.ssm.executions import SsmTiming


@dataclass(frozen=True)
class Agent:
    """The agent of an instance. `ping_status` is Online or ConnectionLost."""

    machine: Machine
    ping_status: str
    last_ping_at: datetime


_VALUES: dict[str, Callable[[Agent], str]] = {
    "InstanceIds": lambda agent: agent.machine.instance_id,
    "PingStatus": lambda agent: agent.ping_status,
    "ResourceType": lambda _: "EC2Instance",
}


def find_agent(
    machine: Machine,
    at: datetime,
    timing: SsmTiming,
    *,
    absent: frozenset[str],
    lost: frozenset[str],
) -> Agent | None:
    """Return the agent of `machine`, None if it has not (yet) registered.

    `absent` and `lost` hold ids of instances or source servers.
    """
    up_seconds = machine.age_seconds(at) - timing.agent_online_after_seconds
    # A machine that was launched stopped has never run an agent.
    gone = machine.state in {"stopped", "terminated"}
    if gone or up_seconds < 0 or machine.is_one_of(absent):
        return None
    registered_at = machine.launched_at + timedelta(seconds=timing.agent_online_after_seconds)
    if machine.is_one_of(lost) or machine.state != "running":
        return Agent(machine, "ConnectionLost", registered_at)
    pings = int(up_seconds // timing.ping_seconds)
    return Agent(machine, "Online", registered_at + timedelta(seconds=pings * timing.ping_seconds))


def view(agent: Agent) -> Document:
    """Return the agent as DescribeInstanceInformation shows it."""
    return {
        "InstanceId": agent.machine.instance_id,
        "PingStatus": agent.ping_status,
        "LastPingDateTime": agent.last_ping_at,
        "ResourceType": "EC2Instance",
        "IPAddress": agent.machine.private_address,
    }


def chooser(params: Document) -> Callable[[Agent], bool]:
    """Return whether an agent meets every filter; raises AwsError for one that is unknown."""
    wanted = list(_filters(params))
    for key, _ in wanted:
        if key not in _VALUES:
            known = ", ".join(_VALUES)
            raise AwsError("InvalidFilterKey", f"The filter key {key} is not one of {known}")
    return lambda agent: all(_VALUES[key](agent) in values for key, values in wanted)


def _filters(params: Document) -> Iterator[tuple[str, list[str]]]:
    for wanted in params.get("Filters") or []:
        yield wanted["Key"], wanted["Values"]
    for wanted in params.get("InstanceInformationFilterList") or []:
        yield wanted["key"], wanted["valueSet"]
