"""botocore's own description of DRS: which routes exist and what their members must look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel


@dataclass(frozen=True)
class Route:
    """One operation as HTTP sees it."""

    operation: OperationModel
    method: str
    path: re.Pattern[str]


@cache
def service_model() -> ServiceModel:
    """Return the model of the installed botocore."""
    document: dict[str, Any] = Loader().load_service_model("drs", "service-2", "2020-02-26")
    return ServiceModel(document, "drs")


def operation_model(name: str) -> OperationModel | None:
    """Return the model of operation `name`, None if DRS has no such operation."""
    return (
        service_model().operation_model(name) if name in service_model().operation_names else None
    )


@cache
def _routes() -> list[Route]:
    operations = map(service_model().operation_model, service_model().operation_names)
    return [
        Route(operation, operation.http["method"], _path_pattern(operation.http["requestUri"]))
        for operation in operations
    ]


def _path_pattern(request_uri: str) -> re.Pattern[str]:
    literal_or_label = re.split(r"\{(\w+)\}", request_uri)
    return re.compile(
        "".join(
            f"(?P<{part}>.+)" if index % 2 else re.escape(quote(part))
            for index, part in enumerate(literal_or_label)
        )
    )


def find_route(method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation at `method path` and the labels of its path, None if there is none.

    `path` is decoded already, as WSGI hands it over; a label may hold slashes (ARNs do).
    """
    for route in _routes():
        match = route.path.fullmatch(path)
        if match and route.method == method:
            return route.operation, match.groupdict()
    return None
