"""The way of one execution through the states of its machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from local.virtual.paths import Json, PathNotFound
from local.virtual.processes import Signal
from local.virtual.results import Answer, Invoked, StateFailed, answer_of
from local.virtual.runs import Run
from local.virtual.states import (
    Catcher,
    Choice,
    DistributedMap,
    Fail,
    Pass,
    Retrier,
    State,
    Succeed,
    Task,
    Wait,
)

if TYPE_CHECKING:
    from local.virtual.interpreter import Interpreter

_LARGEST_STATE_BYTES = 262_144
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_MOST_EVENTS = 25_000
# What TimeoutSecondsPath and SecondsPath may come to.
_LONGEST_SECONDS = 99_999_999
_as_json = json.JSONEncoder(ensure_ascii=False).encode
_NOTHING = object()
_KINDS = {
    Task: "Task",
    DistributedMap: "Map",
    Choice: "Choice",
    Wait: "Wait",
    Pass: "Pass",
    Succeed: "Succeed",
}


class Walk:
    """Call it in a process; it returns when the execution has ended."""

    def __init__(self, interpreter: Interpreter, run: Run) -> None:
        self._interpreter = interpreter
        self._schedule = interpreter.schedule
        self._run = run
        self._entered_time = ""
        # Most states give what they took: histories have so many that weighing twice would tell.
        self._weighed: Json = _NOTHING
        self._context: dict[str, Json] = {
            "Execution": {
                "Id": run.arn,
                "Name": run.name,
                "Input": run.input,
                "StartTime": _written(run.started_at),
            },
            "StateMachine": {"Id": run.machine_arn, "Name": run.machine_arn.split(":")[-1]},
            **run.item,
        }

    def __call__(self) -> None:
        """Walk from the first state to the end, and write the end."""
        run = self._run
        try:
            run.output = self._through(run.input)
        except StateFailed as failed:
            run.error, run.cause = failed.error, failed.cause
            self._interpreter.end(run, "FAILED")
        else:
            self._interpreter.end(run, "SUCCEEDED")

    def _through(self, data: Json) -> Json:
        machine = self._run.machine
        name: str | None = machine.start_at
        while name is not None:
            state = machine.states[name]
            self._enter(name, state, data)
            data, name = self._pass(name, state, data)
        self._weigh("the output", data)
        return data

    def _enter(self, name: str, state: State, data: Json) -> None:
        self._schedule.sleep(self._interpreter.draw(self._interpreter.latencies.transition))
        self._weigh(f"the input of {name}", data)
        self._run.transitions += 1
        self._entered_time = _written(self._schedule.now())
        self._note(f"{_KINDS.get(type(state), 'Fail')}StateEntered", name)

    def _weigh(self, what: str, data: Json) -> None:
        """Note how large a document is that a state takes or gives, and refuse what AWS refuses."""
        if data is self._weighed:
            return
        self._weighed = data
        size = len(_as_json(data).encode())
        self._run.largest_state_bytes = max(self._run.largest_state_bytes, size)
        if size > _LARGEST_STATE_BYTES:
            raise StateFailed("States.DataLimitExceeded", f"{what} has {size} bytes")

    def _pass(self, name: str, state: State, data: Json) -> tuple[Json, str | None]:
        """Carry a state out and return its output with the next state, None at the end."""
        match state:
            case Choice():
                following: str | None = self._choose(state, data)
            case Wait():
                self._schedule.sleep(_seconds(self._read(state.seconds, data), least=0))
                following = state.following
            case Task():
                data, following = self._try(
                    state, data, state.retriers, lambda: self._task(name, state, data)
                )
            case DistributedMap():
                data, following = self._try(state, data, (), lambda: self._map(name, state, data))
            case Succeed():
                following = None
            case Pass():
                data, following = state.result, None
            case Fail():
                raise StateFailed(state.error, self._read(state.cause, data))
        self._note(f"{_KINDS[type(state)]}StateExited", name)
        return data, following

    def _choose(self, state: Choice, data: Json) -> str:
        for variable, text, following in state.rules:
            if self._read(variable, data) == text:
                return following
        return state.otherwise

    def _try(
        self,
        state: Task | DistributedMap,
        data: Json,
        retriers: tuple[Retrier, ...],
        perform: Callable[[], Json],
    ) -> tuple[Json, str]:
        """Perform a state with its retries; an error goes where a Catch says, or on."""
        tries = [0] * len(retriers)
        while True:
            try:
                return state.put(data, perform()), state.following
            except StateFailed as failed:
                matching = (i for i, each in enumerate(retriers) if each.errors.match(failed.error))
                i = next(matching, None)
                if i is None or tries[i] >= retriers[i].max_attempts:
                    catcher = _catcher(state.catchers, failed)
                    return catcher.put(data, failed.document()), catcher.following
            tries[i] += 1
            self._run.transitions += 1
            self._schedule.sleep(self._pause_seconds(retriers[i], tries[i]))

    def _pause_seconds(self, retrier: Retrier, attempt: int) -> float:
        delay = retrier.delay_seconds(attempt)
        return self._interpreter.chance.uniform(0, delay) if retrier.is_jittered else delay

    def _task(self, name: str, state: Task, data: Json) -> Json:
        result: Signal[Answer] = Signal(self._schedule)
        context = {**self._context, "State": {"Name": name, "EnteredTime": self._entered_time}}
        if state.waits_for_token:
            context["Task"] = {"Token": self._interpreter.new_token(result)}
        arguments = self._read(state.arguments, data, context)
        self._weigh(f"what {name} hands to its function", arguments)
        seconds = self._read(state.timeout_seconds, data)
        if seconds is not None:
            _seconds(seconds, least=1)
        self._note("TaskScheduled", name)
        self._note("TaskStarted", name)

        def take(invoked: Invoked) -> None:
            answer = answer_of(invoked)
            if answer.error is not None or not state.waits_for_token:
                result.set(answer)
            # Rung before its function has ended, the state is left by now: nothing tells of it.
            elif not result.is_set:
                # This is the function's process; what goes wrong belongs to the execution's.
                try:
                    self._note("TaskSubmitted", name)
                except StateFailed as full:
                    result.set(Answer(error=full.error, cause=full.cause))

        payload = json.dumps(arguments.get("Payload", {})).encode()
        self._interpreter.invoke(arguments["FunctionName"], payload, take)
        try:
            result.wait(seconds)
        finally:
            # Whoever comes later, even if the execution was stopped, comes too late.
            is_late = result.set(Answer(error="States.Timeout"))
        return self._taken(name, state, result.value, is_late=is_late)

    def _taken(self, name: str, state: Task, answer: Answer, *, is_late: bool) -> Json:
        if answer.error is not None:
            self._note("TaskTimedOut" if is_late else "TaskFailed", answer.error)
            raise StateFailed(answer.error, answer.cause)
        self._weigh(f"the answer of the function of {name}", answer.output)
        self._note("TaskSucceeded", name)
        return answer.output if state.select is None else self._read(state.select, answer.output)

    def _map(self, name: str, state: DistributedMap, data: Json) -> Json:
        items = self._read(state.items, data)
        self._note("MapStateStarted", name)
        self._note("MapRunStarted", name)
        children = [self._child(state, data, i, item) for i, item in enumerate(items)]
        self._run.children += children
        dispatch = self._interpreter.latencies.child_dispatch
        ends = [self._interpreter.begin(child, dispatch * i) for i, child in enumerate(children)]
        for end in ends:
            end.wait()
        failed = sum(child.status != "SUCCEEDED" for child in children)
        if children and 100.0 * failed / len(children) > state.tolerated_percentage:
            self._note("MapRunFailed", name)
            self._note("MapStateFailed", name)
            raise StateFailed("States.ExceedToleratedFailureThreshold", f"{failed} children failed")
        result = [child.output for child in children]
        self._weigh(f"the result of {name}", result)
        self._note("MapRunSucceeded", name)
        self._note("MapStateSucceeded", name)
        return result

    def _child(self, state: DistributedMap, data: Json, index: int, item: Json) -> Run:
        context = {**self._context, "Map": {"Item": {"Index": index, "Value": item}}}
        run = self._run
        return Run(
            arn=f"{run.arn.rpartition(':')[0]}/wave:{run.name}-{index}",
            name=f"{run.name}-{index}",
            machine_arn=f"{run.machine_arn}/wave",
            machine=state.child,
            input=item if state.select is None else self._read(state.select, data, context),
            started_at=self._schedule.now(),
            parent=run,
        )

    def _read(
        self,
        evaluate: Callable[[Json, Mapping[str, Json]], Json],
        data: Json,
        context: Mapping[str, Json] | None = None,
    ) -> Json:
        try:
            return evaluate(data, self._context if context is None else context)
        except PathNotFound as error:
            raise StateFailed("States.Runtime", str(error)) from error

    def _note(self, type_: str, name: str) -> None:
        """Write an event; as on AWS the one that would fill the history is that of a bad end."""
        if len(self._run.history) >= _MOST_EVENTS - 1:
            raise StateFailed("States.Runtime", f"the history has no room beyond {_MOST_EVENTS}")
        self._run.note(self._schedule.now(), type_, name)


def _written(time: datetime) -> str:
    """Return a time as it stands in the context object."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(value: Json, *, least: int) -> int:
    """Return a duration that a path came to; Step Functions takes whole numbers only."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= _LONGEST_SECONDS:
        raise StateFailed("States.Runtime", f"{value!r} is not a whole number of seconds")
    return int(value)


def _catcher(catchers: tuple[Catcher, ...], failed: StateFailed) -> Catcher:
    for catcher in catchers:
        if catcher.errors.match(failed.error):
            return catcher
    raise failed
