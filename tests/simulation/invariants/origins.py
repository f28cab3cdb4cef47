"""What an execution works from is what its plan, its groups and its start say (I12).

Nothing else would tell that a wave waits for too little, or that a server is left out: all other
invariants take the execution's own word for what it is to recover, and in which order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from drs_orchestrator.adapters.items import Key
from drs_orchestrator.adapters.recovery_plan_store import PLANS
from drs_orchestrator.domain.action import Action
from drs_orchestrator.domain.execution import Execution, ExecutionRequest
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.wave import WaveRecord
from local.drs.state import Scope
from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords, Record, ServerName, execution_of

_ASKED = ("plan_id", "execution_type", "point_in_time", "replace_live_instances")
_PLANNED = (
    "protection_groups",
    "depends_on",
    "on_failure",
    "success_policy",
    "deadline_minutes",
    "approval",
    "health_check",
)
_UNKNOWN = re.compile(r"names (s-\w+(?:, s-\w+)*), which DRS does not know")
_UNINITIALIZED = "UninitializedAccountException"
_PLANNED_ACTIONS = ("pre_actions", "post_actions")


def snapshots_are_of_their_start(now: Evidence) -> Iterator[str]:
    """I12: an execution is of the plan, the mode and the point in time that were asked for."""
    for name, records in now.prepared.items():
        if name not in now.runs:
            continue  # its start was refused
        asked = ExecutionRequest.model_validate(now.runs[name].input)
        taken = execution_of(records)
        for part in _ASKED:
            if getattr(taken, part) != getattr(asked, part):
                yield f"I12: {part} of {name} is not {getattr(asked, part)}, as was asked for"


def snapshots_are_of_their_plan(now: Evidence) -> Iterator[str]:
    """I12: the waves of an execution are those of the version of its plan that it names."""
    versions = {key: record for key, record in now.stored if key.pk.startswith(f"{PLANS}#")}
    for name, records in now.prepared.items():
        header = records.header
        version = f"VERSION#{header.get('planVersion', 0):06d}"
        record = versions.get(Key(f"{PLANS}#{header['planId']}", version))
        if record is None:
            continue  # it ended in the midst of its preparation, or its plan was deleted
        plan = RecoveryPlan.model_validate(record)
        differing = [*_other_header(plan, execution_of(records)), *_other_waves(plan, records)]
        yield from (f"I12: {what} of {name} is not as in its plan" for what in differing)


def _other_header(plan: RecoveryPlan, execution: Execution) -> Iterator[str]:
    if execution.plan_name != plan.name:
        yield "the name"
    if execution.clean_up_after_minutes != plan.clean_up_after_minutes:
        yield "the clean-up"


def _other_waves(plan: RecoveryPlan, records: ExecutionRecords) -> Iterator[str]:
    planned = {wave.name: wave for wave in plan.waves}
    if planned.keys() != records.waves.keys():
        yield "the list of waves"
        return
    for name, record in records.waves.items():
        wave, there = WaveRecord.model_validate(record), planned[name]
        mode = records.header["executionType"]
        differing = [part for part in _PLANNED if getattr(wave, part) != getattr(there, part)]
        differing += [
            part
            for part in _PLANNED_ACTIONS
            if not _are_of(getattr(wave, part), getattr(there, part), mode)
        ]
        yield from (f"{part} of {name}" for part in differing)


def _are_of(taken: Sequence[Action], planned: Sequence[Action], mode: str) -> bool:
    """Whether they are the planned ones for the mode; where each runs may be added."""
    wanted = [each for each in planned if each.scope in {"BOTH", mode}]
    return len(taken) == len(wanted) and all(
        want.model_dump(exclude_none=True).items() <= action.model_dump().items()
        for action, want in zip(taken, wanted, strict=True)
    )


def snapshots_hold_their_groups(now: Evidence) -> Iterator[str]:
    """I12: a wave holds all servers of its groups and no others, where nobody edited those while
    the execution was prepared.
    """
    for name, records in now.prepared.items():
        if "planVersion" not in records.header:
            continue  # it ended in the midst of its preparation
        groups = now.groups.get(name, {})
        for wave, record in records.waves.items():
            named = [groups.get(each.lower()) for each in record["protectionGroups"]]
            of_wave = [each for each in named if each is not None]
            if len(of_wave) < len(named):
                continue
            taken = {
                _place(s): s["isCritical"] for s in records.servers.values() if s["wave"] == wave
            }
            wanted = {
                each: critical for group in of_wave for each, critical in _members(group, now)
            }
            if taken != wanted:
                differing = sorted({key[-1] for key, _ in taken.items() ^ wanted.items()})
                yield f"I12: {wave} of {name} has {differing} otherwise than its groups"


def _place(record: Record) -> ServerName:
    return record["accountId"], record["region"], record["sourceServerId"]


def _members(group: Record, now: Evidence) -> Iterator[tuple[ServerName, bool]]:
    """Yield the servers of a group, and whether the wave's success may depend on them alone."""
    place = Scope(group["accountId"], group["region"])
    tags, critical = group["serverSelectionTags"].items(), group["criticalServerIds"]
    ids = group["sourceServerIds"] or [
        each for each in now.servers[place] if tags <= now.estates["before"][each]["tags"].items()
    ]
    return (((*place, each), not critical or each in critical) for each in ids)


def refusals_are_true(now: Evidence) -> Iterator[str]:
    """I12: of no server that DRS holds an execution is refused because DRS does not know it, unless
    DRS said that it is not initialized there, and so holds none.
    """
    if any(each.code == _UNINITIALIZED for each in now.refused):
        return
    held = {each for servers in now.servers.values() for each in servers}
    for name, records in now.executions.items():
        unknown = _UNKNOWN.search(records.header.get("reason") or "")
        known = held.intersection(unknown[1].split(", ")) if unknown else ()
        if known:
            yield f"I12: {name} was refused for {sorted(known)}, which DRS holds"
