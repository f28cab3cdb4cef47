"""The virtual-time interpreter is held to moto's: by the product's own runs, and event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stacks.definition import walk_states
from tests.workflow.asl_features import features
from tests.workflow.breakdowns import Breakdowns
from tests.workflow.fidelity_cases import BEHAVIOUR, CASES, FAULTS, INVENTORY, PROBES
from tests.workflow.fidelity_runs import Seen, Told, on_moto, on_virtual
from tests.workflow.laptop import laptop
from tests.workflow.small_examples import EXAMPLES
from tests.workflow.small_histories import Told as SmallTold
from tests.workflow.small_histories import told_by_moto, told_by_virtual
from tests.workflow.state_visits import (
    pieces,
    states,
    transitions,
    types,
    watched_children,
    within,
)

_CASES_AT_ONCE = 4
_DEFINITIONS = sorted((Path(__file__).parents[2] / "statemachines").glob("*.asl.yaml"))
Runs = Mapping[str, tuple[Seen, Told]]


@pytest.fixture(scope="module")
def of_moto(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Return what every case comes to on a laptop; a few run at a time, to save real time."""
    breakdowns = Breakdowns({name: case.broken for name, case in CASES.items()})
    with (
        watched_children() as children,
        laptop(tmp_path_factory.mktemp("fidelity"), INVENTORY, breakdowns) as running,
        ThreadPoolExecutor(_CASES_AT_ONCE) as pool,
    ):
        running.simulator.faults, running.simulator.behaviour = FAULTS, BEHAVIOUR
        running.prober.scripts = PROBES
        seen = pool.map(lambda name: on_moto(running, children, breakdowns, name), CASES)
        return dict(zip(CASES, seen, strict=True))


@pytest.fixture(scope="module")
def of_virtual() -> Runs:
    """Return what every case comes to in virtual time."""
    return {name: on_virtual(name) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_both_interpreters_go_the_same_way(of_moto: Runs, of_virtual: Runs, name: str) -> None:
    assert of_virtual[name][0] == of_moto[name][0]


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.broken])
def test_every_breakdown_of_a_case_happens(of_virtual: Runs, name: str) -> None:
    happened = [each for broken in of_virtual[name][0].broken.values() for each in broken]

    assert len(happened) == sum(each.times for each in CASES[name].broken)


def test_the_cases_enter_every_state_of_both_state_machines_on_both_interpreters(
    of_moto: Runs, of_virtual: Runs
) -> None:
    every = {name for machine in _definitions() for name, _ in walk_states(machine)}

    for runs in (of_moto, of_virtual):
        assert every - _over_all(runs, lambda events: set(states(events))) == set()


def test_what_the_cases_write_is_made_of_what_the_examples_write(
    of_moto: Runs, of_virtual: Runs, examples_on_moto: Mapping[str, SmallTold]
) -> None:
    compared = {
        piece
        for name, told in examples_on_moto.items()
        if EXAMPLES[name].on_aws is None
        for events in (told.events, *told.children.values())
        for piece in pieces(within(events))
    }

    for runs in (of_moto, of_virtual):
        assert _over_all(runs, lambda events: pieces(within(events))) - compared == set()


@pytest.fixture(scope="module")
def examples_on_moto() -> Mapping[str, SmallTold]:
    """Return the histories of all examples on moto."""
    return {name: told_by_moto(example) for name, example in EXAMPLES.items()}


@pytest.mark.parametrize("name", [name for name, each in EXAMPLES.items() if each.on_aws is None])
def test_both_interpreters_write_the_same_events_and_outputs_and_bill_them_alike(
    examples_on_moto: Mapping[str, SmallTold], name: str
) -> None:
    told, virtual = examples_on_moto[name], told_by_virtual(EXAMPLES[name])

    assert virtual.events == told.events
    assert virtual.children == told.children
    assert virtual.end == told.end
    assert virtual.transitions == transitions(told.events)


@pytest.mark.parametrize("name", [name for name, each in EXAMPLES.items() if each.on_aws])
def test_where_moto_is_known_to_differ_the_events_are_those_of_aws(
    examples_on_moto: Mapping[str, SmallTold], name: str
) -> None:
    example, virtual = EXAMPLES[name], told_by_virtual(EXAMPLES[name])

    assert types(virtual.events) == list(example.on_aws or ()), example.because
    assert virtual.events != examples_on_moto[name].events, "moto differs no more: compare it"
    assert virtual.transitions == transitions(virtual.events)


def test_the_examples_use_all_that_our_definitions_use() -> None:
    ours = {feature for machine in _definitions() for feature in features(machine)}
    compared = {feature for each in EXAMPLES.values() for feature in features(each.definition)}

    assert ours - compared == set()


def _over_all(runs: Runs, found: Callable[[Any], set[Any]]) -> set[Any]:
    return {each for _, told in runs.values() for events in told.values() for each in found(events)}


def _definitions() -> list[dict[str, Any]]:
    return [YAML(typ="safe").load(each) for each in _DEFINITIONS]
