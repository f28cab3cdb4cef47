"""InitializeService."""

from __future__ import annotations

from local.drs.operations.context import Context
from local.drs.state import Document


def initialize_service(context: Context, _params: Document) -> Document:
    """Make the Region usable; doing it again changes nothing."""
    context.estate.initialized = True
    return {}
