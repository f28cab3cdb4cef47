"""The prober of an account and Region, a Lambda function there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError

from drs_orchestrator.adapters.health_errors import asking
from drs_orchestrator.domain.errors import HealthUnknown, shortened
from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult, ProbeResults, ProbeRound
from drs_orchestrator.domain.server import Place

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

# What differs from one invocation to the next: its id, and the time before it.
_ONE_INVOCATION = re.compile(
    r"(\d{4}-\d\d-\d\dT\S+ |RequestId: )?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} ?"
)


class LambdaProber:
    """Fulfils the port `Prober`. `client` makes its client, or returns the one made before."""

    def __init__(
        self, place: Place, client: Callable[[], LambdaClient], function_name: str
    ) -> None:
        self._place = place
        self._client = client
        self._function_name = function_name

    def probe(self, requests: Sequence[ProbeRequest]) -> list[ProbeResult]:
        """Return what it finds, in the order of the requests."""
        event = ProbeRound(requests=list(requests)).document()
        with asking("Invoke", self._place):
            answer = self._client().invoke(
                FunctionName=self._function_name, Payload=json.dumps(event).encode()
            )
            payload = answer["Payload"].read()
        if "FunctionError" in answer:
            raise self._useless(f"failed: {_ONE_INVOCATION.sub('', payload.decode())}")
        try:
            results = ProbeResults.model_validate_json(payload).results
        except ValidationError as error:
            raise self._useless("answered something else; deploy its present version") from error
        if len(results) != len(requests):
            raise self._useless(f"answered {len(results)} of {len(requests)} probes")
        return results

    def _useless(self, what: str) -> HealthUnknown:
        return HealthUnknown(shortened(f"prober {self._function_name} in {self._place} {what}"))
