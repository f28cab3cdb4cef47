"""The ten plans of the benchmark: from three tiers of 12 servers to waves of 1,020."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Json = dict[str, Any]
ACCOUNT_ID, REGION = "111122223333", "us-west-2"
_SLOW, _QUICK = 1.5, 0.7


@dataclass(frozen=True)
class WaveShape:
    """One wave; conversion and launch of its servers take `pace` times as long as usual."""

    name: str
    servers: int
    depends_on: tuple[str, ...] = ()
    pace: float = 1.0


@dataclass(frozen=True)
class PlanShape:
    """Waves without any servers of their own: those are numbered through, all small Linux ones."""

    name: str
    waves: tuple[WaveShape, ...]

    @cached_property
    def server_ids(self) -> dict[str, list[str]]:
        """The servers of each wave."""
        numbers = iter(range(sum(wave.servers for wave in self.waves)))
        return {
            wave.name: [f"s-5{next(numbers):016x}" for _ in range(wave.servers)]
            for wave in self.waves
        }

    @property
    def server_count(self) -> int:
        """How many servers all waves have."""
        return sum(wave.servers for wave in self.waves)

    def document(self) -> Json:
        """Return the plan file's document: one group a wave."""
        return {
            "name": self.name,
            "protectionGroups": [
                {
                    "name": f"g-{wave.name}",
                    "accountId": ACCOUNT_ID,
                    "region": REGION,
                    "sourceServerIds": self.server_ids[wave.name],
                }
                for wave in self.waves
            ],
            "waves": [
                {
                    "name": wave.name,
                    "protectionGroups": [f"g-{wave.name}"],
                    "dependsOn": list(wave.depends_on),
                }
                for wave in self.waves
            ],
        }

    def inventory(self) -> Json:
        """Return the servers as `aws drs describe-source-servers` prints them."""
        ids = [each for of_wave in self.server_ids.values() for each in of_wave]
        return {"items": [server_document(each, ACCOUNT_ID, REGION) for each in ids]}

    def paces(self) -> dict[str, float]:
        """Return the pace of every server that has one of its own."""
        return {
            server_id: wave.pace
            for wave in self.waves
            for server_id in self.server_ids[wave.name]
            if wave.pace != 1.0
        }


def server_document(server_id: str, account_id: str, region: str) -> Json:
    """Return a small Linux server as `aws drs describe-source-servers` prints it."""
    place = f"{region}:{account_id}"
    return {
        "sourceServerID": server_id,
        "arn": f"arn:aws:drs:{place}:source-server/{server_id}",
        "tags": {"Name": server_id},
        "lastLaunchResult": "NOT_STARTED",
        "dataReplicationInfo": {"dataReplicationState": "CONTINUOUS", "lagDuration": "P0D"},
        "sourceProperties": {
            "os": {"fullString": "Linux version 6.1.141 (Amazon Linux 2023)"},
            "identificationHints": {"hostname": server_id},
        },
        "lifeCycle": {"lastLaunch": {"initiated": {}}},
    }


def _thousand(name: str, pace_of: dict[str, float]) -> PlanShape:
    """Return twelve waves of 1,000 servers; the last letter of a wave's name sets its pace."""
    waves = [("core", 40, ""), ("batch", 120, "core")]
    waves += [(f"db{x}", 60, "core") for x in "abc"]
    waves += [(f"app{x}", 120, f"db{x}") for x in "abc"]
    waves += [("report", 120, "dba dbb")]
    waves += [(f"web{x}", 60, f"app{x}") for x in "abc"]
    return PlanShape(
        name,
        tuple(
            WaveShape(wave, servers, tuple(after.split()), _branch_pace(wave, pace_of))
            for wave, servers, after in waves
        ),
    )


def _branch_pace(wave: str, pace_of: dict[str, float]) -> float:
    return pace_of.get(wave[-1], 1.0) if wave[:-1] in {"db", "app", "web"} else 1.0


def _chain(prefix: str, length: int, servers: int) -> Iterator[WaveShape]:
    for i in range(length):
        yield WaveShape(f"{prefix}{i}", servers, (f"{prefix}{i - 1}",) if i else ())


def _cross() -> PlanShape:
    slow = {"x0", "x2", "y1", "y3"}
    waves = [*_chain("x", 4, 20), *_chain("y", 4, 20)]
    return PlanShape(
        "cross-160",
        tuple(
            WaveShape(w.name, w.servers, w.depends_on, _SLOW if w.name in slow else _QUICK)
            for w in waves
        ),
    )


PLANS: tuple[PlanShape, ...] = (
    PlanShape(
        "3tier-12",
        (WaveShape("db", 3), WaveShape("app", 5, ("db",)), WaveShape("web", 4, ("app",))),
    ),
    PlanShape(
        "6x50",
        (
            WaveShape("core", 50),
            *(WaveShape(f"w{i}", 50, ("core",)) for i in (2, 3, 4)),
            WaveShape("w5", 50, ("w2", "w3")),
            WaveShape("w6", 50, ("w4",)),
        ),
    ),
    _thousand("1000-12w", {}),
    PlanShape(
        "diamond-100",
        (
            WaveShape("a", 10),
            WaveShape("b", 30, ("a",)),
            WaveShape("c", 40, ("a",)),
            WaveShape("d", 20, ("b", "c")),
        ),
    ),
    PlanShape("chain-40", tuple(_chain("link", 40, 5))),
    PlanShape("all300", (WaveShape("all", 300),)),
    PlanShape("wide-30x20", tuple(WaveShape(f"wide{i}", 20) for i in range(30))),
    PlanShape(
        "mix-1020",
        (*(WaveShape(f"bulk{i}", 50) for i in range(18)), *_chain("chain", 6, 20)),
    ),
    _thousand("het-1000", {"b": _SLOW, "c": _QUICK}),
    _cross(),
)


def plan_named(name: str) -> PlanShape:
    """Return one of the ten plans; raise KeyError naming them all."""
    for each in PLANS:
        if each.name == name:
            return each
    raise KeyError(f"no plan {name!r}; there are {', '.join(each.name for each in PLANS)}")
