"""Whatever is asked for in whatever order, and cut off wherever: a server is in one group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drs_orchestrator.adapters.protection_group_store import ProtectionGroupStore
from drs_orchestrator.domain.errors import Conflict, NotFound, StoreUnavailable
from drs_orchestrator.domain.protection_group import GroupStatus, ProtectionGroup
from drs_orchestrator.ports.page import Page
from local.virtual.items import MemoryItems
from tests.contract.cut_off_items import CutOffItems
from tests.unit.front_door import HOME, server_id

# Ranges longer than a transaction are claimed in several.
_RANGES = st.tuples(st.integers(0, 120), st.sampled_from([1, 3, 89, 95, 190]))
_IDS = st.sampled_from(["grp_a", "grp_b", "grp_c"])
_WRITES = st.integers(0, 8)


class Groups(RuleBasedStateMachine):
    """Three groups that claim from the same servers; any request may die after some writes."""

    def __init__(self) -> None:
        super().__init__()
        self.items = MemoryItems()
        self.store = ProtectionGroupStore(self.items)

    @rule(group_id=_IDS, servers=_RANGES, writes=_WRITES)
    def create(self, group_id: str, servers: tuple[int, int], writes: int) -> None:
        existing = {group.group_id for group in self._all().items}
        if group_id not in existing:
            self._attempt(writes, lambda store: store.create(_group(group_id, servers)))

    @rule(group_id=_IDS, servers=_RANGES, writes=_WRITES)
    def replace(self, group_id: str, servers: tuple[int, int], writes: int) -> None:
        def replace(store: ProtectionGroupStore) -> None:
            before = store.get(group_id)
            after = _group(group_id, servers).changed(version=before.version + 1)
            store.replace(before, after)

        self._attempt(writes, replace)

    @rule(group_id=_IDS, writes=_WRITES)
    def delete(self, group_id: str, writes: int) -> None:
        self._attempt(writes, lambda store: store.delete(store.get(group_id)))

    @rule(group_id=_IDS)
    def delete_to_the_end(self, group_id: str) -> None:
        self._attempt(1000, lambda store: store.delete(store.get(group_id)))

        assert group_id not in {c.group_id for c in self.store.claims(HOME).values()}

    @invariant()
    def an_active_group_holds_every_server_that_it_names(self) -> None:
        claims = self.store.claims(HOME)
        for group in self._all().items:
            if group.status is GroupStatus.ACTIVE:
                owners = {claims[server].group_id for server in group.source_server_ids}
                assert owners == {group.group_id}

    @invariant()
    def every_claim_belongs_to_a_group_that_can_be_deleted(self) -> None:
        groups = {group.group_id for group in self._all().items}
        assert {record["groupId"] for record in self.items.query("CLAIM")} <= groups

    def _all(self) -> Page[ProtectionGroup]:
        return self.store.page(100, None)

    def _attempt(self, writes: int, request: Callable[[ProtectionGroupStore], None]) -> None:
        before = self._seen()
        try:
            request(ProtectionGroupStore(CutOffItems(self.items, writes)))
        except (Conflict, NotFound):
            assert self._seen() == before
        except StoreUnavailable:
            pass  # the function was killed: the invariants hold all the same

    def _seen(self) -> list[dict[str, Any]]:
        return [group.document() for group in self._all().items]


def _group(group_id: str, servers: tuple[int, int]) -> ProtectionGroup:
    first, count = servers
    return ProtectionGroup(
        group_id=group_id,
        name=group_id,
        account_id=HOME.account_id,
        region=HOME.region,
        source_server_ids=[server_id(number) for number in range(first, first + count)],
    )


TestGroups = Groups.TestCase
TestGroups.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
