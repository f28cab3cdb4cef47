"""The actions of a wave as people see them."""

from __future__ import annotations

from drs_orchestrator.domain.action import (
    Action,
    ActionPhase,
    ActionRecord,
    ActionStatus,
    SsmAction,
    WaitAction,
)
from drs_orchestrator.domain.action_view import ActionView, view_actions
from tests.unit.executions import NOON, wave

BEFORE: list[Action] = [
    SsmAction(name="drain", type="ssm", document_name="Drain"),
    WaitAction(name="settle", type="wait", seconds=5),
]
AFTER: list[Action] = [SsmAction(name="warm", type="ssm", document_name="Warm")]
RUNNING = ActionRecord(
    wave="web",
    phase=ActionPhase.BEFORE,
    position=0,
    name="drain",
    status=ActionStatus.RUNNING,
    run_id="a-1",
    start_time=NOON,
)


def seen(status: str, *records: ActionRecord) -> list[ActionView]:
    """Return the view of a wave with that status."""
    acting = wave("web", status=status, pre_actions=BEFORE, post_actions=AFTER)
    return view_actions(acting, records)


def test_actions_are_shown_in_order_whether_they_have_begun_or_not() -> None:
    shown = seen("RUNNING", RUNNING, RUNNING.changed(wave="db", position=1))
    assert [(a.name, a.phase, a.type, a.status) for a in shown] == [
        ("drain", "BEFORE", "ssm", "RUNNING"),
        ("settle", "BEFORE", "wait", "PENDING"),
        ("warm", "AFTER", "ssm", "PENDING"),
    ]
    assert (shown[0].run_id, shown[0].start_time) == ("a-1", NOON)


def test_what_a_wave_that_ended_never_did_is_cancelled_and_what_it_left_is_unknown() -> None:
    left, *never = seen("FAILED", RUNNING)
    assert (left.status, left.reason) == (
        "RUNNING",
        "the wave ended FAILED; what became of the action is not known",
    )
    assert {(a.status, a.reason) for a in never} == {
        ("CANCELLED", "the wave ended FAILED before its turn")
    }
