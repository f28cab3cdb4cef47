"""A person of a virtual scenario (tests.simulation.scenarios), at the API of a laptop instead."""

from __future__ import annotations

from collections.abc import Callable

from tests.workflow.laptop import Json, Laptop, asked, decide


class LaptopPerson:
    """Looks at one execution and acts on it."""

    def __init__(self, running: Laptop, execution_id: str) -> None:
        self._running = running
        self._execution_id = execution_id

    def until(self, condition: Callable[[Json], bool]) -> Json:
        """Return the execution as soon as the condition holds."""
        return self._running.until(self._execution_id, condition)

    def until_asked(self, wave: str, attempt: int | None = None) -> Json:
        """Return as soon as the wave asks a question, or that one."""
        return asked(self._running, self._execution_id, wave, attempt)

    def pause(self) -> None:
        """Pause the execution."""
        self._post("pause")

    def resume(self) -> None:
        """Resume it."""
        self._post("resume")

    def cancel(self) -> None:
        """Cancel it."""
        self._post("cancel")

    def decide(self, wave: str, choice: str, attempt: int = 1, reason: str | None = None) -> None:
        """Answer the question of a wave."""
        answer = decide(
            self._running, self._execution_id, wave, choice, attempt=attempt, reason=reason
        )
        assert answer.is_success, answer.text

    def _post(self, verb: str) -> None:
        answer = self._running.http.post(f"/executions/{self._execution_id}/{verb}")
        assert answer.is_success, answer.text
