"""Follows an execution to its end: a live picture on a screen, a line an event elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Protocol, Self

import typer
from rich.live import Live

from cli.answers import Execution, is_final, questions
from cli.characters import one_line
from cli.client import OrchestratorClient
from cli.errors import ApiProblem, ApiUnreachable
from cli.events import events_between
from cli.exit_codes import ExitCode
from cli.live_view import live_view
from cli.output import Channel, Output
from cli.session import Session

# Real seconds between two looks; nothing is nearer than this machine.
LOCAL_POLL_SECONDS = 0.25
REMOTE_POLL_SECONDS = 5.0
# On a bad day networks fail too: a watch gives up only after so many looks in a row.
_TRIES = 10
# Rest at least this many times as long as the look took.
_REST = 4


class View(Protocol):
    """What shows the execution while it is followed."""

    def show(self, execution: Execution) -> None:
        """Show what the API just answered."""
        ...

    def note(self, text: str) -> None:
        """Tell something about the watching itself."""
        ...


class LiveView:
    """A picture on a screen, redrawn in place; the last one may stay."""

    def __init__(self, channel: Channel, *, keep_picture: bool = True) -> None:
        self._channel = channel
        self._console = channel.console
        self._live = Live(console=self._console, auto_refresh=False, transient=not keep_picture)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, execution: Execution) -> None:
        """Draw the execution as it is now."""
        self._live.update(live_view(execution, self._console.height), refresh=True)

    def note(self, text: str) -> None:
        """Print a line above the picture."""
        self._channel.show(text)


class EventLines:
    """One line an event, for logs and pipes."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._last: Execution | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def show(self, execution: Execution) -> None:
        """Print what changed since the last look."""
        for line in events_between(self._last, execution):
            self._channel.show(line)
        self._last = execution

    def note(self, text: str) -> None:
        """Print a line."""
        self._channel.show(one_line(text))


def view_on(channel: Channel, *, keep_picture: bool = True) -> LiveView | EventLines:
    """Return the view that suits the channel; use it as a context."""
    if channel.is_live:
        return LiveView(channel, keep_picture=keep_picture)
    return EventLines(channel)


def watch(
    session: Session,
    client: OrchestratorClient,
    execution_id: str,
    farewell: str,
    *,
    known: bool = False,
    leave: bool = False,
    keep_picture: bool = True,
) -> Execution:
    """Follow the execution before the caller's eyes and return it when it is final.

    Where nobody looks on, or with `leave`, it is also returned as soon as a person is needed.
    Ctrl-C says `farewell` and ends the program; it never cancels the execution. `known`: the API
    itself gave this id.
    """
    output = session.output
    channel = output.talk if output.is_json else output.data
    with parting(output, farewell), view_on(channel, keep_picture=keep_picture) as view:
        leave = leave or not channel.is_live
        return follow(client, execution_id, view, farewell, known=known, leave=leave)


@contextmanager
def parting(output: Output, farewell: str) -> Iterator[None]:
    """Say `farewell` at Ctrl-C and end the program."""
    try:
        yield
    except KeyboardInterrupt:
        output.talk.show(farewell)
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def follow(
    client: OrchestratorClient,
    execution_id: str,
    view: View,
    farewell: str,
    *,
    known: bool = False,
    leave: bool = False,
    until: Callable[[Execution], bool] = is_final,
) -> Execution:
    """Show the execution `until` it is final, or with `leave` until a person is needed; return it.

    Raises ApiProblem or ApiUnreachable when the API stays away: at once while nothing shows that
    it has such an execution, else with the `farewell`, which names it.
    """
    seconds = LOCAL_POLL_SECONDS if client.is_local else REMOTE_POLL_SECONDS
    failures = 0
    while True:
        began = time.monotonic()
        try:
            execution = client.execution(execution_id)
        except (ApiProblem, ApiUnreachable) as error:
            failures += 1
            if not known:
                raise
            if failures == _TRIES or not _passes(error):
                error.places = (*error.places, farewell)
                raise
            view.note(f"no answer, trying again: {error.message}")
        else:
            failures, known = 0, True
            view.show(execution)
            if until(execution) or (leave and questions(execution)):
                return execution
        # A large execution takes long to read; watching it must not slow it down.
        time.sleep(max(seconds, _REST * (time.monotonic() - began)))


def _passes(error: ApiProblem | ApiUnreachable) -> bool:
    return isinstance(error, ApiUnreachable) or (
        error.status == HTTPStatus.TOO_MANY_REQUESTS
        or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )
