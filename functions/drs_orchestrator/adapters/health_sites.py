"""Where servers can be looked at: EC2, Systems Manager and the prober of every place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import boto3

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.first_use import FirstUse
from drs_orchestrator.adapters.instance_checks import BotoInstanceChecks
from drs_orchestrator.adapters.lambda_prober import LambdaProber
from drs_orchestrator.adapters.per_session import PerSession
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class _Site(NamedTuple):
    checks: BotoInstanceChecks
    functions: FirstUse[LambdaClient]


class BotoHealthSites:
    """Fulfils the port `HealthSites`. `prober_name` returns the function's name in an account."""

    def __init__(self, sessions: Sessions, prober_name: Callable[[str], str]) -> None:
        self._prober_name = prober_name
        self._sites = PerSession(sessions, _site)

    def instance_checks(self, place: Place) -> BotoInstanceChecks:
        """Return EC2 and Systems Manager of an account and Region; raise AccountUnreachable."""
        return self._sites.at(place).checks

    def prober(self, place: Place) -> LambdaProber:
        """Return the prober of an account and Region; raise AccountUnreachable."""
        name = self._prober_name(place.account_id)
        return LambdaProber(place, self._sites.at(place).functions, name)


def _site(place: Place, session: boto3.Session) -> _Site:
    checks = BotoInstanceChecks(place, partial(clients.ec2, session), partial(clients.ssm, session))
    return _Site(checks, FirstUse(partial(clients.probers, session)))
