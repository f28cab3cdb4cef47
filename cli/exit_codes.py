"""What the exit code says: scripts and pipelines decide by it.

130 and 141 are what a shell says of a program that Ctrl-C or a closed pipe ended; 253, 254 and 255
have the meaning that the AWS CLI gives them
(https://docs.aws.amazon.com/cli/latest/topic/return-codes.html).
"""

from __future__ import annotations

from enum import IntEnum

from cli.answers import LIVE_STATUSES


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    """The command did its work; where it follows an execution, that is COMPLETED."""
    FAILED = 1
    """The execution ended FAILED or INTERRUPTED, or a clean-up left something."""
    USAGE = 2
    """The command line, or a file it names, is wrong; nothing was changed."""
    PARTIAL = 3
    """The execution ended PARTIAL."""
    DECISION_NEEDED = 4
    """The execution waits for a person's decision; it was left waiting."""
    CANCELLED = 6
    """The execution ended CANCELLED."""
    READER_LEFT = 141
    """Who read the output left before its end, as `drsctl run ls | true` does."""
    INTERRUPTED = 130
    """Ctrl-C. An execution that was being watched goes on."""
    NO_CREDENTIALS = 253
    """AWS credentials or configuration are missing or not valid."""
    API_ERROR = 254
    """The API, or AWS, refused the request or did not answer."""
    UNEXPECTED = 255
    """A fault of this program; or its output cannot be written, which it says."""


_OF_STATUS = {
    "COMPLETED": ExitCode.OK,
    "PARTIAL": ExitCode.PARTIAL,
    "CANCELLED": ExitCode.CANCELLED,
    **dict.fromkeys(LIVE_STATUSES, ExitCode.DECISION_NEEDED),
}


def exit_code_of(status: str) -> ExitCode:
    """Return the exit code for the status at which an execution was left.

    A watch leaves one that has not ended only because a person is needed.
    """
    return _OF_STATUS.get(status, ExitCode.FAILED)
