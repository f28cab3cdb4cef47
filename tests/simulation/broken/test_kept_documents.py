"""Plans, groups and entries of accounts that do not load, or of which a write is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from drs_orchestrator.adapters.items import Key
from tests.simulation.broken.altered import sound_drill
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import documents
from tests.simulation.stored import Record

_KINDS = ("CLAIM", "GROUP", "LEDGER", "NAME", "PLAN")
Change = Callable[[Record], Record]


def _with_documents(evidence: Evidence, change: Change) -> Evidence:
    changed = {key: change(record) for key, record in evidence.documents.items()}
    return replace(evidence, documents=changed)


def _with_stored(evidence: Evidence, kind: str, change: Change) -> Evidence:
    """Return the evidence with other items of a kind, the versions of plans among those of plans"""
    stored = [
        (key, change(record) if key.pk.partition("#")[0] == kind else record)
        for key, record in evidence.stored
    ]
    return replace(evidence, stored=tuple(stored))


@pytest.mark.parametrize("kind", _KINDS)
def test_a_stored_item_that_does_not_load_is_found(kind: str) -> None:
    emptied = _with_stored(sound_drill(), kind, lambda _: {"kind": "quota", "limits": {"jobs": ""}})

    assert any(each.startswith("I18:") for each in documents.stored_documents_load(emptied))


def test_a_stored_item_that_nobody_reads_is_found() -> None:
    unknown = replace(sound_drill(), stored=((Key("NOTE", "of somebody"), {}),))

    assert list(documents.stored_documents_load(unknown))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: {**record, "description": "of somebody else"},
        lambda record: {**record, "description": "later", "version": record["version"] + 2},
        lambda record: {**record, "description": "before", "version": record["version"] - 1},
    ],
    ids=["written twice", "two at once", "back"],
)
def test_a_lost_write_is_found(change: Change) -> None:
    before = sound_drill()
    found = list(documents.documents_keep_every_write(_with_documents(before, change), before))

    assert len(found) == len(before.documents) > 1
    assert all(each.startswith("I4:") for each in found)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: {**record, "fence": 7},
        lambda record: {**record, "description": "new", "version": record["version"] + 1},
    ],
    ids=["fenced", "a new version"],
)
def test_a_change_with_a_new_version_is_fine(change: Change) -> None:
    before = sound_drill()

    assert list(documents.documents_keep_every_write(_with_documents(before, change), before)) == []


def test_a_plan_whose_version_is_gone_or_another_is_found() -> None:
    sound = sound_drill()
    gone = replace(sound, stored=tuple(e for e in sound.stored if not e[0].pk.startswith("PLAN#")))
    other = replace(
        sound,
        stored=tuple(
            (key, {**record, "description": "other"} if key.pk == "PLAN" else record)
            for key, record in sound.stored
        ),
    )

    assert list(documents.old_versions_stay(sound)) == []
    assert list(documents.old_versions_stay(gone))
    assert list(documents.old_versions_stay(other))
