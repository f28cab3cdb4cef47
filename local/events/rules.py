"""Rules of the event bus: which events go to which targets.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_KNOWN_PROPERTIES = {
    "Description",
    "EventBusName",
    "EventPattern",
    "Name",
    "State",
    "Tags",
    "Targets",
}
_KNOWN_TARGET_MEMBERS = {"Arn", "Id", "Input", "RoleArn", "RetryPolicy", "DeadLetterConfig"}
_DEFAULT_BUS = "default"


class RuleError(ValueError):
    """A rule asks for something that the laptop does not do; the message names it."""


@dataclass(frozen=True)
class Target:
    """Who gets the event, or `input` (JSON text) instead of it."""

    arn: str
    input: str | None = None


@dataclass(frozen=True)
class Rule:
    """Events that match `pattern` go to `targets`."""

    name: str
    pattern: Mapping[str, Any]
    targets: tuple[Target, ...]
    enabled: bool = True

    @classmethod
    def from_properties(cls, name: str, properties: Mapping[str, Any]) -> Rule:
        """Return the rule of a template's AWS::Events::Rule, its properties resolved.

        Raises RuleError for a schedule, another bus, a transformed input or an unknown operator.
        """
        unknown = sorted(properties.keys() - _KNOWN_PROPERTIES)
        if unknown:
            raise RuleError(f"rule {name}: {unknown[0]} is not supported")
        if properties.get("EventBusName", _DEFAULT_BUS) != _DEFAULT_BUS:
            raise RuleError(f"rule {name}: only the event bus {_DEFAULT_BUS} is supported")
        pattern = properties.get("EventPattern")
        if not isinstance(pattern, Mapping):
            raise RuleError(f"rule {name}: it has no EventPattern")
        _check(name, pattern)
        targets = tuple(_target(name, target) for target in properties.get("Targets", []))
        return cls(name, pattern, targets, properties.get("State", "ENABLED") == "ENABLED")

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Return whether `event` goes to the targets."""
        return self.enabled and _matches(self.pattern, event)


def _target(rule: str, target: Mapping[str, Any]) -> Target:
    unknown = sorted(target.keys() - _KNOWN_TARGET_MEMBERS)
    if unknown:
        raise RuleError(f"rule {rule}: a target's {unknown[0]} is not supported")
    return Target(str(target["Arn"]), target.get("Input"))


def _check(rule: str, pattern: Mapping[str, Any]) -> None:
    for key, wanted in pattern.items():
        if isinstance(wanted, Mapping):
            _check(rule, wanted)
        elif not isinstance(wanted, list) or not all(_is_known(choice) for choice in wanted):
            raise RuleError(
                f"rule {rule}: the pattern of '{key}' is not supported; "
                'supported are lists of values and of {"prefix": ...}'
            )


def _is_known(choice: object) -> bool:
    return not isinstance(choice, list | dict) or (
        isinstance(choice, dict) and choice.keys() == {"prefix"}
    )


def _matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    for key, wanted in pattern.items():
        value = event.get(key)
        if isinstance(wanted, Mapping):
            if not isinstance(value, Mapping) or not _matches(wanted, value):
                return False
        elif key not in event or not _is_chosen(wanted, value):
            return False
    return True


def _is_chosen(choices: Sequence[object], value: object) -> bool:
    """Return whether a choice fits the value; of a list, one element is enough."""
    values = value if isinstance(value, list) else [value]
    return any(_fits(choice, each) for choice in choices for each in values)


def _fits(choice: object, value: object) -> bool:
    if isinstance(choice, dict):
        return isinstance(value, str) and value.startswith(choice["prefix"])
    return type(choice) is type(value) and choice == value
