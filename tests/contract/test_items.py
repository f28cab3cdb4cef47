"""What every table promises to the stores, in memory as in DynamoDB."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest

from drs_orchestrator.adapters.items import (
    Absent,
    Change,
    Check,
    Condition,
    ConditionFailedError,
    Delete,
    Exists,
    Items,
    Key,
    OneOf,
    Put,
)
from drs_orchestrator.domain.errors import InvalidRequest, StoreUnavailable

KEY = Key("P", "a")
OTHER = Key("P", "b")


def test_an_absent_item_is_none(items: Items) -> None:
    assert items.get(KEY) is None


def test_a_record_comes_back_as_it_was_put(items: Items) -> None:
    record: dict[str, Any] = {
        "text": "x",
        "empty": "",
        "number": 7,
        "flag": True,
        "nothing": None,
        "list": ["a", {"b": 1}],
        "map": {"c": []},
    }

    items.write(Put(KEY, record))

    assert items.get(KEY) == record


def test_a_stored_record_does_not_change_with_the_one_given(items: Items) -> None:
    record: dict[str, Any] = {"list": ["a"]}
    items.write(Put(KEY, record))

    record["list"].append("b")

    assert items.get(KEY) == {"list": ["a"]}


def test_fractions_come_back_as_they_were_put(items: Items) -> None:
    record: dict[str, Any] = {"share": 0.1, "deep": [{"small": 1e-100}], "negative": -2.75}

    items.write(Put(KEY, record))

    assert items.get(KEY) == record


def test_a_put_replaces_the_whole_item(items: Items) -> None:
    items.write(Put(KEY, {"a": 1, "b": 1}))

    items.write(Put(KEY, {"a": 2}))

    assert items.get(KEY) == {"a": 2}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Exists(), True),
        (Absent(), False),
        (Exists("status"), True),
        (Absent("status"), False),
        (Exists("other"), False),
        (Absent("other"), True),
        (OneOf("status", ["NEW", "OLD"]), True),
        (OneOf("status", ["OLD"]), False),
        (OneOf("version", [3]), True),
        (OneOf("version", [2]), False),
        (OneOf("other", ["NEW"]), False),
    ],
)
def test_a_write_happens_only_where_its_condition_holds(
    items: Items, condition: Condition, holds: bool
) -> None:
    items.write(Put(KEY, {"status": "NEW", "version": 3}))
    write = Put(KEY, {"status": "WRITTEN"}, (condition,))

    if holds:
        items.write(write)
        assert items.get(KEY) == {"status": "WRITTEN"}
    else:
        with pytest.raises(ConditionFailedError) as refused:
            items.write(write)
        assert refused.value.failed == (0,)
        assert items.get(KEY) == {"status": "NEW", "version": 3}


@pytest.mark.parametrize("conditions", [[Absent()], [Absent("status")]])
def test_an_absent_item_has_no_attributes(items: Items, conditions: Sequence[Condition]) -> None:
    items.write(Put(KEY, {"a": 1}, conditions))

    assert items.get(KEY) == {"a": 1}


@pytest.mark.parametrize("condition", [Exists(), OneOf("status", ["NEW"])])
def test_an_absent_item_fulfils_nothing_else(items: Items, condition: Condition) -> None:
    with pytest.raises(ConditionFailedError):
        items.write(Delete(KEY, (condition,)))


def test_all_conditions_of_a_write_must_hold(items: Items) -> None:
    items.write(Put(KEY, {"a": 1, "b": 1}))

    with pytest.raises(ConditionFailedError):
        items.write(Change(KEY, {"a": 2}, conditions=(OneOf("a", [1]), OneOf("b", [2]))))


def test_of_several_writes_all_happen_or_none(items: Items) -> None:
    items.write(Put(KEY, {"a": 1}))

    with pytest.raises(ConditionFailedError) as refused:
        items.write(
            Put(OTHER, {"b": 1}),
            Delete(KEY, (Absent(),)),
            Check(Key("P", "c"), (Exists(),)),
        )

    assert refused.value.failed == (1, 2)
    assert items.get(OTHER) is None
    assert items.get(KEY) == {"a": 1}


def test_a_check_writes_nothing(items: Items) -> None:
    items.write(Check(KEY, (Absent(),)), Put(OTHER, {"b": 1}))

    assert items.get(KEY) is None
    assert items.get(OTHER) == {"b": 1}


def test_a_change_sets_values_and_fills_defaults(items: Items) -> None:
    items.write(Put(KEY, {"kept": 1, "began": "first"}))

    items.write(Change(KEY, {"status": "NEW"}, {"began": "second", "ended": "third"}))

    assert items.get(KEY) == {"kept": 1, "began": "first", "status": "NEW", "ended": "third"}


def test_a_change_creates_what_is_absent(items: Items) -> None:
    items.write(Change(KEY, {"a": 1}))

    assert items.get(KEY) == {"a": 1}


def test_deleting_an_absent_item_is_fine(items: Items) -> None:
    items.write(Delete(KEY))

    assert items.get(KEY) is None


def test_one_item_cannot_be_written_twice_at_once(items: Items) -> None:
    with pytest.raises(StoreUnavailable):
        items.write(Put(KEY, {"a": 1}), Put(KEY, {"a": 2}))


def test_more_than_a_hundred_writes_are_refused_as_a_whole(items: Items) -> None:
    with pytest.raises(StoreUnavailable):
        items.write(*(Put(Key("P", f"{i:03d}"), {"i": i}) for i in range(101)))

    assert items.query("P") == []


def test_a_query_returns_a_prefix_of_one_partition_in_order(items: Items) -> None:
    for pk, sk in (("P", "b#2"), ("P", "b#1"), ("P", "a#1"), ("P", "c"), ("Q", "b#3")):
        items.write(Put(Key(pk, sk), {"sk of": sk}))

    assert [record["sk of"] for record in items.query("P", "b#")] == ["b#1", "b#2"]
    assert [record["sk of"] for record in items.query("P")] == ["a#1", "b#1", "b#2", "c"]


def test_a_query_of_more_than_a_megabyte_returns_all_of_it_in_order(items: Items) -> None:
    for n in range(12):
        items.write(Put(Key("P", f"a#{n:02d}"), {"n": n, "text": "x" * 100_000}))
    items.write(Put(Key("P", "b"), {"n": 12}))

    assert [record["n"] for record in items.query("P", "a#")] == list(range(12))


def test_pages_hold_a_partition_once_and_in_order(items: Items) -> None:
    for i in range(7):
        items.write(Put(Key("P", f"{i}"), {"i": i}))

    seen: list[int] = []
    token: str | None = None
    while True:
        records, token = items.page("P", 3, token)
        assert len(records) <= 3
        seen += [record["i"] for record in records]
        if token is None:
            break

    assert seen == list(range(7))


def test_index_pages_go_from_the_newest_to_the_oldest(items: Items) -> None:
    for i in range(5):
        record = {"recordType": "E", "planId": f"plan_{i % 2}", "startTime": f"2026-01-0{i + 1}"}
        items.write(Put(Key(f"E#{i}", "HEADER"), {"i": i, **record}))
    items.write(Put(Key("E#9", "OTHER"), {"i": 9, "startTime": "2026-01-09"}))

    seen: list[int] = []
    token: str | None = None
    while True:
        records, token = items.index_page("byStart", "recordType", "E", 2, token)
        seen += [record["i"] for record in records]
        if token is None:
            break
    of_one_plan, _ = items.index_page("byPlan", "planId", "plan_0", 10, None)

    assert seen == [4, 3, 2, 1, 0]
    assert [record["i"] for record in of_one_plan] == [4, 2, 0]


def test_many_items_are_read_at_once_and_the_absent_left_out(items: Items) -> None:
    keys = [Key("P", f"{number:03d}") for number in range(130)]
    for key in keys[:120]:
        items.write(Put(key, {"number": int(key.sk)}))

    found = items.get_many([*keys, keys[0]])

    assert found == {key: {"number": int(key.sk)} for key in keys[:120]}


def _token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "ü",
        *map(
            _token,
            ["nonsense", "{}", "[1]", "[" * 1500, '{"sk": 1}', '{"sk": ""}', '{"sk": "\\ud800"}'],
        ),
    ],
)
def test_a_token_that_is_not_ours_is_refused(items: Items, token: str) -> None:
    with pytest.raises(InvalidRequest, match="start the list again"):
        items.page("P", 3, token)
    with pytest.raises(InvalidRequest, match="start the list again"):
        items.index_page("byStart", "recordType", "E", 3, token)


@pytest.mark.parametrize("names", [["sk"], ["sk", "startTime"], ["pk", "sk", "startTime", "x"]])
def test_an_index_refuses_a_token_of_other_keys(items: Items, names: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="start the list again"):
        items.index_page(
            "byStart", "recordType", "E", 3, _token(json.dumps(dict.fromkeys(names, "a")))
        )


def test_a_table_refuses_the_token_of_an_index(items: Items) -> None:
    for key in (KEY, OTHER):
        items.write(Put(key, {"recordType": "E", "startTime": "2026-01-01"}))
    _, token = items.index_page("byStart", "recordType", "E", 1, None)

    with pytest.raises(InvalidRequest, match="start the list again"):
        items.page("P", 3, token)
