"""Functions of users as the product invokes them, through the shipped client and over the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from drs_orchestrator.adapters.action_sites import BotoActionSites
from drs_orchestrator.adapters.functions import BotoFunctions
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.action_run import Outcome
from drs_orchestrator.domain.errors import ActionRefused, ActionUnavailable
from drs_orchestrator.domain.server import Place
from local.clock import ScaledClock
from local.function_directory import FunctionDirectory
from local.function_scripts import FunctionScript, ScriptedFunctions
from local.functions import FunctionRuntime
from local.lambda_api import LambdaApi
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import SERVER_A

EVENT = {"executionId": "drill-1", "payload": {"channel": "dr"}}


class Laptop:
    """Scripted functions, and the adapter that is shipped."""

    def __init__(self, scripted: ScriptedFunctions, threads: list[threading.Thread]) -> None:
        self.scripted = scripted
        self._threads = threads
        here = Place(HOME.account_id, HOME.region)
        self.functions: BotoFunctions = BotoActionSites(Sessions(here)).functions(here)

    def play(self, script: FunctionScript) -> None:
        """Let the function `notify` follow a script."""
        self.scripted.scripts = {"notify": script}

    def events(self) -> list[object]:
        """Return the events of all invocations, when those under way have ended."""
        for thread in self._threads:
            thread.join()
        return [each.event for each in self.scripted.invocations]


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    clock = ScaledClock()
    scripted = ScriptedFunctions(clock)
    directory = FunctionDirectory(FunctionRuntime([]), HOME, [scripted])
    threads: list[threading.Thread] = []
    api = LambdaApi(directory, clock, threads.append)
    with AwsLaptop(SERVER_A, services=lambda _: {"lambda": api}) as started:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", started.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield Laptop(scripted, threads)
        scripted.stop()
        api.stop()


def test_a_function_is_given_its_event_and_waited_for(laptop: Laptop) -> None:
    laptop.play(FunctionScript(answer={"keys": 812}))
    assert laptop.functions.call("notify", EVENT, 30) == Outcome(succeeded=True)
    assert laptop.events() == [EVENT]


def test_a_function_that_raises_has_failed_with_its_message(laptop: Laptop) -> None:
    laptop.play(FunctionScript(error_type="QueueFull", error_message="try later"))
    outcome = laptop.functions.call("notify", EVENT, 30)
    assert not outcome.succeeded
    assert "'notify' in account" in (outcome.detail or "")
    assert "QueueFull: try later" in (outcome.detail or "")


def test_a_function_that_does_not_answer_in_time_has_failed_and_is_not_called_again(
    laptop: Laptop,
) -> None:
    laptop.play(FunctionScript(seconds=3600))
    outcome = laptop.functions.call("notify", EVENT, 0)
    assert "did not answer in 0 s" in (outcome.detail or "")
    laptop.scripted.stop()
    assert laptop.events() == [EVENT]


def test_a_function_may_be_sent_an_event_without_being_waited_for(laptop: Laptop) -> None:
    laptop.play(FunctionScript())
    assert laptop.functions.send("notify", EVENT)
    assert laptop.events() == [EVENT]


def test_an_unknown_function_is_refused_with_its_remedy(laptop: Laptop) -> None:
    for ask in (
        lambda: laptop.functions.call("unknown", EVENT, 30),
        lambda: laptop.functions.send("unknown", EVENT),
    ):
        with pytest.raises(ActionRefused, match=r"'unknown' in account .*create the function"):
            ask()


def test_a_denied_invocation_says_what_to_allow(laptop: Laptop) -> None:
    laptop.play(FunctionScript(refusal="AccessDeniedException"))
    with pytest.raises(ActionRefused, match=r"tag the function.*docs/how-to/actions\.md"):
        laptop.functions.call("notify", EVENT, 30)


@pytest.mark.parametrize("refusal", ["TooManyRequestsException", "ServiceException"])
def test_a_busy_service_is_not_the_plans_fault(laptop: Laptop, refusal: str) -> None:
    laptop.play(FunctionScript.model_validate({"refusal": refusal}))
    with pytest.raises(ActionUnavailable):
        laptop.functions.call("notify", EVENT, 30)
    assert len(laptop.events()) == 1
