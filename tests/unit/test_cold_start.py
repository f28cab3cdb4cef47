"""Cold starts: a function imports what it uses itself; the rest would be paid for at each start."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

_PROGRAM = """
import importlib, sys
importlib.import_module("drs_orchestrator." + sys.argv[1])
print(*sys.modules)
"""
_OF_OTHERS = {
    "steps.check_recovery": {
        "adapters.health_sites",
        "adapters.protection_group_store",
        "adapters.schedules",
        "domain.execution_view",
        "services.executions.finish_execution",
        "services.preparation.prepare_execution",
        "services.clean_ups.terminate_instances",
    },
    "steps.verify_health": {"services.waves.admission", "services.waves.check_wave"},
    "steps.run_actions": {"services.waves.admission", "services.waves.check_wave"},
    "events.launch_result": {
        "services.preparation.prepare_execution",
        "services.plans.recovery_plans",
    },
    "api.app": {"services.waves.hear_launch_result", "services.waves.verify_health"},
}


@pytest.mark.parametrize("handler", _OF_OTHERS)
def test_a_function_imports_nothing_that_only_others_use(handler: str) -> None:
    loaded = _loaded_by(handler)
    of_others = {f"drs_orchestrator.{each}" for each in _OF_OTHERS[handler]}

    assert all(map(find_spec, of_others))
    assert loaded & of_others == set()
    assert ("fastapi" in loaded) == handler.startswith("api.")


def _loaded_by(handler: str) -> set[str]:
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", _PROGRAM, handler], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())
