"""The command line against a real HTTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.unit.drsctl.canned_api import CannedApi, serving

Drsctl = Callable[..., Result]


@pytest.fixture
def api() -> Iterator[CannedApi]:
    """A server on loopback that answers as the test tells it."""
    canned = CannedApi()
    with serving(canned.answer) as url:
        canned.url = url
        yield canned


@pytest.fixture
def drsctl(api: CannedApi) -> Drsctl:
    """Run `drsctl` with the server's address in its environment."""

    def invoke(*arguments: str, **environment: str) -> Result:
        runner = CliRunner(env={"DRSCTL_API_URL": api.url, **environment})
        return runner.invoke(app, list(arguments))

    return invoke
