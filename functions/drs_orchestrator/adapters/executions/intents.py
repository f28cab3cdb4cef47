"""Intents: what is on record before DRS is asked to launch anything."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.executions.items import (
    intent_key,
    may_start_jobs,
    partition,
    replace_intent,
    why_nothing_starts,
)
from drs_orchestrator.adapters.executions.part import Part
from drs_orchestrator.adapters.items import Absent, ConditionFailedError, Put
from drs_orchestrator.adapters.partial_write import write_if_possible
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.intent import Intent


class Intents(Part):
    """This part of the port `Executions`."""

    def intents(self, execution_id: str, wave: str | None = None) -> list[Intent]:
        """Return the intents of one wave or of all, in the order of attempt and chunk."""
        prefix = f"INTENT#{wave}#" if wave else "INTENT#"
        records = self._items.query(partition(execution_id), prefix)
        return [Intent.model_validate(record) for record in records]

    def add_intents(self, intents: Sequence[Intent]) -> None:
        """Write new intents; one that exists stays as it is."""
        for each in intents:
            write_if_possible(self._items, Put(intent_key(each), each.document(), (Absent(),)))

    def save_intent(self, intent: Intent) -> Intent:
        """Replace the intent of the same version and return it one version on."""
        after, write = replace_intent(intent)
        try:
            self._items.write(write)
        except ConditionFailedError as error:
            raise StaleVersion(f"intent {intent.key} has moved on") from error
        return after

    def send_intent(self, intent: Intent) -> Intent:
        """As `save_intent`, fenced by a header that may still start jobs."""
        after, write = replace_intent(intent)
        try:
            self._items.write(may_start_jobs(intent.execution_id), write)
        except ConditionFailedError as error:
            if 0 in error.failed:
                raise why_nothing_starts(self._items, intent.execution_id) from error
            raise StaleVersion(f"intent {intent.key} has moved on") from error
        return after
