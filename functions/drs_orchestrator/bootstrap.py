"""The one place where settings become adapters and adapters become use cases.

Called inside handlers; what a handler does not use is never made.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.account_store import AccountStore
from drs_orchestrator.adapters.action_sites import BotoActionSites
from drs_orchestrator.adapters.clean_up_store import CleanUpStore
from drs_orchestrator.adapters.clean_up_workflow import StepFunctionsCleanUp
from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.execution_store import ExecutionStore
from drs_orchestrator.adapters.health_sites import BotoHealthSites
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.lock_store import LockStore
from drs_orchestrator.adapters.protection_group_store import ProtectionGroupStore
from drs_orchestrator.adapters.recovery_plan_store import RecoveryPlanStore
from drs_orchestrator.adapters.schedules import EventBridgeSchedules
from drs_orchestrator.adapters.service_quotas import ServiceQuotas
from drs_orchestrator.adapters.sessions import MakeSession, MemberRole, Sessions, make_session
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.adapters.time_and_names import SystemClock, UlidNames
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.server import Place
from drs_orchestrator.observability import CloudWatchMetrics
from drs_orchestrator.ports import Clock, Names, Pause
from drs_orchestrator.services.accounts import EditAccounts
from drs_orchestrator.services.action_runners import (
    AutomationRunner,
    FunctionRunner,
    Runner,
    WaitRunner,
)
from drs_orchestrator.services.admission import Admission
from drs_orchestrator.services.advance_wave import AdvanceWave
from drs_orchestrator.services.approvals import Approvals
from drs_orchestrator.services.await_decision import AwaitDecision
from drs_orchestrator.services.carry_out import CarryOut
from drs_orchestrator.services.check_termination import CheckTermination
from drs_orchestrator.services.check_wave import CheckWave
from drs_orchestrator.services.control_execution import ControlExecution
from drs_orchestrator.services.decide import Decide
from drs_orchestrator.services.end_dead_wave import EndDeadWave
from drs_orchestrator.services.end_wave import EndWave
from drs_orchestrator.services.examine_servers import ExamineServers
from drs_orchestrator.services.find_orphans import FindOrphans
from drs_orchestrator.services.finish_clean_up import FinishCleanUp
from drs_orchestrator.services.finish_execution import FinishExecution
from drs_orchestrator.services.follow_ended import FollowEnded
from drs_orchestrator.services.follow_job import FollowJob
from drs_orchestrator.services.hear_launch_result import HearLaunchResult
from drs_orchestrator.services.interrupt_execution import InterruptExecution
from drs_orchestrator.services.lock_servers import LockServers
from drs_orchestrator.services.look_at_drill import LookAtDrill
from drs_orchestrator.services.prepare_execution import PrepareExecution
from drs_orchestrator.services.protection_groups import EditProtectionGroups
from drs_orchestrator.services.read_executions import ReadExecutions
from drs_orchestrator.services.reconcile_execution import ReconcileExecution
from drs_orchestrator.services.reconcile_launch import ReconcileLaunch
from drs_orchestrator.services.record_failure import RecordFailure
from drs_orchestrator.services.recovery_plans import EditRecoveryPlans
from drs_orchestrator.services.report_action import ReportAction
from drs_orchestrator.services.retire_execution import RetireExecution
from drs_orchestrator.services.retry_actions import RetryActions
from drs_orchestrator.services.retry_wave import RetryWave
from drs_orchestrator.services.run_actions import RunActions
from drs_orchestrator.services.schedule_clean_up import ScheduleCleanUp
from drs_orchestrator.services.snapshot_plan import SnapshotPlan
from drs_orchestrator.services.source_servers import ListSourceServers
from drs_orchestrator.services.start_clean_up import StartCleanUp
from drs_orchestrator.services.start_execution import StartExecution
from drs_orchestrator.services.start_wave import StartWave
from drs_orchestrator.services.stop_actions import StopActions
from drs_orchestrator.services.terminate_instances import TerminateInstances
from drs_orchestrator.services.try_action import TryAction
from drs_orchestrator.services.turnstile import Turnstile
from drs_orchestrator.services.verify_health import VerifyHealth
from drs_orchestrator.services.wake_waves import WakeWaves
from drs_orchestrator.services.watch_execution import WatchExecution
from drs_orchestrator.services.withdraw_question import WithdrawQuestion
from drs_orchestrator.settings import read_settings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Orchestrator:
    """All use cases of one process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._clock = world.clock
        self._names = world.names or UlidNames(world.clock)
        self._settings = read_settings()
        self._home = Place(self._settings.account_id, self._settings.region)

    # Adapters

    @cached_property
    def _sessions(self) -> Sessions:
        member_role = MemberRole(
            find=self._find_account,
            role_name=self._settings.member_role_name,
            session_name=self._settings.state_machine_name,
        )
        return Sessions(self._home, member_role, self._world.make_session)

    def _find_account(self, account_id: str) -> Account | None:
        """Look an account up late: its table is read with a session of the home account."""
        return self._accounts.find(account_id)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return clients.dynamodb(self._sessions.at(self._home))

    def _items(self, table: str) -> Items:
        make = self._world.items
        return make(table) if make else DynamoDBItems(self._dynamodb, table)

    @cached_property
    def _executions_table(self) -> Items:
        return self._items(self._settings.executions_table)

    @cached_property
    def _accounts(self) -> AccountStore:
        return AccountStore(self._items(self._settings.accounts_table))

    @cached_property
    def _groups(self) -> ProtectionGroupStore:
        return ProtectionGroupStore(self._items(self._settings.protection_groups_table))

    @cached_property
    def _plans(self) -> RecoveryPlanStore:
        return RecoveryPlanStore(self._items(self._settings.recovery_plans_table))

    @cached_property
    def _executions(self) -> ExecutionStore:
        return ExecutionStore(self._executions_table)

    @cached_property
    def _ledgers(self) -> LedgerStore:
        return LedgerStore(self._executions_table)

    @cached_property
    def _sites(self) -> Sites:
        return Sites(self._sessions)

    @cached_property
    def _health_sites(self) -> BotoHealthSites:
        return BotoHealthSites(self._sessions, self._prober_function_name)

    def _prober_function_name(self, account_id: str) -> str:
        account = self._accounts.find(account_id)
        named = account.prober_function_name if account else None
        return named or self._settings.prober_function_name

    @cached_property
    def _workflow(self) -> StepFunctionsWorkflow:
        return StepFunctionsWorkflow(self._sessions, self._settings.state_machine_name)

    @cached_property
    def _quotas(self) -> ServiceQuotas:
        return ServiceQuotas(self._sessions)

    @cached_property
    def _locks(self) -> LockStore:
        return LockStore(self._executions_table)

    @cached_property
    def _clean_ups(self) -> CleanUpStore:
        return CleanUpStore(self._executions_table)

    @cached_property
    def _clean_up_workflow(self) -> StepFunctionsCleanUp:
        return StepFunctionsCleanUp(self._sessions, self._settings.clean_up_state_machine_name)

    @cached_property
    def _schedules(self) -> EventBridgeSchedules:
        return EventBridgeSchedules(
            self._sessions,
            group=self._settings.schedule_group,
            role_name=self._settings.scheduler_role_name,
            state_machine_name=self._settings.clean_up_state_machine_name,
            reconcile_function_name=self._settings.reconcile_function_name,
        )

    # Use cases

    @cached_property
    def _lock_servers(self) -> LockServers:
        return LockServers(self._locks, self._executions, self._sites, self._clock)

    @cached_property
    def _admission(self) -> Admission:
        return Admission(self._ledgers, self._executions, self._sites, self._workflow, self._clock)

    @cached_property
    def _approvals(self) -> Approvals:
        return Approvals(self._executions, self._clock)

    @cached_property
    def turnstile(self) -> Turnstile:
        """Waves at rest."""
        return Turnstile(
            self._executions,
            self._admission,
            self._approvals,
            self._workflow,
            self._clock,
        )

    @cached_property
    def accounts(self) -> EditAccounts:
        """Create, read, update and delete the entries of accounts."""
        return EditAccounts(self._accounts, self._sites, self._clock)

    @cached_property
    def protection_groups(self) -> EditProtectionGroups:
        """Create, read, update and delete protection groups."""
        return EditProtectionGroups(self._groups, self._plans, self._sites, self._names)

    @cached_property
    def recovery_plans(self) -> EditRecoveryPlans:
        """Create, read, update and delete recovery plans."""
        return EditRecoveryPlans(self._plans, self._groups, self._sites, self._names)

    @cached_property
    def source_servers(self) -> ListSourceServers:
        """Read source servers."""
        return ListSourceServers(self._groups, self._sites)

    @cached_property
    def start_execution(self) -> StartExecution:
        """Start an execution."""
        return StartExecution(
            self._plans,
            self._executions,
            self._groups,
            self._lock_servers,
            self._workflow,
            WatchExecution(self._schedules),
            self._clock,
            self._names,
        )

    @cached_property
    def read_executions(self) -> ReadExecutions:
        """Read executions."""
        return ReadExecutions(self._executions, self._clean_ups, self._clock)

    @cached_property
    def prepare_execution(self) -> PrepareExecution:
        """Prepare an execution."""
        snapshot_plan = SnapshotPlan(
            self._plans, self._groups, self._sites, self._quotas, self._ledgers, self._clock
        )
        return PrepareExecution(
            self._executions,
            snapshot_plan,
            self._lock_servers,
            self._admission,
            WatchExecution(self._schedules),
            self._names,
        )

    @cached_property
    def start_wave(self) -> StartWave:
        """Start a wave's jobs."""
        return StartWave(self._executions, self._ledgers, self._sites, self._admission, self._clock)

    @cached_property
    def check_wave(self) -> CheckWave:
        """Check a wave's jobs."""
        reconcile = ReconcileLaunch(
            self._executions,
            self._ledgers,
            self._clock,
            quiet_seconds=self._settings.quiet_seconds,
        )
        follow = FollowJob(self._executions, self._ledgers, CloudWatchMetrics(), self._clock)
        return CheckWave(
            self._executions,
            self._sites,
            self._admission,
            reconcile,
            follow,
            self._advance_wave,
            self._withdraw_question,
            self._clock,
        )

    @cached_property
    def _withdraw_question(self) -> WithdrawQuestion:
        return WithdrawQuestion(self._executions, self._clock)

    @cached_property
    def _advance_wave(self) -> AdvanceWave:
        return AdvanceWave(self._executions, self._clock)

    @cached_property
    def verify_health(self) -> VerifyHealth:
        """Check the health of a wave's servers."""
        examine = ExamineServers(self._health_sites)
        return VerifyHealth(self._executions, examine, self._advance_wave, self._clock)

    @cached_property
    def _try_action(self) -> TryAction:
        sites = BotoActionSites(self._sessions)
        runners: dict[str, Runner] = {
            "ssm": AutomationRunner(sites),
            "lambda": FunctionRunner(sites),
            "wait": WaitRunner(self._clock),
        }
        return TryAction(self._executions, runners, self._clock)

    @cached_property
    def run_actions(self) -> RunActions:
        """Run a wave's actions."""
        return RunActions(self._executions, self._try_action, self._clock)

    @cached_property
    def report_action(self) -> ReportAction:
        """Take the result of an action from its function."""
        return ReportAction(self._executions)

    @cached_property
    def record_failure(self) -> RecordFailure:
        """Ask a person about a failure, or end the wave."""
        return RecordFailure(self._executions, self._ledgers, self.end_wave, self._clock)

    @cached_property
    def _carry_out(self) -> CarryOut:
        return CarryOut(
            self._executions,
            RetryWave(self._executions, self._ledgers, self._sites),
            RetryActions(self._executions),
            self.turnstile,
            self._workflow,
            self._clock,
        )

    @cached_property
    def decide(self) -> Decide:
        """Take a person's answer."""
        return Decide(self._executions, self._carry_out, self.turnstile, self._clock)

    @cached_property
    def await_decision(self) -> AwaitDecision:
        """Waves that wait for a person."""
        return AwaitDecision(
            self._executions,
            self._carry_out,
            self.check_wave,
            self._withdraw_question,
            self._workflow,
            self._clock,
        )

    @cached_property
    def end_wave(self) -> EndWave:
        """End a wave."""
        return EndWave(
            self._executions, self._ledgers, self._admission, self.turnstile, self._clock
        )

    @cached_property
    def finish_execution(self) -> FinishExecution:
        """Finish an execution."""
        return FinishExecution(
            self._executions,
            self.end_wave,
            self._lock_servers,
            self._admission,
            ScheduleCleanUp(self._executions, self._schedules),
            self._clock,
        )

    @cached_property
    def _follow_ended(self) -> FollowEnded:
        return FollowEnded(self._executions, self.check_wave, self.end_wave)

    @cached_property
    def reconcile_execution(self) -> ReconcileExecution:
        """Make record, workflow and DRS agree again."""
        return ReconcileExecution(
            self._executions,
            self._workflow,
            self.finish_execution,
            self._follow_ended,
            FindOrphans(self._executions, self._sites),
            WakeWaves(self._executions, self._admission, self.turnstile),
            RetireExecution(
                self._lock_servers,
                StopActions(self._executions, self._try_action),
                self._clean_ups,
                self._schedules,
                self._clock,
            ),
            self._clock,
        )

    @cached_property
    def end_dead_wave(self) -> EndDeadWave:
        """End a wave whose workflow died."""
        return EndDeadWave(self._executions, self.end_wave)

    @cached_property
    def hear_launch_result(self) -> HearLaunchResult:
        """Look at a wave as soon as DRS tells of it."""
        return HearLaunchResult(
            self._executions,
            self._ledgers,
            self._sites,
            self.check_wave,
            self.end_wave,
            self._follow_ended,
            self._clock,
            self._world.pause,
        )

    @cached_property
    def start_clean_up(self) -> StartCleanUp:
        """Start the clean-up of a drill."""
        return StartCleanUp(self._executions, self._clean_ups, self._clean_up_workflow, self._clock)

    @cached_property
    def _look_at_drill(self) -> LookAtDrill:
        return LookAtDrill(
            self._executions,
            self._clean_ups,
            self._sites,
            self._clock,
            quiet_seconds=self._settings.quiet_seconds,
        )

    @cached_property
    def terminate_instances(self) -> TerminateInstances:
        """Terminate the instances of a drill."""
        return TerminateInstances(
            self._executions,
            self._clean_ups,
            self._look_at_drill,
            self._lock_servers,
            self._sites,
            self._clock,
        )

    @cached_property
    def check_termination(self) -> CheckTermination:
        """Follow the termination of a drill's instances."""
        return CheckTermination(self._executions, self._clean_ups, self._look_at_drill, self._clock)

    @cached_property
    def finish_clean_up(self) -> FinishCleanUp:
        """Give a clean-up its verdict."""
        return FinishCleanUp(self._clean_ups, self._clock)

    @cached_property
    def control_execution(self) -> ControlExecution:
        """Pause, resume and cancel executions."""
        return ControlExecution(self._executions, self._approvals, self.turnstile)

    @cached_property
    def interrupt_execution(self) -> InterruptExecution:
        """Interrupt executions that nothing follows."""
        return InterruptExecution(self._executions, self._ledgers, self._lock_servers, self._clock)


@dataclass
class World:
    """What a deployment takes from its surroundings; the laptop gives its own clock and
    the pauses that it knows.

    The virtual-time runner gives more: `names` instead of ULIDs that nobody can foresee,
    `make_session` for sessions whose calls it answers itself, and `items`, a table by its name.
    """

    clock: Clock = field(default_factory=SystemClock)
    pause: Pause = time.sleep
    names: Names | None = None
    make_session: MakeSession = make_session
    items: Callable[[str], Items] | None = None


world = World()


@cache
def orchestrator() -> Orchestrator:
    """Return the use cases of this process; `orchestrator.cache_clear()` after a new `world`."""
    return Orchestrator(world)
