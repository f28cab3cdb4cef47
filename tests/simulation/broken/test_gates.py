"""A server that is dead or sick, and a wave without its approval, do not pass for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_orchestrator.domain.decision import NOBODY
from tests.simulation.broken.altered import Change, with_jobs, with_records
from tests.simulation.broken.gated import (
    FIRST,
    SECOND,
    answered_otherwise,
    asked_otherwise,
    decided,
    ended,
    failed,
    later,
    sick,
    sound_gates,
)
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import Check, came_up, decisions, violations, waves
from tests.simulation.stored import ExecutionRecords

_DAY = timedelta(days=1)


def _records(change: Callable[[ExecutionRecords], object]) -> Change:
    return lambda evidence: with_records(evidence, change)


def _wave(name: str, **members: object) -> Change:
    return _records(lambda r: r.waves[name].update(members))


def _both(first: Change, second: Change) -> Change:
    return lambda evidence: second(first(evidence))


def _answers_lost(evidence: Evidence) -> Evidence:
    lost = tuple(replace(each, outcome="LostAnswer") for each in evidence.calls)
    return replace(evidence, calls=lost)


def _said(**members: object) -> Change:
    """Return what notes one more answer about the first wave."""
    answer = {"wave": "db", "attempt": 1, "actor": "ada", **members}
    return _records(lambda r: r.decisions.append({**r.decisions[0], **answer}))


def _without_jobs(evidence: Evidence) -> Evidence:
    return with_jobs(evidence, lambda _: [])


def _only_acts(wave: str) -> Change:
    """Return what lets a wave have begun an action, long ago, and nothing else."""

    def begin(records: ExecutionRecords) -> None:
        records.intents.clear()
        records.actions = [{"wave": wave, "startTime": records.header["startTime"]}]

    return _both(_without_jobs, _records(begin))


def _skipped(**members: object) -> Change:
    return _both(_wave("db", status="SKIPPED", skippedBy="ada"), _said(**members))


def _cut_off(verdict: str = "SKIPPED", **closed: str) -> Change:
    """Return what lets the first wave end in its launch: one server is up, of the other this."""

    def cut_off(records: ExecutionRecords) -> None:
        records.header.update(closed)
        records.waves["db"].update(status="PARTIAL", phase="LAUNCH")
        records.servers[FIRST].update(verdict="LAUNCHED")
        records.servers[SECOND].update(verdict=verdict)

    return _records(cut_off)


_ALIVE = came_up.servers_came_up_alive
_WELL = came_up.verified_servers_were_well
_ENOUGH = came_up.health_gates_let_enough_through
_APPROVED = decisions.approvals_come_first
_LAPSED = decisions.time_outs_decide_as_planned
_DECIDED = decisions.deeds_were_decided
_IN_ORDER = waves.dependencies_came_first

BROKEN: dict[str, tuple[Check, Change]] = {
    "its end began with its launch": (_ALIVE, ended(lambda launched: launched)),
    "never listed": (_ALIVE, _both(ended(lambda _: sound_gates().now), _answers_lost)),
    "impaired": (_WELL, failed("ec2Status")),
    "a silent agent": (_WELL, failed("ssmAgent")),
    "no answer to a probe": (_WELL, failed("probe")),
    "never asked": (_WELL, lambda e: replace(e, health=())),
    "well, but never at once": (
        _WELL,
        answered_otherwise(lambda each: replace(each, at=each.at + _DAY)),
    ),
    "another port": (_WELL, asked_otherwise(port=80)),
    "another path": (_WELL, asked_otherwise(path="/")),
    "another status": (_WELL, asked_otherwise(expect_status=None)),
    "VERIFIED without a gate": (_WELL, _records(lambda r: r.waves["db"].pop("healthCheck"))),
    "COMPLETED with a sick server": (_ENOUGH, sick(50, FIRST)),
    "PARTIAL with too few": (_ENOUGH, sick(51, FIRST, status="PARTIAL")),
    "PARTIAL with none, and nobody broke it off": (_ENOUGH, _cut_off()),
    "PARTIAL with none, though all were launched": (
        _ENOUGH,
        _cut_off("LAUNCHED", cancelledBy="ada"),
    ),
    "past its gate with too few": (
        _ENOUGH,
        sick(50, FIRST, SECOND, status="RUNNING", phase="AFTER"),
    ),
    "never approved": (_APPROVED, _records(lambda r: setattr(r, "decisions", []))),
    "rejected, and yet launched": (_APPROVED, decided(decision="REJECT")),
    "approved afterwards": (_APPROVED, decided(time=sound_gates().now.isoformat())),
    "approved for another wave": (_APPROVED, decided(wave="app")),
    "acted before its approval": (_APPROVED, _only_acts("web")),
    "sent before its approval": (
        _APPROVED,
        _both(_without_jobs, _records(lambda r: setattr(r, "decisions", []))),
    ),
    "the plan rejects for want of an answer": (
        _LAPSED,
        _records(lambda r: r.waves["app"]["approval"].update(onTimeout="REJECT")),
    ),
    "the plan says nothing of a time-out": (
        _LAPSED,
        _records(lambda r: r.waves["app"]["approval"].pop("timeoutMinutes")),
    ),
    "nobody skips": (_LAPSED, _said(decision="SKIP", actor=NOBODY)),
    "the time is not over": (
        _LAPSED,
        _records(lambda r: r.waves["app"]["approval"].update(timeoutMinutes=31)),
    ),
    "the time of the execution is not over": (
        _LAPSED,
        _both(
            _records(lambda r: r.waves["app"].update(dependsOn=[])),
            _records(lambda r: r.header.update(startTime=later(r.decisions[0]["time"], -29))),
        ),
    ),
    "approved by somebody else": (_DECIDED, decided(actor="ada")),
    "skipped, and nobody said so": (_DECIDED, _wave("db", skippedBy="ada")),
    "rejected for a SKIP": (
        _DECIDED,
        _both(_wave("db", rejectedBy="ada"), _said(decision="SKIP")),
    ),
    "accepted for a RETRY": (
        _DECIDED,
        _both(_wave("db", acceptedBy="ada"), _said(decision="RETRY")),
    ),
    "aborted by a wave that did not": (_DECIDED, _wave("db", abortedBy="ada")),
    "aborted by nobody in it": (_DECIDED, _records(lambda r: r.header.update(abortedBy="ada"))),
    "goes on beside a SKIP of nobody": (_IN_ORDER, _wave("db", status="SKIPPED", skippedBy="ada")),
    "goes on beside a SKIP of somebody else": (_IN_ORDER, _skipped(decision="SKIP", actor="ben")),
    "goes on beside another answer": (_IN_ORDER, _skipped(decision="RETRY")),
}
FINE: dict[str, tuple[Check, Change]] = {
    "ended after it was listed": (_ALIVE, ended(lambda _: sound_gates().now)),
    "failed, and its end began with its launch": (
        _ALIVE,
        _both(
            ended(lambda launched: launched),
            _records(lambda r: [s.update(verdict="FAILED") for s in r.servers.values()]),
        ),
    ),
    "sick, and only launched": (
        _WELL,
        _both(
            failed("probe"),
            _records(lambda r: [s.update(verdict="LAUNCHED") for s in r.servers.values()]),
        ),
    ),
    "enough of them": (_ENOUGH, sick(50, FIRST, status="PARTIAL")),
    "accepted as they are": (_ENOUGH, sick(100, FIRST, status="PARTIAL", acceptedBy="ada")),
    "cancelled in its launch": (_ENOUGH, _cut_off(cancelledBy="ada")),
    "failed at its gate": (_ENOUGH, sick(100, FIRST, status="FAILED", phase="HEALTH")),
    "nothing begun, nothing approved": (
        _APPROVED,
        _both(_without_jobs, _records(lambda r: vars(r).update(decisions=[], intents={}))),
    ),
    "no approval needed": (_APPROVED, _only_acts("db")),
    "approved just then by another clock": (
        _APPROVED,
        lambda e: replace(decided(time=_sent(e, 0.02))(e), clocks_apart=timedelta(hours=9)),
    ),
    "over just then by another clock": (
        _LAPSED,
        lambda e: replace(
            _records(lambda r: r.waves["db"].update(endTime=later(r.waves["db"]["endTime"], 0.01)))(
                e
            ),
            clocks_apart=timedelta(seconds=1),
        ),
    ),
    "skipped by who said so": (_DECIDED, _skipped(decision="SKIP")),
    "aborted by who said so": (
        _DECIDED,
        _both(
            _records(lambda r: r.header.update(abortedBy="ada")),
            _both(_wave("db", abortedBy="ada"), _said(decision="ABORT")),
        ),
    ),
    "goes on beside a SKIP": (_IN_ORDER, _skipped(decision="SKIP")),
}


def _sent(evidence: Evidence, minutes: float) -> str:
    (records,) = evidence.executions.values()
    return later(records.intents["web", 1, 0]["firstSentTime"], minutes)


def test_gates_that_are_kept_break_no_promise() -> None:
    assert list(violations(sound_gates(), sound_gates())) == []
    (records,) = sound_gates().executions.values()
    assert records.servers[FIRST]["verdict"] == "VERIFIED"
    assert sorted(each["actor"] for each in records.decisions) == [NOBODY, "somebody"]


@pytest.mark.parametrize("what", BROKEN)
def test_a_gate_that_lets_through_whom_it_should_not_is_seen(what: str) -> None:
    check, change = BROKEN[what]

    assert list(check(sound_gates())) == []
    assert list(check(change(sound_gates())))


@pytest.mark.parametrize("what", FINE)
def test_what_a_gate_may_let_through_is_let_be(what: str) -> None:
    check, change = FINE[what]

    assert list(check(change(sound_gates()))) == []
