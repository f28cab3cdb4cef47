"""`drsctl account`."""

from __future__ import annotations

import json

import pytest

from drs_orchestrator.domain.account import AccountSpec
from tests.unit.drsctl.answers import Json, listed
from tests.unit.drsctl.canned_api import CannedApi
from tests.unit.drsctl.conftest import Drsctl

ID = "444455556666"
SHOP: Json = {
    "accountId": ID,
    "name": "Shop",
    "externalId": "shop-7f3a-0815-4711",
    "proberFunctionName": None,
    "version": 3,
}


def test_accounts_are_listed(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/accounts", listed(SHOP))
    lines = drsctl("account", "ls").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["ACCOUNT", "NAME", "EXTERNAL", "ID"],
        [ID, "Shop", "shop-7f3a-0815-4711"],
    ]


def test_an_empty_list_says_how_to_add_an_account(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/accounts", listed())
    assert "drsctl account set" in drsctl("account", "ls").stderr


def test_a_new_account_is_added_without_a_version(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_answer("GET", "/accounts", listed())
    api.will_answer("PUT", f"/accounts/{ID}", SHOP, status=201)
    result = drsctl("account", "set", ID, "--name", "Shop", "--external-id", SHOP["externalId"])
    assert result.stdout == f"added account {ID} (Shop)\n"
    (put,) = api.asked_of("PUT")
    assert put.body == {"name": "Shop", "externalId": SHOP["externalId"]}
    assert "If-Match" not in put.headers


def test_what_is_not_given_of_an_entry_stays_and_its_version_is_sent(
    drsctl: Drsctl, api: CannedApi
) -> None:
    api.will_answer("GET", "/accounts", listed(SHOP))
    api.will_answer("PUT", f"/accounts/{ID}", {**SHOP, "version": 4})
    result = drsctl("account", "set", ID, "--prober", "drs-orchestrator-prober")
    assert result.stdout == f"changed account {ID} (Shop)\n"
    (put,) = api.asked_of("PUT")
    assert put.headers["If-Match"] == '"3"'
    assert put.body == {
        "name": "Shop",
        "externalId": SHOP["externalId"],
        "proberFunctionName": "drs-orchestrator-prober",
    }


@pytest.mark.parametrize("reachable", [True, False])
def test_a_check_says_whether_an_account_answers(
    drsctl: Drsctl, api: CannedApi, *, reachable: bool
) -> None:
    found = {
        "accountId": ID,
        "region": "us-west-2",
        "reachable": reachable,
        "reason": None if reachable else "its role trusts nobody",
    }
    api.will_answer("GET", f"/accounts/{ID}/reachability", found)
    result = drsctl("account", "check", ID, "--region", "us-west-2")
    assert result.exit_code == (0 if reachable else 254)
    assert ("answers in us-west-2" if reachable else "trusts nobody") in result.stdout
    assert json.loads(drsctl("account", "check", ID, "--region", "x", "-o", "json").stdout) == found
    assert api.asked[0].query == {"region": "us-west-2"}


def test_an_account_is_removed(drsctl: Drsctl, api: CannedApi) -> None:
    api.will_say("DELETE", f"/accounts/{ID}", "", status=204)
    result = drsctl("account", "rm", ID)
    assert (result.exit_code, result.stdout) == (0, f"removed account {ID}\n")


def test_an_entry_is_not_written_anew_for_nothing(drsctl: Drsctl, api: CannedApi) -> None:
    result = drsctl("account", "set", ID)
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: nothing is to be set for account {ID}; give --name, --external-id or --prober\n"
    )
    assert api.asked == []


def test_the_example_of_the_help_is_an_account_that_the_api_takes(drsctl: Drsctl) -> None:
    shown = drsctl("account", "set", "--help").stdout
    _, _, external_id = shown.partition("--external-id any")
    AccountSpec(name="Shop", external_id=f"any{external_id.split()[0]}")


@pytest.mark.parametrize("command", [("rm",), ("set",), ("check", "--region", "us-west-2")])
@pytest.mark.parametrize("account_id", ["shop", "..", "44445555666", ""])
def test_an_id_that_is_none_is_refused_before_anything_is_asked(
    drsctl: Drsctl, api: CannedApi, command: tuple[str, ...], account_id: str
) -> None:
    result = drsctl("account", *command, account_id)
    assert result.exit_code == 2
    assert "twelve digits" in result.stderr
    assert api.asked == []
