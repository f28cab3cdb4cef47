"""The whole product in one process: API, workflow, handlers, tables and a simulated DRS."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from local.api_server import serve_api
from local.assembly import AssemblyError, assembly_directory
from local.clock import ScaledClock
from local.drs import FaultsError, InventoryError, Simulator, SnapshotError
from local.engine import Engine
from local.faults_file import FaultsFile, read_faults_file
from local.front_door import PortInUse, listen
from local.functions import Invoker, call_handler, load_handler
from local.persistence import StateError, StateFile
from local.simulated_aws import SimulatedAws
from local.template import Template

if TYPE_CHECKING:
    from drs_orchestrator.bootstrap.orchestrator import Orchestrator

_HOST = "127.0.0.1"
_PATIENCE_OF_TASKS_SECONDS = 150.0


class LocalServerError(Exception):
    """The server cannot start; the message names the place and the remedy."""


class LocalServer:
    """Serves from `__enter__` to `__exit__`. Ports of 0 are chosen freely.

    `state_directory` keeps tables, jobs and the simulated time across restarts; without it nothing
    is kept. `inventory` is parsed JSON as DRS prints it. `faults` is a file of faults to rehearse
    (local/faults_file.py). `speed` is how many simulated seconds pass in a real one. `home` is the
    account and Region that the product itself runs in: by default, and for good once a state holds
    it, those of the inventory's first server.
    Servers of any other account are reached by the member role there. `simulator` and, once it
    runs, `aws` are at hand for tests, which also may let the time-outs of people pass faster, and
    stand around handlers.
    """

    def __init__(  # noqa: PLR0913 - one knob each, all by name
        self,
        *,
        inventory: object = None,
        home: tuple[str, str] | None = None,
        port: int = 0,
        aws_port: int = 0,
        speed: float = 60.0,
        state_directory: Path | None = None,
        seed: int = 0,
        faults: Path | None = None,
        human_timeouts_scaled: bool = False,
        invoker: Invoker = call_handler,
    ) -> None:
        self.clock = ScaledClock(speed)
        self.simulator = Simulator(self.clock, seed=seed, account_of=self._account_of)
        self._seed = seed
        self._home = home
        self._inventory = inventory
        self._faults = faults
        self._ports = (port, aws_port)
        self._state_file = state_directory / "state.json" if state_directory else None
        self._human_timeouts_scaled = human_timeouts_scaled
        self._invoker = invoker
        self._other_faults = FaultsFile()
        self._aws: SimulatedAws | None = None
        self._stopped = threading.Event()
        self._stack = contextlib.ExitStack()
        self.api_url = ""
        self.aws_url = ""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            try:
                self._start(stack)
            except (AssemblyError, InventoryError, PortInUse, SnapshotError, StateError) as error:
                raise LocalServerError(str(error)) from error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._stack.close()

    @property
    def orchestrator(self) -> Orchestrator:
        """The product's use cases, as its handlers use them."""
        from drs_orchestrator.bootstrap.orchestrator import (  # noqa: PLC0415 - reads the environment
            orchestrator,
        )

        return orchestrator()

    @property
    def aws(self) -> SimulatedAws:
        """The services around DRS, which exist once the server has started."""
        if self._aws is None:
            raise LocalServerError("the server has not started; enter its context first")
        return self._aws

    def wait(self) -> None:
        """Block until the server stops; Ctrl-C interrupts it."""
        while not self._stopped.wait(3600):
            pass

    def _start(self, stack: contextlib.ExitStack) -> None:
        listener = stack.enter_context(listen(_HOST, self._ports[0]))
        self._read_faults()
        self._read_home()
        self._check_faulty_servers()
        account_id, region = self.simulator.home
        aws = SimulatedAws(self.simulator, self.clock, self._other_faults, seed=self._seed)
        engine = Engine(
            Template.load(assembly_directory()),
            clock=self.clock,
            host=_HOST,
            port=self._ports[1],
            account_id=account_id,
            region=region,
            services=aws.applications,
            state_file=self._state_file,
            parts=aws.parts,
            other_functions=aws.other_functions,
            account_of=aws.sts.account_of,
            on_status_change=aws.execution_changed,
            human_timeouts_scaled=self._human_timeouts_scaled,
            # Handlers take real time, whatever the speed.
            task_timeout_floor_seconds=_PATIENCE_OF_TASKS_SECONDS,
            invoker=self._invoker,
        )
        self._aws = aws
        stack.enter_context(engine)
        self._load_inventory()
        self._inhabit(stack, engine)
        self.orchestrator.interrupt_execution.all_live()
        aws.run(stack, engine)
        self.aws_url = engine.endpoint_url
        self.api_url = f"http://{_HOST}:{listener.getsockname()[1]}"
        serve_api(stack, listener, self.clock)

    def _read_faults(self) -> None:
        if self._faults is None:
            return
        try:
            self.simulator.faults, self._other_faults = read_faults_file(_read_json(self._faults))
        except FaultsError as error:
            raise LocalServerError(
                f"{self._faults}: {error}; see docs/how-to/rehearse-faults.md"
            ) from error

    def _check_faulty_servers(self) -> None:
        """Refuse a rehearsal of servers that nobody knows: nothing would happen, unnoticed."""
        known = self.simulator.server_ids
        for i, fault in enumerate(self.simulator.faults.servers):
            if fault.source_server_id not in known:
                raise LocalServerError(
                    f"{self._faults}: at /servers/{i}/sourceServerId: the inventory holds no "
                    f"{fault.source_server_id}; name one of its servers, or give "
                    "its own inventory with --inventory"
                )

    def _read_home(self) -> None:
        """Learn account and Region, which the engine needs before it restores anything."""
        if self._state_file:
            file = StateFile(self._state_file)
            saved = file.open()
            file.close()
            if saved and "drs" in saved.get("parts", {}):
                self.simulator.restore(saved["parts"]["drs"])
        if self._home is not None:
            self._settle(self._home)
        self._load_inventory()

    def _settle(self, home: tuple[str, str]) -> None:
        try:
            self.simulator.home = home
        except ValueError as error:
            raise LocalServerError(
                f"{self._state_file}: {error}; name that home, or choose another state directory"
            ) from error

    def _account_of(self, access_key: str) -> str:
        return self._aws.sts.drs_account_of(access_key) if self._aws else self.simulator.home[0]

    def _load_inventory(self) -> None:
        if self._inventory is None:
            return
        self.simulator.load_inventory(self._inventory)

    def _inhabit(self, stack: contextlib.ExitStack, engine: Engine) -> None:
        """Give the product this process's clock and keep its logs off the terminal."""
        from drs_orchestrator import (  # noqa: PLC0415 - reads the environment
            bootstrap,
            observability,
        )
        from drs_orchestrator.bootstrap.orchestrator import (  # noqa: PLC0415
            Orchestrator,
        )

        stack.callback(setattr, bootstrap, "world", bootstrap.world)
        bootstrap.world = bootstrap.World(clock=self.clock, serves=Orchestrator)
        bootstrap.forget()
        stack.callback(bootstrap.forget)
        observability.logger.setLevel(logging.CRITICAL)
        # As Lambda does before the first call: an import during a step would pass in simulated
        # time.
        for function in engine.functions.definitions.values():
            load_handler(function)


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise LocalServerError(f"{path}: {error.strerror}; name a file that exists") from error
    except ValueError as error:
        raise LocalServerError(
            f"{path}: is not JSON ({error}); correct it, or name another file"
        ) from error
