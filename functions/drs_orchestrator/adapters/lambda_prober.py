"""The prober of an account and Region, a Lambda function there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from drs_orchestrator.adapters.health_errors import asking
from drs_orchestrator.domain.errors import HealthUnknown, shortened
from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult, ProbeResults, ProbeRound
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient


class LambdaProber:
    """Fulfils the port `Prober`."""

    def __init__(self, place: Place, client: LambdaClient, function_name: str) -> None:
        self._place = place
        self._client = client
        self._function_name = function_name

    def probe(self, requests: Sequence[ProbeRequest]) -> list[ProbeResult]:
        """Return what it finds, in the order of the requests."""
        event = ProbeRound(requests=list(requests)).document()
        with asking("Invoke", self._place):
            answer = self._client.invoke(
                FunctionName=self._function_name, Payload=json.dumps(event).encode()
            )
            payload = answer["Payload"].read()
        if "FunctionError" in answer:
            raise self._useless(f"failed: {payload.decode(errors='replace')}")
        try:
            results = ProbeResults.model_validate_json(payload).results
        except ValidationError as error:
            raise self._useless("answered something else; deploy its present version") from error
        if len(results) != len(requests):
            raise self._useless(f"answered {len(results)} of {len(requests)} probes")
        return results

    def _useless(self, what: str) -> HealthUnknown:
        return HealthUnknown(shortened(f"prober {self._function_name} in {self._place} {what}"))
