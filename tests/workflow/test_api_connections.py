"""The laptop's API keeps idle connections longer than its clients do."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from pathlib import Path

import httpx

from tests.workflow.laptop import fleet, laptop


def test_a_connection_outlives_the_idle_time_after_which_clients_drop_it(tmp_path: Path) -> None:
    idle_seconds = httpx.Limits().keepalive_expiry
    assert idle_seconds is not None
    with laptop(tmp_path, fleet(1)) as running:
        url = running.http.base_url
        with closing(http.client.HTTPConnection(url.host, url.port or 80)) as connection:
            connection.request("GET", f"{url.path}recovery-plans")
            connection.getresponse().read()
            kept = connection.sock

            time.sleep(idle_seconds + 1)
            connection.request("GET", f"{url.path}recovery-plans")

            assert connection.getresponse().status == 200
            assert connection.sock is kept
