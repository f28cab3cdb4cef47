"""Sessions of the home account whose clients outlive their world.

To make a client takes botocore as long as ten requests, and thousands of worlds follow each other
in one process. A client remembers one thing of its past: how much of its quota of retries is left.
One whose quota is not full is made anew, so that a world's history never depends on the one before.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

from typing import Any

import boto3
import botocore.retries.quota
import botocore.session
from botocore.config import Config
from botocore.retries.quota import RetryQuota

from local.virtual.surroundings import replaced

_FULL = RetryQuota.INITIAL_CAPACITY


class KeptSession(boto3.Session):
    """A session that makes each client once, as long as its quota of retries is full."""

    def __init__(self, region_name: str, botocore_session: botocore.session.Session) -> None:
        super().__init__(region_name=region_name, botocore_session=botocore_session)
        self._kept: dict[tuple[str, ...], tuple[Any, list[RetryQuota]]] = {}

    def client(  # type: ignore[override]  # boto3's own is a list of all services
        self,
        service_name: str,
        region_name: str | None = None,
        config: Config | None = None,
    ) -> Any:  # noqa: ANN401 - a class that botocore makes up
        """Return the client that is kept, or a new one."""
        key = (service_name, region_name or self.region_name, repr(vars(config)) if config else "")
        client, quotas = self._kept.get(key, (None, []))
        if client is None or any(quota.available_capacity < _FULL for quota in quotas):
            made: list[RetryQuota] = []
            with replaced(botocore.retries.quota, "RetryQuota", lambda: _noted(made)):
                client = super().client(service_name, region_name=region_name, config=config)  # type: ignore[call-overload]
            self._kept[key] = client, made
        return client


def _noted(made: list[RetryQuota]) -> RetryQuota:
    quota = RetryQuota()
    made.append(quota)
    return quota
