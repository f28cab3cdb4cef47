"""What it means when a health check cannot be made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from drs_orchestrator.domain.errors import HealthUnknown, shortened
from drs_orchestrator.domain.server import Place


@contextmanager
def asking(operation: str, place: Place) -> Iterator[None]:
    """Raise HealthUnknown whatever goes wrong: denied, throttled or out of reach, all is unknown.

    The words are the same for the same trouble, because they are stored when they change.
    """
    try:
        yield
    except ClientError as error:
        # EC2 adds a cipher that differs from call to call.
        said = str(error).split(" Encoded authorization failure message", maxsplit=1)[0]
        raise HealthUnknown(shortened(f"{said} ({place})")) from error
    except BotoCoreError as error:
        raise HealthUnknown(shortened(f"{operation}: {error} ({place})")) from error
