"""Every story without a crash: the ruler that the crashes are measured with."""

from __future__ import annotations

import threading

import pytest

from tests.simulation.stories import STORIES


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_says(name: str) -> None:
    assert STORIES[name].tell().execution["status"] == STORIES[name].ends


@pytest.mark.parametrize("name", STORIES)
def test_a_story_takes_no_thread(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads take turns as the machine likes, and one seed would be many histories."""
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def counted(thread: threading.Thread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", counted)

    STORIES[name].tell()

    assert not started
