"""SSM Automation: scripted results, idempotent starts, stops, lists and what survives a restart."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from local.drs import CallFault, CallFaultKind, SnapshotError
from local.ssm import DocumentsError, Ssm, read_documents
from local.wsgi import answer
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import SERVER_A, code_of

SCRIPTS = {
    "StopBatch": {"seconds": 60, "outputs": {"Stopped": ["812"]}},
    "WarmCache": {"seconds": 60, "status": "Failed", "failureMessage": "disk full"},
    "Migrate": {"hang": True},
    "AskDba": {"waiting": True, "hang": True},
    "Stubborn": {"hang": True, "ignoresCancel": True},
    "Flaky": [{"seconds": 1, "status": "TimedOut"}, {"seconds": 1}],
}


class Laptop:
    """The automation of a laptop and a client for it."""

    def __init__(self, laptop: AwsLaptop, ssm: Ssm) -> None:
        self.clock = laptop.clock
        self.ssm = ssm
        self.client = laptop.client("ssm")
        self.careless = laptop.client("ssm", validate=False)
        self.elsewhere = laptop.client("ssm", region="eu-west-1")

    def start(self, name: str, **members: object) -> str:
        started = self.client.start_automation_execution(DocumentName=name, **members)
        return str(started["AutomationExecutionId"])

    def get(self, execution_id: str) -> dict[str, Any]:
        answer = self.client.get_automation_execution(AutomationExecutionId=execution_id)
        execution: dict[str, Any] = answer["AutomationExecution"]
        return execution

    def status(self, execution_id: str) -> str:
        return str(self.get(execution_id)["AutomationExecutionStatus"])


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made: list[Ssm] = []

    def services(laptop: AwsLaptop) -> dict[str, Ssm]:
        made.append(Ssm(laptop.simulator, laptop.setting, read_documents(SCRIPTS)))
        return {"ssm": made[0]}

    with AwsLaptop(SERVER_A, services=services) as started:
        yield Laptop(started, made[0])


def test_an_automation_takes_its_time_and_ends_as_scripted(laptop: Laptop) -> None:
    execution_id = laptop.start("StopBatch", Parameters={"Queue": ["orders"]})
    assert laptop.status(execution_id) == "Pending"
    laptop.clock.advance(2)
    running = laptop.get(execution_id)
    assert running["AutomationExecutionStatus"] == "InProgress"
    assert running["Outputs"] == {}
    assert "ExecutionEndTime" not in running
    laptop.clock.advance(60)
    ended = laptop.get(execution_id)
    assert ended["AutomationExecutionStatus"] == "Success"
    assert ended["Outputs"] == {"Stopped": ["812"]}
    assert ended["Parameters"] == {"Queue": ["orders"]}
    assert (ended["ExecutionEndTime"] - ended["ExecutionStartTime"]).total_seconds() == 61


def test_a_failed_automation_tells_why(laptop: Laptop) -> None:
    execution_id = laptop.start("WarmCache")
    laptop.clock.advance(120)
    ended = laptop.get(execution_id)
    assert (ended["AutomationExecutionStatus"], ended["FailureMessage"]) == ("Failed", "disk full")


def test_each_start_takes_the_next_script_and_the_last_one_for_good(laptop: Laptop) -> None:
    started = [laptop.start("Flaky") for _ in range(3)]
    laptop.clock.advance(10)
    assert [laptop.status(each) for each in started] == ["TimedOut", "Success", "Success"]


def test_a_hanging_automation_never_ends_by_itself(laptop: Laptop) -> None:
    execution_id = laptop.start("Migrate")
    laptop.clock.advance(7 * 86_400)
    assert laptop.status(execution_id) == "InProgress"


def test_an_automation_that_asks_a_person_waits(laptop: Laptop) -> None:
    execution_id = laptop.start("AskDba")
    laptop.clock.advance(60)
    assert laptop.status(execution_id) == "Waiting"


def test_a_repeated_start_with_the_same_token_is_the_same_execution(laptop: Laptop) -> None:
    token = str(uuid.uuid4())
    first = laptop.start("StopBatch", ClientToken=token, Parameters={"Queue": ["orders"]})
    laptop.clock.advance(600)
    again = laptop.start("StopBatch", ClientToken=token, Parameters={"Queue": ["orders"]})
    assert again == first
    assert list(laptop.ssm.truth(*HOME)) == [first]


def test_a_token_reused_for_something_else_is_refused(laptop: Laptop) -> None:
    token = str(uuid.uuid4())
    laptop.start("StopBatch", ClientToken=token, Parameters={"Queue": ["orders"]})
    for name, queue in (("StopBatch", "bills"), ("WarmCache", "orders")):
        with pytest.raises(ClientError) as refusal:
            laptop.start(name, ClientToken=token, Parameters={"Queue": [queue]})
        assert code_of(refusal) == ("IdempotentParameterMismatch", 400)
    assert len(laptop.ssm.truth(*HOME)) == 1


def test_without_a_token_each_start_is_its_own_execution(laptop: Laptop) -> None:
    assert laptop.start("StopBatch") != laptop.start("StopBatch")


def test_a_token_counts_in_its_own_region_only(laptop: Laptop) -> None:
    token = str(uuid.uuid4())
    here = laptop.start("StopBatch", ClientToken=token)
    there = laptop.elsewhere.start_automation_execution(DocumentName="StopBatch", ClientToken=token)
    assert there["AutomationExecutionId"] != here
    with pytest.raises(ClientError) as refusal:
        laptop.elsewhere.get_automation_execution(AutomationExecutionId=here)
    assert code_of(refusal) == ("AutomationExecutionNotFoundException", 400)


def test_an_unknown_document_is_not_found_unless_there_is_a_default(laptop: Laptop) -> None:
    with pytest.raises(ClientError, match="NoSuchDocument") as refusal:
        laptop.start("NoSuchDocument")
    assert code_of(refusal) == ("AutomationDefinitionNotFoundException", 400)
    laptop.ssm.documents = read_documents({"*": {"seconds": 5}})
    execution_id = laptop.start("NoSuchDocument")
    laptop.clock.advance(10)
    assert laptop.status(execution_id) == "Success"


def test_a_cancelled_automation_ends_cancelled_soon(laptop: Laptop) -> None:
    execution_id = laptop.start("Migrate")
    laptop.clock.advance(10)
    laptop.client.stop_automation_execution(AutomationExecutionId=execution_id)
    assert laptop.status(execution_id) == "Cancelling"
    laptop.clock.advance(5)
    ended = laptop.get(execution_id)
    assert ended["AutomationExecutionStatus"] == "Cancelled"
    assert (ended["ExecutionEndTime"] - ended["ExecutionStartTime"]).total_seconds() == 12


def test_a_completed_automation_ends_without_its_rest(laptop: Laptop) -> None:
    execution_id = laptop.start("Migrate")
    laptop.client.stop_automation_execution(AutomationExecutionId=execution_id, Type="Complete")
    laptop.clock.advance(5)
    assert laptop.status(execution_id) == "Success"


def test_a_stubborn_automation_stays_cancelling(laptop: Laptop) -> None:
    execution_id = laptop.start("Stubborn")
    laptop.client.stop_automation_execution(AutomationExecutionId=execution_id, Type="Cancel")
    laptop.clock.advance(86_400)
    assert laptop.status(execution_id) == "Cancelling"


def test_what_has_ended_cannot_be_stopped(laptop: Laptop) -> None:
    execution_id = laptop.start("StopBatch")
    laptop.clock.advance(600)
    with pytest.raises(ClientError, match="Success") as refusal:
        laptop.client.stop_automation_execution(AutomationExecutionId=execution_id)
    assert code_of(refusal) == ("InvalidAutomationStatusUpdateException", 400)
    assert laptop.status(execution_id) == "Success"


def test_executions_are_listed_newest_first_by_filter_and_page(laptop: Laptop) -> None:
    started = [laptop.start("StopBatch"), laptop.start("Migrate"), laptop.start("StopBatch")]
    describe = laptop.client.describe_automation_executions

    def listed(*filters: dict[str, Any]) -> list[str]:
        answer = describe(Filters=list(filters)) if filters else describe()
        return [each["AutomationExecutionId"] for each in answer["AutomationExecutionMetadataList"]]

    assert listed() == started[::-1]
    assert listed({"Key": "ExecutionId", "Values": [started[1]]}) == [started[1]]
    batches = {"Key": "DocumentNamePrefix", "Values": ["Stop"]}
    assert listed(batches) == [started[2], started[0]]
    laptop.clock.advance(600)
    assert listed(batches, {"Key": "ExecutionStatus", "Values": ["InProgress"]}) == []
    pages = laptop.client.get_paginator("describe_automation_executions").paginate(
        PaginationConfig={"PageSize": 2}
    )
    assert [len(page["AutomationExecutionMetadataList"]) for page in pages] == [2, 1]


def test_what_is_not_simulated_is_said_by_name(laptop: Laptop) -> None:
    for call in (
        lambda: laptop.client.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[]),
        lambda: laptop.start("StopBatch", Targets=[{"Key": "tag:Tier", "Values": ["db"]}]),
        lambda: laptop.client.describe_automation_executions(
            Filters=[{"Key": "CurrentAction", "Values": ["x"]}]
        ),
    ):
        with pytest.raises(ClientError, match=r"SendCommand|Targets|CurrentAction") as refusal:
            call()
        assert code_of(refusal) == ("NotSimulatedException", 501)


def test_input_that_breaks_the_model_is_refused_by_member(laptop: Laptop) -> None:
    for members, named in (
        ({"ClientToken": "again"}, "clientToken"),
        ({"Mode": "Guess"}, "mode"),
        ({"Parameters": {"Queue": [7]}}, "parameters.Queue.1.member"),
        ({"DocumentName": ""}, "documentName"),
    ):
        with pytest.raises(ClientError, match=f"'{named}'") as refusal:
            laptop.careless.start_automation_execution(**{"DocumentName": "StopBatch", **members})
        assert code_of(refusal) == ("ValidationException", 400)
    assert laptop.ssm.truth(*HOME) == {}


def test_a_lost_answer_leaves_an_execution_that_the_token_finds(laptop: Laptop) -> None:
    laptop.ssm.faults.calls.append(
        CallFault(CallFaultKind.LOST_ANSWER, "StartAutomationExecution", times=1)
    )
    token = str(uuid.uuid4())
    with pytest.raises(ConnectionClosedError):
        laptop.start("StopBatch", ClientToken=token)
    (left,) = laptop.ssm.truth(*HOME)
    assert laptop.start("StopBatch", ClientToken=token) == left
    assert [call.outcome for call in laptop.ssm.calls] == ["LostAnswer", "OK"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (CallFaultKind.THROTTLE, "ThrottlingException"),
        (CallFaultKind.ACCESS_DENIED, "AccessDeniedException"),
        (CallFaultKind.SERVER_ERROR, "InternalServerError"),
    ],
)
def test_a_refused_start_starts_nothing(laptop: Laptop, kind: CallFaultKind, code: str) -> None:
    laptop.ssm.faults.calls.append(CallFault(kind, times=1))
    with pytest.raises(ClientError) as refusal:
        laptop.start("StopBatch")
    assert code_of(refusal)[0] == code
    assert laptop.ssm.truth(*HOME) == {}


def test_executions_and_their_tokens_survive_a_restart(laptop: Laptop) -> None:
    token = str(uuid.uuid4())
    execution_id = laptop.start("StopBatch", ClientToken=token)
    assert laptop.ssm.changed.is_set()
    saved = json.loads(json.dumps(laptop.ssm.snapshot()))
    laptop.ssm.restore({"formatVersion": 1, "memory": {"executions": []}})
    assert laptop.ssm.truth(*HOME) == {}
    laptop.ssm.restore(saved)
    assert laptop.start("StopBatch", ClientToken=token) == execution_id
    laptop.clock.advance(600)
    assert laptop.status(execution_id) == "Success"


def test_a_damaged_snapshot_is_refused_and_changes_nothing(laptop: Laptop) -> None:
    execution_id = laptop.start("StopBatch")
    for damaged in ({}, {"formatVersion": 2}, {"formatVersion": 1, "memory": {"executions": [1]}}):
        with pytest.raises(SnapshotError, match="Systems Manager"):
            laptop.ssm.restore(damaged)
    assert list(laptop.ssm.truth(*HOME)) == [execution_id]


def test_a_wrong_script_is_refused_with_its_place() -> None:
    with pytest.raises(DocumentsError, match="/StopBatch"):
        read_documents({"StopBatch": {"secondz": 5}})


def test_other_operations_can_be_left_to_another_application() -> None:
    def parameter_store(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        body = json.dumps({"Parameter": {"Name": asked["Name"], "Value": "kept"}}).encode()
        return answer(start_response, 200, body)

    with AwsLaptop(
        SERVER_A,
        services=lambda laptop: {"ssm": Ssm(laptop.simulator, laptop.setting)},
        fallback=parameter_store,
    ) as laptop:
        found = laptop.client("ssm").get_parameter(Name="/cache/size")
    assert found["Parameter"] == {"Name": "/cache/size", "Value": "kept"}
