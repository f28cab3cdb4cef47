"""May this wave go?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.clearance import Answer, clear_wave
from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.wave import WaveRecord, WaveStatus
from tests.unit.executions import NOON, execution, wave
from tests.unit.random_waves import acyclic_graphs
from tests.unit.unhurried import UNHURRIED

Waves = dict[str, WaveRecord]


def _answer(waves: Waves, name: str, run: Execution | None = None) -> tuple[Answer, str | None]:
    clearance = clear_wave(waves[name], waves, run or execution())
    return clearance.answer, clearance.reason


def _pair(status: WaveStatus) -> Waves:
    return {"db": wave("db", status=status), "web": wave("web", "db")}


def test_a_wave_that_waits_for_nothing_proceeds() -> None:
    assert _answer({"web": wave("web")}, "web") == (Answer.PROCEED, None)


@pytest.mark.parametrize(
    ("dependency", "answer", "reason"),
    [
        (WaveStatus.PENDING, Answer.HOLD, "waits for db"),
        (WaveStatus.HELD, Answer.HOLD, "waits for db"),
        (WaveStatus.RUNNING, Answer.HOLD, "waits for db"),
        (WaveStatus.COMPLETED, Answer.PROCEED, None),
        (WaveStatus.PARTIAL, Answer.PROCEED, None),
        (WaveStatus.FAILED, Answer.SKIP, "it depends on wave 'db', which is FAILED"),
        (WaveStatus.SKIPPED, Answer.SKIP, "it depends on wave 'db', which is SKIPPED"),
        (WaveStatus.CANCELLED, Answer.SKIP, "it depends on wave 'db', which is CANCELLED"),
    ],
)
def test_the_answer_follows_the_dependency(
    dependency: WaveStatus, answer: Answer, reason: str | None
) -> None:
    assert _answer(_pair(dependency), "web") == (answer, reason)


def test_every_dependency_that_is_awaited_is_named() -> None:
    waves = {"a": wave("a"), "b": wave("b"), "c": wave("c", "a", "b")}
    assert _answer(waves, "c") == (Answer.HOLD, "waits for a, b")


def test_a_lost_dependency_is_told_before_the_awaited_ones() -> None:
    waves = {"a": wave("a", status="FAILED"), "b": wave("b"), "c": wave("c", "a", "b")}
    assert _answer(waves, "c") == (Answer.SKIP, "it depends on wave 'a', which is FAILED")


def test_a_stop_skips_waves_that_depend_on_nothing() -> None:
    waves = {"db": wave("db", status="FAILED"), "web": wave("web")}
    answer, reason = _answer(waves, "web", execution(stopped_by="db"))
    assert (answer, reason) == (Answer.SKIP, "wave 'db' failed and its policy is STOP")


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if s.is_final])
def test_nothing_starts_in_an_execution_that_has_ended(status: ExecutionStatus) -> None:
    answer, reason = _answer({"web": wave("web")}, "web", execution(status=status))
    assert (answer, reason) == (Answer.SKIP, "the execution has ended")


def test_nothing_starts_while_verdicts_are_written() -> None:
    answer, reason = _answer({"web": wave("web")}, "web", execution(finishing_time=NOON))
    assert (answer, reason) == (Answer.SKIP, "the execution has ended")


def test_a_pause_holds_a_wave_that_could_go() -> None:
    answer, reason = _answer({"web": wave("web")}, "web", execution(paused_by="alice"))
    assert (answer, reason) == (Answer.HOLD, "the execution was paused by alice")


def test_a_wave_that_waits_for_another_one_tells_that_before_a_pause() -> None:
    waits = _answer(_pair(WaveStatus.RUNNING), "web", execution(paused_by="alice"))
    assert waits == (Answer.HOLD, "waits for db")


def test_a_pause_does_not_keep_a_wave_that_can_never_start() -> None:
    answer, _ = _answer(_pair(WaveStatus.FAILED), "web", execution(paused_by="alice"))
    assert answer is Answer.SKIP


@pytest.mark.parametrize(
    "besides",
    [{}, {"paused_by": "bob"}, {"stopped_by": "db"}, {"finishing_time": NOON}],
    ids=["alone", "paused", "stopped", "finishing"],
)
def test_a_cancel_comes_before_everything_else(besides: dict[str, object]) -> None:
    run = execution(cancelled_by="alice", **besides)
    answer, reason = _answer(_pair(WaveStatus.FAILED), "web", run)
    assert (answer, reason) == (Answer.CANCEL, "the execution was cancelled by alice")


_APPROVAL = {"role": "Owner", "message": "Ready?"}


def test_a_wave_behind_an_approval_asks_when_its_dependencies_are_done() -> None:
    gated = wave("web", "db", approval=_APPROVAL)
    waits = {"db": wave("db", status="RUNNING"), "web": gated}
    ready = {"db": wave("db", status="COMPLETED"), "web": gated}
    assert not clear_wave(gated, waits, execution()).asks
    asking = clear_wave(gated, ready, execution())
    assert (asking.answer, asking.asks) == (Answer.HOLD, True)
    assert asking.reason == "waits for approval by Owner: Ready?"


def test_an_approval_can_be_given_during_a_pause_which_then_holds_the_wave() -> None:
    paused = execution(paused_by="alice")
    asking = wave(approval=_APPROVAL)
    approved = asking.changed(approved_by="bob")
    assert clear_wave(asking, {"web": asking}, paused).asks
    assert not clear_wave(approved, {"web": approved}, paused).asks
    assert _answer({"web": approved}, "web", paused)[0] is Answer.HOLD
    assert _answer({"web": approved}, "web")[0] is Answer.PROCEED


def test_a_rejected_wave_never_starts() -> None:
    rejected = wave(approval=_APPROVAL, rejected_by="bob")
    assert _answer({"web": rejected}, "web") == (Answer.SKIP, "rejected by bob")


def test_only_a_recorded_decision_makes_a_skipped_wave_satisfy_its_dependents() -> None:
    waves = {"db": wave("db", status="SKIPPED", skipped_by="bob"), "web": wave("web", "db")}
    assert _answer(waves, "web") == (Answer.PROCEED, None)


def test_nothing_new_starts_after_an_abort() -> None:
    answer, reason = _answer({"web": wave("web")}, "web", execution(aborted_by="alice"))
    assert (answer, reason) == (Answer.SKIP, "the execution was aborted by alice")


def test_nothing_new_starts_after_the_runs_deadline() -> None:
    answer, reason = _answer({"web": wave("web")}, "web", execution(overran_time=NOON))
    assert (answer, reason) == (Answer.CANCEL, "the execution was not done within 7 days")


@st.composite
def _situations(draw: st.DrawFn) -> tuple[Waves, Execution]:
    graph = draw(acyclic_graphs(max_waves=6).filter(bool))
    waves = {
        name: wave(name, *depends_on, status=draw(st.sampled_from(WaveStatus)))
        for name, depends_on in graph.items()
    }
    stopped_by = draw(st.none() | st.sampled_from(sorted(graph)))
    status = draw(st.sampled_from(ExecutionStatus))
    return waves, execution(
        status=status,
        stopped_by=stopped_by,
        paused_by=draw(st.none() | st.just("alice")),
        cancelled_by=draw(st.none() | st.just("bob")),
        finishing_time=draw(st.none() | st.just(NOON)),
    )


@UNHURRIED
@given(_situations())
def test_a_wave_proceeds_only_if_all_it_waits_for_came_up_and_is_skipped_only_if_it_never_can(
    situation: tuple[Waves, Execution],
) -> None:
    waves, run = situation
    for each in waves.values():
        dependencies = [waves[name] for name in each.depends_on]
        never = (
            run.status.is_final
            or run.finishing_time is not None
            or run.stopped_by not in {None, each.name}
            or any(d.status in {"FAILED", "SKIPPED", "CANCELLED"} for d in dependencies)
        )
        all_up = all(d.status in {"COMPLETED", "PARTIAL"} for d in dependencies)
        goes = all_up and not run.paused_by
        unless_cancelled = Answer.SKIP if never else Answer.PROCEED if goes else Answer.HOLD
        expected = Answer.CANCEL if run.cancelled_by else unless_cancelled
        clearance = clear_wave(each, waves, run)
        assert clearance.answer is expected
        assert (clearance.reason is None) == (expected is Answer.PROCEED)
