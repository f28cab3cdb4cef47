"""An answer that came before is parsed once, and yet everybody's own."""

from __future__ import annotations

from typing import Any

from botocore.awsrequest import HeadersDict

from local.protocols.models import find_operation
from local.virtual.kept_answers import KeptAnswers

_JOBS = b'{"items": [{"jobID": "drsjob-1", "tags": {"a": "b"}}]}'
_OTHERS = b'{"items": []}'


def test_an_answer_that_came_before_is_shared_by_nobody() -> None:
    first = _parsed(_JOBS, "request-1")
    first["items"][0]["tags"].clear()
    second = _parsed(_JOBS, "request-2")

    assert second["items"] == [{"jobID": "drsjob-1", "tags": {"a": "b"}}]
    assert second["ResponseMetadata"]["RequestId"] == "request-2"
    assert second["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == "request-2"
    assert first["ResponseMetadata"]["RequestId"] == "request-1"
    assert _parsed(_OTHERS, "request-3")["items"] == []


def _parsed(body: bytes, request_id: str) -> Any:  # noqa: ANN401 - whatever the shape says
    operation = find_operation("drs", "DescribeJobs")
    assert operation is not None
    headers = HeadersDict({"x-amzn-RequestId": request_id, "Content-Type": "application/json"})
    response = {"body": body, "status_code": 200, "headers": headers}
    return KeptAnswers().create_parser("rest-json").parse(response, operation.output_shape)
