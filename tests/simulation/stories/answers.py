"""Every answer to every kind of question, as far as no other story has it: a wave of one server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from drs_orchestrator.domain.decision import Choice, QuestionKind
from local.drs import Faults, ServerFault, ServerFaultKind
from local.drs.faults import Phase
from local.ec2 import Ec2Faults
from local.faults_file import FaultsFile
from local.functions import Invocation, Invoker, call_handler
from local.ssm import DocumentScript
from local.virtual.calls import FunctionEnded
from local.virtual.functions import short_name
from tests.simulation.stories.people import answer, heal_and_answer
from tests.simulation.stories.story import Story, having
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave

STUCK = ServerFault(server_id(0), ServerFaultKind.STUCK, phase=Phase.CONVERSION, seconds=3600.0)
_ACTION = {"name": "warm", "type": "ssm", "documentName": "Do-warm", "onFailure": "ASK"}
_ACTION_FAILS = DocumentScript(status="Failed", failure_message="full")


class _Trouble(NamedTuple):
    """What makes the wave ask: what it has beside its servers, and what goes wrong with it."""

    members: Json = {}
    faults: Callable[[], Faults] = Faults
    others: Callable[[], FaultsFile] = FaultsFile
    invoker: Callable[[], Invoker] = lambda: call_handler


def a_bug_once(function: str = "StartRecoveryFunction", *, after: int = 0) -> Invoker:
    """Return an invoker that lets the function meet, after so many calls, what nobody foresaw."""
    calls: list[Invocation] = []

    def invoke(invocation: Invocation) -> object:
        if short_name(invocation.function) == function:
            calls.append(invocation)
            if len(calls) == after + 1:
                raise FunctionEnded("KeyError", "'items'")
        return call_handler(invocation)

    return invoke


def _sick() -> FaultsFile:
    return FaultsFile(ec2=Ec2Faults(instance_impaired=frozenset({server_id(0)})))


def _fails_once() -> FaultsFile:
    return FaultsFile(documents={"Do-warm": [_ACTION_FAILS, DocumentScript()]})


_TROUBLES = {
    QuestionKind.APPROVAL: _Trouble({"approval": {"role": "Owner"}}),
    QuestionKind.FAULT: _Trouble(invoker=a_bug_once),
    QuestionKind.STUCK: _Trouble({"deadlineMinutes": 30}, faults=lambda: Faults(servers=[STUCK])),
    QuestionKind.HEALTH: _Trouble(
        {"healthCheck": {"ec2Status": True, "deadlineMinutes": 10}}, others=_sick
    ),
    QuestionKind.ACTION: _Trouble({"postActions": [_ACTION]}, others=_fails_once),
}


def _story(kind: QuestionKind, choice: Choice, ends: str) -> Story:
    trouble = _TROUBLES[kind]
    heals = kind is QuestionKind.HEALTH and choice in {Choice.RETRY, Choice.WAIT}
    return Story(
        plan("one", having(wave("db", servers(0, 1), on_failure="ASK"), **trouble.members)),
        fleet(1),
        people=((heal_and_answer if heals else answer)("db", choice),),
        faults=trouble.faults,
        others=trouble.others,
        invoker=trouble.invoker,
        ends=ends,
    )


_ENDS = {
    (QuestionKind.APPROVAL, Choice.REJECT): "FAILED",
    (QuestionKind.FAULT, Choice.RETRY): "COMPLETED",
    (QuestionKind.FAULT, Choice.SKIP): "FAILED",
    (QuestionKind.FAULT, Choice.ABORT): "FAILED",
    (QuestionKind.STUCK, Choice.SKIP): "FAILED",
    (QuestionKind.STUCK, Choice.ABORT): "FAILED",
    (QuestionKind.HEALTH, Choice.RETRY): "COMPLETED",
    (QuestionKind.HEALTH, Choice.WAIT): "COMPLETED",
    (QuestionKind.HEALTH, Choice.SKIP): "PARTIAL",
    (QuestionKind.HEALTH, Choice.ABORT): "FAILED",
    (QuestionKind.ACTION, Choice.RETRY): "COMPLETED",
    (QuestionKind.ACTION, Choice.SKIP): "COMPLETED",
    (QuestionKind.ACTION, Choice.ABORT): "FAILED",
}

ANSWERED: Mapping[str, Story] = {
    f"{kind}-{choice}".lower(): _story(kind, choice, ends) for (kind, choice), ends in _ENDS.items()
}
