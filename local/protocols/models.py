"""botocore's own description of a service: its operations, and which route leads to which."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel


@dataclass(frozen=True)
class Route:
    """One operation of a rest-json service as HTTP sees it."""

    operation: OperationModel
    method: str
    path: re.Pattern[str]


@cache
def service_model(service: str) -> ServiceModel:
    """Return the model of `service`, by botocore's name, in the installed botocore."""
    document: dict[str, Any] = Loader().load_service_model(service, "service-2")
    return ServiceModel(document, service)


def protocol_of(service: str) -> str:
    """Return the protocol that `service` speaks: json, rest-json, query or ec2."""
    return str(service_model(service).metadata["protocol"])


def find_operation(service: str, name: str) -> OperationModel | None:
    """Return the operation `name`, None if the service has none of that name."""
    model = service_model(service)
    return model.operation_model(name) if name in model.operation_names else None


def find_route(
    service: str, method: str, path: str
) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation at `method path` and the labels of its path, None if there is none.

    `path` is decoded already, as WSGI hands it over, so that an ARN in it may hold slashes.
    """
    for route in _routes(service):
        match = route.path.fullmatch(path)
        if match and route.method == method:
            return route.operation, match.groupdict()
    return None


@cache
def _routes(service: str) -> list[Route]:
    model = service_model(service)
    operations = map(model.operation_model, model.operation_names)
    return [
        Route(operation, operation.http["method"], _path_pattern(operation.http["requestUri"]))
        for operation in operations
    ]


def _path_pattern(request_uri: str) -> re.Pattern[str]:
    literal_or_label = re.split(r"\{(\w+)\}", request_uri)
    return re.compile(
        "".join(
            _label_pattern(part) if index % 2 else re.escape(part)
            for index, part in enumerate(literal_or_label)
        )
    )


def _label_pattern(name: str) -> str:
    return f"(?P<{name}>.+)" if name.endswith("Arn") else f"(?P<{name}>[^/]+)"
