"""Random graphs of waves."""

from __future__ import annotations

from hypothesis import strategies as st

Graph = dict[str, list[str]]


@st.composite
def acyclic_graphs(draw: st.DrawFn, max_waves: int = 8) -> Graph:
    """Draw wave -> waves it waits for, without a cycle, written down in any order."""
    names = [f"w{number}" for number in range(draw(st.integers(0, max_waves)))]
    graph = {
        name: sorted(draw(st.sets(st.sampled_from(names[:position])))) if position else []
        for position, name in enumerate(names)
    }
    return {name: graph[name] for name in draw(st.permutations(names))}


@st.composite
def graphs(draw: st.DrawFn, max_waves: int = 6) -> Graph:
    """Draw wave -> waves it waits for, itself among them perhaps."""
    names = [f"w{number}" for number in range(draw(st.integers(0, max_waves)))]
    if not names:
        return {}
    return {name: sorted(draw(st.sets(st.sampled_from(names), max_size=3))) for name in names}


def waited_for(graph: Graph, name: str) -> set[str]:
    """Return every wave that `name` waits for, directly or through others."""
    seen: set[str] = set()
    open_names = list(graph[name])
    while open_names:
        each = open_names.pop()
        if each not in seen:
            seen.add(each)
            open_names += graph[each]
    return seen
