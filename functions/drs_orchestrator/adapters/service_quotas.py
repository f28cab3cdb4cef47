"""The quotas of DRS as Service Quotas tells them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_service_quotas import ServiceQuotasClient

logger = logging.getLogger(__name__)

# https://docs.aws.amazon.com/general/latest/gr/drs.html
_CODES = {
    "servers_per_job": "L-B827C881",
    "jobs": "L-D88FAC3A",
    "servers_in_jobs": "L-05AFA8C6",
}


class ServiceQuotas:
    """Fulfils the port `Quotas` in the product's own account."""

    def __init__(self, client: Callable[[str], ServiceQuotasClient]) -> None:
        self._client = client

    def limits(self, place: Place) -> Limits:
        """Return the limits of the place; what cannot be read is the documented default."""
        client = self._client(place.region)
        known: dict[str, int] = {}
        for name, code in _CODES.items():
            try:
                answer = client.get_service_quota(ServiceCode="drs", QuotaCode=code)
            except (ClientError, BotoCoreError) as error:
                logger.warning("quota %s in %s is unknown: %s", code, place, error)
                continue
            value = answer["Quota"].get("Value")
            if value is not None and value >= 1:
                known[name] = int(value)
        return Limits(**known)
