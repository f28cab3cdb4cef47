"""A person of a virtual scenario (tests.simulation.scenarios), at the API of a laptop instead."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.workflow.laptop import Json, Laptop, decide, question_of

# Real seconds: people have time, and each look costs the laptop that runs the workflow.
_LOOKS_EVERY_SECONDS = 0.2
_PATIENCE_SECONDS = 240.0


class LaptopPerson:
    """Looks at one execution and acts on it."""

    def __init__(self, running: Laptop, execution_id: str) -> None:
        self._running = running
        self._execution_id = execution_id

    def until(self, condition: Callable[[Json], bool]) -> Json:
        """Look at the execution from time to time, and return it as soon as the condition holds."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not condition(execution := self._running.read(self._execution_id)):
            assert time.monotonic() < deadline, f"still waiting: {execution}"
            time.sleep(_LOOKS_EVERY_SECONDS)
        return execution

    def until_ended(self) -> Json:
        """Return the execution when it has its verdict."""
        return self._running.ended(self._execution_id)

    def until_asked(self, wave: str, attempt: int | None = None) -> Json:
        """Return as soon as the wave asks a question, or that one."""

        def asks(execution: Json) -> bool:
            question = question_of(execution, wave)
            return bool(question) and attempt in {None, question["attempt"]}

        return self.until(asks)

    def pause(self) -> None:
        """Pause the execution."""
        self._post("pause")

    def resume(self) -> None:
        """Resume it."""
        self._post("resume")

    def cancel(self) -> None:
        """Cancel it."""
        self._post("cancel")

    def clean_up(self) -> None:
        """Ask for its clean-up."""
        self._post("clean-up")

    def decide(self, wave: str, choice: str, attempt: int = 1, reason: str | None = None) -> None:
        """Answer the question of a wave."""
        answer = decide(
            self._running, self._execution_id, wave, choice, attempt=attempt, reason=reason
        )
        assert answer.is_success, answer.text

    def _post(self, verb: str) -> None:
        answer = self._running.http.post(f"/executions/{self._execution_id}/{verb}")
        assert answer.is_success, answer.text
