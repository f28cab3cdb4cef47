"""Functions that no template deploys: by script, and the probers of every account."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.clock import ManualClock, ScaledClock
from local.deployment import FunctionDefinition
from local.drs.state import Scope
from local.function_directory import FunctionDirectory
from local.function_scripts import FunctionScript, ScriptedFunctions
from local.functions import FunctionNotFound, FunctionRuntime, Invocation
from local.lambda_api import LambdaApi
from local.probes import PROBER_NAME, Prober
from local.protocols.endpoint import Setting
from local.sts import Sts, member_roles
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import ACCOUNT, REGION, SERVER_A, code_of

OTHER = "444455556666"
OWN = "arn:aws:lambda:us-west-2:111122223333:function:own"
DEPLOYED = FunctionDefinition("own", OWN, "not_imported.handler")


def arn(account: str, name: str, region: str = REGION) -> str:
    return f"arn:aws:lambda:{region}:{account}:function:{name}"


def _answer_own_name(invocation: Invocation) -> object:
    return {"from": invocation.function.name}


class Laptop:
    """Lambda of several accounts, behind one port; its time runs a thousand times as fast."""

    def __init__(self) -> None:
        self.scripted = ScriptedFunctions(ScaledClock(1000))
        self.background: list[threading.Thread] = []
        self.sts = Sts(member_roles([OTHER]), Setting(ManualClock(), HOME))
        self.aws = AwsLaptop(SERVER_A, services=self._services, account_of=self.sts.drs_account_of)

    def _services(self, aws: AwsLaptop) -> dict[str, Any]:
        self.prober = Prober(aws.simulator, aws.clock)
        runtime = FunctionRuntime([DEPLOYED], _answer_own_name)
        self.directory = FunctionDirectory(runtime, HOME, [self.prober, self.scripted])
        self.api = LambdaApi(
            self.directory, ScaledClock(1000), self.background.append, self.sts.account_of
        )
        return {"lambda": self.api, "sts": self.sts}

    def client(self, account: str = ACCOUNT, region: str = REGION) -> Any:  # noqa: ANN401
        if account == ACCOUNT:
            return self.aws.client("lambda", region=region)
        credentials = self.aws.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/drs-orchestrator-member",
            RoleSessionName="drill-1",
            ExternalId="shop-7f3a",
        )["Credentials"]
        return self.aws.client(
            "lambda",
            region=region,
            access_key=credentials["AccessKeyId"],
            token=credentials["SessionToken"],
        )

    def invoke(self, name: str, payload: object = None, **caller: str) -> Any:  # noqa: ANN401
        answer = self.client(**caller).invoke(
            FunctionName=name, Payload=json.dumps(payload).encode()
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    made = Laptop()
    with made.aws:
        yield made


def test_a_function_answers_by_script_under_its_name_in_every_account(laptop: Laptop) -> None:
    laptop.scripted.scripts = {"warm-cache": FunctionScript(answer={"keys": 812})}
    assert laptop.invoke("warm-cache", {"wave": "web"}) == ({"keys": 812}, None)
    assert laptop.invoke("warm-cache", account=OTHER) == ({"keys": 812}, None)
    assert [(i.account_id, i.event, i.outcome) for i in laptop.scripted.invocations] == [
        (ACCOUNT, {"wave": "web"}, "OK"),
        (OTHER, None, "OK"),
    ]


def test_a_script_for_an_arn_is_for_that_account_and_region_only(laptop: Laptop) -> None:
    laptop.scripted.scripts = {arn(OTHER, "audit"): FunctionScript(answer=1)}
    assert laptop.invoke("audit", account=OTHER) == (1, None)
    with pytest.raises(ClientError, match="rehearse-faults"):
        laptop.invoke("audit")
    with pytest.raises(ClientError, match="Function not found"):
        laptop.invoke("audit", account=OTHER, region="eu-west-1")


def test_each_invocation_takes_the_next_script_and_the_last_one_for_good(laptop: Laptop) -> None:
    laptop.scripted.scripts = {
        "notify": [
            FunctionScript(error_type="QueueFull", error_message="try later"),
            FunctionScript(refusal="TooManyRequestsException"),
            FunctionScript(answer="sent"),
        ]
    }
    report, error = laptop.invoke("notify")
    assert (report, error) == (
        {"errorType": "QueueFull", "errorMessage": "try later"},
        "Unhandled",
    )
    with pytest.raises(ClientError) as refused:
        laptop.invoke("notify")
    assert code_of(refused) == ("TooManyRequestsException", 429)
    assert [laptop.invoke("notify") for _ in range(2)] == [("sent", None)] * 2
    outcomes = [invocation.outcome for invocation in laptop.scripted.invocations]
    assert outcomes == ["QueueFull", "TooManyRequestsException", "OK", "OK"]


def test_an_invocation_takes_its_time_on_the_simulated_clock(laptop: Laptop) -> None:
    laptop.scripted.scripts = {"slow": FunctionScript(seconds=200)}
    clock = ScaledClock(1000)
    began = clock.now()
    laptop.invoke("slow")
    assert (clock.now() - began).total_seconds() >= 200


def test_a_function_of_another_account_needs_that_accounts_credentials(laptop: Laptop) -> None:
    laptop.scripted.scripts = {"audit": FunctionScript()}
    with pytest.raises(ClientError, match="lambda:InvokeFunction") as refused:
        laptop.invoke(arn(OTHER, "audit"))
    assert code_of(refused) == ("AccessDeniedException", 403)
    with pytest.raises(ClientError, match="not reachable in this region") as unknown:
        laptop.invoke(arn(ACCOUNT, "audit", "eu-west-1"))
    assert code_of(unknown) == ("ResourceNotFoundException", 404)
    assert laptop.invoke(f"{OTHER}:function:audit:$LATEST", account=OTHER) == (None, None)


def test_the_deployments_functions_are_at_home_only(laptop: Laptop) -> None:
    for name in ("own", OWN, f"{OWN}:$LATEST"):
        assert laptop.invoke(name) == ({"from": "own"}, None)
    with pytest.raises(ClientError, match="Function not found"):
        laptop.invoke("own", account=OTHER)
    with pytest.raises(FunctionNotFound):
        laptop.directory.at_arn(arn(OTHER, "own"))


def test_expired_credentials_invoke_nothing(laptop: Laptop) -> None:
    client = laptop.client(account=OTHER)
    laptop.sts.faults.expired_accounts = frozenset({OTHER})
    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName="warm-cache")
    assert code_of(refused) == ("ExpiredTokenException", 403)


def test_what_is_not_json_is_refused(laptop: Laptop) -> None:
    with pytest.raises(ClientError) as refused:
        laptop.client().invoke(FunctionName="own", Payload=b"{")
    assert code_of(refused) == ("InvalidRequestContentException", 400)


@pytest.mark.parametrize("failing", [{"error_type": "E"}, {"refusal": "ServiceException"}])
def test_an_asynchronous_invocation_that_fails_is_repeated_twice(
    laptop: Laptop, failing: dict[str, Any]
) -> None:
    laptop.scripted.scripts = {"notify": FunctionScript(**failing)}
    answer = laptop.client().invoke(FunctionName="notify", InvocationType="Event")
    for thread in laptop.background:
        thread.join(10)
    moments = [invocation.at for invocation in laptop.scripted.invocations]
    waits = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert answer["StatusCode"] == 202
    assert len(waits) == 2
    assert waits[0] >= 60
    assert waits[1] >= 120


def test_an_asynchronous_invocation_that_succeeds_runs_once(laptop: Laptop) -> None:
    laptop.scripted.scripts = {"notify": [FunctionScript(error_type="E"), FunctionScript()]}
    laptop.client().invoke(FunctionName="notify", InvocationType="Event", Payload=b"[1]")
    for thread in laptop.background:
        thread.join(10)
    assert [(i.event, i.outcome) for i in laptop.scripted.invocations] == [([1], "E"), ([1], "OK")]


def test_the_prober_of_an_account_is_a_function_like_any_other(laptop: Laptop) -> None:
    laptop.aws.launch(SERVER_A)
    (instance,) = laptop.aws.simulator.truth(*HOME).instances
    assert instance.live
    request = {"type": "tcp", "address": "10.9.9.9", "port": 5432}
    probe_round = {"requests": [request]}
    report, error = laptop.invoke(PROBER_NAME, probe_round)
    assert ([result["healthy"] for result in report["results"]], error) == ([False], None)
    laptop.invoke(PROBER_NAME, probe_round, account=OTHER)
    assert [probe.account_id for probe in laptop.prober.probes] == [ACCOUNT, OTHER]


def test_a_prober_that_is_asked_nonsense_fails_as_a_function(laptop: Laptop) -> None:
    report, error = laptop.invoke(PROBER_NAME, {"type": "smoke"})
    assert (report["errorType"], error) == ("ValidationError", "Unhandled")


def test_the_probers_place_comes_from_the_caller(laptop: Laptop) -> None:
    call = laptop.prober.find(Scope(OTHER, "eu-west-1"), PROBER_NAME)
    assert call is not None
    assert not call(b'{"requests": [{"type": "tcp", "address": "10.0.0.1", "port": 1}]}').failed
    assert [probe.region for probe in laptop.prober.probes] == ["eu-west-1"]
    assert laptop.prober.find(HOME, "other") is None
