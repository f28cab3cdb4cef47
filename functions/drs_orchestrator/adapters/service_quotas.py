"""The quotas of DRS as Service Quotas tells them."""

from __future__ import annotations

import logging

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.server import Place

logger = logging.getLogger(__name__)

# https://docs.aws.amazon.com/general/latest/gr/drs.html
_CODES = {
    "servers_per_job": "L-B827C881",
    "jobs": "L-D88FAC3A",
    "servers_in_jobs": "L-05AFA8C6",
}


class ServiceQuotas:
    """Fulfils the port `Quotas`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def limits(self, place: Place) -> Limits:
        """Return the limits of the place; what cannot be read is the documented default."""
        client = clients.service_quotas(self._sessions.at(place))
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
