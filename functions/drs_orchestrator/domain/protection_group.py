"""Protection groups: servers of one account and Region that are recovered together."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from drs_orchestrator.domain.errors import HalfWritten
from drs_orchestrator.domain.model import Model
from drs_orchestrator.domain.server import (
    AccountId,
    Place,
    Region,
    SourceServer,
    SourceServerId,
)

GroupName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")
]
# The limits of EC2 tags: DRS knows no longer ones.
TagKey = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=128)]
TagValue = Annotated[str, StringConstraints(strip_whitespace=False, max_length=256)]
# DRS protects at most 4,000 source servers in one account and Region (quota L-E28BE5E0).
MAX_SERVERS = 4000


class GroupStatus(StrEnum):
    """A group of more servers than one transaction holds is claimed, and given back, in several.

    Nothing starts from one that is not ACTIVE.
    """

    CREATING = "CREATING"
    """Not all its servers are claimed yet; the same request, sent again, goes on."""
    ACTIVE = "ACTIVE"
    CHANGING = "CHANGING"
    """It gets servers that another group has given up, gets a name, or goes, as soon as no plan is
    in the way; the request that does it, sent again, goes on.
    """
    DELETING = "DELETING"
    """Some of its servers are given back already; deleting it again goes on."""


class ProtectionGroupSpec(Model):
    """What a person writes. Servers are named, or selected by tags at each start; never both."""

    name: GroupName
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    account_id: AccountId
    region: Region
    source_server_ids: Annotated[list[SourceServerId], Field(max_length=MAX_SERVERS)] = []
    critical_server_ids: Annotated[list[SourceServerId], Field(max_length=MAX_SERVERS)] = []
    """Whom a wave with the success policy CRITICAL needs; none named: all."""
    server_selection_tags: Annotated[dict[TagKey, TagValue], Field(max_length=50)] = {}

    @model_validator(mode="after")
    def _selects_servers_in_one_way(self) -> Self:
        if bool(self.source_server_ids) == bool(self.server_selection_tags):
            raise ValueError("give either sourceServerIds or serverSelectionTags, not both or none")
        twice = {s for s, n in Counter(self.source_server_ids).items() if n > 1}
        if twice:
            raise ValueError(f"sourceServerIds names {', '.join(sorted(twice))} more than once")
        strange = set(self.critical_server_ids) - set(self.source_server_ids)
        if self.source_server_ids and strange:
            named = ", ".join(sorted(strange))
            raise ValueError(f"criticalServerIds names {named}, which sourceServerIds does not")
        return self

    @property
    def place(self) -> Place:
        """The account and Region of all its servers."""
        return Place(self.account_id, self.region)

    def is_critical(self, server_id: str) -> bool:
        """Whether the success policy CRITICAL needs the server."""
        return not self.critical_server_ids or server_id in self.critical_server_ids

    def selects(self, server: SourceServer) -> bool:
        """Whether the group names the server, or all its tags are among the server's."""
        if server.place != self.place:
            return False
        if self.source_server_ids:
            return server.source_server_id in self.source_server_ids
        return self.server_selection_tags.items() <= server.tags.items()


class ProtectionGroup(ProtectionGroupSpec):
    """A stored group."""

    group_id: str
    status: GroupStatus = GroupStatus.ACTIVE
    version: int = 1

    def refuse_unfinished(self) -> None:
        """Raise HalfWritten if a change of it is not known to be done."""
        if self.unfinished:
            raise HalfWritten(f"protection group '{self.name}' {self.unfinished}")

    @property
    def unfinished(self) -> str | None:
        """What to say, behind the group's name, of a change that is not known to be done."""
        if self.status is GroupStatus.ACTIVE:
            return None
        return (
            f"is {self.status}: repeat this in a moment; if nobody changes it any more, send the "
            "request again that did, or replace the group"
        )

    @property
    def spec(self) -> ProtectionGroupSpec:
        """What a person wrote, without what the product added."""
        return self.narrowed_to(ProtectionGroupSpec)
