"""Transactions whose refusal is explained in the words of the domain."""

from __future__ import annotations

from collections.abc import Callable

from drs_orchestrator.adapters.items import ConditionFailedError, Items, Write
from drs_orchestrator.domain.errors import StoreUnavailable

# DynamoDB refuses a transaction also because another one touches the same item at the same moment,
# though all conditions hold. So often it is sent again before the caller is asked to.
ATTEMPTS = 5


def write_or_explain(items: Items, explain: Callable[[], None], *writes: Write) -> None:
    """Carry out all writes or none.

    After a refusal `explain` reads what stands in the way and raises the error that says so; if it
    finds nothing, the writes are tried again. Raises StoreUnavailable if nothing ever explains it.
    """
    for _ in range(ATTEMPTS):
        try:
            items.write(*writes)
        except ConditionFailedError:
            explain()
        else:
            return
    raise StoreUnavailable("other requests change the same things at this moment; try again")
