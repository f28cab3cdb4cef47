"""The API on real parts over loopback HTTP: DynamoDB and Step Functions of moto, our DRS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from drs_orchestrator import bootstrap
from tests.api.api_client import ACCOUNT, REGION, Api
from tests.contract.drs_service import DrsService, recorded_server
from tests.contract.item_tables import create_table

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_TABLES = ("PROTECTION_GROUPS_TABLE", "RECOVERY_PLANS_TABLE", "EXECUTIONS_TABLE", "ACCOUNTS_TABLE")
_world_numbers = count()


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """Where moto answers."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def drs() -> Iterator[DrsService]:
    """A hundred source servers; the API never changes them."""
    servers = [recorded_server(server_id(number)) for number in range(100)]
    with DrsService(servers) as service:
        yield service


@pytest.fixture
def environment(
    aws_url: str, drs: DrsService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The environment block of the functions, with tables of its own."""
    number = next(_world_numbers)
    tables = {variable: f"{variable.lower()}_{number}" for variable in _TABLES}
    environment = {
        **tables,
        "STATE_MACHINE_NAME": "recovery",
        "CLEAN_UP_STATE_MACHINE_NAME": "clean-up",
        "SCHEDULE_GROUP": "orchestrator",
        "SCHEDULER_ROLE_NAME": "orchestrator-scheduler",
        "RECONCILE_FUNCTION_NAME": "orchestrator-reconcile-execution",
        "VISIBILITY_LAG_SECONDS": "120",
        "FUNCTION_TIMEOUT_SECONDS": "120",
        "MEMBER_ROLE_NAME": "drs-orchestrator-member",
        "PROBER_FUNCTION_NAME": "drs-orchestrator-prober",
        "ACCOUNT_ID": ACCOUNT,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": aws_url,
        # moto reads it at each request.
        "MOTO_ACCOUNT_ID": ACCOUNT,
        "AWS_ENDPOINT_URL_DRS": f"http://127.0.0.1:{drs.port}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = boto3.client(
        "dynamodb",
        REGION,
        endpoint_url=aws_url,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="testing",
    )
    for table in tables.values():
        create_table(client, table)
    client.close()
    bootstrap.forget()
    yield environment
    bootstrap.forget()


@pytest.fixture
def state_machine(aws_url: str, environment: dict[str, str]) -> Iterator[SFNClient]:
    """Step Functions with the state machine of the product's name."""
    client = boto3.client(
        "stepfunctions",
        REGION,
        endpoint_url=aws_url,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="testing",
    )
    client.create_state_machine(
        name=environment["STATE_MACHINE_NAME"],
        definition=json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/recovery",
    )
    yield client
    client.close()


@pytest.fixture
def api(environment: dict[str, str]) -> Api:
    """The API."""
    assert environment
    return Api()


def server_id(number: int) -> str:
    """Return the id of a source server; those below 100 exist."""
    return f"s-5{number:016x}"


def group(name: str, *servers: int) -> dict[str, Any]:
    """Return the body of a group of servers."""
    return {
        "name": name,
        "accountId": ACCOUNT,
        "region": REGION,
        "sourceServerIds": [server_id(number) for number in servers],
    }


def plan(name: str, **groups: list[int]) -> dict[str, Any]:
    """Return a plan document: a wave for each group, each waiting for the one before."""
    names = list(groups)
    return {
        "apiVersion": "drs-orchestrator/v1",
        "kind": "RecoveryPlan",
        "name": name,
        "protectionGroups": [group(each, *servers) for each, servers in groups.items()],
        "waves": [
            {"name": each, "protectionGroups": [each], "dependsOn": names[max(0, i - 1) : i]}
            for i, each in enumerate(names)
        ],
    }
