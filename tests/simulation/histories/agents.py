"""The agents on the source servers of a random history: some stop replicating, for good or not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from local.virtual.world import VirtualWorld
from tests.simulation.watch import Watch

Json = dict[str, Any]
_STOPS_SHARE, _COMES_BACK_SHARE = 0.2, 0.4
_STATES = ("DISCONNECTED", "DISCONNECTED", "STOPPED", "STALLED")


class Agents:
    """`stopped` holds the states that servers fell into; from most of them DRS launches nothing."""

    def __init__(
        self,
        world: VirtualWorld,
        chance: random.Random,
        servers: Sequence[Json],
        watch: Watch,
    ) -> None:
        self.stopped: list[str] = []
        self._world = world
        self._chance = chance
        self._servers = servers
        self._watch = watch

    def __call__(self) -> None:
        if self._chance.random() >= _STOPS_SHARE:
            return
        for _ in range(self._chance.randint(1, 3)):
            self._world.schedule.sleep(self._chance.choice((5, 60, 600, 1800)))
            server, state = self._chance.choice(self._servers), self._chance.choice(_STATES)
            self._turn(server, state)
            self.stopped.append(f"REPLICATION_{state}")
            if self._chance.random() < _COMES_BACK_SHARE:
                self._world.schedule.sleep(self._chance.choice((60, 1800)))
                self._turn(server, "CONTINUOUS")

    def _turn(self, server: Json, state: str) -> None:
        replication = server["dataReplicationInfo"] | {"dataReplicationState": state}
        changed = {"items": [server | {"dataReplicationInfo": replication}]}
        self._watch.let_others_change(lambda: self._world.simulator.load_inventory(changed))
