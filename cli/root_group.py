"""The root of the command tree: global options stand anywhere, no error shows a traceback."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Collection, Sequence
from itertools import islice
from types import TracebackType
from typing import Any

import typer
from rich.text import Text
from typer.core import TyperGroup, TyperOption
from typer.exceptions import TyperException

from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.output import Output, OutputFormat
from cli.session import Session

GLOBAL_OPTIONS_HINT = (
    "Anywhere on the line: -o json, --api URL, --no-color, --debug; `drsctl --help` explains them."
)
_ORDER = ("demo", "local", "plan", "drill", "run", "inventory", "account", "bench")
_FLAGS = frozenset({"--debug", "--no-color"})
_VALUED = frozenset({"-o", "--output", "--api"})
# A full or closed device under stdout; a reader that left early is EPIPE, which Typer knows.
_UNWRITABLE = frozenset({errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})
# As many as a terminal shows at once; whoever mends these sees the next.
_MOST_PLACES = 20
_JOINED = ("--output=", "--api=")


def hoist_global_options(arguments: Sequence[str], taking_values: Collection[str]) -> list[str]:
    """Return the arguments with the global options first, where Typer wants them.

    `taking_values` names the commands' own options whose next argument is their value, however it
    looks.
    """
    front: list[str] = []
    rest: list[str] = []
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            rest += [argument, *remaining]
        elif argument in taking_values:
            rest += [argument, *islice(remaining, 1)]
        elif argument in _VALUED:
            value = list(islice(remaining, 1))
            if not value:
                return [argument]
            front += [argument, *value]
        elif argument in _FLAGS or argument.startswith(_JOINED) or argument[:2] == "-o":
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest


def options_taking_values(group: TyperGroup) -> frozenset[str]:
    """Return the names of all options below the group whose next argument is their value."""
    names: set[str] = set()
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            names |= options_taking_values(command)
        for each in command.params:
            if isinstance(each, TyperOption) and not each.is_flag:
                names |= {*each.opts}
    return frozenset(names)


class RootGroup(TyperGroup):
    """The group of all commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own type is private
        """Return the commands in the order in which a newcomer meets them."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own type is private
        """Accept the global options behind the command too."""
        with _ErrorBoundary(ctx):
            return super().parse_args(ctx, hoist_global_options(args, options_taking_values(self)))

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own type is private
        """Run the command; what goes wrong is one message and an exit code."""
        with _ErrorBoundary(ctx):
            return super().invoke(ctx)


class _ErrorBoundary:
    """Turns every error that Typer does not know into a message and an exit code."""

    def __init__(self, context: typer.Context) -> None:
        self._context = context

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session = self._context.obj
        if not isinstance(session, Session):
            session = Session("", Output(OutputFormat.TABLE), debug=False)
        if isinstance(exc, KeyboardInterrupt):
            session.output.talk.show(str(exc) or "stopped")
        if not isinstance(exc, Exception) or _is_typers(exc) or is_unwritable(exc):
            return
        _report(session, exc)
        code = exc.exit_code if isinstance(exc, CliError) else ExitCode.UNEXPECTED
        raise typer.Exit(code) from exc


def is_unwritable(error: Exception) -> bool:
    """Whether stdout or stderr takes no more; to report it is up to `main`."""
    return isinstance(error, OSError) and error.errno in _UNWRITABLE and error.filename is None


def _is_typers(error: Exception) -> bool:
    broken_pipe = isinstance(error, OSError) and error.errno == errno.EPIPE
    return broken_pipe or isinstance(error, typer.Exit | typer.Abort | TyperException)


def _report(session: Session, error: Exception) -> None:
    if isinstance(error, CliError):
        message, places = error.message, error.places
    else:
        message = f"unexpected {type(error).__name__}: {error}; --debug shows where it comes from"
        places = ()
    talk = session.output.talk
    if session.debug:
        talk.show("".join(traceback.format_exception(error)).rstrip())
    talk.show(Text.assemble(("Error: ", "bold red"), message))
    for place in places[:_MOST_PLACES]:
        talk.show(f"  {place}")
    if len(places) > _MOST_PLACES:
        talk.show(f"  ... and {len(places) - _MOST_PLACES} more places")
