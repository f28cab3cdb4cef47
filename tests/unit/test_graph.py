"""The graph of waves."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.graph import find_cycle, remaining_path, topological_order
from tests.unit.random_waves import Graph, acyclic_graphs, graphs, waited_for
from tests.unit.unhurried import UNHURRIED


def _longest_chain_from(graph: Graph, name: str) -> int:
    waiting = [other for other in graph if name in graph[other]]
    return 1 + max((_longest_chain_from(graph, other) for other in waiting), default=0)


def test_a_diamond_is_ordered_from_its_root() -> None:
    diamond = {"d": ["b", "c"], "b": ["a"], "c": ["a"], "a": []}
    assert topological_order(diamond) == ["a", "b", "c", "d"]
    assert remaining_path(diamond) == {"a": 3, "b": 2, "c": 2, "d": 1}


def test_independent_waves_keep_the_order_in_which_they_were_written() -> None:
    assert topological_order({"z": [], "a": [], "m": []}) == ["z", "a", "m"]


def test_a_dependency_that_no_wave_has_does_not_disturb_the_order() -> None:
    assert topological_order({"a": ["ghost"], "b": ["a"]}) == ["a", "b"]


def test_a_cycle_is_told_in_the_order_of_waiting() -> None:
    ring = {"a": ["b"], "b": ["c"], "c": ["a"], "other": ["a"]}
    cycle = find_cycle(ring)
    assert cycle is not None
    assert sorted(cycle) == ["a", "b", "c"]
    assert all(later in ring[earlier] for earlier, later in pairwise([*cycle, cycle[0]]))


def test_a_wave_that_waits_for_itself_is_a_cycle() -> None:
    assert find_cycle({"a": ["a"]}) == ["a"]


@UNHURRIED
@given(graphs())
def test_a_cycle_is_found_exactly_if_some_wave_waits_for_itself_in_the_end(graph: Graph) -> None:
    cycle = find_cycle(graph)
    assert (cycle is not None) == any(name in waited_for(graph, name) for name in graph)
    if cycle:
        assert len(set(cycle)) == len(cycle)
        assert all(later in graph[earlier] for earlier, later in pairwise([*cycle, cycle[0]]))


@UNHURRIED
@given(acyclic_graphs())
def test_every_wave_stands_once_and_after_all_it_waits_for(graph: Graph) -> None:
    order = topological_order(graph)
    assert sorted(order) == sorted(graph)
    for name in graph:
        assert all(order.index(each) < order.index(name) for each in graph[name])


@UNHURRIED
@given(acyclic_graphs(), st.data())
def test_the_order_does_not_depend_on_how_dependencies_are_listed(
    graph: Graph, data: st.DataObject
) -> None:
    shuffled = {name: data.draw(st.permutations(graph[name])) for name in graph}
    assert topological_order(shuffled) == topological_order(graph)


@UNHURRIED
@given(acyclic_graphs())
def test_the_remaining_path_is_the_longest_chain_that_begins_with_the_wave(graph: Graph) -> None:
    assert remaining_path(graph) == {name: _longest_chain_from(graph, name) for name in graph}
