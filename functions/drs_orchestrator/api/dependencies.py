"""What routes ask for: use cases, the part of a list, the version that an edit was made from."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Query

from drs_orchestrator.bootstrap.front_door import FrontDoorUseCases, front_door
from drs_orchestrator.domain.errors import StaleVersion, VersionMissing


# Dependencies are coroutines although they await nothing: FastAPI gives any other to a thread.
# https://fastapi.tiangolo.com/async/#dependencies
async def _use_cases() -> FrontDoorUseCases:
    return front_door()


UseCases = Annotated[FrontDoorUseCases, Depends(_use_cases)]

Limit = Annotated[int, Query(ge=1, le=100, description="Most items in the answer.")]
NextToken = Annotated[
    str | None,
    Query(alias="nextToken", max_length=2048, description="From the answer before, unchanged."),
]
# Longer than any of our ids, and shorter than DynamoDB's longest key.
GroupId = Annotated[str, Path(alias="groupId", max_length=80)]
PlanId = Annotated[str, Path(alias="planId", max_length=80)]
ExecutionIdPath = Annotated[str, Path(alias="executionId", max_length=80)]
WaveNamePath = Annotated[str, Path(alias="wave", max_length=80)]

# Nine digits: no version is longer, and Python refuses to read thousands of them.
_STRONG_TAG = re.compile(r'(?<!W/)"([0-9]{1,9})"')


async def expected_versions(
    if_match: Annotated[
        str | None,
        Header(alias="If-Match", description="ETag of what was read; `*` for any version."),
    ] = None,
) -> frozenset[int] | None:
    """Return the versions that If-Match names, None for `*`.

    Raises VersionMissing without it, StaleVersion if no ETag of any version could match it.
    """
    if if_match is None:
        raise VersionMissing(
            "send If-Match with the ETag of the version that you read, or * to overwrite any"
        )
    if if_match.strip() == "*":
        return None
    versions = frozenset(int(tag) for tag in _STRONG_TAG.findall(if_match))
    if not versions:
        raise StaleVersion(
            "If-Match names no version; send the ETag with its quotes and without W/, such as "
            'If-Match: "1"'
        )
    return versions


ExpectedVersions = Annotated[frozenset[int] | None, Depends(expected_versions)]


def etag(version: int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'
