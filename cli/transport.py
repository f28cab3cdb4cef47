"""HTTP below the client: one request at a time, and what is said of one that fails."""

from __future__ import annotations

import re
from http import HTTPStatus
from ipaddress import ip_address

import httpx

from cli.answers import Json
from cli.errors import ApiProblem, ApiUnreachable, BadInput, WrongPlace
from cli.session import DEFAULT_API_URL

Query = dict[str, str | int]
_TIMEOUT = httpx.Timeout(30, connect=5)
# Of all other errors of a connection nobody knows whether the request arrived before.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Transport:
    """Sends requests to the API at one address.

    Every call may raise ApiUnreachable or ApiProblem.
    """

    def __init__(self, api_url: str) -> None:
        url = _address(api_url)
        self.is_local = _is_loopback(url)
        # The address without name and password: it is shown and logged.
        self._shown = re.sub("//[^/?#]*@", "//", url)
        try:
            self._http = httpx.Client(
                base_url=f"{url}/api/v1",
                timeout=_TIMEOUT,
                # A proxy of the environment cannot know what runs on this machine's loopback.
                trust_env=not self.is_local,
                headers={"Accept": "application/json", "User-Agent": "drsctl"},
            )
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            raise BadInput(
                f"this environment allows no connection to {self._shown}: {error}; see HTTP_PROXY,"
                " HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
            ) from error

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request and return the answer, which is a success."""
        try:
            response = self._http.request(method, path, params=params, json=body, headers=headers)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_and_doubt("stopped", method, path)) from None
        except UnicodeEncodeError as error:
            part = error.object[error.start : error.end]
            raise BadInput(f"{part!a} in an argument is no text in UTF-8; correct it") from error
        except httpx.InvalidURL as error:
            raise BadInput(f"an argument fits into no address ({error}); correct it") from error
        except httpx.TransportError as error:
            raise self._unreachable(error, method, path) from error
        except httpx.RequestError as error:
            raise self.stranger() from error
        if not response.is_success:
            raise _problem(response)
        return response

    def stranger(self) -> ApiProblem:
        """Return the error for an answer that the API does not give."""
        return ApiProblem(
            HTTPStatus.OK,
            f"what answers at {self._shown} is not the DRS orchestrator",
            "name its address with --api URL or DRSCTL_API_URL",
        )

    def _unreachable(self, error: httpx.TransportError, method: str, path: str) -> ApiUnreachable:
        if isinstance(error, httpx.TimeoutException):
            words = f"{self._shown} did not answer {method} {path} in time; see that it is well"
        elif isinstance(error, _NEVER_SENT):
            words = (
                f"nothing answers at {self._shown} ({error}); start it with `drsctl local`,"
                " or name another with --api URL or DRSCTL_API_URL"
            )
        else:
            words = (
                f"the connection to {self._shown} was lost before it answered {method} {path};"
                " see that it is well"
            )
        sent = not isinstance(error, _NEVER_SENT)
        return ApiUnreachable(_and_doubt(words, method, path) if sent else words)


def _and_doubt(words: str, method: str, path: str) -> str:
    """Return the words, and that what was asked may have been done, if it changes something."""
    if method == "GET":
        return words
    where = "look before you ask again"
    if path.endswith("/execute"):
        where = "`drsctl run ls` tells whether the run has started"
    return f"{words}; it may have been carried out: {where}"


def _is_loopback(url: str) -> bool:
    host = httpx.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(api_url: str) -> str:
    try:
        url = httpx.URL(api_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        # Where a password ends in what is no URL nobody can tell.
        shown = api_url.rpartition("@")[2]
        raise BadInput(
            f"the API's address '{shown}' is no http URL; it looks like {DEFAULT_API_URL}"
        )
    return api_url.rstrip("/").removesuffix("/api/v1")


def _problem(response: httpx.Response) -> ApiProblem:
    status = response.status_code
    try:
        document = response.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        document = {}
    title = str(document.get("title") or f"HTTP {status} {response.reason_phrase}".strip())
    detail = str(document.get("detail") or document.get("message") or "")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and document.get("requestId"):
        detail += f" (request {document['requestId']})"
    wrong = [
        WrongPlace(str(error.get("pointer", "")), str(error.get("message", "")))
        for error in document.get("errors") or []
        if isinstance(error, dict)
    ]
    return ApiProblem(status, title, detail, wrong, code=str(document.get("code") or ""))
