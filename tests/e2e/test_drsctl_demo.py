"""`drsctl demo` and `drsctl local` as a person runs them: the program, the server, the workflow."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

DRSCTL = [sys.executable, "-c", "from cli.main import main; main()"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "three-tier"


def drsctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(  # noqa: S603 - our own program
        [*DRSCTL, *arguments],
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_demo_recovers_every_server_and_ends_with_one_json_object() -> None:
    result = drsctl("demo", "--exit", "--speed", "600", "-o", "json")
    assert result.returncode == 0, result.stderr
    execution = json.loads(result.stdout.splitlines()[-1])
    assert (execution["status"], execution["executionType"]) == ("COMPLETED", "DRILL")
    waves = {wave["name"]: wave for wave in execution["waves"]}
    assert {name: wave["dependsOn"] for name, wave in waves.items()} == {
        "database": [],
        "application": ["database"],
        "web": ["application"],
        "batch": [],
    }
    assert waves["application"]["startTime"] > waves["database"]["endTime"]
    servers = {server["sourceServerId"]: server for server in execution["servers"]}
    assert len(servers) == 12
    assert {server["launchStatus"] for server in servers.values()} == {"LAUNCHED"}
    assert all(server["recoveryInstanceId"].startswith("i-") for server in servers.values())
    jobs = [job for wave in waves.values() for job in wave["jobs"]]
    assert sorted(id for job in jobs for id in job["servers"]) == sorted(servers)
    assert "wave web COMPLETED 3/3" in result.stderr


def test_the_runbook_example_leaves_with_4_where_a_person_is_needed() -> None:
    plan, rehearsal = (
        EXAMPLE.parent / "runbook/plan.yaml",
        EXAMPLE.parent / "runbook/rehearsal.json",
    )
    arguments = ("demo", "--exit", "--speed", "600", "--plan", str(plan), "-o", "json")
    failing = drsctl(*arguments, "--faults", str(rehearsal))
    assert failing.returncode == 4, failing.stderr
    asked = {w["name"]: w["question"] for w in json.loads(failing.stdout.splitlines()[-1])["waves"]}
    assert asked["database"]["kind"] == "LAUNCH"
    sound = drsctl(*arguments)
    assert sound.returncode == 4, sound.stderr
    waves = {w["name"]: w for w in json.loads(sound.stdout.splitlines()[-1])["waves"]}
    assert waves["application"]["question"]["kind"] == "APPROVAL"
    assert waves["database"]["healthGate"] == "PASSED"


def test_the_demo_tells_people_what_happened() -> None:
    result = drsctl("demo", "--exit", "--speed", "600", "--execution-type", "RECOVERY")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[-1].startswith("RECOVERY of three-tier: ✔ COMPLETED in ")
    assert "RECOVERY of three-tier" in lines[0]
    assert sum("drsjob-" in line for line in lines) == 4
    assert sum("✔ LAUNCHED" in line for line in lines) == 12


def test_a_plan_of_unknown_servers_is_refused_at_its_lines(tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "name: elsewhere\n"
        "protectionGroups:\n"
        "  - name: nobody\n"
        '    accountId: "111122223333"\n'
        "    region: us-west-2\n"
        "    sourceServerIds:\n"
        "      - s-5aa980f3ed6db3581\n"
        "      - s-50000000000000000\n"
        "waves:\n"
        "  - name: only\n"
        "    protectionGroups: [nobody]\n"
    )
    result = drsctl("demo", "--exit", "--plan", str(plan))
    assert result.returncode == 2
    assert f"{plan}:8: /protectionGroups/0/sourceServerIds/1: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = drsctl("local", "--port", str(port), "--aws-port", "0", "--state", str(tmp_path))
    assert result.returncode == 2
    assert str(port) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_state_of_another_version_is_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"version": 999999}')
    result = drsctl("local", "--port", "0", "--aws-port", "0", "--state", str(tmp_path))
    assert result.returncode == 2
    assert str(state) in result.stderr
    assert "Traceback" not in result.stderr
    assert state.read_text() == '{"version": 999999}'


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `drsctl local` and yield it with the address of its API; SIGTERM ends it."""
    ports = ("--port", "0", "--aws-port", "0", "-o", "json")
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*DRSCTL, "local", *ports, *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["apiUrl"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_a_kill_leaves_plans_and_history_and_no_execution_that_seems_to_run(
    tmp_path: Path,
) -> None:
    inventory = ("--inventory", str(EXAMPLE / "inventory.json"))
    state = ("--state", str(tmp_path))
    with serving(*state, *inventory, "--speed", "60") as (process, api):
        drsctl("plan", "apply", str(EXAMPLE / "plan.yaml"), "--api", api)
        execution_id = drsctl("drill", "three-tier", "--api", api).stdout.strip()
        jobs = await_jobs(api, execution_id)
        await_saved(tmp_path / "state.json", jobs)
        process.kill()
        process.wait()
    with serving(*state, "--speed", "1000") as (_, api):
        execution = show(api, execution_id)
        again = drill_when_its_servers_are_free(api)
        instances = httpx.get(f"{api}/api/v1/source-servers").json()["items"]

    assert execution["status"] == "INTERRUPTED"
    assert {wave["status"] for wave in execution["waves"]} == {"CANCELLED"}
    assert [job for wave in execution["waves"] for job in wave["jobs"]] == jobs
    assert again.returncode == 0, again.stderr
    assert len(instances) == 12


def drill_when_its_servers_are_free(api: str) -> subprocess.CompletedProcess[str]:
    """Run a drill to its end; the jobs that the killed one left behind end first."""
    deadline = time.monotonic() + 180
    while True:
        result = drsctl("drill", "three-tier", "--watch", "-o", "json", "--api", api)
        if "ServersLocked" not in result.stdout or time.monotonic() > deadline:
            return result


def await_saved(state: Path, jobs: list[Any]) -> None:
    """Wait for the snapshot, which is written a moment after the change."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        tables = json.dumps(json.loads(state.read_text("utf-8")).get("tables"))
        if all(job["jobId"] in tables for job in jobs):
            return
        time.sleep(0.1)
    raise AssertionError(f"not saved: {jobs}")


def await_jobs(api: str, execution_id: str) -> list[Any]:
    """Return the jobs of both first waves as soon as they run."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        execution = show(api, execution_id)
        jobs = [job for wave in execution["waves"] for job in wave["jobs"]]
        if len(jobs) == 2:
            return jobs
        time.sleep(0.1)
    raise AssertionError(f"no jobs: {execution}")


def show(api: str, execution_id: str) -> dict[str, Any]:
    """Return the execution as the API shows it."""
    execution: dict[str, Any] = httpx.get(f"{api}/api/v1/executions/{execution_id}").json()
    return execution


def test_local_serves_until_it_is_stopped_and_keeps_its_plans(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path), "--inventory", str(EXAMPLE / "inventory.json"))
    for command in (["plan", "apply", str(EXAMPLE / "plan.yaml")], ["plan", "show", "three-tier"]):
        with serving(*arguments) as (process, api):
            result = drsctl(*command, "--api", api)
        assert result.returncode == 0, result.stderr
        assert process.returncode == 0


def test_a_rehearsed_fault_leaves_the_demo_with_a_question(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(
        '{"servers": [{"sourceServerId": "s-5aa980f3ed6db3581", "kind": "LAUNCH_FAILED"}]}'
    )
    result = drsctl("demo", "--exit", "--speed", "600", "--faults", str(faults), "-o", "json")
    execution = json.loads(result.stdout)
    assert (result.returncode, execution["status"]) == (4, "AWAITING_DECISION")
    (question,) = [wave["question"] for wave in execution["waves"] if wave["question"]]
    assert "s-5aa980f3ed6db3581" in question["message"]
    assert "waits for an answer" not in result.stdout


def test_a_plan_that_wants_no_question_fails_its_wave_and_the_demo(tmp_path: Path) -> None:
    faults, plan = tmp_path / "faults.json", tmp_path / "plan.yaml"
    faults.write_text(
        '{"servers": [{"sourceServerId": "s-5aa980f3ed6db3581", "kind": "LAUNCH_FAILED"}]}'
    )
    text = (EXAMPLE / "plan.yaml").read_text("utf-8")
    plan.write_text(text.replace("- name: database", "- name: database\n    onFailure: CONTINUE"))
    result = drsctl(
        *("demo", "--exit", "--speed", "600", "--faults", str(faults), "--plan", str(plan)),
        *("-o", "json"),
    )
    execution = json.loads(result.stdout)
    assert result.returncode == 3
    assert execution["status"] == "PARTIAL"
    verdicts = {wave["name"]: wave["status"] for wave in execution["waves"]}
    assert verdicts == {
        "database": "FAILED",
        "application": "SKIPPED",
        "web": "SKIPPED",
        "batch": "COMPLETED",
    }


def test_faults_that_make_no_sense_are_named(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(
        '{"servers": [{"sourceServerId": "s-5aa980f3ed6db3581", "kind": "EARTHQUAKE"}]}'
    )
    result = drsctl("demo", "--exit", "--faults", str(faults))
    assert result.returncode == 2
    assert str(faults) in result.stderr
    assert "/servers/0/kind" in result.stderr
    assert "Traceback" not in result.stderr
