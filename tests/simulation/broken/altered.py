"""Evidence of a drill that went well, and what to alter in it to see an invariant broken."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import cache

from local.drs import InstanceTruth, JobTruth
from local.virtual.runs import HistoryEvent, Run
from tests.simulation.evidence import Evidence
from tests.simulation.scenarios import run
from tests.simulation.stored import ExecutionRecords
from tests.workflow.laptop import fleet, plan, servers, wave

Change = Callable[[Evidence], Evidence]


@cache
def sound_drill() -> Evidence:
    """Return the evidence of a drill that went well."""
    two = plan("two", wave("db", servers(0, 2)), wave("app", servers(2, 1), "db"))
    return run(two, fleet(3)).evidence


def with_jobs(evidence: Evidence, change: Callable[[list[JobTruth]], list[JobTruth]]) -> Evidence:
    """Return the evidence with other jobs."""
    truths = {
        scope: replace(truth, jobs=tuple(change(list(truth.jobs))))
        for scope, truth in evidence.truths.items()
    }
    return replace(evidence, truths=truths)


def with_instances(
    evidence: Evidence, change: Callable[[InstanceTruth], InstanceTruth]
) -> Evidence:
    """Return the evidence with other recovery instances."""
    truths = {
        scope: replace(truth, instances=tuple(map(change, truth.instances)))
        for scope, truth in evidence.truths.items()
    }
    return replace(evidence, truths=truths)


def with_records(evidence: Evidence, change: Callable[[ExecutionRecords], object]) -> Evidence:
    """Return the evidence with other records of each execution."""
    executions = deepcopy(dict(evidence.executions))
    for records in executions.values():
        change(records)
    return replace(evidence, executions=executions)


def answered(choice: str, **members: object) -> Change:
    """Return what answers the first question of a wave."""
    at = sound_drill().now.isoformat()
    answer = {"wave": "db", "attempt": 1, "decision": choice, "actor": "ada", "time": at, **members}
    return lambda evidence: with_records(evidence, lambda r: r.decisions.append(answer))


def locked(evidence: Evidence) -> Evidence:
    """Return the same 6 minutes later, a server still locked."""
    (name,) = evidence.executions
    held = {("111122223333", "us-west-2", servers(0, 1)[0]): name}
    return replace(later(evidence), locks=held)


def later(evidence: Evidence) -> Evidence:
    """Return the same 6 minutes later."""
    return replace(evidence, now=evidence.now + timedelta(minutes=6))


def running(evidence: Evidence) -> Evidence:
    """Return the same a day later, as if its workflow had not ended."""
    runs = {
        name: replace(run, status="RUNNING", stopped_at=None) for name, run in evidence.runs.items()
    }
    return replace(evidence, now=evidence.now + timedelta(days=1), runs=runs, at_rest=False)


def at_the_gate(child: Run) -> Run:
    """Return a wave's workflow as if it ran and had not left its first state."""
    entered = next(i for i, event in enumerate(child.history) if event.enters)
    return replace(child, history=child.history[: entered + 1], status="RUNNING", stopped_at=None)


def at_the_gates(evidence: Evidence) -> Evidence:
    """Return the same, as if no wave had left its first state."""
    return _with_children(evidence, at_the_gate)


def failed_where_it_waits(evidence: Evidence) -> Evidence:
    """Return the same, as if each wave's last steps were "Wait for decision", which failed, and
    "Record failure".
    """

    def fail(child: Run) -> Run:
        last = [
            HistoryEvent(child.started_at, "TaskStateEntered", "Wait for decision"),
            HistoryEvent(child.started_at, "TaskFailed", "KeyError"),
            HistoryEvent(child.started_at, "TaskStateEntered", "Record failure"),
        ]
        return replace(child, history=[*child.history, *last])

    return _with_children(evidence, fail)


def _with_children(evidence: Evidence, change: Callable[[Run], Run]) -> Evidence:
    runs = {
        name: replace(run, children=list(map(change, run.children)))
        for name, run in evidence.runs.items()
    }
    return replace(evidence, runs=runs)


def same(evidence: Evidence) -> Evidence:
    """Return the same."""
    return evidence


def tagged(job: JobTruth, **tags: str) -> JobTruth:
    """Return a job with other tags."""
    return replace(job, tags={**job.tags, **tags})
