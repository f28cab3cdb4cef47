"""`drsctl inventory`: real accounts are only read, files are checked."""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from werkzeug.wrappers import Request, Response

from cli.main import app
from local.server import LocalServer, LocalServerError
from tests.unit.drsctl.answers import listed
from tests.unit.drsctl.canned_api import CannedApi, serving
from tests.unit.drsctl.conftest import Drsctl

Json = dict[str, Any]

DATABASE: Json = {
    "sourceServerID": "s-5aaaaaaaaaaaaaaaa",
    "arn": "arn:aws:drs:us-west-2:111122223333:source-server/s-5aaaaaaaaaaaaaaaa",
    "tags": {"Name": "order-db-1", "Tier": "db"},
    "dataReplicationInfo": {"dataReplicationState": "BACKLOG", "lagDuration": "PT1H11M0.5S"},
    "sourceProperties": {
        "identificationHints": {"hostname": "db1.shop.example"},
        "os": {"fullString": "Linux version 5.14.0-503.el9.x86_64 (mockbuild@x86-64) #1 SMP"},
    },
}
WEB: Json = {"sourceServerID": "s-5bbbbbbbbbbbbbbbb", "tags": {}}


def server(**members: object) -> str:
    """Return an inventory of one server with these members."""
    return json.dumps({"items": [{"sourceServerID": "s-5aaaaaaaaaaaaaaaa", **members}]})


@pytest.fixture
def inventory_file(tmp_path: Path) -> Path:
    """An inventory of two servers, one of them barely known."""
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"items": [DATABASE, WEB]}))
    return path


def test_an_inventory_file_is_shown_as_a_table(drsctl: Drsctl, inventory_file: Path) -> None:
    result = drsctl("inventory", "show", str(inventory_file))
    assert result.exit_code == 0
    head, database, web = result.stdout.splitlines()
    assert head == (
        "SOURCE SERVER        HOSTNAME          NAME        TIER  OS                           "
        "REPLICATION  LAG"
    )
    assert database == (
        "s-5aaaaaaaaaaaaaaaa  db1.shop.example  order-db-1  db"
        "    Linux 5.14.0-503.el9.x86_64  BACKLOG      1h 11m 0.5s"
    )
    assert web.split() == ["s-5bbbbbbbbbbbbbbbb", "unknown", "unknown", "unknown"]
    as_json = drsctl("inventory", "show", str(inventory_file), "-o", "json")
    assert json.loads(as_json.stdout) == listed(DATABASE, WEB)


def test_without_a_file_the_api_is_asked(drsctl: Drsctl, api: CannedApi) -> None:
    server = {
        "sourceServerId": "s-5aaaaaaaaaaaaaaaa",
        "hostname": "db1",
        "tags": {},
        "replicationState": "CONTINUOUS",
        "lagDuration": "P0D",
        "groupName": "order-db",
    }
    api.will_answer("GET", "/source-servers", listed(server))
    result = drsctl("inventory", "show")
    assert result.exit_code == 0
    assert result.stdout == (
        "SOURCE SERVER        HOSTNAME  REPLICATION  LAG   GROUP\n"
        "s-5aaaaaaaaaaaaaaaa  db1       CONTINUOUS   none  order-db\n"
    )


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ('{"items": [\n  oops', ":2", "not JSON: Expecting value at column 3"),
        ("[]", "", 'an inventory is an object {"items": [...]}'),
        ('{"items": {}}', "", 'an inventory is an object {"items": [...]}'),
        ('{"items": [{"sourceServerID": "s-1"}, {}]}', "", "/items/1 has no sourceServerID"),
        ("  ", "", "the inventory file is empty"),
        ("[" * 100_000, "", "nested too deeply to be an inventory"),
        ('{"items": [' + "9" * 5000 + "]}", "", "a number is too long"),
        (server(more=math.inf), "", "Infinity is not a number of JSON"),
        (server(more=[math.nan]), "", "NaN is not a number of JSON"),
        (server(more=1).replace("1}", "1e999}"), "", "1e999 is not a number of JSON"),
        (server(dataReplicationInfo="x"), "", "/items/0/dataReplicationInfo must be an object"),
        (server(tags={"a/b": 5}), "", "/items/0/tags/a~1b must be text, not a number"),
        (server(tags=["Name"]), "", "/items/0/tags must be an object, not a list"),
        (server(arn=True), "", "/items/0/arn must be text, not true or false"),
        (
            server(sourceProperties={"identificationHints": {"hostname": {}}}),
            "",
            "/items/0/sourceProperties/identificationHints/hostname must be text, not an object",
        ),
        (server(more=json.loads("[" * 60 + "]" * 60)), "", "/items/0 is nested more than 50 deep"),
    ],
)
@pytest.mark.parametrize("command", ["inventory show", "local --inventory", "demo --inventory"])
def test_a_file_that_is_no_inventory_is_refused(
    drsctl: Drsctl, tmp_path: Path, command: str, content: str, place: str, words: str
) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(content)
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: a\n")
    more = ["--plan", str(plan)] if command.startswith("demo") else []
    result = drsctl(*command.split(), str(path), *more)
    assert result.exit_code == 2
    error = result.stderr.splitlines()[-1]
    assert error.startswith(f"Error: {path}{place}: {words}")


@pytest.mark.parametrize("command", ["inventory show", "local --inventory"])
def test_a_missing_inventory_is_refused_by_name(drsctl: Drsctl, command: str) -> None:
    result = drsctl(*command.split(), "/nowhere/inventory.json")
    assert result.exit_code == 2
    assert "/nowhere/inventory.json: no such inventory file" in result.stderr


def test_a_directory_is_no_inventory(drsctl: Drsctl, tmp_path: Path) -> None:
    result = drsctl("inventory", "show", str(tmp_path))
    assert result.exit_code == 2
    assert "a directory, not an inventory file" in result.stderr


def test_what_is_null_is_missing_as_in_what_drs_prints(drsctl: Drsctl, tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(server(tags=None, sourceProperties={"os": None}))
    shown = json.loads(drsctl("inventory", "show", str(path), "-o", "json").stdout)
    assert shown["items"] == [{"sourceServerID": "s-5aaaaaaaaaaaaaaaa", "sourceProperties": {}}]


@pytest.mark.parametrize("command", ["local", "demo"])
def test_an_inventory_is_read_once_so_that_it_may_come_from_a_pipe(
    drsctl: Drsctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    pipe, plan = tmp_path / "pipe", tmp_path / "plan.yaml"
    plan.write_text("name: a\n")
    os.mkfifo(pipe)
    marked = "\ufeff" + json.dumps({"items": [DATABASE]})
    writer = threading.Thread(target=pipe.write_text, args=(marked, "utf-8"))
    monkeypatch.setattr("local.server.LocalServer.__enter__", _show_inventory)
    writer.start()
    more = ["--plan", str(plan)] if command == "demo" else []
    ports = ("--port", "0", "--aws-port", "0")
    result = drsctl(command, "--inventory", str(pipe), *ports, *more)
    writer.join()
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: {[DATABASE['sourceServerID']]}"


def _show_inventory(server: LocalServer) -> LocalServer:
    server._read_home()
    raise LocalServerError(str(sorted(server.simulator.server_ids)))


def test_a_file_of_faults_may_have_a_byte_order_mark(drsctl: Drsctl, tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text('\ufeff{"servers": [{"sourceServerId": "s", "kind": "EARTHQUAKE"}]}', "utf-8")
    result = drsctl("local", "--port", "0", "--aws-port", "0", "--faults", str(path))
    assert result.exit_code == 2
    assert "at /servers/0/sourceServerId: " in result.stderr


def test_what_only_the_simulation_needs_is_said_with_the_file(
    drsctl: Drsctl, tmp_path: Path
) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(server())
    result = drsctl("local", "--port", "0", "--aws-port", "0", "--inventory", str(path))
    assert result.exit_code == 2
    assert f"Error: {path}: inventory, at /items/0/arn: it is missing" in result.stderr


@pytest.mark.parametrize(
    ("lag", "shown"),
    [("P0D", "none"), ("P1W2DT3H", "1w 2d 3h"), ("soon", "soon"), ("P1M", "P1M"), ("PT", "PT")],
)
def test_a_lag_that_is_no_duration_is_shown_as_it_is(
    drsctl: Drsctl, tmp_path: Path, lag: str, shown: str
) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(server(dataReplicationInfo={"lagDuration": lag}))
    result = drsctl("inventory", "show", str(path))
    assert result.stdout.splitlines()[1].endswith(f"unknown      {shown}")


class _Drs:
    """DRS at the wire, as far as an export needs it."""

    def __init__(self) -> None:
        self.pages: list[Json] = []
        self.refusal: Response | None = None
        self.tokens: list[str | None] = []
        self.operations: set[str] = set()

    def answer(self, request: Request) -> Response:
        self.operations.add(request.path)
        body = json.loads(request.data or b"{}")
        self.tokens.append(body.get("nextToken"))
        if self.refusal is not None:
            return self.refusal
        index = int(body.get("nextToken", 0))
        return Response(json.dumps(self.pages[index]), content_type="application/json")


@pytest.fixture
def drs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[_Drs]:
    """A DRS on loopback that boto3 finds, and nothing of the developer's own AWS configuration."""
    service = _Drs()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serving(service.answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DRS", url)
        yield service


def export(*arguments: str) -> Result:
    """Run `drsctl inventory export`."""
    return CliRunner().invoke(app, ["inventory", "export", *arguments])


def test_an_export_reads_every_page_and_nothing_else(drs: _Drs) -> None:
    drs.pages = [{"items": [DATABASE], "nextToken": "1"}, {"items": [WEB]}]
    result = export("--region", "us-west-2")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"items": [DATABASE, WEB]}
    assert drs.tokens == [None, "1"]
    assert drs.operations == {"/DescribeSourceServers"}


def test_an_export_into_a_file_is_an_inventory(drs: _Drs, drsctl: Drsctl, tmp_path: Path) -> None:
    drs.pages = [{"items": [DATABASE]}]
    path = tmp_path / "mine.json"
    result = export("--region", "us-west-2", "-O", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote 1 source servers to {path}\n"
    assert "db1.shop.example" in drsctl("inventory", "show", str(path)).stdout
    unwritable = export("--region", "us-west-2", "-O", str(tmp_path))
    assert unwritable.exit_code == 2
    assert "cannot be written" in unwritable.stderr


@pytest.mark.parametrize(
    ("status", "code", "exit_code", "words"),
    [
        (400, "UninitializedAccountException", 254, "not initialized in us-west-2; initialize it"),
        (403, "AccessDeniedException", 254, "allow drs:DescribeSourceServers"),
        (403, "UnrecognizedClientException", 253, "AWS does not accept the credentials"),
        (400, "ValidationException", 254, "DRS in us-west-2 answered ValidationException: no"),
    ],
)
def test_a_refusal_of_aws_is_explained(
    drs: _Drs, status: int, code: str, exit_code: int, words: str
) -> None:
    body = json.dumps({"message": "no", "code": code})
    drs.refusal = Response(body, status, {"x-amzn-errortype": code})
    result = export("--region", "us-west-2")
    assert result.exit_code == exit_code
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("drs")
def test_missing_configuration_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    no_region = export()
    assert no_region.exit_code == 253
    assert "no AWS Region is set; name the Region" in no_region.stderr
    no_profile = export("--region", "us-west-2", "--profile", "nobody")
    assert no_profile.exit_code == 253
    assert "nobody" in no_profile.stderr
    bad_region = export("--region", "us west 2")
    assert bad_region.exit_code == 2
    assert "no Region has this name" in bad_region.stderr
    assert "--region REGION" in bad_region.stderr
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    nobody = export("--region", "us-west-2")
    assert nobody.exit_code == 253
    assert "`aws configure`" in nobody.stderr


PROFILES = {
    "loop": "role_arn=arn:aws:iam::111122223333:role/x\nsource_profile=other\n"
    "[profile other]\nrole_arn=arn:aws:iam::111122223333:role/x\nsource_profile=default\n",
    "no source": "role_arn=arn:aws:iam::111122223333:role/x\nsource_profile=nobody\n",
    "no session": "sso_session=nobody\nsso_account_id=111122223333\nsso_role_name=r\n",
    "no token": "sso_session=s\nsso_account_id=111122223333\nsso_role_name=r\n"
    "[sso-session s]\nsso_start_url=https://x.invalid/start\nsso_region=us-west-2\n",
    "no program": "credential_process=/nowhere/program\n",
    "no JSON": "credential_process=echo hello\n",
}


@pytest.mark.usefixtures("drs")
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_profile_that_cannot_be_used_is_no_outage_of_aws(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "config").write_text(f"[default]\n{profile}")
    result = export("--region", "us-west-2")
    assert result.exit_code == 253, result.stderr
    assert result.stderr.startswith("Error: no usable AWS credentials or configuration: ")
    assert "`aws configure`" in result.stderr


@pytest.mark.usefixtures("drs")
@pytest.mark.parametrize(
    "environment",
    [
        {"AWS_RETRY_MODE": "bogus"},
        {"AWS_MAX_ATTEMPTS": "many"},
        {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/x", "AWS_ACCESS_KEY_ID": ""},
    ],
)
def test_an_environment_that_cannot_be_used_is_no_outage_of_aws(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = export("--region", "us-west-2")
    assert result.exit_code == 253, result.stderr
    assert "no usable AWS credentials or configuration: " in result.stderr
