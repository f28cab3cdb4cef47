"""How each type of action is started, followed and stopped. Every step of it may be repeated."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

from drs_orchestrator.domain.action import LambdaAction, SsmAction
from drs_orchestrator.domain.action_run import Outcome, Try, function_event
from drs_orchestrator.ports.actions import ActionSites
from drs_orchestrator.ports.time_and_names import Clock


class Progress(NamedTuple):
    """What is known of a try after a look at it."""

    run_id: str | None = None
    outcome: Outcome | None = None
    """None: it still runs."""


class Runner(Protocol):
    """One type of action."""

    stops: ClassVar[bool]
    """Whether it can be told to stop. What can is never run twice at a time."""
    open_end: ClassVar[str]
    """What is to be said of a try that is given up without being told to stop."""

    def advance(self, attempt: Try) -> Progress:
        """Start the try unless it is known to be started, else see how it goes.

        Raises ActionRefused, or Unavailable: it may have been started, and is asked for again.
        """
        ...

    def stop(self, attempt: Try) -> None:
        """Tell the try to stop, as often as one likes; raise Unavailable."""
        ...


class AutomationRunner:
    """A Systems Manager Automation; its token makes a repeated start find the first."""

    stops: ClassVar[bool] = True
    open_end: ClassVar[str] = "whether it was started is not known"

    def __init__(self, sites: ActionSites) -> None:
        self._sites = sites

    def advance(self, attempt: Try) -> Progress:
        """Start the automation, or look at it."""
        action, record = attempt.action, attempt.record
        if not isinstance(action, SsmAction):
            raise TypeError(action.type)
        automations = self._sites.automations(attempt.place)
        if record.run_id:
            return Progress(record.run_id, automations.look(record.run_id))
        parameters = {
            name: [value] if isinstance(value, str) else value
            for name, value in action.parameters.items()
        }
        return Progress(automations.start(action.document_name, parameters, attempt.token))

    def stop(self, attempt: Try) -> None:
        """Stop the automation."""
        if attempt.record.run_id:
            self._sites.automations(attempt.place).stop(attempt.record.run_id)


class FunctionRunner:
    """A Lambda function: a quick one is waited for, a slow one reports to the API."""

    stops: ClassVar[bool] = False
    open_end: ClassVar[str] = "its function may still run"

    def __init__(self, sites: ActionSites) -> None:
        self._sites = sites

    def advance(self, attempt: Try) -> Progress:
        """Invoke the function, or see whether it has reported."""
        action, record = attempt.action, attempt.record
        if not isinstance(action, LambdaAction):
            raise TypeError(action.type)
        if record.report:
            outcome = Outcome(record.report.succeeded, record.report.detail)
            return Progress(record.run_id, outcome)
        if record.run_id:
            return Progress(record.run_id)
        functions = self._sites.functions(attempt.place)
        event = function_event(attempt)
        if action.reports:
            return Progress(functions.send(action.function_name, event))
        return Progress(outcome=functions.call(action.function_name, event, action.timeout_seconds))

    def stop(self, attempt: Try) -> None:
        """Do nothing: Lambda stops no function."""


class WaitRunner:
    """Time that passes."""

    stops: ClassVar[bool] = False
    open_end: ClassVar[str] = ""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def advance(self, attempt: Try) -> Progress:
        """See whether the time is over."""
        over = attempt.is_overdue(self._clock.now())
        return Progress(outcome=Outcome(succeeded=True) if over else None)

    def stop(self, attempt: Try) -> None:
        """Do nothing."""
