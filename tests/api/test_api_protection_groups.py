"""Protection groups and source servers over HTTP."""

from __future__ import annotations

from tests.api.api_client import ACCOUNT, REGION, Api
from tests.api.conftest import group, plan, server_id


def test_a_created_group_answers_with_its_place_and_its_version(api: Api) -> None:
    answer = api.post("/protection-groups", group("db", 1, 2))

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/protection-groups/{body['groupId']}"
    assert answer.headers["ETag"] == '"1"'
    assert body == {
        **group("db", 1, 2),
        "groupId": body["groupId"],
        "description": "",
        "criticalServerIds": [],
        "serverSelectionTags": {},
        "status": "ACTIVE",
        "version": 1,
    }
    read = api.get(f"/protection-groups/{body['groupId']}")
    assert (read.json(), read.headers["ETag"]) == (body, '"1"')


def test_a_server_of_another_group_answers_409_naming_it(api: Api) -> None:
    api.post("/protection-groups", group("db", 1))

    answer = api.post("/protection-groups", group("app", 1))

    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "ServersInOtherGroup"
    assert server_id(1) in problem["detail"]
    assert "'db'" in problem["detail"]


def test_an_unknown_server_answers_422_with_its_pointer(api: Api) -> None:
    answer = api.post("/protection-groups", group("db", 1, 777))

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "InvalidGroup")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/sourceServerIds/1"]


def test_a_group_is_replaced_only_from_its_present_version(api: Api) -> None:
    created = api.post("/protection-groups", group("db", 1))
    path = f"/protection-groups/{created.json()['groupId']}"

    replaced = api.put(path, group("db", 2), if_match=created.headers["ETag"])
    stale = api.put(path, group("db", 3), if_match=created.headers["ETag"])
    weak = api.put(path, group("db", 3), if_match='W/"2"')
    bare = api.put(path, group("db", 3), if_match="2")
    missing = api.put(path, group("db", 3), if_match=None)
    several = api.put(path, group("db", 4), if_match='"1", "2"')

    assert (replaced.status_code, replaced.headers["ETag"]) == (200, '"2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "StaleVersion")
    assert (weak.status_code, bare.status_code) == (412, 412)
    assert all("send the ETag with its quotes" in each.json()["detail"] for each in (weak, bare))
    assert (missing.status_code, missing.json()["code"]) == (428, "VersionMissing")
    assert (several.status_code, several.headers["ETag"]) == (200, '"3"')
    assert api.get(path).json()["sourceServerIds"] == [server_id(4)]


def test_a_group_is_deleted_only_from_its_present_version(api: Api) -> None:
    path = f"/protection-groups/{api.post('/protection-groups', group('db', 1)).json()['groupId']}"

    assert api.delete(path, if_match=None).status_code == 428
    assert api.delete(path, if_match='"2"').status_code == 412
    gone = api.delete(path, if_match='"1"')

    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(path).status_code == 404


def test_a_group_in_use_is_not_deleted(api: Api) -> None:
    api.post("/recovery-plans", plan("shop", db=[1]))
    group_id = api.get("/protection-groups").json()["items"][0]["groupId"]

    answer = api.delete(f"/protection-groups/{group_id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "GroupInUse")
    assert "'shop'" in answer.json()["detail"]


def test_groups_are_listed_in_parts(api: Api) -> None:
    for number in range(5):
        api.post("/protection-groups", group(f"group-{number}", number))

    names: list[str] = []
    query: dict[str, str] = {}
    while True:
        part = api.get("/protection-groups", limit="2", **query).json()
        assert len(part["items"]) <= 2
        names += [each["name"] for each in part["items"]]
        if part["nextToken"] is None:
            break
        query = {"nextToken": part["nextToken"]}

    assert names == [f"group-{number}" for number in range(5)]


def test_groups_are_listed_by_region(api: Api) -> None:
    api.post("/protection-groups", group("db", 1))

    here = api.get("/protection-groups", accountId=ACCOUNT, region=REGION).json()
    there = api.get("/protection-groups", region="eu-west-1").json()

    assert [each["name"] for each in here["items"]] == ["db"]
    assert there == {"items": [], "nextToken": None}


def test_source_servers_tell_their_group(api: Api) -> None:
    created = api.post("/protection-groups", group("db", 1)).json()

    answer = api.get("/source-servers").json()

    servers = {each["sourceServerId"]: each for each in answer["items"]}
    assert len(servers) == 100
    assert answer["nextToken"] is None
    assert servers[server_id(1)]["groupId"] == created["groupId"]
    assert servers[server_id(1)]["groupName"] == "db"
    assert servers[server_id(2)]["groupId"] is None
    assert servers[server_id(2)]["groupName"] is None
    assert servers[server_id(2)]["replicationState"] == "CONTINUOUS"


def test_an_account_out_of_reach_answers_503_and_says_so(api: Api) -> None:
    answer = api.get("/source-servers", accountId="999999999999")

    assert (answer.status_code, answer.json()["code"]) == (503, "AccountUnreachable")
    assert answer.headers["Retry-After"] == "5"
