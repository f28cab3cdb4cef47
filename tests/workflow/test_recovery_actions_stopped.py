"""What a failed action, a cancel or a pause stops, and what it lets go on."""

from __future__ import annotations

from pathlib import Path

from tests.workflow.acting import (
    acting,
    begun,
    documents,
    say,
    scripted,
    shown,
    ssm,
    statuses,
)
from tests.workflow.laptop import (
    fleet,
    laptop,
    plan,
    verdicts,
)


def test_an_action_may_stop_the_whole_execution(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        scripted(running, drain={"seconds": 5, "status": "Failed", "failureMessage": "stuck"})
        plan_id = running.apply(
            plan(
                "shop",
                acting(before=[ssm("drain", onFailure="STOP")], after=[ssm("never")]),
                acting("next", 1, "only", before=[ssm("neither")]),
            )
        )
        ended = running.run(plan_id)
        started = documents(running)
        launches = running.launches()

    assert ended["status"] == "FAILED"
    assert verdicts(ended) == {"only": "FAILED", "next": "SKIPPED"}
    assert "action 'drain' failed" in ended["waves"][0]["reason"]
    assert "stuck" in ended["waves"][0]["reason"]
    assert (started, launches) == (["Do-drain"], [])
    assert shown(ended) == {"drain": "FAILED", "never": "CANCELLED"}


def test_the_stop_of_another_wave_lets_a_launched_wave_run_its_actions(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(2)) as running:
        scripted(running, drain={"seconds": 900, "status": "Failed", "failureMessage": "stuck"})
        failing = acting("failing", 1, before=[ssm("drain", onFailure="STOP")])
        good = acting(after=[{"name": "settle", "type": "wait", "seconds": 900}, ssm("warm")])
        ended = running.run(running.apply(plan("shop", good, failing)))
        started = documents(running)

    assert verdicts(ended) == {"only": "COMPLETED", "failing": "FAILED"}
    assert started == ["Do-drain", "Do-warm"]


def test_a_wave_whose_actions_a_cancel_prevented_is_partial(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        id_ = running.start(
            running.apply(
                plan("shop", acting(after=[{"name": "settle", "type": "wait", "seconds": 86_400}]))
            )
        )
        running.until(id_, lambda e: bool(e["waves"]) and "RUNNING" in shown(e).values())
        running.http.post(f"/executions/{id_}/cancel")
        ended = running.ended(id_)

    assert verdicts(ended) == {"only": "PARTIAL"}
    assert "settle" in ended["waves"][0]["reason"]


def test_a_cancel_stops_what_runs_before_the_launch_and_launches_nothing(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, drain={"hang": True})
        before = [ssm("drain", timeoutSeconds=86_400), ssm("next")]
        plan_id = running.apply(plan("shop", acting(before=before, after=[ssm("last")])))
        execution_id = running.start(plan_id)
        running.until(execution_id, begun)
        say(running, execution_id, "cancel")
        ended = running.ended(execution_id)
        ends = statuses(running)
        launches = running.launches()

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"only": "CANCELLED"}
    assert (ends, launches) == (["Cancelled"], [])
    assert set(shown(ended).values()) == {"CANCELLED"}


def test_a_cancel_stops_what_runs_after_the_launch_and_the_wave_has_come_up(
    tmp_path: Path,
) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, warm={"hang": True})
        after = [ssm("warm", timeoutSeconds=86_400), ssm("last")]
        execution_id = running.start(running.apply(plan("shop", acting(after=after))))
        running.until(execution_id, begun)
        say(running, execution_id, "cancel")
        ended = running.ended(execution_id)
        ends = statuses(running)

    assert ended["status"] == "CANCELLED"
    assert verdicts(ended) == {"only": "PARTIAL"}
    assert ends == ["Cancelled"]
    assert set(shown(ended).values()) == {"CANCELLED"}


def test_a_pause_lets_the_running_action_end_and_the_next_one_wait(tmp_path: Path) -> None:
    with laptop(tmp_path, fleet(1)) as running:
        scripted(running, drain={"seconds": 900})
        before = [ssm("drain", timeoutSeconds=3600), ssm("next")]
        plan_id = running.apply(plan("shop", acting(before=before)))
        execution_id = running.start(plan_id)
        running.until(execution_id, begun)
        say(running, execution_id, "pause")
        rested = running.until(execution_id, lambda e: e["waves"][0]["status"] == "HELD")
        between = documents(running)
        say(running, execution_id, "resume")
        ended = running.ended(execution_id)
        started = documents(running)

    assert "paused" in rested["waves"][0]["reason"]
    assert shown(rested) == {"drain": "SUCCEEDED", "next": "PENDING"}
    assert between == ["Do-drain"]
    assert ended["status"] == "COMPLETED"
    assert started == ["Do-drain", "Do-next"]
