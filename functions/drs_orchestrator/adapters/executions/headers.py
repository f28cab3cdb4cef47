"""Headers of executions."""

from __future__ import annotations

from drs_orchestrator.adapters.executions.items import header_key, header_record
from drs_orchestrator.adapters.executions.part import Part
from drs_orchestrator.adapters.items import Absent, ConditionFailedError, OneOf, Put
from drs_orchestrator.domain.errors import ExecutionExists, ExecutionNotFound, StaleVersion
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.ports.page import Page


class Headers(Part):
    """This part of the port `Executions`."""

    def create(self, execution: Execution) -> None:
        """Store a new header."""
        key = header_key(execution.execution_id)
        try:
            self._items.write(Put(key, header_record(execution), (Absent(),)))
        except ConditionFailedError as error:
            raise ExecutionExists(f"execution '{execution.execution_id}' exists already") from error

    def get(self, execution_id: str) -> Execution:
        """Return the header."""
        record = self._items.get(header_key(execution_id))
        if record is None:
            raise ExecutionNotFound(f"no execution '{execution_id}'; see GET /api/v1/executions")
        return _execution(record)

    def save(self, execution: Execution) -> Execution:
        """Replace the header of the same version and return it one version on."""
        after = execution.changed(version=execution.version + 1)
        same = OneOf("version", [execution.version])
        try:
            self._items.write(
                Put(header_key(execution.execution_id), header_record(after), (same,))
            )
        except ConditionFailedError as error:
            raise StaleVersion(f"execution '{execution.execution_id}' has moved on") from error
        return after

    def page(self, plan_id: str | None, limit: int, next_token: str | None) -> Page[Execution]:
        """Return headers, newest first, of one plan or of all."""
        index, attribute, value = ("byStart", "recordType", "EXECUTION")
        if plan_id:
            index, attribute, value = ("byPlan", "planId", plan_id)
        records, token = self._items.index_page(index, attribute, value, limit, next_token)
        return Page([_execution(record) for record in records], token)


def _execution(record: dict[str, object]) -> Execution:
    return Execution.model_validate({k: v for k, v in record.items() if k != "recordType"})
