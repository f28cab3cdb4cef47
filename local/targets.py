"""The targets that rules and schedules reach: Lambda functions and state machines."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.courier import DeliveryFailed
from local.function_directory import FunctionDirectory
from local.functions import FunctionNotFound, InvocationRefused

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class TargetKind(StrEnum):
    """What the laptop can deliver to."""

    FUNCTION = "function"
    STATE_MACHINE = "state machine"


def kind_of(target_arn: str) -> TargetKind | None:
    """Return what `target_arn` names, None for everything that the laptop delivers nothing to."""
    match target_arn.split(":"):
        case [_, _, "lambda", _, _, "function", *_]:
            return TargetKind.FUNCTION
        case [_, _, "states", _, _, "stateMachine", _]:
            return TargetKind.STATE_MACHINE
    return None


class Targets:
    """Hands an input (JSON text) to the target with an ARN; `deliver` is a `courier.Deliver`.

    A function that fails counts as not reached, so it is invoked again, as Lambda does by itself
    with what EventBridge hands over.
    """

    def __init__(self, functions: FunctionDirectory, step_functions: SFNClient) -> None:
        self._functions = functions
        self._step_functions = step_functions

    def deliver(self, target_arn: str, input_json: str) -> None:
        """Invoke the function or start an execution; raises DeliveryFailed."""
        match kind_of(target_arn):
            case TargetKind.FUNCTION:
                self._invoke(target_arn, input_json)
            case TargetKind.STATE_MACHINE:
                self._start(target_arn, input_json)
            case None:
                raise DeliveryFailed(
                    f"{target_arn} is neither a function nor a state machine; "
                    "local/targets.py delivers to nothing else"
                )

    def _invoke(self, function_arn: str, input_json: str) -> None:
        try:
            outcome = self._functions.at_arn(function_arn)(input_json.encode())
        except (FunctionNotFound, InvocationRefused, ValueError) as error:
            raise DeliveryFailed(f"{function_arn}: {error}") from error
        if outcome.failed:
            raise DeliveryFailed(f"{function_arn}: {outcome.payload.decode()}")

    def _start(self, state_machine_arn: str, input_json: str) -> None:
        try:
            self._step_functions.start_execution(
                stateMachineArn=state_machine_arn, input=input_json
            )
        except (BotoCoreError, ClientError) as error:
            raise DeliveryFailed(f"{state_machine_arn}: {error}") from error
