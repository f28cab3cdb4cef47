"""What goes wrong around DRS, for everybody: stores, Step Functions, roles, schedules, actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from drs_orchestrator.domain.errors import StoreUnavailable
from local.drs import CallFault, CallFaultKind
from local.probes import Answer, ProbeScript
from local.ssm import DocumentScript
from local.virtual.calls import Call
from local.virtual.world import VirtualWorld
from tests.simulation.faults.fault import (
    GIVEN_UP,
    GIVES_UP,
    GONE_WITHOUT,
    LASTS,
    MAYBE_TIDY,
    NO_HARM,
    UNPROMISED,
    UNTIDY,
    Fault,
    Hook,
    Strike,
    meets_while_it_lasts,
    of_operation,
    of_service,
)
from tests.simulation.strikes import no_answer
from tests.simulation.troubles import silence_schedules
from tests.workflow.accounts import TARGET
from tests.workflow.laptop import server_id

_MINUTE, _HOUR = 60.0, 3600.0
# A state is tried again thirty times, after any rests of up to a minute: for some thirteen minutes,
# hardly ever for less than eight.
_OUTLASTED = 5 * _MINUTE
# Its retries are over before an hour is, and there are no waves yet to ask about.
_NOT_PREPARED = {"PrepareExecutionFunction": GIVES_UP}
# What has begun when these are at work, or has ended, has its verdict.
_JUDGED = (
    "ExecutionStatusChangedFunction",
    "TerminateInstancesFunction",
    "CheckTerminationFunction",
    "FinishCleanUpFunction",
)
_AWS = ("drs", "ec2", "ssm", "lambda", "sts", "states", "scheduler", "servicequotas")


def _away(seconds: float, *services: str) -> Hook:
    def before(strike: Strike, call: Call) -> bool:
        if call.service in services and strike.seconds < seconds:
            raise no_answer(call)
        return False

    return before


def _throttled_store(strike: Strike, call: Call) -> bool:
    is_hit = strike.is_onset(call) or strike.chance.random() < 0.5
    if call.service == "dynamodb" and strike.seconds < _OUTLASTED and is_hit:
        raise StoreUnavailable("ProvisionedThroughputExceededException, for all retries")
    return False


def _conflicting_store(strike: Strike, call: Call) -> bool:
    if call.operation == "TransactWriteItems" and strike.seconds < 5 * _MINUTE:
        raise StoreUnavailable("TransactionConflict, for all retries")
    return False


def _calls_fail(
    faults_of: Callable[[VirtualWorld], list[CallFault]],
    kind: CallFaultKind,
    operation: str = "*",
    *,
    seconds: float | None = None,
) -> Callable[[Strike], None]:
    def sets_in(strike: Strike) -> None:
        faults_of(strike.world).append(CallFault(kind, operation, seconds=seconds))

    return sets_in


def _role_is_refused(strike: Strike) -> None:
    faults = strike.world.aws.sts.faults
    faults.unreachable_accounts = faults.expired_accounts = frozenset({TARGET})
    strike.later(30 * _MINUTE, partial(_trust_again, strike))


def _credentials_expire(strike: Strike) -> None:
    strike.world.aws.sts.faults.expired_accounts = frozenset({TARGET})
    strike.later(2 * _MINUTE, partial(_trust_again, strike))


def _trust_again(strike: Strike) -> None:
    faults = strike.world.aws.sts.faults
    faults.unreachable_accounts = faults.expired_accounts = frozenset()


def _schedules_are_silent(strike: Strike) -> None:
    silence_schedules(strike.world)
    strike.later(_HOUR, partial(silence_schedules, strike.world, silent=False))


def _documents(script: DocumentScript) -> Callable[[Strike], None]:
    def sets_in(strike: Strike) -> None:
        strike.world.aws.ssm.documents = {"*": [script]}

    return sets_in


def _servers_are_impaired(strike: Strike) -> None:
    strike.world.aws.ec2.faults.instance_impaired = frozenset({server_id(0)})


def _agents_fall_silent(strike: Strike) -> None:
    strike.world.aws.ssm.faults.agent_lost = frozenset({server_id(0)})


def _ports_refuse(strike: Strike) -> None:
    strike.world.aws.prober.scripts = (ProbeScript(answer=Answer.REFUSED),)


def _of_step_functions(world: VirtualWorld) -> list[CallFault]:
    return world.step_functions.call_faults


def _of_scheduler(world: VirtualWorld) -> list[CallFault]:
    return world.aws.scheduler.faults.calls


def _of_ec2(world: VirtualWorld) -> list[CallFault]:
    return world.aws.ec2.faults.calls


OF_SERVICES: Mapping[str, Fault] = {
    "store-away": Fault(of_service("dynamodb"), before=_away(_OUTLASTED, "dynamodb")),
    # Without its store a workflow can ask nobody either, and gives up.
    "store-away-for-an-hour": Fault(
        of_service("dynamodb"),
        before=_away(_HOUR, "dynamodb"),
        ends=GIVES_UP,
        ends_at={
            **dict.fromkeys(_JUDGED, NO_HARM),
            # The last calls of these come when the verdict is there, or all that it takes.
            "CompleteWaveFunction": GIVEN_UP,
            "FinishExecutionFunction": GIVEN_UP,
            "ReconcileExecutionFunction": GIVEN_UP,
        },
        # One is promised when the store is back, but where the verdict was there before.
        tidies_at={
            **dict.fromkeys(_JUDGED, UNTIDY),
            "FinishExecutionFunction": MAYBE_TIDY,
            "ReconcileExecutionFunction": MAYBE_TIDY,
        },
    ),
    "store-throttled": Fault(of_service("dynamodb"), before=_throttled_store),
    "store-conflicts": Fault(
        of_operation("dynamodb.TransactWriteItems"),
        before=_conflicting_store,
    ),
    "aws-away": Fault(
        of_service(*_AWS),
        before=_away(_HOUR, *_AWS),
        ends_at=_NOT_PREPARED,
        # As long as a clean-up tries; nor can it be promised without Scheduler.
        tidies_at={
            "TerminateInstancesFunction": UNTIDY,
            "CheckTerminationFunction": UNTIDY,
            "ReconcileExecutionFunction": MAYBE_TIDY,
            "FinishExecutionFunction": UNPROMISED,
        },
    ),
    "everything-away": Fault(before=_away(_OUTLASTED, "dynamodb", *_AWS)),
    "workflow-throttled": Fault(
        of_service("states"),
        _calls_fail(_of_step_functions, CallFaultKind.THROTTLE, seconds=10 * _MINUTE),
        before=meets_while_it_lasts,
    ),
    "bells-lost": Fault(
        of_operation("states.SendTaskSuccess"),
        _calls_fail(
            _of_step_functions,
            CallFaultKind.LOST_REQUEST,
            "SendTaskSuccess",
            seconds=90 * _MINUTE,
        ),
        before=meets_while_it_lasts,
        # A wave that cannot ring its own bell asks after a quarter of an hour, and once more when
        # the answer cannot be heard; the launch that fails is the third, and somebody says SKIP.
        ends_at={"WaitForClearanceFunction": LASTS},
    ),
    "schedules-refused": Fault(
        of_service("scheduler"),
        _calls_fail(_of_scheduler, CallFaultKind.ACCESS_DENIED, seconds=30 * _MINUTE),
        before=meets_while_it_lasts,
        # It lasts until the execution has ended, or is there then.
        tidies_at={
            "PrepareExecutionFunction": UNPROMISED,
            "FinishExecutionFunction": UNPROMISED,
        },
    ),
    "schedules-silent": Fault(
        of_service("scheduler"), _schedules_are_silent, before=meets_while_it_lasts
    ),
    "role-refused": Fault(of_service("drs", "ec2"), _role_is_refused, before=meets_while_it_lasts),
    "credentials-expire": Fault(
        of_service("drs", "ec2"), _credentials_expire, before=meets_while_it_lasts
    ),
    "action-fails": Fault(
        of_operation("ssm.StartAutomationExecution"),
        _documents(DocumentScript(status="Failed", failure_message="disk full")),
        before=meets_while_it_lasts,
        ends=GONE_WITHOUT,
    ),
    "action-hangs": Fault(
        of_operation("ssm.StartAutomationExecution"),
        _documents(DocumentScript(hang=True)),
        before=meets_while_it_lasts,
        ends=GONE_WITHOUT,
    ),
    "health-unreadable": Fault(
        of_service("ec2"),
        _calls_fail(_of_ec2, CallFaultKind.THROTTLE, seconds=10 * _MINUTE),
        before=meets_while_it_lasts,
    ),
    "instance-impaired": Fault(
        of_service("ec2"), _servers_are_impaired, before=meets_while_it_lasts, ends=GONE_WITHOUT
    ),
    "agent-silent": Fault(
        of_operation("ssm.DescribeInstanceInformation"),
        _agents_fall_silent,
        before=meets_while_it_lasts,
        ends=GONE_WITHOUT,
    ),
    "probe-refused": Fault(
        of_operation("lambda.Invoke"), _ports_refuse, before=meets_while_it_lasts, ends=GONE_WITHOUT
    ),
}
