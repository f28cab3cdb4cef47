"""When waves began to do something that others see."""

from __future__ import annotations

from datetime import datetime

from tests.simulation.evidence import Evidence


def beginnings(now: Evidence) -> dict[tuple[str, str], datetime]:
    """Return when the first launch of each wave was sent or its first action begun, by execution
    and wave.
    """
    begun: dict[tuple[str, str], datetime] = {}

    def note(execution: str, wave: str, moment: datetime) -> None:
        begun[execution, wave] = min(moment, begun.get((execution, wave), moment))

    for _, job in now.our_launches():
        note(job.tags["drsorc:execution"], job.tags["drsorc:wave"], job.created_at)
    for name, records in now.executions.items():
        for action in records.actions:
            if action.get("startTime"):
                note(name, action["wave"], datetime.fromisoformat(action["startTime"]))
        for intent in records.intents.values():
            if sent := intent.get("firstSentTime"):
                note(name, intent["wave"], datetime.fromisoformat(sent))
    return begun
