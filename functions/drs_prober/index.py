"""The prober: asks private addresses whether they answer, from inside an account's network.

A Lambda function whose text stands in the account's template, so it needs nothing but Python. The
event is {"requests": [...]}, the answer {"results": [...]}, as drs_orchestrator/domain/probe.py
describes them; the rules are repeated here, because whoever may invoke it could send anything.
It resolves no names, follows no redirects, sends nothing but a GET, and reads a few KB at most.
Certificates are not checked: they name a server, not its address, and a drill changes no names.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

_REQUESTS_AT_ONCE = 100
_LONGEST_PATH = 1024
_LONGEST_TIMEOUT_SECONDS = 30
_BYTES_READ = 4096
# Where EC2 hands out an instance's credentials over IPv6; the IPv4 address is link-local.
_METADATA = ipaddress.ip_network("fd00:ec2::/32")


@dataclass(frozen=True)
class Request:
    """One question. `expect_status`: the one HTTP status that is healthy, else 200 to 399."""

    type: str
    address: str
    port: int
    path: str = "/"
    timeout_seconds: float = 5.0
    expect_status: int | None = None


_MEMBERS = {
    "type": "type",
    "address": "address",
    "port": "port",
    "path": "path",
    "timeoutSeconds": "timeout_seconds",
    "expectStatus": "expect_status",
}
_REQUIRED = {"type", "address", "port"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return the results in the order of the requests; raise ValueError for any other event."""
    requests = event.get("requests")
    if not isinstance(requests, list) or not 1 <= len(requests) <= _REQUESTS_AT_ONCE:
        raise ValueError(f"requests: expected a list of 1 to {_REQUESTS_AT_ONCE}")
    questions = [read_request(each) for each in requests]
    with ThreadPoolExecutor(len(questions)) as pool:
        return {"results": list(pool.map(probe, questions))}


def read_request(document: Any) -> Request:  # noqa: ANN401 - it may be anything
    """Return the request; raise ValueError that names the first wrong member."""
    _require(isinstance(document, dict), "expected an object")
    _require(document.keys() <= _MEMBERS.keys(), f"it may have {', '.join(_MEMBERS)}")
    given = {_MEMBERS[k]: v for k, v in document.items() if v is not None}
    _require(given.keys() >= _REQUIRED, f"it must have {', '.join(sorted(_REQUIRED))}")
    request = Request(**given)
    _require(request.type in ("http", "https", "tcp"), "type")
    _require(_is_other_host(request.address), "address: must be the IP address of another host")
    _require(_is_integer(request.port, 1, 65535), "port")
    path = request.path
    _require(isinstance(path, str) and len(path) <= _LONGEST_PATH, "path")
    _require(bool(re.fullmatch(r"/[!-~]*", path)), "path")
    seconds = request.timeout_seconds
    _require(isinstance(seconds, int | float) and not isinstance(seconds, bool), "timeoutSeconds")
    _require(0 < seconds <= _LONGEST_TIMEOUT_SECONDS, "timeoutSeconds")
    status = request.expect_status
    _require(status is None or _is_integer(status, 100, 599), "expectStatus")
    return request


def probe(request: Request) -> dict[str, Any]:
    """Return what answered at the address, wherever it is: checking that is the caller's part."""
    began = time.monotonic()
    try:
        healthy, detail = _ask(request, began + request.timeout_seconds)
    except TimeoutError:
        healthy, detail = False, f"no answer within {request.timeout_seconds:g} s"
    except ConnectionRefusedError:
        healthy, detail = False, "connection refused"
    except ssl.SSLError as error:
        healthy, detail = False, f"no TLS: {error.reason or error}"
    except OSError as error:
        healthy, detail = False, error.strerror or str(error) or type(error).__name__
    latency_ms = round((time.monotonic() - began) * 1000)
    return {"healthy": healthy, "detail": detail, "latencyMs": latency_ms}


def _ask(request: Request, deadline: float) -> tuple[bool, str]:
    place = (request.address, request.port)
    with socket.create_connection(place, timeout=_left(deadline)) as connection:
        if request.type == "tcp":
            return True, "connected"
        if request.type == "http":
            return _judge(request, _status(request, connection, deadline))
        connection.settimeout(_left(deadline))
        with _unchecked_tls().wrap_socket(connection) as encrypted:
            return _judge(request, _status(request, encrypted, deadline))


def _status(request: Request, connection: socket.socket, deadline: float) -> int | None:
    """Return the status that a GET is answered with, None if the answer is no HTTP.

    By hand, because http.client waits for each line anew: a server that drips would hold the round.
    """
    host = f"[{request.address}]" if ":" in request.address else request.address
    lines = (
        f"GET {request.path} HTTP/1.1",
        f"Host: {host}:{request.port}",
        "User-Agent: drs-orchestrator-prober",
        "Accept: */*",
        "Connection: close",
        "\r\n",
    )
    connection.settimeout(_left(deadline))
    connection.sendall("\r\n".join(lines).encode("ascii"))
    received = b""
    while b"\n" not in received and len(received) < _BYTES_READ:
        connection.settimeout(_left(deadline))
        some = connection.recv(_BYTES_READ)
        if not some:
            break
        received += some
    match = re.match(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b", received)
    return int(match[1]) if match else None


def _judge(request: Request, status: int | None) -> tuple[bool, str]:
    if status is None:
        return False, "the answer is no HTTP"
    if request.expect_status is None:
        healthy, wanted = 200 <= status <= 399, "200 to 399"
    else:
        healthy, wanted = status == request.expect_status, str(request.expect_status)
    return healthy, f"HTTP {status}" if healthy else f"HTTP {status}, expected {wanted}"


def _unchecked_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _is_other_host(address: object) -> bool:
    """Whether it is an IP address, and none of this host: some of those hand out credentials."""
    try:
        parsed = ipaddress.ip_address(address) if isinstance(address, str) else None
    except ValueError:
        parsed = None
    if parsed is None:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    own = parsed.is_loopback or parsed.is_link_local or parsed in _METADATA
    return not (own or parsed.is_multicast or parsed.is_unspecified)


def _is_integer(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _require(valid: bool, what: str) -> None:
    if not valid:
        raise ValueError(f"wrong request: {what}")
