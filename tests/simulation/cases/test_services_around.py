"""Everything around DRS in virtual time: other accounts, health, actions, time-outs and retries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local.drs import CallFault, CallFaultKind, Faults
from local.events.rules import Rule, Target
from local.faults_file import FaultsFile
from local.function_scripts import FunctionScript
from local.functions import Invocation
from local.probes import ProbeScript
from local.virtual.processes import BEGINNING
from local.virtual.world import VirtualWorld, deployment_of
from tests.simulation.scenarios import Person, add_other_account, run, start
from tests.workflow.accounts import TARGET, THERE, servers_at, spread_fleet, wave_at
from tests.workflow.laptop import ACCOUNT, REGION, fleet, plan, servers, wave

Json = dict[str, Any]


def test_servers_of_another_account_are_recovered_with_its_role() -> None:
    with VirtualWorld(spread_fleet()) as world:
        world.do(add_other_account)
        execution_id = start(world, plan("two", wave_at(THERE, "only", servers_at(THERE, 3))))
        (execution,) = world.interpreter.executions.values()
        world.until(lambda: not execution.is_running)
        status = world.orchestrator.read_executions.get(execution_id).status
        jobs = world.simulator.truth(TARGET, REGION).jobs

    assert status == "COMPLETED"
    assert [job.server_ids for job in jobs] == [tuple(servers_at(THERE, 3))]


def test_a_health_gate_waits_until_the_servers_answer() -> None:
    group, of_group = wave("only", servers(0, 3))
    probe = {"type": "http", "port": 8080, "path": "/health"}
    gate = {"ec2Status": True, "ssmAgent": True, "probe": probe, "deadlineMinutes": 30}
    faults = FaultsFile(probes=[ProbeScript(port=8080, healthy_after_seconds=600)])
    outcome = run(
        plan("sound", (group, {**of_group, "healthCheck": gate})), fleet(3), other_faults=faults
    )

    assert outcome.execution["status"] == "COMPLETED"
    assert {each["verdict"] for each in outcome.execution["servers"]} == {"VERIFIED"}
    assert outcome.states("only").count("Verify health") > 10


def test_actions_run_before_and_after_a_wave_and_take_their_time() -> None:
    group, of_group = wave("only", servers(0, 1))
    before = {"name": "stop-batch", "type": "ssm", "documentName": "StopBatch"}
    after = {"name": "warm", "type": "lambda", "functionName": "warm", "timeoutSeconds": 60}
    waves = (group, {**of_group, "preActions": [before], "postActions": [after]})
    scripts: Any = {"warm": FunctionScript(answer={"keys": 1}, seconds=40)}
    outcome = run(plan("acts", waves), fleet(1), other_faults=FaultsFile(functions=scripts))

    assert outcome.execution["status"] == "COMPLETED"
    states = outcome.states("only")
    assert states.index("Run actions") < states.index("Start recovery")
    assert states.index("Check recovery") < len(states) - 1 - states[::-1].index("Run actions")


def test_the_sdk_backs_off_in_simulated_time_and_sends_reads_again() -> None:
    throttled = CallFault(CallFaultKind.THROTTLE, "DescribeJobs", times=2)
    calm = run(plan("one", wave("only", servers(0, 1))), fleet(1))
    busy = run(plan("one", wave("only", servers(0, 1))), fleet(1), faults=Faults(calls=[throttled]))

    assert busy.execution["status"] == "COMPLETED"
    assert busy.counts.calls["drs.DescribeJobs"] == calm.counts.calls["drs.DescribeJobs"] + 2


def test_a_launch_whose_answer_is_lost_is_found_and_not_sent_again() -> None:
    lost = CallFault(CallFaultKind.LOST_ANSWER, "StartRecovery", times=1)
    outcome = run(plan("one", wave("only", servers(0, 3))), fleet(3), faults=Faults(calls=[lost]))

    assert outcome.execution["status"] == "COMPLETED"
    assert outcome.counts.calls["drs.StartRecovery"] == 1
    assert len(outcome.truth.jobs) == 1


def test_a_recovery_whose_wave_waits_for_an_approval_for_nearly_a_week_stays_small() -> None:
    group, of_group = wave("only", servers(0, 1))
    approval = {"role": "Approver", "message": "Sure?"}

    def late(person: Person) -> None:
        person.until_asked("only")
        person.rest(7 * 86_400 - 3600)
        person.decide("only", "APPROVE", attempt=0)

    outcome = run(
        plan("late", (group, {**of_group, "approval": approval})),
        fleet(1),
        execution_type="RECOVERY",
        people=[late],
    )

    assert outcome.execution["status"] == "COMPLETED"
    assert outcome.counts.most_events < 2500


def test_events_of_launches_reach_a_rules_function_soon_after_each() -> None:
    told: list[tuple[str, float]] = []
    deployment = deployment_of(ACCOUNT, REGION)
    function = deployment.functions[0]
    rule = Rule("launches", {"source": ["aws.drs"]}, (Target(function.arn),))

    def listen(invocation: Invocation) -> Any:  # noqa: ANN401 - a handler's answer
        if invocation.function is not function:
            return invocation.proceed()
        told.append((invocation.event["resources"][0], world.schedule.elapsed_seconds))
        return None

    with VirtualWorld(
        fleet(3), invoker=listen, deployment=replace(deployment, rules=(rule,))
    ) as world:
        start(world, plan("one", wave("only", servers(0, 3))))
        (execution,) = world.interpreter.executions.values()
        world.until(lambda: not execution.is_running)
        (truth,) = (world.simulator.truth(*scope) for scope in world.simulator.scopes)

    ends = {each.source_server_id: each.launched_at for each in truth.instances}
    assert {arn.rpartition("/")[2] for arn, _ in told} == set(ends) == set(servers(0, 3))
    assert len(told) == 3
    for arn, seconds in told:
        late = seconds - (ends[arn.rpartition("/")[2]] - BEGINNING).total_seconds()
        assert 0 < late < 8
