"""Every simulated service on the laptop's one port, as handlers and the AWS CLI reach them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.deployment import Json
from local.events import Rule, Target
from local.function_scripts import FunctionScript
from local.functions import Invocation, InvocationRefused
from local.probes import PROBER_NAME, ProbeScript
from local.ssm import DocumentScript
from tests.workflow.engine_world import until
from tests.workflow.laptop import ACCOUNT, REGION, Laptop, estates, fleet, laptop, server_id

OTHER, FAR = "444455556666", "eu-west-1"
ROLE = f"arn:aws:iam::{OTHER}:role/drs-orchestrator-member"
NOTIFY = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:notify"
ANY_DECISION = {"source": ["drs-orchestrator"]}
ENTRY = {"Source": "drs-orchestrator", "DetailType": "Decision Needed", "Detail": "{}"}


class Handlers:
    """Stands around the shipped handlers: one of them only notes what it gets."""

    def __init__(self) -> None:
        self.watched = ""
        self.events: list[Json] = []
        self.refusals_left = 0

    def __call__(self, invocation: Invocation) -> Json:
        if invocation.function.arn != self.watched:
            return invocation.proceed()
        if self.refusals_left:
            self.refusals_left -= 1
            raise InvocationRefused
        self.events.append(invocation.event)
        return None


handlers = Handlers()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """One laptop for all tests: its home, and two servers of another account far away."""
    inventory = estates(fleet(2), fleet(2, first=2, account=OTHER, region=FAR))
    with laptop(tmp_path_factory.mktemp("laptop"), inventory, handlers) as running:
        yield running


@pytest.fixture
def running(shared: Laptop) -> Laptop:
    """The laptop without scripts, rules and faults of the test before."""
    shared.event_bus.rules = ()
    shared.event_bus.faults.lost_share = 0.0
    shared.functions.scripts = {}
    handlers.events.clear()
    handlers.watched = ""
    return shared


def a_function_of_the_deployment(running: Laptop) -> str:
    """Return the ARN of the function that the watched handler stands for from now on."""
    listed = running.client("lambda").list_functions()["Functions"]
    handlers.watched = listed[0]["FunctionArn"]
    return handlers.watched


def assume(running: Laptop) -> Any:  # noqa: ANN401 - credentials as boto3 returns them
    return running.client("sts").assume_role(
        RoleArn=ROLE, RoleSessionName="drill-1", ExternalId="shop-7f3a"
    )["Credentials"]


def at_once(arn: str, text: str) -> dict[str, Any]:
    """A one-time schedule that is due already."""
    return {
        "ScheduleExpression": "at(2020-01-01T00:00:00)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {"Arn": arn, "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/x", "Input": text},
    }


def test_an_automation_runs_to_its_scripted_end(running: Laptop) -> None:
    ssm = running.client("ssm")
    running.ssm.documents = {"StopBatch": [DocumentScript(seconds=60, status="Failed")]}
    started = ssm.start_automation_execution(DocumentName="StopBatch")["AutomationExecutionId"]

    def status() -> str:
        answer = ssm.get_automation_execution(AutomationExecutionId=started)
        return str(answer["AutomationExecution"]["AutomationExecutionStatus"])

    until(lambda: status() == "Failed")
    with pytest.raises(ClientError, match="couldn't be found"):
        ssm.start_automation_execution(DocumentName="Unknown")


def test_what_nobody_simulates_goes_to_moto_or_is_refused(running: Laptop) -> None:
    ssm = running.client("ssm")
    ssm.put_parameter(Name="/shop/mode", Value="drill", Type="String")
    assert ssm.get_parameter(Name="/shop/mode")["Parameter"]["Value"] == "drill"
    with pytest.raises(ClientError, match="NotSimulatedException"):
        running.client("scheduler").create_schedule_group(Name="shop")
    with pytest.raises(ClientError, match="NotSimulatedException"):
        running.client("events").list_rules()


def test_a_launched_server_has_status_checks_an_agent_and_an_address(running: Laptop) -> None:
    drs, ec2 = running.client("drs"), running.client("ec2")
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id(0)}], isDrill=True)
    until(lambda: bool(running.live_instances()))
    (instance,) = ec2.describe_instances()["Reservations"][0]["Instances"]

    def checks() -> str:
        (status,) = ec2.describe_instance_status()["InstanceStatuses"]
        return str(status["InstanceStatus"]["Status"])

    until(lambda: checks() == "ok")
    (agent,) = running.client("ssm").describe_instance_information()["InstanceInformationList"]
    assert (agent["InstanceId"], agent["PingStatus"]) == (instance["InstanceId"], "Online")
    running.prober.scripts = (ProbeScript(path="/health", status=503),)
    request = {
        "type": "http",
        "address": instance["PrivateIpAddress"],
        "port": 8080,
        "path": "/health",
    }
    answer = running.client("lambda").invoke(
        FunctionName=PROBER_NAME, Payload=json.dumps({"requests": [request]}).encode()
    )
    (result,) = json.loads(answer["Payload"].read())["results"]
    assert result["detail"] == "HTTP 503, expected 200 to 399"


def test_an_assumed_role_acts_on_the_servers_and_functions_of_its_own_account(
    running: Laptop,
) -> None:
    credentials = assume(running)
    identity = running.client("sts", credentials=credentials).get_caller_identity()
    assert identity["Account"] == OTHER
    drs = running.client("drs", region=FAR, credentials=credentials)
    listed = {each["sourceServerID"] for each in drs.describe_source_servers()["items"]}
    assert listed == {server_id(2), server_id(3)}
    with pytest.raises(ClientError, match="UninitializedAccountException"):
        running.client("drs", region=FAR).describe_source_servers()
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id(2)}], isDrill=True)
    (job,) = running.simulator.truth(OTHER, FAR).jobs
    assert job.server_ids == (server_id(2),)
    running.functions.scripts = {"warm-cache": FunctionScript(answer=1)}
    invoke = running.client("lambda", region=FAR, credentials=credentials).invoke
    invoke(FunctionName="warm-cache")
    last = running.functions.invocations[-1]
    assert (last.account_id, last.region) == (OTHER, FAR)


def test_without_an_external_id_or_trust_no_role_is_assumed(running: Laptop) -> None:
    sts = running.client("sts")
    with pytest.raises(ClientError, match="not authorized"):
        sts.assume_role(RoleArn=ROLE, RoleSessionName="drill-1")
    running.sts.faults.unreachable_accounts = frozenset({OTHER})
    with pytest.raises(ClientError, match="not authorized"):
        assume(running)
    running.sts.faults.unreachable_accounts = frozenset()
    with pytest.raises(ClientError, match="not authorized"):
        sts.assume_role(
            RoleArn=ROLE.replace(OTHER, "777788889999"),
            RoleSessionName="drill-1",
            ExternalId="shop-7f3a",
        )


def test_an_event_reaches_the_function_of_the_rule_that_it_matches(running: Laptop) -> None:
    running.functions.scripts = {"notify": FunctionScript()}
    target = a_function_of_the_deployment(running)
    running.event_bus.rules = (Rule("decisions", ANY_DECISION, (Target(NOTIFY), Target(target))),)
    before = len(running.functions.invocations)
    sent = running.client("events").put_events(Entries=[ENTRY])["Entries"][0]["EventId"]
    until(lambda: bool(handlers.events) and len(running.functions.invocations) > before)
    assert handlers.events[0]["id"] == sent
    assert running.functions.invocations[-1].event["id"] == sent


def test_a_target_that_refuses_or_fails_gets_its_event_again(running: Laptop) -> None:
    running.functions.scripts = {"notify": [FunctionScript(error_type="E"), FunctionScript()]}
    target = a_function_of_the_deployment(running)
    handlers.refusals_left = 1
    running.event_bus.rules = (Rule("decisions", ANY_DECISION, (Target(NOTIFY), Target(target))),)
    before = len(running.functions.invocations)
    running.client("events").put_events(Entries=[ENTRY])
    until(lambda: bool(handlers.events) and len(running.functions.invocations) >= before + 2)
    attempts = running.event_bus.deliveries[-4:]
    outcomes = sorted(each.outcome for each in attempts)
    assert outcomes == ["DELIVERED", "DELIVERED", "FAILED", "FAILED"]
    reasons = {each.reason for each in attempts if each.reason}
    report = '{"errorMessage": "", "errorType": "E"}'
    assert reasons == {f"{NOTIFY}: {report}", f"{target}: Rate Exceeded."}


def test_all_events_can_be_lost(running: Laptop) -> None:
    target = a_function_of_the_deployment(running)
    running.event_bus.rules = (Rule("decisions", ANY_DECISION, (Target(target),)),)
    running.event_bus.faults.lost_share = 1.0
    known = len(running.event_bus.events)
    running.client("events").put_events(Entries=[ENTRY])
    running.event_bus.faults.lost_share = 0.0
    last = running.client("events").put_events(Entries=[ENTRY])["Entries"][0]["EventId"]
    until(lambda: bool(handlers.events))
    assert [event["id"] for event in handlers.events] == [last]
    assert len(running.event_bus.events) == known + 2


def test_a_schedule_fires_on_the_simulated_clock_and_goes(running: Laptop) -> None:
    target = a_function_of_the_deployment(running)
    due = running.clock.now() + timedelta(minutes=10)
    running.client("scheduler").create_schedule(
        Name="clean-up",
        **at_once(target, '{"executionId": "drill-1"}')
        | {"ScheduleExpression": f"at({due:%Y-%m-%dT%H:%M:%S})"},
    )
    assert "clean-up" in running.scheduler.truth(ACCOUNT, REGION)
    until(lambda: bool(handlers.events))
    assert running.clock.now() >= due.replace(microsecond=0)
    assert handlers.events == [{"executionId": "drill-1"}]
    assert "clean-up" not in running.scheduler.truth(ACCOUNT, REGION)


def test_a_schedule_may_start_a_state_machine(running: Laptop) -> None:
    (machine, *_) = running.step_functions.list_state_machines()["stateMachines"]
    arn = machine["stateMachineArn"]
    running.client("scheduler").create_schedule(Name="drill", **at_once(arn, '{"planId": "gone"}'))
    until(lambda: bool(running.step_functions.list_executions(stateMachineArn=arn)["executions"]))


def test_the_event_bus_hears_of_drs_and_of_step_functions(running: Laptop) -> None:
    target = a_function_of_the_deployment(running)
    running.event_bus.rules = (Rule("aws", {"source": [{"prefix": "aws."}]}, (Target(target),)),)
    drs = running.client("drs")
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id(1)}], isDrill=True)
    (machine, *_) = running.step_functions.list_state_machines()["stateMachines"]
    running.step_functions.start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")

    def heard() -> set[tuple[str, str]]:
        details = [(event["source"], event["detail"]) for event in handlers.events]
        return {(source, each.get("status") or each["state"]) for source, each in details}

    until(
        lambda: (
            {
                ("aws.drs", "RECOVERY_LAUNCH_SUCCEEDED"),
                ("aws.states", "RUNNING"),
                ("aws.states", "FAILED"),
            }
            <= heard()
        )
    )
