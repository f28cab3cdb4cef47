"""Reads the CloudFormation templates that `app.py` writes, and says what the laptop has to create.

Nothing is skipped in silence: a resource type that is neither created nor on the list of those that
may be left out, and an intrinsic that cannot be resolved, raise TemplateError when the templates
are loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local import resource_types as types
from local.deployment import Deployment, Json
from local.intrinsics import Place, Resolver, Scope, TemplateError, partition_of

__all__ = ["Template", "TemplateError"]

_SUFFIX = ".template.json"


class Template:
    """A set of synthesized stacks, which refer to each other through exports, as CDK writes it."""

    def __init__(self, stacks: dict[str, dict[str, Any]]) -> None:
        self._stacks = stacks
        for place, resource in self._resources():
            if resource["Type"] not in types.CREATED | types.LEFT_OUT:
                raise place.error(f"the resource type {resource['Type']} is not supported locally")
            if resource["Type"] in types.CREATED and "Condition" in resource:
                raise place.error("a resource with a Condition is not supported locally")
        self.resolve("000000000000", "us-east-1")

    @classmethod
    def load(cls, directory: Path) -> Template:
        """Read every stack of the cloud assembly in `directory`.

        Raises TemplateError when there is none, or when one asks for something unsupported.
        """
        stacks: dict[str, dict[str, Any]] = {}
        for path in sorted(directory.glob(f"*{_SUFFIX}")):
            try:
                stacks[path.name.removesuffix(_SUFFIX)] = json.loads(path.read_text("utf-8"))
            except ValueError as error:
                raise TemplateError(f"{path}: not JSON ({error}); synthesize it again") from error
        if not stacks:
            raise TemplateError(f"{directory}: no *{_SUFFIX} in it; run app.py first")
        return cls(stacks)

    def resolve(self, account_id: str, region: str) -> Deployment:
        """Return what the stacks ask for in one account and Region."""
        return _Resolution(self._stacks, account_id, region).deployment()

    def _resources(self) -> Iterator[tuple[Place, dict[str, Any]]]:
        for stack, template in self._stacks.items():
            for logical_id, resource in template.get("Resources", {}).items():
                yield Place(stack, logical_id), resource


class _Resolution:
    """One pass over the stacks for one account and Region."""

    def __init__(self, stacks: dict[str, dict[str, Any]], account_id: str, region: str) -> None:
        self._stacks = stacks
        self._account_id = account_id
        self._region = region
        self._resolvers = {stack: Resolver(self._scope(stack)) for stack in stacks}
        self._exports = {
            self._resolvers[stack].resolve(output["Export"]["Name"], Place(stack, name)): (
                Place(stack, name),
                output["Value"],
            )
            for stack, template in stacks.items()
            for name, output in template.get("Outputs", {}).items()
            if "Export" in output
        }

    def deployment(self) -> Deployment:
        """Resolve everything that the laptop creates."""
        return Deployment(
            account_id=self._account_id,
            region=self._region,
            tables=tuple(
                types.table(self._name(place), properties, place)
                for place, properties in self._all(types.TABLE)
            ),
            functions=tuple(
                types.function(self._name(place), self._arn(place), properties, place)
                for place, properties in self._all(types.FUNCTION)
            ),
            state_machines=tuple(
                types.state_machine(self._name(place), properties, place)
                for place, properties in self._all(types.STATE_MACHINE)
            ),
            rules=tuple(
                types.rule(self._name(place), properties, place)
                for place, properties in self._all(types.RULE)
            ),
            schedule_groups=frozenset(
                self._name(place) for place, _ in self._all(types.SCHEDULE_GROUP)
            ),
        )

    def _all(self, resource_type: str) -> Iterator[tuple[Place, dict[str, Any]]]:
        for stack, template in self._stacks.items():
            for logical_id, resource in template.get("Resources", {}).items():
                if resource["Type"] == resource_type:
                    place = Place(stack, logical_id)
                    yield place, self._properties(place, resource)

    def _properties(self, place: Place, resource: dict[str, Any]) -> dict[str, Any]:
        # Code, layers and roles of a function point at things that do not exist here.
        left_out = {"Code", "Layers", "Role"} if resource["Type"] == types.FUNCTION else set()
        properties = {k: v for k, v in resource.get("Properties", {}).items() if k not in left_out}
        resolved: dict[str, Any] = self._resolvers[place.stack].resolve(properties, place)
        return resolved

    def _scope(self, stack: str) -> Scope:
        return Scope(
            pseudo_parameters={
                "AWS::AccountId": self._account_id,
                "AWS::Region": self._region,
                "AWS::Partition": partition_of(self._region),
                "AWS::StackName": stack,
                "AWS::URLSuffix": "amazonaws.com",
            },
            reference=lambda name: self._reference(stack, name),
            attribute=lambda logical_id, name: self._attribute(stack, logical_id, name),
            imported=self._imported,
        )

    def _reference(self, stack: str, name: str) -> str:
        template = self._stacks[stack]
        if name in template.get("Parameters", {}):
            return str(template["Parameters"][name]["Default"])
        resource = template["Resources"][name]
        place = Place(stack, name)
        # Ref gives the ARN of a state machine and the name of everything else that we know.
        return self._arn(place) if resource["Type"] == types.STATE_MACHINE else self._name(place)

    def _attribute(self, stack: str, logical_id: str, name: str) -> str:
        resource = self._stacks[stack]["Resources"][logical_id]
        place = Place(stack, logical_id)
        if name == "Arn":
            return self._arn(place)
        if name == "Name" and resource["Type"] == types.STATE_MACHINE:
            return self._name(place)
        raise KeyError(name)

    def _imported(self, export: str) -> Json:
        place, value = self._exports[export]
        return self._resolvers[place.stack].resolve(value, place)

    def _name(self, place: Place) -> str:
        resource = self._stacks[place.stack]["Resources"][place.logical_id]
        given = resource.get("Properties", {}).get(types.name_property(resource["Type"]))
        if given is not None:
            return str(self._resolvers[place.stack].resolve(given, place))
        return f"{place.stack}-{place.logical_id}"

    def _arn(self, place: Place) -> str:
        resource = self._stacks[place.stack]["Resources"][place.logical_id]
        return types.arn_of(
            resource["Type"],
            partition=partition_of(self._region),
            region=self._region,
            account=self._account_id,
            name=self._name(place),
        )
