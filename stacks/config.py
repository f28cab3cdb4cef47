"""The settings of one environment, read from the CDK context and checked before anything is built.

`cdk.json` holds one entry per environment under `environments`, keyed by stage; `-c stage=NAME`
picks one. An environment that says nothing gets the defaults below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

DEFAULT_STAGE = "main"
PRODUCT = "drs-orchestrator"

_STAGE = re.compile(r"[a-z][a-z0-9-]{0,19}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
# A Step Functions name may hold 80 characters of these.
_MACHINE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


class InvalidConfig(ValueError):
    """A context value that no environment can be built from; the message names key and remedy."""


@dataclass(frozen=True, kw_only=True)
class DeploymentConfig:
    """One environment of the product, in one account and Region.

    Without `account` and `region` the templates fit any account; the CDK CLI then deploys to the
    one that its credentials belong to.
    """

    stage: str = DEFAULT_STAGE
    account: str | None = None
    region: str | None = None
    state_machine_name: str = ""
    """Default: `drs-orchestrator-recovery`, with the stage inside for every stage but the first."""
    visibility_lag_seconds: int = 120
    """How long a DRS job may stay invisible to DescribeJobs after StartRecovery made it."""
    retain_data: bool = True
    """False only for environments that are thrown away: tables then go with their stack."""
    log_level: str = "INFO"
    member_role_name: str = ""
    """The role that every other account offers; default: `drs-orchestrator-member`, with the stage
    inside for every stage but the first."""
    hub_account: str | None = None
    """The account that the product runs in, if this one only takes part: then nothing but the role
    for it is made here, and a prober."""
    prober: bool = False
    """Whether the product's own account gets a prober, for health gates of servers there."""

    def __post_init__(self) -> None:
        """Fill in the derived name, then refuse what cannot be deployed."""
        if not self.state_machine_name:
            # The dataclass is frozen; this is its own constructor finishing a default.
            object.__setattr__(self, "state_machine_name", f"{self.prefix}-recovery")
        if not self.member_role_name:
            # An environment that takes part has a stage of its own, which its hub does not know.
            hub = PRODUCT if self.hub_account else self.prefix
            object.__setattr__(self, "member_role_name", f"{hub}-member")
        _require(_STAGE.fullmatch(self.stage), "stage", self.stage, "lower case, e.g. dev")
        _require(
            self.account is None or _ACCOUNT.fullmatch(self.account),
            "account",
            self.account,
            "12 digits, as text",
        )
        _require(
            self.region is None or _REGION.fullmatch(self.region),
            "region",
            self.region,
            "a Region name, e.g. eu-central-1",
        )
        _require(
            _MACHINE_NAME.fullmatch(self.state_machine_name),
            "stateMachineName",
            self.state_machine_name,
            "1 to 80 letters, digits, - or _",
        )
        _require(
            _ROLE_NAME.fullmatch(self.member_role_name),
            "memberRoleName",
            self.member_role_name,
            "1 to 64 letters, digits or any of _+=,.@-",
        )
        _require(
            self.hub_account is None or _ACCOUNT.fullmatch(self.hub_account),
            "hubAccount",
            self.hub_account,
            "12 digits, as text",
        )
        _require(
            0 <= self.visibility_lag_seconds <= 3600,
            "visibilityLagSeconds",
            self.visibility_lag_seconds,
            "0 to 3600",
        )
        _require(
            self.log_level in {"DEBUG", "INFO", "WARNING", "ERROR"},
            "logLevel",
            self.log_level,
            "DEBUG, INFO, WARNING or ERROR",
        )

    @property
    def prefix(self) -> str:
        """What every physical name of this environment starts with."""
        return PRODUCT if self.stage == DEFAULT_STAGE else f"{PRODUCT}-{self.stage}"

    @property
    def prober_function_name(self) -> str:
        """The prober's name in every account whose entry names no other."""
        return f"{PRODUCT if self.hub_account else self.prefix}-prober"

    @property
    def clean_up_state_machine_name(self) -> str:
        """The name of the machine that cleans up after drills."""
        return f"{self.prefix}-clean-up"

    @property
    def reconcile_function_name(self) -> str:
        """The name of the function that the schedules of live executions invoke."""
        return f"{self.prefix}-reconcile-execution"

    @property
    def schedule_group(self) -> str:
        """The group of the schedules that the product makes while it runs."""
        return self.prefix

    @classmethod
    def from_context(cls, stage: object, environments: object) -> DeploymentConfig:
        """Read the two context keys of the same names.

        `stage` is text or absent (None); `environments` maps a stage to its settings in camelCase
        or is absent. Raises InvalidConfig.
        """
        name = DEFAULT_STAGE if stage is None else stage
        _require(isinstance(name, str), "stage", name, "text")
        known = {} if environments is None else environments
        if not isinstance(known, Mapping):
            raise InvalidConfig(f"environments: expected a map of stages, got {known!r}")
        if known and name not in known:
            raise InvalidConfig(f"stage: {name!r} is none of the environments {sorted(known)}")
        return cls(stage=str(name), **_settings(str(name), known.get(name, {})))


def _settings(stage: str, values: object) -> dict[str, Any]:
    place = f"environments.{stage}"
    if not isinstance(values, Mapping):
        raise InvalidConfig(f"{place}: expected a map of settings, got {values!r}")
    allowed = {_camel(f.name): f for f in fields(DeploymentConfig) if f.name != "stage"}
    settings: dict[str, Any] = {}
    for key, value in values.items():
        if key not in allowed:
            raise InvalidConfig(f"{place}.{key}: unknown; the settings are {sorted(allowed)}")
        expected = {"prober": bool, "retainData": bool, "visibilityLagSeconds": int}.get(key, str)
        # `type`, not isinstance: a bool is an int in Python, but no number of seconds.
        if type(value) is not expected:
            raise InvalidConfig(f"{place}.{key}: expected {expected.__name__}, got {value!r}")
        settings[allowed[key].name] = value
    return settings


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _require(valid: object, key: str, value: object, remedy: str) -> None:
    if not valid:
        raise InvalidConfig(f"{key}: {value!r} does not fit; it must be {remedy}")
