"""A failure without a cause is found, whatever its reason says; and a cause is taken for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from local.drs import JobTruth
from local.virtual.calls import Call, RefusedCall
from tests.simulation.broken.altered import (
    Change,
    sound_drill,
    with_instances,
    with_jobs,
    with_records,
)
from tests.simulation.evidence import Evidence, Since
from tests.simulation.invariants import Check, failures, refusals
from tests.workflow.laptop import servers

_SERVER = servers(0, 1)[0]
_LAUNCH = ("db", 1, 0)
_CONFLICT = "ConflictException"
_NO_ROOM = "ServiceQuotaExceededException"
_MINUTE = timedelta(minutes=1)


def _failed(evidence: Evidence) -> Evidence:
    return with_records(
        evidence, lambda r: r.servers[_SERVER].update(verdict="FAILED", reason="so be it")
    )


def _job_says(status: str | None) -> Change:
    """Return what lets the jobs say so of the server, or nothing."""

    def say(job: JobTruth) -> JobTruth:
        said = {**job.launch_statuses, _SERVER: status}
        return replace(job, launch_statuses={k: v for k, v in said.items() if v})

    return lambda evidence: with_jobs(evidence, lambda jobs: list(map(say, jobs)))


def _terminated(evidence: Evidence, by: timedelta) -> Evidence:
    """Return the same, as if a job that began so long after the end had ended all instances."""

    def end(jobs: list[JobTruth]) -> list[JobTruth]:
        last = replace(jobs[0], job_id="drsjob-end", kind="TERMINATE", tags={})
        return [*jobs, replace(last, created_at=evidence.now + by)]

    ended = with_instances(evidence, lambda i: replace(i, live=False, terminated_by="drsjob-end"))
    seen: dict[str, Since] = {name: {_LAUNCH: evidence.now} for name in evidence.executions}
    return replace(with_jobs(ended, end), since=seen)


def _unlaunchable(evidence: Evidence) -> Evidence:
    begun = evidence.now - timedelta(days=1)
    return replace(evidence, unlaunchable=((begun, frozenset({_SERVER})),))


def _long_ago(evidence: Evidence) -> Evidence:
    """Return the same, as if there had been nothing to launch from until an hour before."""
    before = evidence.now - timedelta(days=1)
    again = before + _MINUTE
    return replace(
        evidence, unlaunchable=((before, frozenset({_SERVER})), (again, frozenset[str]()))
    )


def _refused(*outcomes: str, held: timedelta | None = None, size: int = 1) -> Evidence:
    """Return a drill whose first launch is REFUSED, 10 minutes after the last of these answers, 10
    minutes apart; `held`: since when a job of somebody else runs, after the first of them.
    """
    evidence = sound_drill()
    begun = evidence.now - timedelta(hours=2)
    sent = next(each for each in evidence.calls if each.job_id)
    asked = {**sent.params, "sourceServers": [{}] * size}
    calls = [
        replace(sent, outcome=each, job_id=None, params=asked, at=begun + number * 10 * _MINUTE)
        for number, each in enumerate(outcomes)
    ]
    since = begun + (held or timedelta())
    foreign = replace(_jobs(evidence)[0], tags={}, created_at=since, ended_at=None)
    until = begun + len(outcomes) * 10 * _MINUTE
    seen: dict[str, Since] = {name: {_LAUNCH: until} for name in evidence.executions}
    changed = with_jobs(evidence, lambda _: [] if held is None else [foreign])
    queued = {"status": "REFUSED", "reason": "so be it", "firstQueuedTime": begun.isoformat()}
    return with_records(
        replace(changed, calls=tuple(calls), since=seen),
        lambda r: r.intents[_LAUNCH].update(queued),
    )


def _jobs(evidence: Evidence) -> Sequence[JobTruth]:
    (truth,) = evidence.truths.values()
    return truth.jobs


def _over_a_recovery(evidence: Evidence) -> Evidence:
    return with_instances(
        evidence,
        lambda i: replace(i, is_drill=False, launched_at=evidence.now - timedelta(days=1)),
    )


def _on_its_way(evidence: Evidence) -> Evidence:
    return with_jobs(evidence, lambda jobs: [replace(job, is_drill=False) for job in jobs])


def _answered_on_the_way(code: str) -> Evidence:
    evidence = _refused("OK")
    (name,) = evidence.executions
    call = Call(1, "drs", "StartRecovery", "StartRecoveryFunction", {"executionId": name})
    refused = RefusedCall(call, evidence.now - timedelta(hours=2), code)
    return replace(evidence, refused=(refused,))


def _without_servers(evidence: Evidence) -> Evidence:
    return with_records(evidence, lambda r: r.intents[_LAUNCH].update(sourceServerIds=[]))


def _dropped(**wave: object) -> Evidence:
    return with_records(
        sound_drill(),
        lambda r: (r.servers[_SERVER].update(verdict="SKIPPED"), r.waves["db"].update(wave)),
    )


_HAVE_A_CAUSE = failures.failed_servers_have_a_cause
_REFUSED_FOR = refusals.refusals_have_a_cause
_NOT_DROPPED = failures.launches_are_not_dropped

BROKEN: dict[str, tuple[Check, Evidence]] = {
    "up, and said to have failed": (_HAVE_A_CAUSE, _failed(sound_drill())),
    "up, and tidied later": (_HAVE_A_CAUSE, _terminated(_failed(sound_drill()), _MINUTE)),
    "could be launched in time": (_HAVE_A_CAUSE, _long_ago(_failed(sound_drill()))),
    "an answer of another attempt": (
        _HAVE_A_CAUSE,
        with_records(
            _job_says("FAILED")(_failed(sound_drill())),
            lambda r: r.servers[_SERVER].update(attempt=2),
        ),
    ),
    "no room": (_REFUSED_FOR, _refused(_NO_ROOM)),
    "no room, again and again": (_REFUSED_FOR, _refused(*[_NO_ROOM] * 9)),
    "a conflict": (_REFUSED_FOR, _refused(_CONFLICT)),
    "throttled": (_REFUSED_FOR, _refused("ThrottlingException")),
    "no answer": (_REFUSED_FOR, _refused("LostAnswer")),
    "held by somebody's job": (_REFUSED_FOR, _refused(*[_CONFLICT] * 3, held=-_MINUTE)),
    "held each time but the first": (_REFUSED_FOR, _refused(*[_CONFLICT] * 3, held=5 * _MINUTE)),
    "never sent": (_REFUSED_FOR, _refused()),
    "somebody answered for DRS that it may pass": (
        _REFUSED_FOR,
        _answered_on_the_way("ThrottlingException"),
    ),
    "left out": (_NOT_DROPPED, _dropped()),
    "left out where DRS fell short": (_NOT_DROPPED, _dropped(status="FAILED")),
}
FINE: dict[str, tuple[Check, Evidence]] = {
    "DRS says so": (_HAVE_A_CAUSE, _job_says("FAILED")(_failed(sound_drill()))),
    "not in the job": (_HAVE_A_CAUSE, _job_says(None)(_failed(sound_drill()))),
    "gone before it was seen": (_HAVE_A_CAUSE, _terminated(_failed(sound_drill()), -_MINUTE)),
    "nothing to launch from": (_HAVE_A_CAUSE, _unlaunchable(_failed(sound_drill()))),
    "unknown": (_HAVE_A_CAUSE, replace(_failed(sound_drill()), servers={})),
    "an earlier attempt failed": (
        _HAVE_A_CAUSE,
        with_records(
            _job_says("FAILED")(_failed(sound_drill())),
            lambda r: (
                r.servers[_SERVER].update(attempt=2, earlier="so be it"),
                r.servers[_SERVER].pop("jobId"),
            ),
        ),
    ),
    "its launch was refused": (_HAVE_A_CAUSE, _failed(_refused(_CONFLICT))),
    "no snapshot is left": (
        _HAVE_A_CAUSE,
        with_records(_failed(sound_drill()), lambda r: r.header.update(pointInTime={"at": "then"})),
    ),
    "denied": (_REFUSED_FOR, _refused("AccessDeniedException")),
    "more than a job takes": (_REFUSED_FOR, _refused(_NO_ROOM, size=101)),
    "refused though no job holds them": (_REFUSED_FOR, _refused(*[_CONFLICT] * 3)),
    "held just since then": (_REFUSED_FOR, _refused(*[_CONFLICT] * 3, held=21 * _MINUTE)),
    "a real recovery": (_REFUSED_FOR, _over_a_recovery(_refused(_CONFLICT))),
    "a real recovery on its way": (_REFUSED_FOR, _on_its_way(_refused(_CONFLICT, held=-_MINUTE))),
    "somebody answered for DRS": (_REFUSED_FOR, _answered_on_the_way("AccessDeniedException")),
    "nobody is left to launch": (_REFUSED_FOR, _without_servers(_refused())),
    "a person goes on without": (_NOT_DROPPED, _dropped(skippedBy="somebody")),
    "an action failed": (_NOT_DROPPED, _dropped(failedAction={"name": "stop"})),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_failure_without_a_cause_is_seen(what: str) -> None:
    check, evidence = BROKEN[what]

    assert list(check(sound_drill())) == []
    assert list(check(evidence))


@pytest.mark.parametrize("what", FINE)
def test_a_cause_is_one(what: str) -> None:
    check, evidence = FINE[what]

    assert list(check(evidence)) == []
