"""What the parts of the store of executions stand on."""

from __future__ import annotations

from drs_orchestrator.adapters.items import Items


class Part:
    """A part of the port `Executions`: all parts write into one table."""

    def __init__(self, items: Items) -> None:
        self._items = items
