"""The product's view of DRS with the clients that are shipped, against a simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import boto3
import pytest

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.domain.server import Place
from tests.contract.drs_service import ACCOUNT, REGION, DrsService

if TYPE_CHECKING:
    from types_boto3_drs import DrsClient

HERE = Place(ACCOUNT, REGION)
NOWHERE = Place(ACCOUNT, "eu-west-1")
"""Where DRS was never initialised."""
TAGS = {"drsorc:execution": "drill-1", "drsorc:wave": "web"}


@contextmanager
def adapter(service: DrsService, place: Place = HERE) -> Iterator[BotoDisasterRecovery]:
    """Yield the adapter with the clients that are shipped."""
    url = f"http://127.0.0.1:{service.port}"
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DRS", url)
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        patch.delenv("AWS_PROFILE", raising=False)

        def closing(make: Callable[[boto3.Session], DrsClient]) -> Callable[[], DrsClient]:
            def client() -> DrsClient:
                made = make(boto3.Session(region_name=place.region))
                stack.callback(made.close)
                return made

            return client

        yield BotoDisasterRecovery(place, closing(clients.drs_reads), closing(clients.drs_launches))


def start(
    drs: BotoDisasterRecovery,
    *server_ids: str,
    is_drill: bool = True,
    snapshot_ids: Mapping[str, str] | None = None,
) -> str:
    """Start a job and return its id."""
    return drs.start_recovery(
        server_ids, is_drill=is_drill, tags=TAGS, snapshot_ids=snapshot_ids or {}
    )


def outcomes(service: DrsService, operation: str) -> list[str]:
    """Return what became of every call of an operation."""
    return [call.outcome for call in service.simulator.calls if call.operation == operation]
