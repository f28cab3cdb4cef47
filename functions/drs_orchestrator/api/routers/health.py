"""Whether the API is there."""

from __future__ import annotations

from fastapi import APIRouter

from drs_orchestrator.api.models import Health
from drs_orchestrator.api.version import VERSION

router = APIRouter(tags=["health"])


@router.get("/health")
async def get_health() -> Health:
    """Answer at once, without asking any other service."""
    return Health(version=VERSION)
