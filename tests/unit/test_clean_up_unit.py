"""Who may be cleaned up, and the names and verdicts of clean-ups."""

from __future__ import annotations

import re

import pytest

from drs_orchestrator.domain.clean_up import (
    CleanUpStatus,
    begin_clean_up,
    check_may_be_cleaned_up,
    clean_up_name,
    end_clean_up,
)
from drs_orchestrator.domain.errors import CleanUpRefused
from drs_orchestrator.domain.execution import ExecutionStatus
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.termination import Termination, TerminationResult
from tests.unit.executions import ID, NOON, PLACE, execution, server_id

LONG = "d" * 80


@pytest.mark.parametrize("status", list(ExecutionStatus))
def test_only_drills_that_have_ended_are_cleaned_up(status: ExecutionStatus) -> None:
    drill = execution(status=status)
    if status.is_final:
        check_may_be_cleaned_up(drill)
    else:
        with pytest.raises(CleanUpRefused, match=status.value):
            check_may_be_cleaned_up(drill)
    with pytest.raises(CleanUpRefused, match="RECOVERY"):
        check_may_be_cleaned_up(drill.changed(execution_type=ExecutionType.RECOVERY))


def test_names_fit_into_schedules_and_workflows_and_differ() -> None:
    assert clean_up_name(ID) == f"cleanup-{ID}"
    assert clean_up_name(LONG) != clean_up_name("e" + LONG[1:])
    for execution_id in (ID, LONG):
        assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", clean_up_name(execution_id))
        workflow = begin_clean_up(execution_id, None, requested_by=None, now=NOON).workflow
        assert re.fullmatch(r"[0-9a-zA-Z-_]{1,80}", workflow)


def test_another_attempt_has_another_name() -> None:
    first = begin_clean_up(ID, None, requested_by="ada", now=NOON)
    second = begin_clean_up(ID, first.changed(version=3), requested_by="bob", now=NOON)
    assert (first.workflow, second.workflow) == (f"cleanup-{ID}-1", f"cleanup-{ID}-2")
    assert second.version == 3


def test_one_instance_that_is_left_makes_a_clean_up_incomplete() -> None:
    clean_up = begin_clean_up(ID, None, requested_by="ada", now=NOON)
    gone, left = (
        Termination(
            execution_id=ID,
            attempt=1,
            source_server_id=server_id(number),
            account_id=PLACE.account_id,
            region=PLACE.region,
        )
        for number in range(2)
    )
    gone = gone.ended(TerminationResult.TERMINATED)
    left = left.left(TerminationResult.REFUSED, "no drill")
    assert end_clean_up(clean_up, [gone], None, NOON).status is CleanUpStatus.COMPLETED
    ended = end_clean_up(clean_up, [gone, left], None, NOON)
    assert ended.status is CleanUpStatus.INCOMPLETE
    assert ended.reason == f"clean-up incomplete: 1 of 2 servers, first {server_id(1)}: no drill"
    assert end_clean_up(clean_up, [gone], "the step died", NOON).reason == "the step died"
