"""May this instance be terminated? Three proofs that know nothing of each other, all or nothing.

1. Our own record says that this drill's job launched it.
2. DRS says that it is a drill's instance.
3. The tags of the job that DRS names on it say that this drill launched it.

DRS itself guards nothing: TerminateRecoveryInstances takes a real recovery as readily as a drill.
"""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.server import RecoveredServer, RecoveryInstance


class Checks(Model):
    """Which of the three proofs hold."""

    recorded: bool
    is_drill: bool
    tagged: bool

    @property
    def may_terminate(self) -> bool:
        """Whether all three hold."""
        return self.recorded and self.is_drill and self.tagged

    def objection(self, instance: RecoveryInstance) -> str:
        """Return in words why the instance is left alone."""
        told = "nothing" if instance.is_drill is None else str(instance.is_drill).lower()
        failed = [
            (self.recorded, "our record does not say that this drill launched it"),
            (self.is_drill, f"DRS says {told} about isDrill"),
            (self.tagged, f"the tags of job {instance.job_id} do not name this drill"),
        ]
        reasons = "; ".join(reason for holds, reason in failed if not holds)
        return f"{instance.recovery_instance_id} is left alone: {reasons}"


def examine(
    execution: Execution,
    intents: Sequence[Intent],
    servers: Sequence[RecoveredServer],
    instance: RecoveryInstance,
    job: Job | None,
) -> Checks:
    """Return which proofs hold for an instance that DRS shows now.

    `intents` and `servers` are the execution's in the instance's account and Region; `job` is what
    DescribeJobs shows now of the job that the instance names. Absent and unknown count as no.
    """
    return Checks(
        recorded=_is_recorded(execution, intents, servers, instance),
        is_drill=instance.is_drill is True,
        tagged=_is_tagged(execution, instance, job),
    )


def _is_recorded(
    execution: Execution,
    intents: Sequence[Intent],
    servers: Sequence[RecoveredServer],
    instance: RecoveryInstance,
) -> bool:
    if not execution.execution_type.is_drill or not instance.job_id:
        return False
    launched = any(
        intent.execution_id == execution.execution_id
        and intent.execution_type.is_drill
        and instance.source_server_id in intent.source_server_ids
        and _may_have_made(intent, instance.job_id)
        for intent in intents
    )
    contradicted = any(
        server.source_server_id == instance.source_server_id
        and server.job_id == instance.job_id
        and server.recovery_instance_id not in {None, instance.recovery_instance_id}
        for server in servers
    )
    return launched and not contradicted


def _may_have_made(intent: Intent, job_id: str) -> bool:
    """Whether the job is the intent's; the answer to a SENT one was lost, its job has our tags."""
    return intent.job_id == job_id or intent.is_unanswered


def _is_tagged(execution: Execution, instance: RecoveryInstance, job: Job | None) -> bool:
    if job is None or job.job_id != instance.job_id:
        return False
    wanted = {
        "drsorc:execution": execution.execution_id,
        "drsorc:mode": ExecutionType.DRILL.value,
    }
    return wanted.items() <= job.tags.items()
