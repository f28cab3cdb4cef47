"""Who sent a request, and under which id.

API Gateway tells both in the event (payload format 2.0), never the client in body or headers:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import Depends, Request

# Who acts where no API Gateway stands before the API: on a laptop, over loopback only.
LOCAL = "local"


def _context(request: Request) -> dict[str, Any] | None:
    """Return the event's request context; None where there is no event."""
    event: dict[str, Any] | None = request.scope.get("aws.event")
    return None if event is None else event["requestContext"]


async def actor_of(request: Request) -> str:
    """Return the ARN of the IAM principal, or the subject of the token."""
    context = _context(request)
    if context is None:
        return LOCAL
    authorizer = context.get("authorizer") or {}
    if "iam" in authorizer:
        return str(authorizer["iam"]["userArn"])
    claims = authorizer.get("jwt", {}).get("claims", {})
    return str(claims.get("email") or claims.get("sub") or "unknown")


def request_id_of(request: Request) -> str:
    """Return API Gateway's id of the request, or one of our own that stays the same."""
    context = _context(request)
    if context is not None:
        return str(context["requestId"])
    if not hasattr(request.state, "request_id"):
        request.state.request_id = str(uuid.uuid4())
    return str(request.state.request_id)


Actor = Annotated[str, Depends(actor_of)]
