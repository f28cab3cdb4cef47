"""What the invoker does to a function is a fault of the world; what the function raises is not."""

from __future__ import annotations

import pytest

from local.deployment import Json
from local.functions import FunctionCrashed, Invocation, InvocationRefused, Invoker, call_handler
from local.virtual.functions import short_name
from local.virtual.results import Invoked
from local.virtual.world import VirtualWorld
from tests.workflow.laptop import fleet

_NAME = "CheckRecoveryFunction"


def _refuse(_: Invocation) -> Json:
    raise InvocationRefused


def _lose_the_answer(invocation: Invocation) -> Json:
    try:
        invocation.proceed()
    except Exception as error:
        raise FunctionCrashed from error


@pytest.mark.parametrize(
    ("invoker", "is_struck"),
    [(call_handler, False), (_refuse, True), (_lose_the_answer, True)],
    ids=["input refused by the handler", "throttled by Lambda", "answer lost"],
)
def test_what_strikes_a_function(invoker: Invoker, is_struck: bool) -> None:
    answers: list[Invoked] = []
    with VirtualWorld(fleet(1), invoker=invoker) as world:
        [function] = (f for f in world.runtime.definitions.values() if short_name(f) == _NAME)
        world.runtime.begin(function.name, b"{}", answers.append)
        world.until(lambda: bool(answers))

        assert isinstance(answers[0], InvocationRefused) or answers[0].failed
        assert (_NAME in world.calls.struck) is is_struck
