"""How much DRS admits, and who comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.quota import Ledger, Limits, QueueEntry
from drs_orchestrator.domain.server import Place


class Quotas(Protocol):
    """What DRS admits."""

    def limits(self, place: Place) -> Limits:
        """Return the limits of an account and Region, the documented defaults where unknown."""
        ...


class Ledgers(Protocol):
    """Queue and grants per account and Region. Each change moves the intents in one transaction."""

    def read(self, place: Place) -> Ledger:
        """Return the ledger of the place."""
        ...

    def note_limits(self, place: Place, limits: Limits) -> None:
        """Remember what DRS admits in the place."""
        ...

    def note_pump(self, place: Place, time: datetime) -> None:
        """Remember when the queue was last pumped."""
        ...

    def note_hindrance(self, place: Place, hindrance: str | None) -> None:
        """Remember why the queue cannot be pumped; None: it can."""
        ...

    def enqueue(self, intents: Sequence[Intent]) -> None:
        """Move PREPARED intents to QUEUED with a queue entry each; those moved before stay."""
        ...

    def grant(
        self, place: Place, version: int, chunks: Sequence[tuple[QueueEntry, Intent]]
    ) -> None:
        """Move QUEUED intents to GRANTED and their entries to the grants, all or none.

        Raises StaleVersion if the ledger or an intent moved on; ExecutionPaused or ExecutionClosed
        if nothing but an execution stands in the way. At most 24 chunks: a transaction holds 100
        writes.
        """
        ...

    def withdraw(self, intent: Intent, reason: str) -> None:
        """Move a QUEUED or GRANTED intent back to PREPARED; it gives up its room and its place."""
        ...

    def requeue(self, intent: Intent, reason: str) -> None:
        """Give a grant back and queue the chunk again, because DRS had no room."""
        ...

    def confirm(self, intent: Intent) -> Intent:
        """Move a SENT intent with its `job_id` to CONFIRMED, and name the job in its grant."""
        ...

    def release(self, intent: Intent) -> Intent:
        """Store the intent's final status and give back its grant or its place in the queue."""
        ...

    def drop_grant(self, place: Place, key: str) -> None:
        """Give back the room of a job that has ended, whoever waits for it."""
        ...

    def drop_entry(self, place: Place, entry: QueueEntry) -> None:
        """Remove a queue entry whose execution starts nothing any more."""
        ...
