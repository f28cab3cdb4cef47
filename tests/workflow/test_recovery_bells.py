"""Tokens are bells: a lost, doubled or stale ring changes nothing, and the time-out re-checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import pytest

from local.drs import Faults, ServerFault, ServerFaultKind
from tests.workflow.laptop import (
    Laptop,
    asked,
    decide,
    fleet,
    laptop,
    plan,
    server_id,
    servers,
    servers_launched_twice,
    wave,
)
from tests.workflow.lossy_workflow import PassOn, Treatment, lossy_workflow


class Lossy:
    """Let every other bell ring unheard."""

    def __init__(self) -> None:
        self._rings = count()

    def __call__(self, operation: str, pass_on: PassOn) -> httpx.Response:
        """Treat one call."""
        unheard = operation == "SendTaskSuccess" and next(self._rings) % 2 == 0
        return httpx.Response(200, json={}) if unheard else pass_on()


def doubled(operation: str, pass_on: PassOn) -> httpx.Response:
    """Ring every bell twice."""
    first = pass_on()
    if operation == "SendTaskSuccess":
        pass_on()
    return first


class Stale:
    """Ring every bell, and all that were rung before once more."""

    def __init__(self) -> None:
        self._before: list[PassOn] = []

    def __call__(self, operation: str, pass_on: PassOn) -> httpx.Response:
        """Treat one call."""
        if operation != "SendTaskSuccess":
            return pass_on()
        for again in self._before:
            again()
        self._before.append(pass_on)
        return pass_on()


@contextmanager
def bells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, treat: Treatment) -> Iterator[Laptop]:
    """Run a laptop whose bells are treated so."""
    with laptop(tmp_path, fleet(4)) as running:
        url = running.step_functions.meta.endpoint_url
        with lossy_workflow(url, treat) as proxy:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", proxy)
            yield running


@pytest.mark.parametrize("treat", [Lossy(), doubled, Stale()], ids=["lossy", "doubled", "stale"])
def test_a_recovery_with_an_approval_and_a_retry_ends_whatever_becomes_of_its_bells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, treat: Treatment
) -> None:
    group, first = wave("first", servers(0, 2), on_failure="ASK")
    document = plan(
        "bells",
        (group, {**first, "approval": {"message": "Ready?"}}),
        wave("second", servers(2, 1), "first"),
        wave("third", servers(3, 1), "second"),
    )
    with bells(tmp_path, monkeypatch, treat) as running:
        running.simulator.faults = Faults(
            servers=[ServerFault(server_id(0), ServerFaultKind.SILENT_FAILURE, attempts=(1,))]
        )
        id_ = running.start(running.apply(document))
        asked(running, id_, "first")
        decide(running, id_, "first", "APPROVE", attempt=0)
        asked(running, id_, "first", attempt=1)
        decide(running, id_, "first", "RETRY")
        ended = running.ended(id_)
        jobs = running.launches()

    assert ended["status"] == "COMPLETED"
    assert len(jobs) == 4
    assert servers_launched_twice(jobs) == [server_id(0)]  # the retry, and nothing else
