"""Ten servers in each of two accounts and two Regions, and plans over them."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from drs_orchestrator.domain.server import Place
from local.drs import JobTruth
from tests.workflow.laptop import ACCOUNT, REGION, Json, Laptop, fleet, server_id, wave

TARGET, ELSEWHERE = "444455556666", "eu-central-1"
EXTERNAL_ID = "shop-7f3a-0815-4711"
OWN, OWN_ELSEWHERE = Place(ACCOUNT, REGION), Place(ACCOUNT, ELSEWHERE)
THERE, THERE_ELSEWHERE = Place(TARGET, REGION), Place(TARGET, ELSEWHERE)
PLACES = (OWN, OWN_ELSEWHERE, THERE, THERE_ELSEWHERE)


def servers_at(place: Place, count: int, first: int = 0) -> list[str]:
    """Return the ids of some of the ten servers of a place."""
    offset = 10 * PLACES.index(place) + first
    return [server_id(offset + number) for number in range(count)]


def spread_fleet() -> Json:
    """Return an inventory of ten servers in each place; the first place is the product's home."""
    inventory = fleet(10 * len(PLACES))
    for number, server in enumerate(inventory["items"]):
        account_id, region = PLACES[number // 10]
        resource = f"source-server/{server['sourceServerID']}"
        server["arn"] = f"arn:aws:drs:{region}:{account_id}:{resource}"
    return inventory


def wave_at(place: Place, name: str, ids: Sequence[str], *depends_on: str) -> tuple[Json, Json]:
    """Return a group of servers of one place and a wave of that group."""
    group, of_group = wave(name, ids, *depends_on)
    return {**group, "accountId": place.account_id, "region": place.region}, of_group


def tell(running: Laptop, external_id: str = EXTERNAL_ID) -> httpx.Response:
    """Add the other account, or replace its entry."""
    entry = {"name": "Shop", "externalId": external_id}
    path = f"/accounts/{TARGET}"
    answer = running.http.put(path, json=entry)
    if answer.status_code == httpx.codes.CONFLICT:
        answer = running.http.put(path, json=entry, headers={"If-Match": "*"})
    assert answer.is_success, answer.text
    return answer


def deny(running: Laptop) -> None:
    """Let the other account trust nobody any more, at once."""
    running.sts.faults.unreachable_accounts = frozenset({TARGET})
    running.sts.faults.expired_accounts = frozenset({TARGET})


def allow(running: Laptop) -> None:
    """Let the other account trust us again."""
    running.sts.faults.expired_accounts = frozenset()
    running.sts.faults.unreachable_accounts = frozenset()


def launches_at(running: Laptop, place: Place) -> list[JobTruth]:
    """Return the LAUNCH jobs that really exist in a place."""
    return [job for job in running.simulator.truth(*place).jobs if job.kind == "LAUNCH"]


def reasons(execution: Json) -> dict[str, str]:
    """Return the reason of each wave, empty without one."""
    return {each["name"]: each["reason"] or "" for each in execution["waves"]}
