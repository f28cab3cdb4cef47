"""From an operation's result, or its refusal, to the body of an HTTP answer."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local.protocols.errors import AwsError
from local.protocols.requests import Document

CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
    "ec2": "text/xml;charset=UTF-8",
}


def body_of(operation: OperationModel, result: Document, request_id: str) -> bytes:
    """Return the body that says `result`; members that are None are left out.

    Raises KeyError for a member that the operation's model does not have.
    """
    protocol = str(operation.service_model.metadata["protocol"])
    shape = operation.output_shape
    if protocol in {"json", "rest-json"}:
        return json.dumps(_json(result, shape) if shape else {}).encode()
    root = ET.Element(
        f"{operation.name}Response", xmlns=f"{operation.service_model.metadata['xmlNamespace']}"
    )
    if protocol == "ec2":
        ET.SubElement(root, "requestId").text = request_id
        _add_members(root, result, shape)
    else:
        wrapper = shape.serialization.get("resultWrapper") if shape else None
        _add_members(ET.SubElement(root, str(wrapper)) if wrapper else root, result, shape)
        metadata = ET.SubElement(root, "ResponseMetadata")
        ET.SubElement(metadata, "RequestId").text = request_id
    return _xml(root)


def error_body(protocol: str, error: AwsError, request_id: str) -> bytes:
    """Return the body that says `error` as services of `protocol` do."""
    if protocol in {"json", "rest-json"}:
        document = {"__type": error.code, "message": error.message, **error.members}
        return json.dumps(document).encode()
    if protocol == "ec2":
        root = ET.Element("Response")
        parent = ET.SubElement(ET.SubElement(root, "Errors"), "Error")
        request_id_name = "RequestID"
    else:
        root = ET.Element("ErrorResponse")
        parent = ET.SubElement(root, "Error")
        ET.SubElement(parent, "Type").text = "Sender" if error.http_status < 500 else "Receiver"
        request_id_name = "RequestId"
    ET.SubElement(parent, "Code").text = error.code
    ET.SubElement(parent, "Message").text = error.message
    ET.SubElement(root, request_id_name).text = request_id
    return _xml(root)


def _json(value: Any, shape: Shape) -> Any:  # noqa: ANN401 - whatever the shape says
    if isinstance(shape, StructureShape):
        return {
            shape.members[name].serialization.get("name", name): _json(item, shape.members[name])
            for name, item in value.items()
            if item is not None
        }
    if isinstance(shape, ListShape):
        return [_json(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: _json(item, shape.value) for key, item in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value


def _add_members(parent: ET.Element, value: Document, shape: StructureShape | None) -> None:
    for name, item in value.items():
        if shape is not None and item is not None:
            member = shape.members[name]
            _add(parent, str(member.serialization.get("name", name)), item, member)


def _add(parent: ET.Element, tag: str, value: Any, shape: Shape) -> None:  # noqa: ANN401
    if isinstance(shape, StructureShape):
        _add_members(ET.SubElement(parent, tag), value, shape)
    elif isinstance(shape, ListShape):
        listed = ET.SubElement(parent, tag)
        for item in value:
            _add(listed, str(shape.member.serialization.get("name", "member")), item, shape.member)
    else:
        ET.SubElement(parent, tag).text = _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return str(value)


def _xml(root: ET.Element) -> bytes:
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body
