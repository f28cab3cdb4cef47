"""The simulator: one object that holds the memory, answers calls and can be asked for the truth."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Container, Iterable
from datetime import datetime
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from local.clock import Clock
from local.drs import inventory, records, snapshot, wire
from local.drs.behaviour import Behaviour
from local.drs.exchange import Exchange
from local.drs.faults import Faults
from local.drs.records import CallRecord, LaunchEnds, Truth
from local.drs.state import Document, Scope, State

_REMEMBERED_CALLS = 100_000


class Simulator:
    """DRS of any number of accounts and Regions, on one clock.

    Call it as a WSGI application, or through `call` without HTTP. `faults` may be replaced or
    changed at any time. `changed` is set whenever something worth a snapshot happened; whoever
    persists clears it. `account_of` maps an access key to an account; by default all are of `home`.
    """

    def __init__(
        self,
        clock: Clock,
        seed: int = 0,
        account_id: str = "111122223333",
        region: str = "us-west-2",
        faults: Faults | None = None,
        *,
        behaviour: Behaviour | None = None,
        account_of: Callable[[str], str] | None = None,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.faults = faults or Faults()
        self.behaviour = behaviour or Behaviour()
        self.changed = threading.Event()
        self._default_home = Scope(account_id, region)
        self._account_of = account_of
        self._state = State()
        self._calls: deque[CallRecord] = deque(maxlen=_REMEMBERED_CALLS)
        self._outcomes: Counter[str] = Counter()
        self._lock = threading.RLock()

    @property
    def home(self) -> tuple[str, str]:
        """Account and Region of the first server loaded, else those given at the start.

        It may be set as long as nothing was loaded or restored, and never changes afterwards.
        """
        return self._state.home or self._default_home

    @home.setter
    def home(self, home: tuple[str, str]) -> None:
        with self._lock:
            if self._state.home not in {None, home}:
                raise ValueError(f"the home is {self._state.home} already, it cannot be {home}")
            self._state.home = home

    @property
    def scopes(self) -> list[Scope]:
        """Every account and Region in which DRS is set up, by an inventory or a call."""
        with self._lock:
            return [
                Scope(each.account_id, each.region)
                for each in self._state.estates
                if each.initialized
            ]

    @property
    def calls(self) -> list[CallRecord]:
        """Every call so far, oldest first (the last 100,000)."""
        with self._lock:
            return list(self._calls)

    @property
    def outcomes(self) -> Counter[str]:
        """How many of all calls so far had each outcome."""
        with self._lock:
            return self._outcomes.copy()

    @property
    def server_ids(self) -> set[str]:
        """The ids of all source servers, wherever they are."""
        with self._lock:
            return {each for estate in self._state.estates for each in estate.servers}

    def load_inventory(self, document: object) -> None:
        """Load parsed JSON as `aws drs describe-source-servers` prints it; all of it or nothing.

        Account and Region come from each server's ARN. Raises InventoryError.
        """
        servers = inventory.read(document)
        with self._lock:
            inventory.add(self._state, servers, self.clock.now(), self.seed)
        self.changed.set()

    def snapshot(self) -> Document:
        """Return the memory as a JSON-able document; faults and the record of calls are no part."""
        with self._lock:
            return snapshot.write(self._state)

    def restore(self, document: object) -> None:
        """Replace the memory by a snapshot's; raises SnapshotError and then changes nothing."""
        state = snapshot.read(document)
        with self._lock:
            self._state = state

    def truth(self, account_id: str, region: str) -> Truth:
        """Return the jobs and instances that exist, whatever faults hide from callers."""
        with self._lock:
            estate = self._state.estate(Scope(account_id, region))
            return records.truth(estate, self.clock.now())

    def launch_ends(self, account_id: str, region: str, *, but: Container[str]) -> list[LaunchEnds]:
        """Return when which launches ended, by LAUNCH job, `but` the jobs of these ids."""
        with self._lock:
            estate = self._state.estate(Scope(account_id, region))
            return records.launch_ends(estate, self.clock.now(), but=but)

    def next_end(self) -> datetime | None:
        """Return when the launch of a server, or a job, ends next; None if nothing is under way."""
        with self._lock:
            now = self.clock.now()
            ends = [
                end
                for estate in self._state.estates
                for job in estate.active_jobs(now)
                for end in (job.ended_at, *(each.ended_at for each in job.participants))
            ]
        return min((end for end in ends if end is not None and end > now), default=None)

    def call(
        self, operation: str, params: dict[str, Any], *, account_id: str, region: str
    ) -> dict[str, Any]:
        """Answer one call. Raises DrsError, or ConnectionLost where a fault says so."""
        with self._lock:
            exchange = Exchange(
                self._state,
                self.faults,
                self.behaviour,
                self.seed,
                self.clock.now(),
                operation,
                params,
                Scope(account_id, region),
            )
            try:
                return exchange.run()
            finally:
                record = exchange.record()
                self._calls.append(record)
                self._outcomes[record.outcome] += 1
                if exchange.changed_state:
                    self.changed.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer an HTTP request (WSGI)."""
        return wire.respond(self, environ, start_response)

    def account_of(self, access_key: str) -> str:
        """Return the account that an access key belongs to."""
        return self._account_of(access_key) if self._account_of else self.home[0]
