"""The three proofs before a termination: one that is missing or wrong is enough to forbid it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.drill_instance import examine
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.intent import Intent, IntentStatus
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.server import RecoveryInstance
from tests.unit import executions

JOB = "drsjob-5"
OTHERS = ("drill-2", "recovery-1", "")
drills = st.sampled_from([True, False, None])
job_ids = st.sampled_from([JOB, "drsjob-6", None])
statuses = st.sampled_from(list(IntentStatus))
types = st.sampled_from(list(ExecutionType))
tags = st.fixed_dictionaries(
    {},
    optional={
        "drsorc:execution": st.sampled_from([executions.ID, *OTHERS]),
        "drsorc:mode": st.sampled_from(["DRILL", "RECOVERY", "drill"]),
    },
)


def instance(**values: object) -> RecoveryInstance:
    return executions.instance(is_drill=True).changed(**values)


def job(**values: object) -> Job:
    return executions.job(s0="LAUNCHED").changed(tags=sent().tags, **values)


def sent(**values: object) -> Intent:
    return executions.intent(status=IntentStatus.ENDED, job_id=JOB).changed(**values)


def test_the_instance_of_an_ended_drill_may_be_terminated() -> None:
    checks = examine(executions.execution(), [sent()], [], instance(), job())
    assert checks.may_terminate


def test_the_instance_of_a_launch_whose_answer_was_lost_may_be_terminated() -> None:
    lost = sent(status=IntentStatus.SENT, job_id=None)
    assert examine(executions.execution(), [lost], [], instance(), job()).may_terminate


@given(types, statuses, job_ids, drills, job_ids, tags, st.booleans())
def test_nothing_but_three_proofs_lets_an_instance_go(
    execution_type: ExecutionType,
    status: IntentStatus,
    recorded_job: str | None,
    is_drill: bool | None,
    named_job: str | None,
    job_tags: dict[str, str],
    listed: bool,
) -> None:
    execution = executions.execution(execution_type=execution_type)
    intent = sent(execution_type=execution_type, status=status, job_id=recorded_job)
    shown = job().changed(tags=job_tags) if listed else None
    checks = examine(execution, [intent], [], instance(is_drill=is_drill, job_id=named_job), shown)
    if not checks.may_terminate:
        return
    assert execution_type is ExecutionType.DRILL
    assert is_drill is True
    assert listed
    assert named_job == JOB
    assert job_tags == {"drsorc:execution": executions.ID, "drsorc:mode": "DRILL"}
    assert recorded_job == JOB or (recorded_job is None and status is IntentStatus.SENT)


@pytest.mark.parametrize(
    "intent",
    [
        sent(execution_id="drill-2"),
        sent(source_server_ids=[executions.server_id(7)]),
        sent(job_id="drsjob-6"),
        sent(status=IntentStatus.REFUSED, job_id=None),
    ],
)
def test_a_launch_that_is_not_on_record_is_no_proof(intent: Intent) -> None:
    checks = examine(executions.execution(), [intent], [], instance(), job())
    assert (checks.recorded, checks.is_drill, checks.tagged) == (False, True, True)


def test_a_record_of_another_instance_of_the_same_job_is_a_contradiction() -> None:
    server = executions.server(0, job_id=JOB, recovery_instance_id="i-another")
    assert not examine(executions.execution(), [sent()], [server], instance(), job()).recorded


def test_the_objection_names_every_proof_that_is_missing() -> None:
    unknown = instance(is_drill=None)
    checks = examine(Execution.model_validate(executions.execution()), [], [], unknown, None)
    text = checks.objection(unknown)
    assert unknown.recovery_instance_id in text
    assert "our record" in text
    assert "isDrill" in text
    assert f"the tags of job {JOB}" in text
