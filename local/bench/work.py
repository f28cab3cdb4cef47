"""What handlers cost before and beside AWS: processor time of imports, calls in a request."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from local.bench.plans import Json, PlanShape, WaveShape
from local.bench.trial import Trial, begin
from local.virtual.world import VirtualWorld

_ROOT = Path(__file__).parents[2]
_OURS = str(_ROOT / "local")
_BARE = "import json, logging, datetime"
_PROGRAMS = {
    "bare": _BARE,
    "bareAgain": _BARE,
    "checkRecovery": "import drs_orchestrator.steps.check_recovery",
    "api": "import drs_orchestrator.api.app",
}
_ROUNDS = 15


def import_ratios(rounds: int = _ROUNDS) -> dict[str, float]:
    """Return the processor time of starting Python and importing a handler, over a bare one's.

    Each is the shortest of fresh processes that take turns, forth and back, so that a busy machine
    is busy for all; `bareAgain` shows what such a ratio is worth.
    """
    seconds: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for i in range(rounds):
        for name in list(_PROGRAMS)[:: -1 if i % 2 else 1]:
            seconds[name].append(_processor_seconds(_PROGRAMS[name]))
    shortest = {name: min(each) for name, each in seconds.items()}
    return {
        name: round(each / shortest["bare"], 2) for name, each in shortest.items() if name != "bare"
    }


def _processor_seconds(program: str) -> float:
    code = f"{program}\nimport time; print(time.process_time())"
    environment = {**os.environ, "PYTHONPATH": str(_ROOT / "functions"), "PYTHONHASHSEED": "0"}
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True
    )
    return float(done.stdout)


def calls_per_request() -> dict[str, int]:
    """Return how many functions are called from API Gateway's event to the answer, once warm.

    Tables are in memory; what happens in there is not counted.
    """
    found: dict[str, int] = {}
    for servers in (12, 300):
        plan = PlanShape("asked", (WaveShape("only", servers),))
        with VirtualWorld(plan.inventory()) as world:
            execution_id = begin(world, Trial(plan.document(), plan.inventory()))
            (run,) = world.interpreter.executions.values()
            world.until(lambda run=run: not run.is_running)  # type: ignore[misc]
            plan_id = world.orchestrator.read_executions.get(execution_id).plan_id
            found[f"plan of {servers} servers"] = _calls_of(f"/recovery-plans/{plan_id}")
            found[f"execution of {servers} servers"] = _calls_of(f"/executions/{execution_id}")
    return found


def _calls_of(path: str) -> int:
    from drs_orchestrator.api.app import handler  # noqa: PLC0415 - reads the environment

    event = _event(f"/api/v1{path}")
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        answer = handler(event, None)  # type: ignore[arg-type]
        assert answer["statusCode"] == 200, json.dumps(answer)  # noqa: S101 - ours to break
        counter = _Counter()
        sys.setprofile(counter)
        try:
            handler(event, None)  # type: ignore[arg-type]
        finally:
            sys.setprofile(None)
        return counter.calls
    finally:
        asyncio.set_event_loop(None)
        loop.close()


class _Counter:
    """Counts calls of functions, but for those of the simulated AWS and whatever those call."""

    def __init__(self) -> None:
        self.calls = 0
        self._below = 0

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            if self._below or frame.f_code.co_filename.startswith(_OURS):
                self._below += 1
            else:
                self.calls += 1
        elif event == "return":
            self._below = max(0, self._below - 1)
        elif event == "c_call" and not self._below:
            self.calls += 1


def _event(path: str) -> dict[str, Any]:
    """Return the event of an HTTP API, payload format 2.0."""
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "abc123.execute-api.test"},
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "abc123",
            "authorizer": {"iam": {"userArn": "arn:aws:iam::111122223333:user/bench"}},
            "http": {**http, "userAgent": "bench"},
            "requestId": "bench",
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def work() -> Json:
    """Return both."""
    return {"importRatios": import_ratios(), "callsPerRequest": calls_per_request()}
