"""The CloudFormation functions that CDK writes, resolved for one account and Region."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local.deployment import Json

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class TemplateError(Exception):
    """A synthesized template holds something that the laptop cannot run; the message names it."""


@dataclass(frozen=True)
class Place:
    """Where a value stands, for messages: a resource or an output of a stack."""

    stack: str
    logical_id: str

    def error(self, problem: str) -> TemplateError:
        """Return an error about this place."""
        return TemplateError(f"{self.stack}/{self.logical_id}: {problem}")


def partition_of(region: str) -> str:
    """Return the AWS partition that `region` belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


@dataclass(frozen=True)
class Scope:
    """What the intrinsics of one stack may refer to.

    `reference`, `attribute` and `imported` raise KeyError for what they do not know.
    """

    pseudo_parameters: Mapping[str, str]
    reference: Callable[[str], str]
    attribute: Callable[[str, str], str]
    imported: Callable[[str], Json]


class Resolver:
    """Turns template values into plain ones; raises TemplateError for what it cannot resolve."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._functions: dict[str, Callable[[Json, Place], Json]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::ImportValue": self._import_value,
        }

    def resolve(self, value: Json, place: Place) -> Json:
        """Return `value` with every intrinsic in it replaced."""
        if isinstance(value, list):
            return [self.resolve(item, place) for item in value]
        if not isinstance(value, dict):
            return value
        name = next(iter(value), "")
        if len(value) == 1 and (name == "Ref" or name.startswith("Fn::")):
            function = self._functions.get(name)
            if function is None:
                raise place.error(f"the intrinsic {name} is not supported")
            return function(value[name], place)
        return {key: self.resolve(item, place) for key, item in value.items()}

    def _ref(self, name: str, place: Place) -> str:
        if name in self._scope.pseudo_parameters:
            return self._scope.pseudo_parameters[name]
        try:
            return self._scope.reference(name)
        except KeyError:
            raise place.error(f"cannot resolve Ref {name}") from None

    def _get_att(self, argument: str | list[str], place: Place) -> str:
        logical_id, _, attribute = (
            argument.partition(".")
            if isinstance(argument, str)
            else (argument[0], "", str(argument[1]))
        )
        try:
            return self._scope.attribute(logical_id, attribute)
        except KeyError:
            raise place.error(f"cannot resolve Fn::GetAtt {logical_id}.{attribute}") from None

    def _join(self, argument: list[Json], place: Place) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self.resolve(parts, place))

    def _sub(self, argument: str | list[Json], place: Place) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in variables:
                return str(self.resolve(variables[name], place))
            return self._get_att(name, place) if "." in name else self._ref(name, place)

        return _PLACEHOLDER.sub(replace, text)

    def _select(self, argument: list[Json], place: Place) -> Json:
        index, items = argument
        return self.resolve(items, place)[int(self.resolve(index, place))]

    def _split(self, argument: list[Json], place: Place) -> list[str]:
        separator, text = argument
        return str(self.resolve(text, place)).split(separator)

    def _import_value(self, argument: Json, place: Place) -> Json:
        name = self.resolve(argument, place)
        try:
            return self._scope.imported(name)
        except KeyError:
            raise place.error(f"no stack exports {name!r}") from None
