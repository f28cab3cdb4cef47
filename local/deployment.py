"""What a set of templates asks for, with every value resolved: plain data, ready to be created."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from local.events.rules import Rule

Json: TypeAlias = Any
"""A JSON value as `json.loads` returns it."""


@dataclass(frozen=True)
class TableDefinition:
    """One DynamoDB table: arguments of CreateTable, and the settings with a call of their own."""

    name: str
    create: Mapping[str, Any]
    time_to_live: Mapping[str, Any] | None = None
    point_in_time_recovery: bool = False


@dataclass(frozen=True)
class FunctionDefinition:
    """One Lambda function; `handler` is the dotted name that the deployed function uses too."""

    name: str
    arn: str
    handler: str
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 128
    timeout_seconds: int = 3


@dataclass(frozen=True)
class StateMachineDefinition:
    """One Step Functions state machine; `definition` is ASL text without open substitutions."""

    name: str
    definition: str
    role_arn: str
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"


@dataclass(frozen=True)
class Deployment:
    """Everything that the engine creates for one account and Region."""

    account_id: str
    region: str
    tables: tuple[TableDefinition, ...]
    functions: tuple[FunctionDefinition, ...]
    state_machines: tuple[StateMachineDefinition, ...]
    rules: tuple[Rule, ...] = ()
    schedule_groups: frozenset[str] = frozenset()
