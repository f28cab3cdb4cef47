"""What the services need of the world. Adapters fulfil it, tests and the laptop may too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, Unpack

from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.action_run import Outcome
from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.decision import Decision
from drs_orchestrator.domain.execution import Execution, ExecutionRequest
from drs_orchestrator.domain.health import Instance, StatusChecks
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.point_in_time import RecoverySnapshot
from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.quota import Ledger, Limits, QueueEntry
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from drs_orchestrator.domain.server import (
    Place,
    RecoveredServer,
    RecoveryInstance,
    ServerKey,
    SourceServer,
)
from drs_orchestrator.domain.step import Step
from drs_orchestrator.domain.termination import Termination
from drs_orchestrator.domain.wave import WaveChanges, WaveRecord, WaveStatus
from drs_orchestrator.domain.workflow_state import WorkflowState

T = TypeVar("T")


class Page(NamedTuple, Generic[T]):
    """Part of a list and the token of the next part; no token: the list ends here."""

    items: list[T]
    next_token: str | None


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...


class Pause(Protocol):
    """Lets time pass."""

    def __call__(self, seconds: float, /) -> None:
        """Return so many seconds later."""
        ...


class Names(Protocol):
    """Fresh names for new things."""

    def ulid(self) -> str:
        """Return 26 characters that sort by time and occur once."""
        ...


class Claim(NamedTuple):
    """Which group holds a server."""

    source_server_id: str
    group_id: str
    group_name: str


class ProtectionGroups(Protocol):
    """Stored protection groups; a server and a name belong to one group only."""

    def get(self, group_id: str) -> ProtectionGroup:
        """Return the group; raise GroupNotFound."""
        ...

    def find(self, name: str) -> ProtectionGroup | None:
        """Return the group of this name, ignoring case."""
        ...

    def page(self, limit: int, next_token: str | None) -> Page[ProtectionGroup]:
        """Return groups in the order of their ids."""
        ...

    def claims(self, place: Place) -> dict[str, Claim]:
        """Return every claimed server of the place by its id."""
        ...

    def create(self, group: ProtectionGroup) -> None:
        """Store a new group with its claims; raise NameTaken or ServersInOtherGroup."""
        ...

    def replace(self, before: ProtectionGroup, after: ProtectionGroup) -> None:
        """Store a new version; raise StaleVersion, NameTaken or ServersInOtherGroup."""
        ...

    def delete(self, group: ProtectionGroup) -> None:
        """Remove the group with its claims; raise StaleVersion."""
        ...


class RecoveryPlans(Protocol):
    """Stored recovery plans with all their versions."""

    def get(self, plan_id: str) -> RecoveryPlan:
        """Return the plan's current version; raise PlanNotFound."""
        ...

    def find(self, name: str) -> RecoveryPlan | None:
        """Return the plan of this name, ignoring case."""
        ...

    def page(self, limit: int, next_token: str | None) -> Page[RecoveryPlan]:
        """Return plans in the order of their ids."""
        ...

    def create(self, plan: RecoveryPlan) -> None:
        """Store a new plan; raise NameTaken."""
        ...

    def replace(self, before: RecoveryPlan, after: RecoveryPlan) -> None:
        """Store a new version; raise StaleVersion or NameTaken."""
        ...

    def delete(self, plan: RecoveryPlan) -> None:
        """Remove the plan; its versions stay readable for old executions. Raise StaleVersion."""
        ...


class Accounts(Protocol):
    """Stored accounts, by their ids."""

    def find(self, account_id: str) -> Account | None:
        """Return the account's entry, if it has one."""
        ...

    def get(self, account_id: str) -> Account:
        """Return the account's entry; raise AccountNotFound."""
        ...

    def page(self, limit: int, next_token: str | None) -> Page[Account]:
        """Return accounts in the order of their ids."""
        ...

    def create(self, account: Account) -> None:
        """Store the first version of an entry; raise AccountExists."""
        ...

    def replace(self, before: Account, after: Account) -> None:
        """Store a new version; raise StaleVersion or AccountNotFound."""
        ...

    def delete(self, account: Account) -> None:
        """Remove the entry; raise StaleVersion or AccountNotFound."""
        ...


class Executions(Protocol):
    """Stored executions: header, waves, servers and intents, small items of their own."""

    def create(self, execution: Execution) -> None:
        """Store a new header; raise ExecutionExists."""
        ...

    def get(self, execution_id: str) -> Execution:
        """Return the header; raise ExecutionNotFound."""
        ...

    def save(self, execution: Execution) -> Execution:
        """Replace the header of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def page(self, plan_id: str | None, limit: int, next_token: str | None) -> Page[Execution]:
        """Return headers, newest first, of one plan or of all."""
        ...

    def write_snapshot(
        self,
        execution: Execution,
        waves: Sequence[WaveRecord],
        servers: Sequence[RecoveredServer],
        intents: Sequence[Intent],
    ) -> None:
        """Replace waves, servers and intents of an execution that has not begun.

        Raises StaleVersion as soon as `execution.preparation` is no longer the stored fence.
        """
        ...

    def waves(self, execution_id: str) -> list[WaveRecord]:
        """Return the waves in the order of their positions."""
        ...

    def wave(self, execution_id: str, name: str) -> WaveRecord:
        """Return one wave; raise WaveNotFound."""
        ...

    def hang_bell(self, execution_id: str, wave: str, token: str, timeout_seconds: int) -> None:
        """Note the task token to ring when the wave may go on."""
        ...

    def move_wave(
        self,
        execution_id: str,
        wave: str,
        allowed: Collection[WaveStatus],
        status: WaveStatus,
        *,
        asked: int | None = None,
        **changes: Unpack[WaveChanges],
    ) -> bool:
        """Set the wave's status and more if it is one of `allowed`; return whether it was.

        `asked`: and only if its attempt is this one.
        """
        ...

    def decide(self, execution_id: str, decision: Decision) -> None:
        """Record the answer to the question that the wave asks now; raise StaleDecision."""
        ...

    def decision(self, execution_id: str, wave: str, attempt: int) -> Decision | None:
        """Return the answer to one question, None if nobody has given one."""
        ...

    def decisions(self, execution_id: str, wave: str | None = None) -> list[Decision]:
        """Return the decisions over one wave or all, in the order of attempts."""
        ...

    def servers(self, execution_id: str, wave: str | None = None) -> list[RecoveredServer]:
        """Return the servers of one wave or of all."""
        ...

    def save_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write servers; one that has its verdict already keeps it."""
        ...

    def save_health(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Write verdict and health of servers that are LAUNCHED by the same attempt as stored."""
        ...

    def actions(self, execution_id: str, wave: str | None = None) -> list[ActionRecord]:
        """Return the stored actions of one wave or of all, those before the launch first."""
        ...

    def save_action(self, execution_id: str, action: ActionRecord) -> ActionRecord:
        """Replace the action of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def begin_action(
        self, execution_id: str, action: ActionRecord, *, after_launch: bool
    ) -> ActionRecord:
        """As `save_action`, with proof in one transaction that the execution may still start it.

        `after_launch`: neither a pause nor a STOP stands in the way. Raises ExecutionPaused,
        ExecutionClosed or StaleVersion.
        """
        ...

    def reopen_servers(self, execution_id: str, servers: Sequence[RecoveredServer]) -> None:
        """Replace servers of earlier attempts that did not come up."""
        ...

    def add_intents(self, intents: Sequence[Intent]) -> None:
        """Write new intents; one that exists stays as it is."""
        ...

    def intents(self, execution_id: str, wave: str | None = None) -> list[Intent]:
        """Return the intents of one wave or of all, in the order of attempt and chunk."""
        ...

    def save_intent(self, intent: Intent) -> Intent:
        """Replace the intent of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def send_intent(self, intent: Intent) -> Intent:
        """As `save_intent`, in one transaction with proof that the execution may still start jobs.

        Raises ExecutionPaused, ExecutionClosed or StaleVersion.
        """
        ...


class Locks(Protocol):
    """Which execution holds which server."""

    def holders(self, servers: Sequence[ServerKey]) -> dict[ServerKey, str]:
        """Return the execution that holds each locked one among the servers."""
        ...

    def take(self, execution_id: str, servers: Sequence[ServerKey]) -> dict[ServerKey, str]:
        """Lock servers in order, and return the first found that others hold, by holder.

        Nothing returned: the execution holds them all. Otherwise it may hold some.
        """
        ...

    def release(self, execution_id: str, servers: Sequence[ServerKey]) -> None:
        """Unlock those of the servers that the execution holds."""
        ...


class Quotas(Protocol):
    """What DRS admits."""

    def limits(self, place: Place) -> Limits:
        """Return the limits of an account and Region, the documented defaults where unknown."""
        ...


class Ledgers(Protocol):
    """Queue and grants per account and Region. Each change moves the intents in one transaction."""

    def read(self, place: Place) -> Ledger:
        """Return the ledger of the place."""
        ...

    def note_limits(self, place: Place, limits: Limits) -> None:
        """Remember what DRS admits in the place."""
        ...

    def note_pump(self, place: Place, time: datetime) -> None:
        """Remember when the queue was last pumped."""
        ...

    def note_hindrance(self, place: Place, hindrance: str | None) -> None:
        """Remember why the queue cannot be pumped; None: it can."""
        ...

    def enqueue(self, intents: Sequence[Intent]) -> None:
        """Move PREPARED intents to QUEUED with a queue entry each; those moved before stay."""
        ...

    def grant(
        self, place: Place, version: int, chunks: Sequence[tuple[QueueEntry, Intent]]
    ) -> None:
        """Move QUEUED intents to GRANTED and their entries to the grants, all or none.

        Raises StaleVersion if the ledger or an intent moved on; ExecutionPaused or ExecutionClosed
        if nothing but an execution stands in the way. At most 24 chunks: a transaction holds 100
        writes.
        """
        ...

    def withdraw(self, intent: Intent, reason: str) -> None:
        """Move a QUEUED or GRANTED intent back to PREPARED; it gives up its room and its place."""
        ...

    def requeue(self, intent: Intent, reason: str) -> None:
        """Give a grant back and queue the chunk again, because DRS had no room."""
        ...

    def confirm(self, intent: Intent) -> Intent:
        """Move a SENT intent with its `job_id` to CONFIRMED, and name the job in its grant."""
        ...

    def release(self, intent: Intent) -> Intent:
        """Store the intent's final status and give back its grant or its place in the queue."""
        ...

    def drop_grant(self, place: Place, key: str) -> None:
        """Give back the room of a job that has ended, whoever waits for it."""
        ...

    def drop_entry(self, place: Place, key: str) -> None:
        """Remove a queue entry whose execution starts nothing any more."""
        ...


class DisasterRecovery(Protocol):
    """DRS in one account and Region."""

    def source_servers(self, ids: Collection[str] | None = None) -> list[SourceServer]:
        """Return all servers, or those of `ids` that exist; none where DRS is not initialised."""
        ...

    def start_recovery(
        self,
        server_ids: Sequence[str],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        snapshot_ids: Mapping[str, str],
    ) -> str:
        """Send StartRecovery once and return the job id.

        Servers without a pinned snapshot in `snapshot_ids` are launched from their latest state.

        Raises LaunchRefused, QuotaExceeded or DrsThrottled: nothing was launched;
        OutcomeUnknown: look whether it was.
        """
        ...

    def terminate(self, recovery_instance_ids: Sequence[str]) -> str:
        """Send TerminateRecoveryInstances once and return the job id.

        Raises TerminationRefused, InstanceBusy, QuotaExceeded or DrsThrottled: nothing was
        terminated; OutcomeUnknown: look whether it was.
        """
        ...

    def recovery_snapshots(self, server_id: str, until: datetime) -> list[RecoverySnapshot]:
        """Return the complete snapshots of a server that are not younger than `until`."""
        ...

    def jobs(self, ids: Collection[str]) -> dict[str, Job]:
        """Return the jobs that DRS shows, by id."""
        ...

    def jobs_since(self, time: datetime) -> list[Job]:
        """Return all jobs created since `time`, newest first."""
        ...

    def recovery_instances(self, server_ids: Collection[str]) -> list[RecoveryInstance]:
        """Return the recovery instances of the servers."""
        ...


class DisasterRecoverySites(Protocol):
    """DRS wherever the product may act."""

    def at(self, place: Place) -> DisasterRecovery:
        """Return DRS of an account and Region; raise AccountUnreachable."""
        ...

    def home(self) -> Place:
        """Return the account and Region that the product runs in."""
        ...


class InstanceChecks(Protocol):
    """What EC2 and Systems Manager say of instances in one account and Region.

    At most 100 ids a call; an id that is missing from the answer is unknown there. Each raises
    HealthUnknown.
    """

    def instances(self, ids: Sequence[str]) -> dict[str, Instance]:
        """Return the instances that EC2 shows."""
        ...

    def statuses(self, ids: Sequence[str]) -> dict[str, StatusChecks]:
        """Return EC2's two status checks of instances that exist."""
        ...

    def pings(self, ids: Sequence[str]) -> dict[str, str]:
        """Return Systems Manager's word for the agent on each instance that ever had one."""
        ...


class Prober(Protocol):
    """The prober of one account and Region."""

    def probe(self, requests: Sequence[ProbeRequest]) -> list[ProbeResult]:
        """Return what it finds, in the order of the requests; at most 100. Raise HealthUnknown."""
        ...


class HealthSites(Protocol):
    """Where servers can be looked at."""

    def instance_checks(self, place: Place) -> InstanceChecks:
        """Return EC2 and Systems Manager of an account and Region; raise AccountUnreachable."""
        ...

    def prober(self, place: Place) -> Prober:
        """Return the prober of an account and Region; raise AccountUnreachable."""
        ...


class Automations(Protocol):
    """Systems Manager Automation in one account and Region."""

    def start(self, document_name: str, parameters: Mapping[str, Sequence[str]], token: str) -> str:
        """Start an automation, or find the one that the token has started; return its id.

        Raises ActionRefused, or ActionUnavailable: it may have been started.
        """
        ...

    def look(self, run_id: str) -> Outcome | None:
        """Return how the automation ended, None while it runs; raise ActionUnavailable."""
        ...

    def stop(self, run_id: str) -> None:
        """Tell the automation to stop; one that has ended is let be. Raises ActionUnavailable."""
        ...


class Functions(Protocol):
    """The Lambda functions of one account and Region."""

    def call(self, name: str, event: Mapping[str, Any], timeout_seconds: int) -> Outcome:
        """Invoke a function and wait for its answer; none in time is a failure.

        Raises ActionRefused, or ActionUnavailable: it may have run.
        """
        ...

    def send(self, name: str, event: Mapping[str, Any]) -> str:
        """Let Lambda invoke a function some time soon and return the request's id.

        Raises ActionRefused, or ActionUnavailable: it may run.
        """
        ...


class ActionSites(Protocol):
    """What runs actions, wherever the product may act."""

    def automations(self, place: Place) -> Automations:
        """Return Automation of an account and Region; raise AccountUnreachable."""
        ...

    def functions(self, place: Place) -> Functions:
        """Return the functions of an account and Region; raise AccountUnreachable."""
        ...


class Metrics(Protocol):
    """Figures for dashboards and alarms."""

    def job_seen(self, place: Place, seconds: float) -> None:
        """Note how long after its launch a job was first seen: what exactly-once rests on."""
        ...


class Workflow(Protocol):
    """Step Functions."""

    def start(self, execution_id: str, request: ExecutionRequest) -> str:
        """Start the recovery and return the execution's ARN.

        Raises ExecutionExists or WorkflowUnavailable.
        """
        ...

    def state(self, execution_id: str) -> WorkflowState:
        """Return how the execution's workflow is, a moment ago maybe; raise WorkflowUnavailable."""
        ...

    def ring(self, bell: str, step: Step) -> None:
        """Wake the wait that holds the token; one that rests no more is left alone."""
        ...


class CleanUps(Protocol):
    """Stored clean-ups: one record per drill, and one termination per server of it."""

    def find(self, execution_id: str) -> CleanUp | None:
        """Return the clean-up of an execution, if one was ever asked for."""
        ...

    def save(self, clean_up: CleanUp) -> CleanUp:
        """Replace the clean-up of the same version and return it one version on.

        Raises StaleVersion.
        """
        ...

    def terminations(self, execution_id: str) -> list[Termination]:
        """Return the terminations in the order of account, Region and server."""
        ...

    def save_terminations(self, terminations: Sequence[Termination]) -> list[Termination]:
        """Replace terminations of the same versions and return them one version on.

        Raises StaleVersion; those before the first that moved on are written then.
        """
        ...


class CleanUpWorkflow(Protocol):
    """Step Functions, as far as it carries out clean-ups."""

    def start(self, name: str, execution_id: str) -> None:
        """Start the clean-up of an execution; a name that was started before stays as it is.

        Raises WorkflowUnavailable.
        """
        ...

    def runs(self, name: str) -> bool:
        """Return whether the named clean-up runs; raise WorkflowUnavailable."""
        ...


class Schedules(Protocol):
    """What happens later by itself."""

    def clean_up_at(self, execution_id: str, time: datetime) -> None:
        """Start the clean-up of an execution once, at `time`; saying it twice is saying it once.

        Raises ScheduleUnavailable.
        """
        ...

    def reconcile_regularly(self, execution_id: str) -> None:
        """Reconcile the execution every two minutes from now on; twice is once.

        Raises ScheduleUnavailable.
        """
        ...

    def stop_reconciling(self, execution_id: str) -> None:
        """Reconcile the execution no more; twice is once. Raises ScheduleUnavailable."""
        ...
