"""Other ways to carry out the same plan, in the same harness: what dataflow is compared with."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum

from drs_orchestrator.domain.graph import topological_order
from local.bench.plans import Json
from local.drs import Quotas

# A launch and nothing else: people and applications take as long as they take.
_LEFT_OUT = ("approval", "preActions", "postActions", "healthCheck")
_CLEAN_UP = "cleanUpAfterMinutes"


class Policy(StrEnum):
    """How a plan is carried out. All use this product's own workflow, events and admission, so what
    differs is the order alone: real tools of these kinds are slower than the figures here.
    """

    DATAFLOW = "dataflow"
    """As shipped: a wave starts when its own dependencies are up."""
    SEQUENTIAL = "sequential"
    """One wave after another."""
    LEVELS = "levels"
    """All waves of a level, then all of the next."""
    JOB_PER_SERVER = "jobPerServer"
    """As shipped, but every server is a job of its own."""

    @property
    def words(self) -> str:
        """What it is called where people read; its value is its name in reports."""
        match self:
            case Policy.DATAFLOW:
                return "as shipped"
            case Policy.SEQUENTIAL:
                return "one wave after another"
            case Policy.LEVELS:
                return "level by level"
            case Policy.JOB_PER_SERVER:
                return "one job per server"

    def plan(self, document: Json) -> Json:
        """Return the plan document with the dependencies that the policy makes of its own."""
        depends_on = {each["name"]: list(each.get("dependsOn") or []) for each in document["waves"]}
        match self:
            case Policy.SEQUENTIAL:
                depends_on = _sequential(depends_on)
            case Policy.LEVELS:
                depends_on = _levels(depends_on)
            case Policy.DATAFLOW | Policy.JOB_PER_SERVER:
                pass
        waves = [{**each, "dependsOn": depends_on[each["name"]]} for each in document["waves"]]
        return {**document, "waves": waves}

    @property
    def quotas(self) -> Quotas:
        """DRS's quotas, and what makes the product cut waves into servers."""
        return Quotas(servers_per_job=1) if self is Policy.JOB_PER_SERVER else Quotas()


def launches_only(document: Json) -> tuple[Json, list[str]]:
    """Return a plan without approvals, actions, health checks and clean-up, and what it lost."""
    lost = sorted(
        f"{each['name']}: {name}"
        for each in document["waves"]
        for name in _LEFT_OUT
        if each.get(name)
    )
    waves = [
        {name: value for name, value in each.items() if name not in _LEFT_OUT}
        for each in document["waves"]
    ]
    kept = {name: value for name, value in document.items() if name != _CLEAN_UP}
    if document.get(_CLEAN_UP):
        lost.append(_CLEAN_UP)
    return {**kept, "waves": waves}, lost


def _sequential(depends_on: dict[str, list[str]]) -> dict[str, list[str]]:
    order = topological_order(depends_on)
    return {name: order[i - 1 : i] if i else [] for i, name in enumerate(order)}


def _levels(depends_on: dict[str, list[str]]) -> dict[str, list[str]]:
    level: dict[str, int] = {}
    waves_at: dict[int, list[str]] = defaultdict(list)
    for name in topological_order(depends_on):
        level[name] = 1 + max((level[each] for each in depends_on[name]), default=-1)
        waves_at[level[name]].append(name)
    return {name: waves_at[level[name] - 1] if level[name] else [] for name in depends_on}
