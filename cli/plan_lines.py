"""Finds the line of everything in a YAML document."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from cli.errors import BadInput

# A few lines of aliases of aliases can stand for more than any memory holds.
_MOST_ALIASED_NODES = 10_000
# A plan nests four deep; what reads and sends documents recurses.
_DEEPEST = 50


def lines_of(path: Path, root: Node | None) -> dict[str, int]:
    """Return the line of every node by its JSON pointer; a field is where its key is.

    Raises BadInput for what would take no end to write out: circles, heaps of aliases.
    """
    survey = _Survey(path)
    if root is not None:
        survey.visit(root, "")
    return survey.lines


def escape(key: str) -> str:
    """Return a field name as a JSON pointer holds it (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


class _Survey:
    def __init__(self, path: Path) -> None:
        self.lines = {"": 1}
        self._path = path
        self._above: list[Node] = []
        self._seen: set[Node] = set()
        self._aliased_nodes = 0

    def visit(self, node: Node, pointer: str) -> None:
        self._check(node)
        self._above.append(node)
        if isinstance(node, MappingNode):
            self._visit_fields(node, pointer)
        elif isinstance(node, SequenceNode):
            for index, value in enumerate(node.value):
                place = f"{pointer}/{index}"
                self.lines[place] = value.start_mark.line + 1
                self.visit(value, place)
        self._above.pop()

    def _visit_fields(self, node: MappingNode, pointer: str) -> None:
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._refuse(key, "a field name is text, not a list or a mapping")
            place = f"{pointer}/{escape(str(key.value))}"
            self.lines[place] = key.start_mark.line + 1
            self.visit(value, place)

    def _check(self, node: Node) -> None:
        if node in self._above:
            self._refuse(node, "an alias refers to what contains it; write it out")
        if len(self._above) > _DEEPEST:
            self._refuse(node, f"nested more than {_DEEPEST} deep; a plan needs four")
        self._aliased_nodes += node in self._seen
        if self._aliased_nodes > _MOST_ALIASED_NODES:
            words = (
                f"aliases repeat more than {_MOST_ALIASED_NODES} values; write out what you need"
            )
            self._refuse(node, words)
        self._seen.add(node)

    def _refuse(self, node: Node, words: str) -> NoReturn:
        raise BadInput(f"{self._path}:{node.start_mark.line + 1}: {words}")
