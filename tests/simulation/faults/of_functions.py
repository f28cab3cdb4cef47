"""What happens to the function under test: it dies, hangs, is not let in, is overtaken."""

from __future__ import annotations

from collections.abc import Mapping

from drs_orchestrator.domain.errors import StaleVersion
from local.virtual.calls import Call, FunctionEnded
from tests.simulation.faults.fault import (
    CALLED_OFF,
    GIVEN_UP,
    MAYBE_TIDY,
    NO_HARM,
    UNTIDY,
    Fault,
    Strike,
    of_operation,
)
from tests.simulation.strikes import no_answer

_SERVICE_ERRORS = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
)

# What goes wrong here for good is no question to anybody: before there are waves, after them, and
# where the question would be asked.
_ASK_NOBODY = (
    "PrepareExecutionFunction",
    "FinishExecutionFunction",
    "RecordFailureFunction",
    "WaitForDecisionFunction",
)
# What nobody foresaw is not tried again, and whom somebody stops does not go on.
_BROKEN_OFF = {"TerminateInstancesFunction": UNTIDY, "CheckTerminationFunction": UNTIDY}
# When these are at work the verdict may be there, or all that it takes.
_TOO_LATE = {
    "FinishExecutionFunction": CALLED_OFF | NO_HARM,
    "ReconcileExecutionFunction": CALLED_OFF | NO_HARM,
    "ExecutionStatusChangedFunction": NO_HARM,
    "TerminateInstancesFunction": NO_HARM,
    "CheckTerminationFunction": NO_HARM,
    "FinishCleanUpFunction": NO_HARM,
}


def _dies(strike: Strike, call: Call) -> bool:
    if strike.is_onset(call):
        raise FunctionEnded
    return False


def _gets_no_answer(strike: Strike, call: Call) -> bool:
    if strike.is_onset(call):
        raise no_answer(call)
    return False


def _hangs(strike: Strike, call: Call) -> bool:
    if strike.is_onset(call):
        strike.world.schedule.sleep(3600)
    return strike.is_onset(call)


def _is_slow(strike: Strike, call: Call) -> bool:
    is_slow = call.caller == strike.step and strike.seconds < 1800
    if is_slow:
        strike.world.schedule.sleep(10)
    return is_slow


def _is_not_let_in(strike: Strike, call: Call) -> bool:
    if strike.begins_invocation(call) and strike.seconds < 600:
        raise FunctionEnded("Lambda.TooManyRequestsException", "Rate Exceeded.")
    return False


def _fails_in_lambda(strike: Strike, call: Call) -> bool:
    if strike.is_onset(call):
        raise FunctionEnded(strike.chance.choice(_SERVICE_ERRORS), "as injected")
    return False


def _raises_what_nobody_foresaw(strike: Strike, call: Call) -> bool:
    if strike.is_onset(call):
        raise RuntimeError("a bug")
    return False


def _is_overtaken(strike: Strike, call: Call) -> bool:
    if strike.is_onset(call):
        raise StaleVersion("moved on")
    return False


def _stops_by_hand(strike: Strike) -> None:
    interpreter = strike.world.interpreter
    for workflow in list(interpreter.executions.values()):
        interpreter.stop(workflow.arn, "ByHand", "in the console")


def _cancels(strike: Strike) -> None:
    first = next(iter(strike.world.interpreter.executions.values()))
    strike.world.at(
        0,
        lambda use: use.control_execution.cancel(first.name, "somebody"),
        refused=lambda _: None,
    )


OF_FUNCTIONS: Mapping[str, Fault] = {
    "dies-before-effect": Fault(before=_dies),
    "dies-after-effect": Fault(after=_dies),
    "request-lost": Fault(before=_gets_no_answer),
    "answer-lost": Fault(after=_gets_no_answer),
    "hangs": Fault(before=_hangs),
    "slow": Fault(before=_is_slow, is_of_invocations=True),
    "lambda-throttled": Fault(before=_is_not_let_in, is_of_invocations=True),
    "lambda-fails": Fault(before=_fails_in_lambda, is_of_invocations=True),
    "a-bug": Fault(
        before=_raises_what_nobody_foresaw,
        ends_at=dict.fromkeys(_ASK_NOBODY, GIVEN_UP),
        tidies_at={**_BROKEN_OFF, "FinishCleanUpFunction": UNTIDY},
    ),
    "somebody-was-faster": Fault(of_operation("dynamodb.TransactWriteItems"), before=_is_overtaken),
    "stopped-by-hand": Fault(
        sets_in=_stops_by_hand,
        before=Strike.is_onset,
        ends=CALLED_OFF,
        ends_at=_TOO_LATE,
        # A last step that is at work writes its verdict all the same.
        tidies_at={**_BROKEN_OFF, "ReconcileExecutionFunction": MAYBE_TIDY},
    ),
    "cancelled": Fault(
        sets_in=_cancels, before=Strike.is_onset, ends=CALLED_OFF, ends_at=_TOO_LATE
    ),
}
