"""A wave with a gate is recovered when its servers are healthy, not when they are launched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from local.drs import CallFault, CallFaultKind
from local.probes import ProbeScript
from tests.workflow.laptop import (
    Json,
    Laptop,
    asked,
    decide,
    fleet,
    laptop,
    plan,
    question_of,
    server_id,
    servers,
    verdicts,
    wave,
)

# Time passes fast here, and handlers take their own: a deadline that must be met is far away.
STATUS: Json = {"ec2Status": True, "deadlineMinutes": 240}
PROBE: Json = {
    "ec2Status": False,
    "probe": {"type": "http", "port": 8080, "path": "/health"},
    "deadlineMinutes": 240,
}
SOON: Json = {"deadlineMinutes": 5}


def gated(
    name: str, ids: list[str], *depends_on: str, check: Json, on_failure: str = "ASK"
) -> tuple[Json, Json]:
    """Return a wave with a health gate."""
    group, spec = wave(name, ids, *depends_on, on_failure=on_failure)
    return group, {**spec, "healthCheck": check}


def chain(running: Laptop, count: int, check: Json, on_failure: str = "ASK") -> str:
    """Start a plan whose second wave depends on the first, which has a gate and `count` servers."""
    return running.start(
        running.apply(
            plan(
                "gated",
                gated("first", servers(0, count), check=check, on_failure=on_failure),
                wave("second", servers(count, 1), "first"),
            )
        )
    )


def gates(execution: Json) -> dict[str, str]:
    """Return where the gate of each wave stands."""
    return {each["name"]: each["healthGate"] for each in execution["waves"]}


def server_of(execution: Json, number: int) -> Json:
    """Return what the API shows of a server."""
    (found,) = [
        each for each in execution["servers"] if each["sourceServerId"] == server_id(number)
    ]
    return dict(found)


def heal(running: Laptop) -> None:
    """Let every status check pass from now on."""
    running.ec2.faults.instance_impaired = frozenset()


def fall_ill(running: Laptop, *numbers: int) -> None:
    """Let the status check of these servers' instances fail."""
    running.ec2.faults.instance_impaired = frozenset(map(server_id, numbers))


def test_a_wave_is_completed_when_its_servers_answer_and_only_then_dependents_start(
    tmp_path: Path,
) -> None:
    slow_start = timedelta(hours=1)
    with laptop(tmp_path, fleet(3)) as running:
        running.prober.scripts = (
            ProbeScript(target=server_id(1), healthy_after_seconds=slow_start.total_seconds()),
        )
        id_ = chain(running, 2, PROBE)
        verifying = running.until(
            id_, lambda e: bool(e["servers"]) and bool(server_of(e, 1)["health"])
        )
        ended = running.ended(id_)
        _, second = running.launches()
        (up,) = [each for each in running.live_instances() if each.source_server_id == server_id(1)]

    assert verdicts(verifying)["first"] == "VERIFYING"
    assert gates(verifying) == {"first": "PENDING", "second": "NONE"}
    assert server_of(verifying, 1)["health"] == "connection refused"
    assert verifying["waves"][0]["reason"].endswith("connection refused")
    assert ended["status"] == "COMPLETED"
    assert gates(ended) == {"first": "PASSED", "second": "NONE"}
    assert [server_of(ended, n)["verdict"] for n in range(3)] == [
        "VERIFIED",
        "VERIFIED",
        "LAUNCHED",
    ]
    assert second.created_at >= up.launched_at + slow_start


def test_a_sick_server_is_asked_about_and_a_retry_checks_it_again_without_a_launch(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        fall_ill(running, 1)
        id_ = chain(running, 2, STATUS | SOON)
        waiting = asked(running, id_, "first")
        launched_while_waiting = len(running.launches())
        still_sick = decide(running, id_, "first", "RETRY")
        asked(running, id_, "first", attempt=2)
        heal(running)
        answer = decide(running, id_, "first", "WAIT", attempt=2)
        ended = running.ended(id_)
        jobs = [sorted(job.server_ids) for job in running.launches()]

    question = question_of(waiting, "first")
    assert question["kind"] == "HEALTH"
    assert question["message"] == (
        f"1 of 2 launched servers are not healthy, first {server_id(1)}: instance status impaired"
    )
    assert waiting["status"] == "AWAITING_DECISION"
    assert verdicts(waiting)["first"] == "AWAITING_DECISION"
    assert gates(waiting)["first"] == "FAILED"
    assert launched_while_waiting == 1
    assert server_of(waiting, 0)["verdict"] == "VERIFIED"
    assert [each.status_code for each in (still_sick, answer)] == [201, 201]
    assert ended["status"] == "COMPLETED"
    assert gates(ended)["first"] == "PASSED"
    assert jobs == [servers(0, 2), servers(2, 1)]


def test_a_wave_goes_on_with_the_share_of_healthy_servers_that_its_plan_asks_for(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(3)) as running:
        fall_ill(running, 0)
        # The sound one answers last, when the result of the other's checks is known.
        slow = ProbeScript(target=server_id(1), healthy_after_seconds=3600)
        running.prober.scripts = (slow,)
        check = {**PROBE, "ec2Status": True, "healthyPercent": 50}
        ended = running.ended(chain(running, 2, check))
        live = {each.source_server_id for each in running.live_instances()}

    assert verdicts(ended) == {"first": "PARTIAL", "second": "COMPLETED"}
    assert gates(ended)["first"] == "PASSED"
    assert ended["status"] == "PARTIAL"
    assert server_of(ended, 0)["verdict"] == "LAUNCHED"
    assert server_of(ended, 0)["health"] == "instance status impaired"
    assert "1 of 2 launched servers are not healthy" in ended["waves"][0]["reason"]
    assert live == set(servers(0, 3))


def test_where_the_plan_says_continue_a_closed_gate_fails_the_wave_without_a_question(
    tmp_path: Path,
) -> None:
    check = {"ec2Status": True, "ssmAgent": True} | SOON
    with laptop(tmp_path, fleet(2)) as running:
        running.ssm.faults.agent_absent = frozenset({server_id(0)})
        ended = running.ended(chain(running, 1, check, on_failure="CONTINUE"))
        launched = [job.server_ids for job in running.launches()]
        live = [each.source_server_id for each in running.live_instances()]

    assert verdicts(ended) == {"first": "FAILED", "second": "SKIPPED"}
    assert gates(ended) == {"first": "FAILED", "second": "NONE"}
    assert ended["status"] == "FAILED"
    assert server_of(ended, 0)["verdict"] == "LAUNCHED"
    assert server_of(ended, 0)["health"] == "SSM agent never seen"
    assert "SSM agent never seen" in ended["reason"]
    assert launched == [(server_id(0),)]
    assert live == servers(0, 1)


def test_a_person_may_go_on_with_servers_that_are_not_healthy(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        fall_ill(running, 0)
        id_ = chain(running, 1, STATUS | SOON)
        asked(running, id_, "first")
        decide(running, id_, "first", "SKIP", reason="the check is wrong")
        ended = running.ended(id_)

    assert verdicts(ended) == {"first": "PARTIAL", "second": "COMPLETED"}
    assert gates(ended)["first"] == "FAILED"
    assert "accepted by local" in ended["waves"][0]["reason"]
    assert server_of(ended, 0)["health"] == "instance status impaired"
    assert ended["status"] == "PARTIAL"


def test_what_cannot_be_asked_for_a_while_is_unknown_not_unhealthy(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        denied = CallFault(CallFaultKind.ACCESS_DENIED, "DescribeInstanceStatus")
        running.ec2.faults.calls.append(denied)
        id_ = chain(running, 1, STATUS | {"deadlineMinutes": 600})
        doubtful = running.until(
            id_, lambda e: bool(e["servers"]) and bool(server_of(e, 0)["health"])
        )
        running.ec2.faults.calls.remove(denied)
        ended = running.ended(id_)

    assert server_of(doubtful, 0)["health"].startswith("unknown: ")
    assert server_of(doubtful, 0)["verdict"] == "LAUNCHED"
    assert ended["status"] == "COMPLETED"
    assert server_of(ended, 0)["health"] == "EC2 status ok"


def test_a_cancel_lets_the_gate_look_on_but_asks_nobody_at_its_deadline(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        fall_ill(running, 0)
        id_ = chain(running, 1, STATUS | {"deadlineMinutes": 30})
        running.until(id_, lambda e: "VERIFYING" in verdicts(e).values())
        running.http.post(f"/executions/{id_}/cancel")
        ended = running.ended(id_)

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"first": "FAILED", "second": "CANCELLED"}
    assert gates(ended)["first"] == "FAILED"
    assert not any(each["question"] for each in ended["waves"])
    assert len(running.launches()) == 1
