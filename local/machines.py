"""The recovery instances of the DRS simulator as EC2, Systems Manager and a prober see them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from local.drs import InstanceTruth, Truth
from local.drs.ids import digest

_NETWORK = ipaddress.ip_network("10.0.0.0/8")


class TruthSource(Protocol):
    """What really exists; the DRS simulator is one."""

    def truth(self, account_id: str, region: str) -> Truth:
        """Return the jobs and instances of one account and Region."""
        ...


@dataclass(frozen=True)
class Machine:
    """A recovery instance. `state` is EC2's word: running, stopped, shutting-down or terminated."""

    instance_id: str
    source_server_id: str
    private_address: str
    state: str
    launched_at: datetime
    terminated_at: datetime | None

    def is_one_of(self, ids: frozenset[str]) -> bool:
        """Return whether `ids`, of instances or source servers, name it."""
        return bool(ids & {self.instance_id, self.source_server_id})

    def age_seconds(self, at: datetime) -> float:
        """Return how long it has been up at time `at`."""
        return (at - self.launched_at).total_seconds()


def machines(truth: Truth) -> list[Machine]:
    """Return every recovery instance that came up, in the order in which they did.

    Addresses are drawn from the source server's id. A later launch never changes an earlier
    machine's address; two machines share one only if the first is terminated.
    """
    taken: dict[str, Machine] = {}
    found: list[Machine] = []
    for instance in sorted(truth.instances, key=lambda each: (each.launched_at, each.instance_id)):
        machine = _machine(instance, _free_address(instance, taken))
        taken[machine.private_address] = machine
        found.append(machine)
    return found


def _machine(instance: InstanceTruth, address: str) -> Machine:
    return Machine(
        instance_id=instance.instance_id,
        source_server_id=instance.source_server_id,
        private_address=address,
        state=instance.state,
        launched_at=instance.launched_at,
        terminated_at=instance.terminated_at,
    )


def _free_address(instance: InstanceTruth, taken: dict[str, Machine]) -> str:
    place = _first_choice(instance.source_server_id)
    while True:
        address = str(_NETWORK[place % (_NETWORK.num_addresses - 2) + 1])
        holder = taken.get(address)
        if holder is None or _has_left(holder, instance.launched_at):
            return address
        place += 1


@cache
def _first_choice(source_server_id: str) -> int:
    return int(digest("address", source_server_id)[:8], 16)


def _has_left(machine: Machine, at: datetime) -> bool:
    return machine.terminated_at is not None and machine.terminated_at <= at
