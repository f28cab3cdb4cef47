"""Clean-ups in the Executions table: `CLEANUP` and one `CLEANUP#` item a server, with the drill."""

from __future__ import annotations

from collections.abc import Sequence

from drs_orchestrator.adapters.executions.items import partition
from drs_orchestrator.adapters.items import (
    CHUNK,
    Absent,
    Check,
    Condition,
    ConditionFailedError,
    Items,
    Key,
    OneOf,
    Put,
)
from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.termination import Termination


class CleanUpStore:
    """Fulfils the port `CleanUps`."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def find(self, execution_id: str) -> CleanUp | None:
        """Return the clean-up of an execution, if one was ever asked for."""
        record = self._items.get(_clean_up_key(execution_id))
        return None if record is None else CleanUp.model_validate(record)

    def save(self, clean_up: CleanUp) -> CleanUp:
        """Replace the clean-up of the same version and return it one version on."""
        after = clean_up.changed(version=clean_up.version + 1)
        key, same = _clean_up_key(clean_up.execution_id), _same(clean_up.version)
        try:
            self._items.write(Put(key, after.document(), (same,)))
        except ConditionFailedError as error:
            raise StaleVersion(f"clean-up of '{clean_up.execution_id}' has moved on") from error
        return after

    def terminations(self, execution_id: str) -> list[Termination]:
        """Return the terminations in the order of account, Region and server."""
        records = self._items.query(partition(execution_id), "CLEANUP#")
        return [Termination.model_validate(record) for record in records]

    def save_terminations(
        self, clean_up: CleanUp, terminations: Sequence[Termination]
    ) -> list[Termination]:
        """Replace terminations of the same versions and return them one version on."""
        same = Check(_clean_up_key(clean_up.execution_id), (_same(clean_up.version),))
        saved: list[Termination] = []
        for start in range(0, len(terminations), CHUNK):
            chunk = terminations[start : start + CHUNK]
            after = [each.changed(version=each.version + 1) for each in chunk]
            writes = [
                Put(_termination_key(new), new.document(), (_same(old.version),))
                for old, new in zip(chunk, after, strict=True)
            ]
            try:
                self._items.write(same, *writes)
            except ConditionFailedError as error:
                raise _stale(clean_up, chunk, error) from error
            saved += after
        return saved


def _stale(
    clean_up: CleanUp, chunk: Sequence[Termination], error: ConditionFailedError
) -> StaleVersion:
    what = f"clean-up of '{clean_up.execution_id}'"
    if error.failed[0]:
        what += f": {chunk[error.failed[0] - 1].source_server_id}"
    return StaleVersion(f"{what} has moved on")


def _same(version: int) -> Condition:
    return OneOf("version", [version]) if version else Absent()


def _clean_up_key(execution_id: str) -> Key:
    return Key(partition(execution_id), "CLEANUP")


def _termination_key(termination: Termination) -> Key:
    place = f"{termination.account_id}#{termination.region}"
    sk = f"CLEANUP#{place}#{termination.source_server_id}"
    return Key(partition(termination.execution_id), sk)
