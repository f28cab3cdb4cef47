"""Executions in a store, for the tests of it."""

from __future__ import annotations

from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import Intent
from tests.unit.executions import execution, server, wave


def pending(store: ExecutionStore, fence: str = "first") -> Execution:
    """Create an execution that is being prepared under `fence`."""
    run = execution(status="PENDING", preparation=fence)
    store.create(run)
    return run


def running(store: ExecutionStore, *intents: Intent) -> Execution:
    """Create a running execution of the wave "web"."""
    run = pending(store)
    store.write_snapshot(run, [wave()], [server(0), server(1)], intents)
    return store.save(run.changed(status="RUNNING"))
