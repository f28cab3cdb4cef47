"""The virtual-time interpreter is held to moto's: the same plans, people and faults on both."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import pytest

from local.drs import Faults, JobTruth, Phase, ServerFault, ServerFaultKind
from tests.simulation.scenarios import Outcome, Person, run
from tests.workflow.laptop import Json, Laptop, fleet, laptop, plan, servers, wave
from tests.workflow.laptop_person import LaptopPerson
from tests.workflow.watched_states import States, watched_states

_LONGEST_LOOP = 6
_CASES_AT_ONCE = 4


class Somebody(Protocol):
    """What people do on both."""

    def until(self, condition: Callable[[Json], bool]) -> Json: ...

    def until_asked(self, wave: str, attempt: int | None = None) -> Json: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def cancel(self) -> None: ...

    def decide(
        self, wave: str, choice: str, attempt: int = 1, reason: str | None = None
    ) -> None: ...


@dataclass(frozen=True)
class Case:
    """A plan over servers from `first` on, who fails at first, and what a person does."""

    waves: Sequence[tuple[Json, Json]]
    failing: int | None = None
    person: Callable[[Somebody], object] = lambda _: None

    def document(self, name: str) -> Json:
        """Return the plan; groups are named after it, for all cases share one laptop."""
        document = plan(name, *self.waves)
        text = json.dumps(document).replace('"g-', f'"{name}-')
        loaded: Json = json.loads(text)
        return loaded


def _approving(person: Somebody) -> None:
    person.until_asked("b")
    person.decide("b", "APPROVE", attempt=0, reason="checked")


def _retrying(person: Somebody) -> None:
    person.until_asked("a")
    person.decide("a", "RETRY", reason="again")


def _skipping(person: Somebody) -> None:
    person.until_asked("a")
    person.decide("a", "SKIP", reason="without it")


def _status(execution: Json, name: str) -> str:
    return next(str(each["status"]) for each in execution["waves"] if each["name"] == name)


def _pausing(person: Somebody) -> None:
    person.until(lambda e: bool(e["waves"]) and _status(e, "a") == "RUNNING")
    person.pause()
    person.until(lambda e: _status(e, "a") == "COMPLETED")
    person.resume()


def _cancelling(person: Somebody) -> None:
    person.until(lambda e: bool(e["waves"]) and _status(e, "a") == "RUNNING")
    person.cancel()


def _with_approval(made: tuple[Json, Json]) -> tuple[Json, Json]:
    group, of_group = made
    return group, {**of_group, "approval": {"role": "Approver", "message": "Sure?"}}


CASES: dict[str, Case] = {
    "chain": Case(
        [
            wave("a", servers(0, 2)),
            wave("b", servers(2, 2), "a"),
            wave("c", servers(4, 2), "b"),
        ]
    ),
    "diamond": Case(
        [
            wave("a", servers(10, 1)),
            wave("b", servers(11, 2), "a"),
            wave("c", servers(13, 3), "a"),
            wave("d", servers(16, 1), "b", "c"),
        ]
    ),
    "two-chunks": Case([wave("a", servers(400, 130)), wave("b", servers(20, 1), "a")]),
    "goes-on": Case(
        [
            wave("a", servers(30, 2)),
            wave("b", servers(32, 1), "a"),
            wave("c", servers(33, 1)),
        ],
        failing=30,
    ),
    "stops": Case(
        [
            wave("a", servers(40, 2), on_failure="STOP"),
            wave("b", servers(42, 1), "a"),
        ],
        failing=40,
    ),
    "retried": Case(
        [
            wave("a", servers(50, 2), on_failure="ASK"),
            wave("b", servers(52, 1), "a"),
        ],
        failing=50,
        person=_retrying,
    ),
    "skipped": Case(
        [
            wave("a", servers(60, 2), on_failure="ASK"),
            wave("b", servers(62, 1), "a"),
        ],
        failing=60,
        person=_skipping,
    ),
    "approved": Case(
        [wave("a", servers(70, 1)), _with_approval(wave("b", servers(71, 1), "a"))],
        person=_approving,
    ),
    "paused": Case([wave("a", servers(80, 1)), wave("b", servers(81, 1), "a")], person=_pausing),
    "cancelled": Case(
        [wave("a", servers(90, 1)), wave("b", servers(91, 1), "a")], person=_cancelling
    ),
}
FAULTS = Faults(
    servers=[
        ServerFault(servers(case.failing, 1)[0], ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
        for case in CASES.values()
        if case.failing is not None
    ]
    # Time enough for a person at a laptop that is busy.
    + [
        ServerFault(each, ServerFaultKind.STUCK, phase=Phase.LAUNCH, seconds=1800)
        for each in (*servers(80, 1), *servers(90, 1))
    ]
)
INVENTORY = fleet(530)


@dataclass(frozen=True)
class Seen:
    """What a run comes to, without its times: they differ, for only one of both is exact."""

    status: str
    waves: dict[str, str]
    states: dict[str, list[str]]
    jobs: dict[str, list[tuple[str, ...]]]


@pytest.fixture(scope="module")
def of_moto(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Return what every case comes to on a laptop; a few run at a time, to save real time."""
    with (
        watched_states() as entered,
        laptop(tmp_path_factory.mktemp("fidelity"), INVENTORY) as running,
        ThreadPoolExecutor(_CASES_AT_ONCE) as pool,
    ):
        running.simulator.faults = FAULTS
        seen = pool.map(lambda name: _moto(running, entered, CASES[name], name), CASES)
        return dict(zip(CASES, seen, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_both_interpreters_go_the_same_way(of_moto: dict[str, Seen], name: str) -> None:
    assert _virtual(CASES[name], name) == of_moto[name]


def _moto(running: Laptop, entered: States, case: Case, name: str) -> Seen:
    execution_id = running.start(running.apply(case.document(name)))
    case.person(LaptopPerson(running, execution_id))
    execution = running.ended(execution_id)
    running.workflow_status(execution)
    states = {wave: states for (id_, wave), states in list(entered.items()) if id_ == execution_id}
    jobs = [j for j in running.launches() if j.tags["drsorc:execution"] == execution_id]
    return _seen(execution, states, jobs)


def _virtual(case: Case, name: str) -> Seen:
    def act(person: Person) -> None:
        case.person(person)

    outcome: Outcome = run(
        case.document(name), INVENTORY, faults=FAULTS, people=[act], watch_every=10
    )
    states = {child.input["wave"]: child.states for child in outcome.run.children}
    return _seen(outcome.execution, states, list(outcome.truth.jobs))


def _seen(execution: Json, states: dict[str, list[str]], jobs: list[JobTruth]) -> Seen:
    launched: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for job in jobs:
        launched[job.tags["drsorc:wave"]].append(job.server_ids)
    return Seen(
        status=execution["status"],
        waves={each["name"]: each["status"] for each in execution["waves"]},
        states={name: collapsed(entered) for name, entered in states.items()},
        jobs=dict(launched),
    )


def collapsed(states: Sequence[str]) -> list[str]:
    """Return the states with each loop turned once: how often it turns is a matter of time."""
    left: list[str] = []
    for state in states:
        left.append(state)
        for length in range(1, _LONGEST_LOOP + 1):
            if len(left) >= 2 * length and left[-length:] == left[-2 * length : -length]:
                del left[-length:]
                break
    return left
