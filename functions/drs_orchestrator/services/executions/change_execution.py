"""Change an execution's header that the workflow, too, may be changing at this moment."""

from __future__ import annotations

from collections.abc import Callable

from drs_orchestrator.domain.errors import StaleVersion
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.ports.executions import Executions


def change_execution(
    executions: Executions, execution_id: str, change: Callable[[Execution], Execution]
) -> Execution:
    """Write what `change` makes of the header, on whichever version it is; no change, no write.

    Raises ExecutionNotFound and whatever `change` raises.
    """
    while True:
        before = executions.get(execution_id)
        after = change(before)
        if after == before:
            return before
        try:
            return executions.save(after)
        except StaleVersion:
            continue
