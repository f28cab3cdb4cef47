"""Where the laptop stands, what a restart keeps, and what goes wrong from the faults file."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.server import LocalServerError
from local.ssm import DocumentScript
from tests.workflow.engine_world import until
from tests.workflow.laptop import ACCOUNT, REGION, estates, fleet, laptop, server_id

OTHER, FAR = "444455556666", "eu-west-1"
ROLE = f"arn:aws:iam::{OTHER}:role/drs-orchestrator-member"
MIXED = estates(fleet(1), fleet(1, first=1, account=OTHER, region=FAR))
NOTIFY = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:notify"


def test_schedules_automations_and_sessions_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with laptop(tmp_path, MIXED, state_directory=state) as running:
        running.ssm.documents = {"StopBatch": [DocumentScript(hang=True)]}
        automation = running.client("ssm").start_automation_execution(DocumentName="StopBatch")
        due = running.clock.now() + timedelta(days=30)
        running.client("scheduler").create_schedule(
            Name="clean-up",
            ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": NOTIFY, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x"},
        )
        credentials = running.client("sts").assume_role(
            RoleArn=ROLE, RoleSessionName="drill-1", ExternalId="shop-7f3a"
        )["Credentials"]

    with laptop(tmp_path, MIXED, state_directory=state) as running:
        started = running.client("ssm").get_automation_execution(
            AutomationExecutionId=automation["AutomationExecutionId"]
        )
        assert started["AutomationExecution"]["AutomationExecutionStatus"] == "InProgress"
        assert running.client("scheduler").get_schedule(Name="clean-up")["State"] == "ENABLED"
        identity = running.client("sts", credentials=credentials).get_caller_identity()
        assert identity["Account"] == OTHER


def test_the_home_is_that_of_the_first_server_unless_it_is_named(tmp_path: Path) -> None:
    state, hub = tmp_path / "state", "777788889999"
    with laptop(tmp_path, MIXED) as running:
        assert running.simulator.home == (ACCOUNT, REGION)
    with laptop(tmp_path, MIXED, home=(hub, "us-east-1"), state_directory=state) as running:
        identity = running.client("sts").get_caller_identity()
        machines = running.step_functions.list_state_machines()["stateMachines"]
        with pytest.raises(ClientError, match="UninitializedAccountException"):
            running.client("drs").describe_jobs()
    assert identity["Account"] == hub
    places = {tuple(each["stateMachineArn"].split(":")[3:5]) for each in machines}
    assert places == {("us-east-1", hub)}
    with (
        pytest.raises(LocalServerError, match=f"the home is .*{hub}.* already"),
        laptop(tmp_path, MIXED, home=(OTHER, FAR), state_directory=state),
    ):
        pass
    with laptop(tmp_path, MIXED, state_directory=state) as running:
        assert running.simulator.home == (hub, "us-east-1")


def test_the_faults_file_reaches_every_service(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(
        json.dumps(
            {
                "sts": {"unreachableAccounts": [OTHER]},
                "documents": {"StopBatch": {"status": "Failed", "seconds": 1}},
                "functions": {"warm-cache": {"answer": "warm"}},
                "events": {"lostShare": 1},
                "ec2": {"neverChecked": [server_id(0)]},
            }
        )
    )
    with laptop(tmp_path, fleet(1), faults=faults) as running:
        with pytest.raises(ClientError, match="not authorized"):
            running.client("sts").assume_role(
                RoleArn=ROLE, RoleSessionName="drill-1", ExternalId="shop-7f3a"
            )
        answer = running.client("lambda").invoke(FunctionName="warm-cache")
        assert json.loads(answer["Payload"].read()) == "warm"
        ssm = running.client("ssm")
        for name in ("StopBatch", "AnyOther"):
            ssm.start_automation_execution(DocumentName=name)
        until(
            lambda: (
                {
                    each["DocumentName"]: each["AutomationExecutionStatus"]
                    for each in ssm.describe_automation_executions()[
                        "AutomationExecutionMetadataList"
                    ]
                }
                == {"StopBatch": "Failed", "AnyOther": "Success"}
            )
        )
        assert running.event_bus.faults.lost_share == 1
        assert running.ec2.faults.never_checked == {server_id(0)}


def test_a_faults_file_with_an_unknown_member_is_refused_with_its_place(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('{"events": {"lost": 1}}')
    with (
        pytest.raises(LocalServerError, match=r"faults\.json: faults, at /events/lost"),
        laptop(tmp_path, fleet(1), faults=faults),
    ):
        pass
