"""Histories of a sound drill to which something else has happened, or seems to have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from local.drs.state import Scope
from local.virtual.runs import HistoryEvent, Run
from tests.simulation.broken.altered import (
    at_the_gate,
    at_the_gates,
    running,
    with_instances,
    with_jobs,
    with_records,
)
from tests.simulation.evidence import Evidence
from tests.simulation.stored import ExecutionRecords
from tests.workflow.laptop import servers

REFUSED = "Lambda.TooManyRequestsException"


def with_history(evidence: Evidence, *events: tuple[str, str]) -> Evidence:
    """Return the same, as if that had come after the first state of each wave was entered."""

    def told(child: Run) -> Run:
        (entered,) = at_the_gate(child).history[-1:]
        more = [HistoryEvent(entered.at, kind, name) for kind, name in events]
        left = HistoryEvent(entered.at, "TaskStateExited", events[-1][1])
        end = HistoryEvent(entered.at, "ExecutionFailed", "WaveFailed")
        return replace(child, history=[*at_the_gate(child).history, *more, left, end])

    runs = {
        name: replace(run, children=[told(child) for child in run.children])
        for name, run in evidence.runs.items()
    }
    return replace(evidence, runs=runs)


def refused(evidence: Evidence) -> Evidence:
    """Return the same, as if DRS had had no room for the first launch."""
    calls = [each for each in evidence.calls if each.job_id]
    refused = replace(calls[0], outcome="ServiceQuotaExceededException")
    return replace(evidence, calls=(refused,))


def beside_another(evidence: Evidence) -> Evidence:
    """Return the same, as if another workflow ran."""
    (run,) = evidence.runs.values()
    other = replace(run, name="drill-other", status="RUNNING", stopped_at=None)
    return replace(evidence, runs={**evidence.runs, other.name: other}, at_rest=False)


def unnoticed(evidence: Evidence, seconds: float) -> Evidence:
    """Return the same so long after somebody stopped the workflow, and nobody noticed."""
    (name, run), *_ = evidence.runs.items()
    stopped = replace(run, status="ABORTED")
    assert run.stopped_at is not None
    moment = run.stopped_at + timedelta(seconds=seconds)
    held = {("111122223333", "us-west-2", each): name for each in servers(0, 3)}
    return with_records(
        replace(evidence, runs={name: stopped}, now=moment, locks=held),
        lambda r: (r.header.pop("finishingTime"), r.header.update(status="RUNNING")),
    )


def waiting(evidence: Evidence, status: str) -> Evidence:
    """Return the same a day later, as if the second wave still waited with such an intent."""

    def reopen(records: ExecutionRecords) -> None:
        for each in ("finishingTime", "endTime"):
            records.header.pop(each)
        records.header.update(status="RUNNING")
        records.waves["app"].update(status="HELD", phase="LAUNCH")
        records.intents["app", 1, 0].update(status=status)

    late = at_the_gates(running(evidence))
    name = next(iter(late.runs))
    held = {("111122223333", "us-west-2", each): name for each in servers(0, 3)}
    return replace(with_records(late, reopen), locks=held)


def replaced(evidence: Evidence, replace_live_instances: str | None) -> Evidence:
    """Return the same, as if it were a recovery, and had ended what lived of another one."""
    launched = with_jobs(evidence, lambda jobs: [replace(job, is_drill=False) for job in jobs])
    ended = with_instances(
        launched, lambda i: replace(i, is_drill=False, terminated_by=i.launched_by)
    )
    return with_records(
        ended,
        lambda r: r.header.update(
            executionType="RECOVERY", replaceLiveInstances=replace_live_instances
        ),
    )


def ended_by_clean_up(evidence: Evidence, sends: int) -> Evidence:
    """Return the same, as if a clean-up that was asked for had ended all that was launched, and
    had sent for each instance so often, as it is on record.
    """
    ended = with_instances(
        with_jobs(evidence, lambda jobs: [*jobs, replace(jobs[0], job_id="end", kind="TERMINATE")]),
        lambda i: replace(i, terminated_by="end", live=False),
    )
    instances = {
        instance.source_server_id: {
            "recoveryInstanceId": instance.instance_id,
            "sends": sends,
        }
        for truth in evidence.truths.values()
        for instance in truth.instances
    }

    def tell(records: ExecutionRecords) -> None:
        records.clean_up = {"status": "RUNNING"}
        records.terminations = {(server,): each for server, each in instances.items()}

    return with_records(ended, tell)


def promised(evidence: Evidence) -> Evidence:
    """Return the same an hour after the time for which a clean-up was promised."""
    promised = evidence.now.isoformat()
    hour_later = replace(evidence, now=evidence.now + timedelta(hours=1))
    return with_records(hour_later, lambda r: r.header.update(cleanUpTime=promised))


def cleaning_up(evidence: Evidence, asked_minutes_ago: float) -> Evidence:
    """Return the same, as if a clean-up had been asked for so long ago, and never begun."""
    asked = (evidence.now - timedelta(minutes=asked_minutes_ago)).isoformat()
    clean_up = {"status": "RUNNING", "workflow": "clean-up-of-it", "requestedTime": asked}
    return with_records(evidence, lambda r: setattr(r, "clean_up", clean_up))


def failed_by_faults(evidence: Evidence, *answered: str) -> Evidence:
    """Return the same, as if each wave had FAILED after a step of it met an error, which a person
    answered so afterwards.
    """
    struck = with_history(
        evidence, ("TaskFailed", "KeyError"), ("TaskStateEntered", "Record failure")
    )
    (run,) = evidence.runs.values()
    struck_at = {child.input["wave"]: at_the_gate(child).history[-1].at for child in run.children}
    decisions = [
        {
            "wave": wave,
            "attempt": 1,
            "decision": each,
            "time": (moment + timedelta(seconds=1)).isoformat(),
        }
        for wave, moment in struck_at.items()
        for each in answered
    ]

    def fail(records: ExecutionRecords) -> None:
        records.decisions = decisions
        for wave in records.waves.values():
            wave.update(status="FAILED")

    return with_records(struck, fail)


def began_early(records: ExecutionRecords) -> None:
    began = records.waves["db"]["startTime"]
    records.actions = [{"wave": "app", "startTime": began}]


def unsaid(evidence: Evidence) -> Evidence:
    """Return the same, as if nothing were on record of what became of the servers."""
    return with_records(
        evidence, lambda r: [server.pop("verdict") for server in r.servers.values()]
    )


def elsewhere(evidence: Evidence) -> Evidence:
    """Return the same, as if all servers and what came of them were in another Region."""
    (here, truth), *_ = evidence.truths.items()
    there = Scope(here.account_id, "eu-north-1")
    return replace(
        evidence,
        servers={there: evidence.servers[here]},
        truths={here: replace(truth, jobs=(), instances=()), there: truth},
    )


def only_terminating(evidence: Evidence) -> Evidence:
    """Return the same, as if nothing had been asked of DRS but the end of all instances."""
    (truth,) = evidence.truths.values()
    ids = [instance.instance_id for instance in truth.instances]
    call = replace(
        evidence.calls[-1],
        operation="TerminateRecoveryInstances",
        params={"recoveryInstanceIDs": ids},
    )
    return replace(evidence, calls=(call,))


def struck(evidence: Evidence) -> Evidence:
    return replace(evidence, last_struck=evidence.now - timedelta(minutes=1))
