"""Which execution holds which server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drs_orchestrator.domain.server import ServerKey


class Locks(Protocol):
    """Which execution holds which server.

    `preparation`: only while the execution is being prepared under that fence; else StaleVersion is
    raised, for another attempt to prepare it has taken over.
    """

    def holders(self, servers: Sequence[ServerKey]) -> dict[ServerKey, str]:
        """Return the execution that holds each locked one among the servers."""
        ...

    def take(
        self, execution_id: str, servers: Sequence[ServerKey], *, preparation: str | None = None
    ) -> dict[ServerKey, str]:
        """Lock servers in order, and return the first found that others hold, by holder.

        Nothing returned: the execution holds them all. Otherwise it may hold some.
        """
        ...

    def release(
        self, execution_id: str, servers: Sequence[ServerKey], *, preparation: str | None = None
    ) -> None:
        """Unlock those of the servers that the execution holds."""
        ...
