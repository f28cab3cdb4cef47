"""The API as an ASGI application, and as a Lambda function behind an HTTP API's `$default` stage.

The full path `/api/v1/...` is the same in the code, behind API Gateway and on a laptop: nothing
strips or adds a prefix.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

from fastapi import FastAPI
from mangum import Mangum
from mangum.types import LambdaContext
from pydantic.warnings import UnsupportedFieldAttributeWarning

from drs_orchestrator.api import problems
from drs_orchestrator.api.routers import (
    accounts,
    actions,
    executions,
    health,
    protection_groups,
    recovery_plans,
    source_servers,
)
from drs_orchestrator.api.version import VERSION

PREFIX = "/api/v1"
# FastAPI asks pydantic for more than that knows, and hushes it at once; our models are built later.
warnings.filterwarnings("ignore", category=UnsupportedFieldAttributeWarning)


class OrchestratorApi(FastAPI):
    """FastAPI with the true media type of problems in its documentation."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document."""
        document = super().openapi()
        for path in document["paths"].values():
            for operation in path.values():
                content = operation["responses"]["default"]["content"]
                if "application/json" in content:
                    content[problems.MEDIA_TYPE] = content.pop("application/json")
        return document


def build_app() -> OrchestratorApi:
    """Return the application; no use case is made before the first request needs it."""
    built = OrchestratorApi(
        title="DRS orchestrator",
        version=VERSION,
        summary="Recovers applications with AWS Elastic Disaster Recovery, wave by wave.",
        openapi_url=f"{PREFIX}/openapi.json",
        # Their pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=problems.responses(),
        generate_unique_id_function=lambda route: route.name,
    )
    problems.install(built)
    for noun in (
        health,
        protection_groups,
        source_servers,
        recovery_plans,
        executions,
        actions,
        accounts,
    ):
        built.include_router(noun.router, prefix=PREFIX)
    return built


app = build_app()


@cache
def _adapter() -> Mangum:
    # It makes an event loop, which a laptop's server would never close. What is not listed as text
    # would reach the client in Base64.
    return Mangum(app, lifespan="off", text_mime_types=["application/json", problems.MEDIA_TYPE])


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer a request that API Gateway hands on, payload format 2.0."""
    return _adapter()(event, context)
