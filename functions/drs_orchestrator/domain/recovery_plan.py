"""Recovery plans: waves of protection groups, and which wave waits for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from operator import not_
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from drs_orchestrator.domain.action import Actions
from drs_orchestrator.domain.approval import Approval
from drs_orchestrator.domain.errors import Fault, HalfWritten, InvalidPlan, first_few
from drs_orchestrator.domain.graph import find_cycle
from drs_orchestrator.domain.health_check import HealthCheck
from drs_orchestrator.domain.model import Minutes, Model
from drs_orchestrator.domain.protection_group import GroupName, ProtectionGroupSpec

WaveName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")]
PlanName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")
]
# The names of all waves travel in the workflow's state, which must stay under 16 KiB.
MAX_WAVES = 250
# Of all actions of a wave: each try is looked at many times, and a wave's history is finite.
MAX_TRIES = 60


class OnFailure(StrEnum):
    """What the failure of a wave does to the rest of the execution."""

    ASK = "ASK"
    """A person decides: try again, go on without it, or abort."""
    CONTINUE = "CONTINUE"
    """Dependents are skipped, independent waves go on."""
    STOP = "STOP"
    """Nothing new starts."""


class SuccessRule(StrEnum):
    """Which servers of a wave must come up."""

    ALL = "ALL"
    CRITICAL = "CRITICAL"


class MinimumPercent(Model):
    """A wave comes up with this share of its servers, in per cent."""

    minimum_percent: Annotated[int, Field(ge=1, le=100, strict=True)]


SuccessPolicy = SuccessRule | MinimumPercent


class Wave(Model):
    """Protection groups that are launched together."""

    name: WaveName
    protection_groups: Annotated[list[GroupName], Field(min_length=1, max_length=100)]
    depends_on: Annotated[list[WaveName], Field(max_length=MAX_WAVES)] = []
    success_policy: SuccessPolicy = SuccessRule.ALL
    on_failure: OnFailure = OnFailure.ASK
    deadline_minutes: Minutes = 90
    """How long its DRS jobs may run before a person is asked; a job cannot be stopped."""
    approval: Approval | None = None
    pre_actions: Actions = []
    post_actions: Actions = []
    health_check: HealthCheck | None = None


class RecoveryPlanSpec(Model):
    """What a person writes about the plan itself; its groups exist already."""

    name: PlanName
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    waves: Annotated[list[Wave], Field(min_length=1, max_length=MAX_WAVES)]
    rto_minutes: Minutes | None = None
    rpo_minutes: Minutes | None = None
    clean_up_after_minutes: Minutes | None = None
    """Drills only: how long after its end its instances are terminated; absent: by hand."""

    def refers_to(self, group_name: str) -> bool:
        """Whether a wave launches the group; names ignore case."""
        name = group_name.lower()
        return any(name == group.lower() for wave in self.waves for group in wave.protection_groups)


class RecoveryPlanDocument(RecoveryPlanSpec):
    """The plan file: a plan and the groups it needs, created or updated by name."""

    api_version: Literal["drs-orchestrator/v1"] = "drs-orchestrator/v1"
    kind: Literal["RecoveryPlan"] = "RecoveryPlan"
    protection_groups: Annotated[list[ProtectionGroupSpec], Field(max_length=250)] = []

    @property
    def spec(self) -> RecoveryPlanSpec:
        """The plan without its groups."""
        return self.narrowed_to(RecoveryPlanSpec)


class RecoveryPlan(RecoveryPlanSpec):
    """A stored plan."""

    plan_id: str
    version: int = 1
    groups_pending: bool = Field(default=False, exclude_if=not_)
    """The groups of its document are being written, or that was cut off: nothing starts from it.

    Shown and stored only then, so that a plan may be sent back as it was read.
    """

    def refuse_pending(self) -> None:
        """Raise HalfWritten if its groups are not known to be as its document has them."""
        if self.groups_pending:
            raise HalfWritten(
                f"recovery plan '{self.name}' was changed to version {self.version}, and the "
                "protection groups of that document are not all written: repeat this in a moment; "
                "if nobody writes them any more, send the document again, or the plan as it is"
            )


def check_waves(waves: Sequence[Wave]) -> None:
    """Raise InvalidPlan naming every contradiction among the waves."""
    faults = [
        *_repeated_names(waves),
        *_unknown_dependencies(waves),
        *_groups_in_two_waves(waves),
        *_repeated_actions(waves),
        *_too_many_tries(waves),
    ]
    cycle = find_cycle({wave.name: wave.depends_on for wave in waves})
    if cycle:
        place = next(i for i, wave in enumerate(waves) if wave.name == cycle[0])
        ring = " -> ".join([*cycle, cycle[0]])
        faults.append(
            Fault(f"/waves/{place}/dependsOn", f"waves wait for each other: {ring}; remove one")
        )
    if faults:
        raise InvalidPlan("the waves contradict each other", faults)


def _repeated_names(waves: Sequence[Wave]) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, wave in enumerate(waves):
        if wave.name in seen:
            yield Fault(f"/waves/{i}/name", f"wave '{wave.name}' exists already; rename one")
        seen.add(wave.name)


def _unknown_dependencies(waves: Sequence[Wave]) -> Iterator[Fault]:
    names = {wave.name for wave in waves}
    for i, wave in enumerate(waves):
        others = ", ".join(first_few(sorted(names - {wave.name})))
        remedy = f"name one of {others}" if others else "leave it out, for there is no other"
        for j, dependency in enumerate(wave.depends_on):
            if dependency not in names:
                yield Fault(
                    f"/waves/{i}/dependsOn/{j}", f"no wave is named '{dependency}'; {remedy}"
                )


def _groups_in_two_waves(waves: Sequence[Wave]) -> Iterator[Fault]:
    """Yield repeated groups; their names ignore case."""
    counts = Counter(group.lower() for wave in waves for group in wave.protection_groups)
    for i, wave in enumerate(waves):
        for j, group in enumerate(wave.protection_groups):
            times = counts[group.lower()]
            if times > 1:
                yield Fault(
                    f"/waves/{i}/protectionGroups/{j}",
                    f"protection group '{group}' is launched {times} times; once only",
                )


def _too_many_tries(waves: Sequence[Wave]) -> Iterator[Fault]:
    for i, wave in enumerate(waves):
        actions = [*wave.pre_actions, *wave.post_actions]
        tries = sum(1 + getattr(action, "retries", 0) for action in actions)
        if tries > MAX_TRIES:
            yield Fault(
                f"/waves/{i}",
                f"its actions may be tried {tries} times in all; {MAX_TRIES} at most: fewer "
                "retries, or fewer actions",
            )


def _repeated_actions(waves: Sequence[Wave]) -> Iterator[Fault]:
    for i, wave in enumerate(waves):
        seen: set[str] = set()
        for field, actions in (
            ("preActions", wave.pre_actions),
            ("postActions", wave.post_actions),
        ):
            for j, action in enumerate(actions):
                if action.name in seen:
                    yield Fault(
                        f"/waves/{i}/{field}/{j}/name",
                        f"action '{action.name}' exists already in this wave; rename one",
                    )
                seen.add(action.name)
