"""What every command is given: the options that may stand anywhere on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import typer

from cli.output import Output

if TYPE_CHECKING:
    from cli.client import OrchestratorClient


DEFAULT_API_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True)
class Session:
    """One call of the program."""

    api_url: str
    output: Output
    debug: bool

    def client(self) -> OrchestratorClient:
        """Return a client of the API that the caller named; use it as a context."""
        # Imported late: httpx takes longer to load than `drsctl --help` takes to answer.
        from cli.client import OrchestratorClient  # noqa: PLC0415

        return OrchestratorClient(self.api_url)


def session_of(context: typer.Context) -> Session:
    """Return the session of a command."""
    return cast("Session", context.obj)
