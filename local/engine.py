"""The AWS of the laptop: state machine, functions and tables behind one loopback port.

moto's interpreter runs the shipped definition and calls the shipped handlers in this process, under
one clock.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Self
from wsgiref.types import WSGIApplication

from local.clock import ScaledClock
from local.deployment import Deployment
from local.drs.state import Scope
from local.events.status_changes import StatusChange
from local.front_door import FrontDoor, HttpServer, listen
from local.function_directory import FunctionDirectory, Functions
from local.functions import FunctionRuntime, Invoker, call_handler
from local.lambda_api import LambdaApi
from local.moto_patches import (
    Patches,
    endings,
    executions,
    lambda_tasks,
    paths,
    simulated_time,
    tables,
    tokens,
)
from local.moto_patches.simulated_time import TimeOuts
from local.one_at_a_time import OneAtATime
from local.persistence import Saver, SnapshotPart, StateError, StateFile
from local.process_environment import ProcessEnvironment, process_in_use, shared_block
from local.protocols.endpoint import AccountOf
from local.provision import create_resources
from local.template import Template

_LOG = logging.getLogger(__name__)


class EngineBusy(Exception):
    """An engine runs in this process already; environment and interpreter exist once."""


@cache
def moto_application() -> WSGIApplication:
    """Return moto's own server: it answers whatever nobody else here does."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        create_backend_app,
    )

    application: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    return application


class Engine:
    """Runs one deployment; use it as a context manager, or `start` and `stop` it.

    `services` maps SigV4 service names to WSGI applications that answer instead of moto. `parts`
    are saved and restored together with the tables. `other_functions` can be invoked beside the
    template's, `account_of` says whose an access key is. `on_status_change` is told when an
    execution starts or ends, but not that it ends because the engine stops. `invoker` stands around
    every call of a handler (see `local.functions`). Durations of a definition are simulated;
    `human_timeouts_scaled` and `task_timeout_floor_seconds` are explained at `TimeOuts`.
    """

    def __init__(  # noqa: PLR0913 - one knob each, all by name
        self,
        template: Template,
        *,
        clock: ScaledClock,
        account_id: str,
        region: str,
        host: str = "127.0.0.1",
        port: int = 0,
        services: Mapping[str, WSGIApplication] | None = None,
        state_file: Path | None = None,
        parts: Mapping[str, SnapshotPart] | None = None,
        other_functions: Iterable[Functions] = (),
        account_of: AccountOf | None = None,
        on_status_change: Callable[[StatusChange], None] = lambda _: None,
        human_timeouts_scaled: bool = False,
        task_timeout_floor_seconds: float = 5.0,
        invoker: Invoker = call_handler,
    ) -> None:
        self.deployment: Deployment = template.resolve(account_id, region)
        self.clock = clock
        self.functions = FunctionRuntime(self.deployment.functions, invoker, clock.working)
        self.directory = FunctionDirectory(
            self.functions, Scope(account_id, region), other_functions
        )
        self._environment_block = shared_block(self.deployment.functions)
        self._host, self._port = host, port
        self._services = dict(services or {})
        self._parts = dict(parts or {})
        self._state_file = None if state_file is None else StateFile(state_file)
        self._time_outs = TimeOuts(clock, human_timeouts_scaled, task_timeout_floor_seconds)
        self._threads = executions.Threads()
        self._lambda = LambdaApi(self.directory, clock, self._threads.append, account_of)
        self._on_status_change = on_status_change
        self._ending = False
        self._dynamodb_lock = threading.RLock()
        self._tables_changed = threading.Event()
        self._undo = contextlib.ExitStack()
        self._endpoint_url = ""

    @property
    def endpoint_url(self) -> str:
        """The URL of the AWS endpoint, known once the engine has started."""
        return self._endpoint_url

    @property
    def state_machine_arn(self) -> str:
        """The ARN of the template's (first) state machine."""
        account_id, region = self.deployment.account_id, self.deployment.region
        name = self.deployment.state_machines[0].name
        partition = self.deployment.state_machines[0].role_arn.split(":")[1]
        return f"arn:{partition}:states:{region}:{account_id}:stateMachine:{name}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start to serve; from now on this process sees the local AWS only.

        Raises EngineBusy, PortInUse, StateError and UnsupportedMoto; nothing is left behind then.
        """
        with contextlib.ExitStack() as undo:
            self._claim_process(undo)
            saved = self._open_state(undo)
            self._serve(undo)
            create_resources(self.deployment)
            self._restore(saved)
            self._begin_saving(undo)
            undo.callback(self._end_executions)
            self._undo = undo.pop_all()

    def stop(self) -> None:
        """Stop every execution, save the state and give the process back its environment."""
        self._undo.close()

    def _claim_process(self, undo: contextlib.ExitStack) -> None:
        if not process_in_use.acquire(blocking=False):
            raise EngineBusy("stop the engine that runs in this process first")
        undo.callback(process_in_use.release)

    def _open_state(self, undo: contextlib.ExitStack) -> dict[str, Any] | None:
        if self._state_file is None:
            return None
        saved = self._state_file.open()
        undo.callback(self._state_file.close)
        return saved

    def _serve(self, undo: contextlib.ExitStack) -> None:
        listener = undo.enter_context(listen(self._host, self._port))
        port = listener.getsockname()[1]
        shown_host = f"[{self._host}]" if ":" in self._host else self._host
        self._endpoint_url = f"http://{shown_host}:{port}"
        environment = ProcessEnvironment(
            self._endpoint_url,
            self.deployment.account_id,
            self.deployment.region,
            self._environment_block,
        )
        environment.enter()
        undo.callback(self._leave, environment)
        patches = Patches(
            [
                *simulated_time.seams(self.clock, self._time_outs),
                *tokens.seams(),
                *executions.seams(self.clock, self._threads),
                *endings.seams(self.clock, self._observe),
                *lambda_tasks.seams(self.functions),
                *paths.seams(),
                *tables.seams(),
            ]
        )
        patches.apply()
        undo.callback(patches.undo)
        tables.forget_everything()
        undo.callback(tables.forget_everything)
        server = HttpServer(listener, self._front_door())
        server.start()
        undo.callback(server.stop)

    def _front_door(self) -> FrontDoor:
        from moto.core.config import default_user_config  # noqa: PLC0415

        # It logs every error that a definition catches; what matters is in the history.
        logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        moto = moto_application()
        ours: dict[str, WSGIApplication] = {
            "lambda": self._lambda,
            "dynamodb": OneAtATime(moto, self._dynamodb_lock, self._tables_changed),
            **self._services,
        }
        return FrontDoor(ours, otherwise=moto)

    def _restore(self, saved: dict[str, Any] | None) -> None:
        if saved is None or self._state_file is None:
            return
        try:
            moment = datetime.fromisoformat(saved["time"])
            tables.put_items(self.deployment.account_id, self.deployment.region, saved["tables"])
            for name, part in self._parts.items():
                if name in saved["parts"]:
                    part.restore(saved["parts"][name])
        except (KeyError, TypeError, ValueError) as error:
            raise StateError(
                f"{self._state_file.path}: does not fit this program ({error!r}); "
                "move it away to start afresh, or choose another state directory"
            ) from error
        self.clock.advance_to(moment)

    def _begin_saving(self, undo: contextlib.ExitStack) -> None:
        if self._state_file is None:
            return
        changed = [self._tables_changed, *(part.changed for part in self._parts.values())]
        saver = Saver(self._state_file, self._snapshot, changed)
        saver.save()
        saver.start()
        undo.callback(saver.stop)

    def _snapshot(self) -> dict[str, Any]:
        # The tables stand still meanwhile: an intent is always saved with, or before, the job that
        # it caused.
        with self._dynamodb_lock:
            return {
                "time": self.clock.now().isoformat(),
                "tables": tables.items_of(self.deployment.account_id, self.deployment.region),
                "parts": {name: part.snapshot() for name, part in self._parts.items()},
            }

    def _observe(self, change: StatusChange) -> None:
        if not self._ending:
            self._on_status_change(change)

    def _end_executions(self) -> None:
        self._ending = True
        self._lambda.stop()
        executions.stop_all(self._threads, self.clock)

    def _leave(self, environment: ProcessEnvironment) -> None:
        still_running = self._threads.alive()
        if not still_running:
            environment.leave()
            return
        # With the old environment back, a handler's next client could reach a real account.
        names = ", ".join(thread.name for thread in still_running)
        _LOG.warning("handlers still run (%s): the environment stays the local one", names)
