"""`drsctl demo` and `drsctl local` as a person runs them: the program, the server, the workflow."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

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


def test_local_serves_until_it_is_stopped_and_keeps_its_plans(tmp_path: Path) -> None:
    arguments = ["local", "--port", "0", "--aws-port", "0", "--state", str(tmp_path), "-o", "json"]
    for command in (["plan", "apply", str(EXAMPLE / "plan.yaml")], ["plan", "show", "three-tier"]):
        serving = subprocess.Popen(  # noqa: S603 - our own program
            [*DRSCTL, *arguments, "--inventory", str(EXAMPLE / "inventory.json")],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert serving.stdout is not None
            addresses = json.loads(serving.stdout.readline())
            result = drsctl(*command, "--api", addresses["apiUrl"])
            assert result.returncode == 0, result.stderr
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.communicate(timeout=60)
        assert serving.returncode == 0
