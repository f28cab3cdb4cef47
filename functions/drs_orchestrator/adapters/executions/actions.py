"""Actions of waves."""

from __future__ import annotations

from drs_orchestrator.adapters.executions.items import (
    asks,
    may_act,
    partition,
    replace_action,
    why_nothing_starts,
)
from drs_orchestrator.adapters.executions.part import Part
from drs_orchestrator.adapters.items import ConditionFailedError
from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.errors import StaleVersion


class Actions(Part):
    """This part of the port `Executions`."""

    def actions(self, execution_id: str, wave: str | None = None) -> list[ActionRecord]:
        """Return the stored actions of one wave or of all, those before the launch first."""
        prefix = f"ACTION#{wave}#" if wave else "ACTION#"
        records = self._items.query(partition(execution_id), prefix)
        return [ActionRecord.model_validate(record) for record in records]

    def save_action(
        self, execution_id: str, action: ActionRecord, *, asked: int | None = None
    ) -> ActionRecord:
        """Replace the action of the same version and return it one version on."""
        after, write = replace_action(execution_id, action)
        checks = () if asked is None else (asks(execution_id, action.wave, asked),)
        try:
            self._items.write(*checks, write)
        except ConditionFailedError as error:
            raise StaleVersion(f"action '{action.name}' has moved on") from error
        return after

    def begin_action(
        self, execution_id: str, action: ActionRecord, *, after_launch: bool
    ) -> ActionRecord:
        """As `save_action`, fenced by a header that may still start it."""
        after, write = replace_action(execution_id, action)
        try:
            self._items.write(may_act(execution_id, after_launch=after_launch), write)
        except ConditionFailedError as error:
            if 0 in error.failed:
                raise why_nothing_starts(self._items, execution_id) from error
            raise StaleVersion(f"action '{action.name}' has moved on") from error
        return after
