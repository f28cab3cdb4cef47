"""botocore's parsers of answers, each of which reads an answer that came before only once.

Whoever waits for a job asks again and again and is mostly told the same, and to parse an answer
takes botocore longer than all else that it does for a request.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from botocore.awsrequest import HeadersDict
from botocore.model import Shape
from botocore.parsers import ResponseParser, ResponseParserFactory

# An answer of DescribeJobs has five kilobytes, and asking again comes soon or never.
_KEPT = 512
# The header that is another one in each answer, and where botocore puts it.
_REQUEST_ID = "x-amzn-RequestId"


class KeptAnswers(ResponseParserFactory):
    """What botocore takes its parsers from."""

    def create_parser(self, protocol_name: str) -> Any:  # noqa: ANN401 - parsers share no type
        """Return a parser for answers of a protocol."""
        return _parser(protocol_name)


class _Parser:
    def __init__(self, parser: ResponseParser) -> None:
        self._parser = parser
        self._parsed = lru_cache(_KEPT)(self._parse_once)

    def parse(self, response: dict[str, Any], shape: Shape) -> Any:  # noqa: ANN401
        """Return what botocore makes of an answer; nobody else holds a part of it."""
        headers: Mapping[str, str] = response["headers"]
        body, status = response["body"], response["status_code"]
        request_id = headers.get(_REQUEST_ID)
        # Refusals are few, and a stream can be read only once.
        if request_id is None or status >= 300 or not isinstance(body, bytes):
            return self._parser.parse(response, shape)
        others = tuple(item for item in headers.items() if item[0] != _REQUEST_ID)
        parsed = pickle.loads(self._parsed(shape, body, status, others))  # noqa: S301 - our own
        metadata = parsed["ResponseMetadata"]
        metadata["HTTPHeaders"][_REQUEST_ID.lower()] = request_id
        metadata.setdefault("RequestId", request_id)
        return parsed

    def _parse_once(
        self,
        shape: Shape,
        body: bytes,
        status: int,
        headers: tuple[tuple[str, str], ...],
    ) -> bytes:
        response = {"body": body, "status_code": status, "headers": HeadersDict(headers)}
        return pickle.dumps(self._parser.parse(response, shape))


@cache
def _parser(protocol_name: str) -> _Parser:
    return _Parser(ResponseParserFactory().create_parser(protocol_name))
