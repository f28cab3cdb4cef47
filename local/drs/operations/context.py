"""What an operation works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from local.drs import ids, pages
from local.drs.behaviour import Behaviour
from local.drs.errors import DrsError, invalid
from local.drs.faults import Faults
from local.drs.state import Document, Estate
from local.drs.timestamps import parse_stamp

Row = TypeVar("Row")


@dataclass(frozen=True)
class Context:
    """One call: the estate it addresses, the moment, and the rules in force."""

    operation: str
    estate: Estate
    now: datetime
    faults: Faults
    behaviour: Behaviour
    seed: int
    next_sequence: Callable[[], int]

    def arn(self, kind: str, resource_id: str) -> str:
        """Return the ARN of a resource of this estate."""
        return ids.arn(self.estate.account_id, self.estate.region, kind, resource_id)

    def new_id(self, prefix: str, sequence: int) -> str:
        """Return a DRS identifier for the thing numbered `sequence`."""
        return ids.regional_id(
            prefix, self.estate.region, self.seed, self.estate.account_id, sequence
        )

    def unknown(self, kind: str, resource_id: str) -> DrsError:
        """Return the error of the operations that model no ResourceNotFoundException."""
        return DrsError(
            self.behaviour.unknown_resource_code,
            self.behaviour.unknown_resource_http_status,
            f"{kind} {resource_id} does not exist",
            {"resourceType": kind, "resourceId": resource_id},
        )

    def date(self, filters: Document, member: str) -> datetime | None:
        """Return a date of a filter; the pattern of the model lets 30 February through."""
        if filters.get(member) is None:
            return None
        try:
            return parse_stamp(filters[member])
        except ValueError as error:
            problem = "not a date of the calendar"
            raise invalid(
                f"Invalid request body: filters.{member}: {problem}",
                fields=[(f"filters.{member}", problem)],
            ) from error

    def page(
        self,
        rows: list[Row],
        params: Document,
        *,
        position: Callable[[Row], int],
        view: Callable[[Row], dict[str, Any]],
        descending: bool = False,
    ) -> Document:
        """Return the asked page of `rows` as a list answer; see `pages.page`."""
        chosen, next_token = pages.page(
            rows,
            params,
            operation=self.operation,
            position=position,
            page_size=self.behaviour.page_size,
            descending=descending,
        )
        return pages.answer([view(row) for row in chosen], next_token)
