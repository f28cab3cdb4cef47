"""What of a plan an inventory does not hold, said of the plan's places.

The product would say the same, but in a real account's words: add the account, install an agent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from drs_orchestrator.domain.errors import Fault
from local.bench.plans import Json

_EXPORT = "correct the plan, or add what `drsctl inventory export` writes of that place"
_Tags = set[tuple[str, str]]


def missing(plan: Json, inventory: Json) -> Iterator[Fault]:
    """Yield the places of the protection groups that find no server in the inventory."""
    tags_of: dict[tuple[str, str], list[_Tags]] = defaultdict(list)
    for item in inventory["items"]:
        _, _, _, region, account_id, _ = item["arn"].split(":", 5)
        tags_of[account_id, region].append(set((item.get("tags") or {}).items()))
    for index, group in enumerate(plan.get("protectionGroups") or ()):
        pointer, place = f"/protectionGroups/{index}", (group["accountId"], group["region"])
        told = f"account {place[0]}, Region {place[1]}"
        wanted: _Tags = set((group.get("serverSelectionTags") or {}).items())
        if place not in tags_of:
            message = f"the inventory has no source server of {told}; {_EXPORT}"
            yield Fault(f"{pointer}/accountId", message)
        elif not any(wanted <= tags for tags in tags_of[place]):
            message = f"the inventory has no source server with these tags in {told}; {_EXPORT}"
            yield Fault(f"{pointer}/serverSelectionTags", message)
