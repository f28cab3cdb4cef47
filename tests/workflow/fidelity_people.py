"""What people do in the cases that both interpreters run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tests.workflow.laptop import Json


class Somebody(Protocol):
    """What people can do on both."""

    def until_ended(self) -> Json: ...

    def until(self, condition: Callable[[Json], bool]) -> Json: ...

    def until_asked(self, wave: str, attempt: int | None = None) -> Json: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def cancel(self) -> None: ...

    def clean_up(self) -> None: ...

    def decide(
        self, wave: str, choice: str, attempt: int = 1, reason: str | None = None
    ) -> None: ...


Act = Callable[[Somebody], object]


def nobody(_: Somebody) -> None:
    """Do nothing."""


def approving(person: Somebody) -> None:
    """Approve of wave b."""
    person.until_asked("b")
    person.decide("b", "APPROVE", attempt=0, reason="checked")


def answering(choice: str) -> Act:
    """Return who answers the question of wave a so."""

    def answer(person: Somebody) -> None:
        person.until_asked("a")
        person.decide("a", choice, reason="as agreed")

    return answer


def pausing(person: Somebody) -> None:
    """Pause while wave a runs, and resume when it has ended."""
    _until_wave_runs(person)
    person.pause()
    person.until(lambda e: _status(e, "a") == "COMPLETED")
    person.resume()


def cancelling(person: Somebody) -> None:
    """Cancel while wave a runs."""
    _until_wave_runs(person)
    person.cancel()


def cleaning_up(person: Somebody) -> None:
    """Clean up after the drill."""
    person.until_ended()
    person.clean_up()
    person.until(lambda e: (e.get("cleanUp") or {}).get("status") in {"COMPLETED", "INCOMPLETE"})


def _until_wave_runs(person: Somebody) -> None:
    person.until(lambda e: bool(e["waves"]) and _status(e, "a") == "RUNNING")


def _status(execution: Json, name: str) -> str:
    return next(str(each["status"]) for each in execution["waves"] if each["name"] == name)
