"""The contract of a prober: questions to private addresses, and an answer to each.

A prober runs inside the network of a target account, because nothing else reaches a recovery
instance there. Its event is a ProbeRound, its answer ProbeResults, both as JSON in camelCase. The
function itself (functions/drs_prober) keeps the same rules on its own: it is deployed alone.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from drs_orchestrator.domain.model import Model


class ProbeType(StrEnum):
    """What counts as an answer."""

    HTTP = "http"
    HTTPS = "https"
    """As HTTP, over TLS. The certificate is not checked: it names the server, not its address."""
    TCP = "tcp"
    """A connection that is accepted."""


# Where EC2 hands out an instance's credentials over IPv6; the IPv4 address is link-local.
_METADATA = ipaddress.ip_network("fd00:ec2::/32")


def _probeable(address: str) -> str:
    """Refuse addresses of the prober's own host, such as the one that hands out credentials."""
    given = ipaddress.ip_address(address)
    mapped = given.ipv4_mapped if isinstance(given, ipaddress.IPv6Address) else None
    parsed = mapped or given
    own = parsed.is_loopback or parsed.is_link_local or parsed in _METADATA
    if own or parsed.is_multicast or parsed.is_unspecified:
        raise ValueError("must be the address of another host")
    return str(given)


Address = Annotated[str, AfterValidator(_probeable)]
Port = Annotated[int, Field(strict=True, ge=1, le=65535)]
Path = Annotated[str, StringConstraints(max_length=1024, pattern=r"^/[!-~]*$")]
HttpStatus = Annotated[int, Field(strict=True, ge=100, le=599)]


class ProbeRequest(Model):
    """What to ask. `path` and `expect_status` are for HTTP and HTTPS only."""

    type: ProbeType
    address: Address
    port: Port
    path: Path = "/"
    timeout_seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    expect_status: HttpStatus | None = None
    """The one status that is healthy; by default any from 200 to 399."""

    def judge(self, status: int, latency_ms: int) -> ProbeResult:
        """Return the result of an HTTP answer with `status` after `latency_ms`."""
        if self.expect_status is None:
            healthy, wanted = 200 <= status <= 399, "200 to 399"
        else:
            healthy, wanted = status == self.expect_status, str(self.expect_status)
        detail = f"HTTP {status}" if healthy else f"HTTP {status}, expected {wanted}"
        return ProbeResult(healthy=healthy, detail=detail, latency_ms=latency_ms)


class ProbeResult(Model):
    """What came back. `detail` says it in words for a person: the status, or why there is none."""

    healthy: bool
    detail: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    latency_ms: Annotated[int, Field(ge=0)]


PROBES_AT_ONCE = 100


class ProbeRound(Model):
    """What a prober asks all at once: a round takes as long as its slowest answer."""

    requests: Annotated[list[ProbeRequest], Field(min_length=1, max_length=PROBES_AT_ONCE)]


class ProbeResults(Model):
    """The answers of a round, in the order of its requests."""

    results: list[ProbeResult]
