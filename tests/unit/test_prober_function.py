"""The prober function: what it finds at real ports, what it refuses, and that it stands alone."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from drs_orchestrator.domain.probe import ProbeRequest, ProbeResult
from drs_prober import index
from drs_prober.index import Request, handler, probe, read_request

HOST = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BASE: dict[str, Any] = {"type": "http", "address": "10.1.2.3", "port": 8080}

Serve = Callable[[socket.socket], None]


@contextmanager
def port_that(serve: Serve) -> Iterator[int]:
    """Yield a loopback port whose first connection is handed to `serve`."""
    with socket.create_server((HOST, 0)) as listener:

        def accept() -> None:
            connection, _ = listener.accept()
            with connection:
                serve(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(timeout=10)


def answering(answer: bytes, heard: list[bytes] | None = None) -> Serve:
    """Return a server that gives one answer; what it was asked goes into `heard`."""

    def serve(connection: socket.socket) -> None:
        asked = connection.recv(65536)
        if heard is not None:
            heard.append(asked)
        connection.sendall(answer)

    return serve


def ask(serve: Serve, **members: Any) -> ProbeResult:  # noqa: ANN401
    """Return the probe's result as the product reads it."""
    with port_that(serve) as port:
        request = Request(**{"type": "http", "address": HOST, "port": port, **members})
        return ProbeResult.model_validate(probe(request))


def test_a_get_is_sent_and_its_status_judged() -> None:
    heard: list[bytes] = []
    result = ask(answering(OK, heard), path="/health?deep=1")
    assert (result.healthy, result.detail) == (True, "HTTP 200")
    assert heard[0].startswith(b"GET /health?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert heard[0].endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("status", "expect", "healthy"),
    [
        (302, None, True),
        (404, None, False),
        (503, None, False),
        (401, 401, True),
        (200, 401, False),
    ],
)
def test_the_product_and_the_prober_judge_a_status_alike(
    status: int, expect: int | None, healthy: bool
) -> None:
    result = ask(answering(f"HTTP/1.1 {status} X\r\n\r\n".encode()), expect_status=expect)
    expected = ProbeRequest.model_validate(BASE | {"expectStatus": expect}).judge(status, 0)
    assert (result.healthy, result.detail) == (healthy, expected.detail)


def test_a_redirect_is_not_followed() -> None:
    heard: list[bytes] = []
    moved = b"HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/\r\n\r\n"
    assert ask(answering(moved, heard)).detail == "HTTP 301"
    assert len(heard) == 1


def test_nobody_listening_is_a_refused_connection() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    result = probe(Request("http", HOST, port))
    assert (result["healthy"], result["detail"]) == (False, "connection refused")


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n", b"", b"x" * 10_000])
def test_what_is_no_http_is_not_healthy(answer: bytes) -> None:
    result = ask(answering(answer))
    assert not result.healthy
    assert "no HTTP" in result.detail


def test_a_server_that_says_nothing_takes_the_timeout_and_no_more() -> None:
    def listen(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    result = ask(listen, timeout_seconds=0.2)
    assert (result.healthy, result.detail) == (False, "no answer within 0.2 s")
    assert 150 <= result.latency_ms < 2000


def test_a_server_that_drips_takes_the_timeout_and_no_more() -> None:
    def drip(connection: socket.socket) -> None:
        hung_up = threading.Event()
        while not hung_up.wait(0.05):
            try:
                connection.sendall(b"H")
            except OSError:
                hung_up.set()

    result = ask(drip, timeout_seconds=0.3)
    assert result.detail == "no answer within 0.3 s"
    assert result.latency_ms < 2000


def test_a_tcp_probe_asks_for_a_connection_and_sends_nothing() -> None:
    heard: list[bytes] = []
    result = ask(answering(b"", heard), type="tcp")
    assert (result.healthy, result.detail) == (True, "connected")
    assert heard == [b""]


def test_https_takes_a_certificate_that_nobody_vouches_for(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            answering(OK)(encrypted)

    assert ask(serve, type="https").detail == "HTTP 200"


def test_https_to_a_port_without_tls_says_so() -> None:
    result = ask(answering(OK), type="https")
    assert not result.healthy
    assert result.detail.startswith("no TLS")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    from tests.unit.executions import NOON

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "elsewhere.example")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON)
        .not_valid_after(NOON.replace(year=NOON.year + 1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(private + built.public_bytes(pem))
    return file


def test_a_round_is_answered_in_order_and_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(3, timeout=5)

    def slow(request: Request) -> dict[str, Any]:
        together.wait()
        return {"port": request.port}

    monkeypatch.setattr(index, "probe", slow)
    event = {"requests": [{**BASE, "port": port} for port in (3, 1, 2)]}
    assert handler(event, None) == {"results": [{"port": 3}, {"port": 1}, {"port": 2}]}


@pytest.mark.parametrize("event", [{}, {"requests": []}, {"requests": [BASE] * 101}, BASE])
def test_an_event_that_is_no_round_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="requests: expected a list"):
        handler(event, None)


REFUSED: list[tuple[str, object]] = [
    *[("type", value) for value in ("udp", 1)],
    *[
        ("address", value)
        for value in (
            "example.com",
            "",
            7,
            "127.0.0.1",
            "127.8.8.8",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fd00:ec2::254",
            "0.0.0.0",  # noqa: S104 - refused
            "::",
            "224.0.0.1",
            "10.0.0.1/24",
            "10.0.0.1:80",
        )
    ],
    *[("port", value) for value in (0, 65536, "80", True, 80.0)],
    *[("path", value) for value in ("health", "/a b", "/a\r\nHost: x", "/ä", "/" + "a" * 1024, 1)],
    *[("timeoutSeconds", value) for value in (0, -1, 31, "soon")],
    *[("expectStatus", value) for value in (99, 600, "200")],
    ("method", "POST"),
    ("port", None),
]


@pytest.mark.parametrize(("member", "value"), REFUSED)
def test_the_product_and_the_prober_refuse_the_same_requests(member: str, value: object) -> None:
    with pytest.raises(ValidationError):
        ProbeRequest.model_validate({**BASE, member: value})
    with pytest.raises(ValueError, match=r"wrong request"):
        read_request({**BASE, member: value})


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"type": "tcp", "address": "fd12::5", "timeoutSeconds": 30},
        {"type": "https", "path": "/health?x=%20", "expectStatus": 204, "timeoutSeconds": 0.5},
        {"address": "100.64.0.9", "port": 65535},
    ],
)
def test_the_prober_takes_what_the_product_sends(members: dict[str, Any]) -> None:
    sent = ProbeRequest.model_validate({**BASE, **members})
    read = read_request(sent.document())
    assert (read.type, read.address, read.port) == (sent.type, sent.address, sent.port)
    assert (read.path, read.timeout_seconds) == (sent.path, sent.timeout_seconds)
    assert read.expect_status == sent.expect_status


def test_the_prober_needs_nothing_but_python() -> None:
    subprocess.run(  # noqa: S603 - our own file
        [sys.executable, "-I", "-S", Path(index.__file__)], check=True
    )
