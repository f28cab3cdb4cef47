"""Every error that the command line reports on purpose.

CliError
├── BadInput             exit 2: an argument or a file is wrong
├── MissingCredentials   exit 253
├── AwsError             exit 254: AWS refused, or did not answer
├── ApiUnreachable       exit 254
└── ApiProblem           exit 254: the API refused the request and says why

A message is one line that names the thing, the place and the remedy; `places` are further lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cli.exit_codes import ExitCode


class CliError(Exception):
    """Root of the tree."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED

    def __init__(self, message: str, places: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.places = tuple(places)


class BadInput(CliError):
    """An argument, or a file it names, is wrong."""

    exit_code = ExitCode.USAGE


class MissingCredentials(CliError):
    """AWS credentials or configuration are missing or not valid."""

    exit_code = ExitCode.NO_CREDENTIALS


class AwsError(CliError):
    """AWS refused the request, or did not answer."""

    exit_code = ExitCode.API_ERROR


class ApiUnreachable(CliError):
    """Nothing answers at the API's address, or no longer."""

    exit_code = ExitCode.API_ERROR


@dataclass(frozen=True)
class WrongPlace:
    """One wrong place of a request: a JSON pointer (RFC 6901) into its body, and the remedy."""

    pointer: str
    message: str


class ApiProblem(CliError):
    """The API's refusal, an RFC 9457 problem document."""

    exit_code = ExitCode.API_ERROR

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        wrong: Sequence[WrongPlace] = (),
        *,
        code: str = "",
    ) -> None:
        message = f"{title}: {detail}" if detail and detail != title else title
        super().__init__(message, [f"{w.pointer or '/'}: {w.message}" for w in wrong])
        self.status = status
        self.title = title
        self.detail = detail
        self.code = code
        self.wrong = tuple(wrong)
