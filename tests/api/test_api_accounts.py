"""Accounts over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.api_client import ACCOUNT, REGION, Api

TARGET = "444455556666"
PATH = f"/accounts/{TARGET}"
SHOP = {"name": "Shop", "externalId": "shop-7f3a-0815-4711"}


def faults_of(api: Api, path: str, body: dict[str, Any]) -> dict[str, str]:
    answer = api.put(path, body, if_match=None)
    assert answer.status_code == 422
    return {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}


def test_an_account_is_added_read_and_listed(api: Api) -> None:
    added = api.put(PATH, {**SHOP, "proberFunctionName": "prober"}, if_match=None)

    assert (added.status_code, added.headers["ETag"]) == (201, '"1"')
    stored = {**SHOP, "proberFunctionName": "prober", "accountId": TARGET, "version": 1}
    assert added.json() == api.get(PATH).json() == stored
    assert api.get("/accounts").json() == {"items": [stored], "nextToken": None}


def test_an_entry_is_replaced_as_a_whole_by_who_has_read_it(api: Api) -> None:
    api.put(PATH, SHOP, if_match=None)

    replaced = api.put(PATH, {**SHOP, "name": "Store"}, if_match='"1"')
    late = api.put(PATH, {**SHOP, "name": "Lost"}, if_match='"1"')

    assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')
    assert (late.status_code, late.json()["code"]) == (412, "StaleVersion")
    assert api.get(PATH).json()["name"] == "Store"


def test_an_entry_is_not_overwritten_unseen(api: Api) -> None:
    api.put(PATH, SHOP, if_match=None)

    again = api.put(PATH, {**SHOP, "name": "Lost"}, if_match=None)

    assert (again.status_code, again.json()["code"]) == (409, "AccountExists")
    assert "If-Match" in again.json()["detail"]
    assert api.get(PATH).json()["name"] == "Shop"


def test_an_entry_that_is_not_there_cannot_be_replaced(api: Api) -> None:
    answer = api.put(PATH, SHOP, if_match="*")

    assert (answer.status_code, answer.json()["code"]) == (404, "AccountNotFound")


def test_an_account_is_cut_off_by_deleting_its_entry(api: Api) -> None:
    api.put(PATH, SHOP, if_match=None)

    assert api.delete(PATH, if_match=None).status_code == 428
    assert api.delete(PATH, if_match='"1"').status_code == 204
    assert api.get(PATH).json()["code"] == "AccountNotFound"
    assert api.delete(PATH).status_code == 404


def test_an_entry_made_anew_is_not_overwritten_by_who_read_the_one_before(api: Api) -> None:
    read = api.put(PATH, SHOP, if_match=None).headers["ETag"]
    api.delete(PATH, if_match=read)
    anew = api.put(PATH, {**SHOP, "name": "Other"}, if_match=None)

    late = api.put(PATH, {**SHOP, "name": "Lost"}, if_match=read)

    assert (anew.status_code, anew.headers["ETag"]) == (201, '"2"')
    assert late.status_code == 412
    assert api.get(PATH).json() == anew.json()
    assert [each["name"] for each in api.get("/accounts").json()["items"]] == ["Other"]


@pytest.mark.parametrize("external_id", ["short", "with blanks in between", "", 7])
def test_an_external_id_that_sts_or_prudence_refuses_is_named(
    api: Api, external_id: object
) -> None:
    assert "/externalId" in faults_of(api, PATH, {**SHOP, "externalId": external_id})


def test_every_other_account_needs_an_external_id_and_the_own_one_has_none(api: Api) -> None:
    own = f"/accounts/{ACCOUNT}"

    assert "required" in faults_of(api, PATH, {"name": "Shop"})["/externalId"]
    assert "leave it out" in faults_of(api, own, SHOP)["/externalId"]
    entry = {"name": "Hub", "proberFunctionName": "prober"}
    assert api.put(own, entry, if_match=None).status_code == 201


def test_an_id_that_is_none_is_refused(api: Api) -> None:
    answer = api.put("/accounts/shop", SHOP, if_match=None)

    assert (answer.status_code, answer.json()["code"]) == (422, "InvalidRequest")


def test_the_own_account_is_reachable_where_drs_is_initialised(api: Api) -> None:
    here = api.get(f"/accounts/{ACCOUNT}/reachability", region=REGION).json()
    nowhere = api.get(f"/accounts/{ACCOUNT}/reachability", region="eu-west-1").json()

    assert here == {"accountId": ACCOUNT, "region": REGION, "reachable": True, "reason": None}
    assert nowhere["reachable"] is False
    assert "UninitializedAccountException" in nowhere["reason"]


def test_an_account_without_an_entry_is_unreachable_and_told_so(api: Api) -> None:
    answer = api.get(f"{PATH}/reachability", region=REGION)

    assert answer.status_code == 200
    assert answer.json()["reachable"] is False
    assert f"PUT /api/v1/accounts/{TARGET}" in answer.json()["reason"]


def test_a_group_in_an_account_out_of_reach_is_refused_at_its_account(api: Api) -> None:
    group = {
        "name": "db",
        "accountId": TARGET,
        "region": REGION,
        "sourceServerIds": ["s-5aaaaaaaaaaaaaaaa"],
    }

    (fault,) = api.post("/protection-groups", group).json()["errors"]

    assert fault["pointer"] == "/accountId"
    assert "no entry" in fault["message"]
