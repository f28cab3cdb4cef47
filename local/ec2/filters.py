"""The filters of DescribeInstances and DescribeInstanceStatus that recovery instances know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from local.machines import Machine
from local.protocols.errors import AwsError
from local.protocols.requests import Document

_VALUES: dict[str, Callable[[Machine], str]] = {
    "instance-id": lambda machine: machine.instance_id,
    "instance-state-name": lambda machine: machine.state,
    "private-ip-address": lambda machine: machine.private_address,
}


def chooser(filters: Sequence[Document]) -> Callable[[Machine], bool]:
    """Return whether a machine meets every filter; raises AwsError for one that is unknown."""
    wanted = [(str(each.get("Name", "")), each.get("Values") or []) for each in filters]
    for name, _ in wanted:
        if name not in _VALUES:
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return lambda machine: all(_fits(_VALUES[name](machine), values) for name, values in wanted)


def _fits(value: str, patterns: Sequence[str]) -> bool:
    # EC2's filter values have the wildcards * and ?, and case matters.
    return any(fnmatchcase(value, pattern) for pattern in patterns)
