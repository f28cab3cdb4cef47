"""The snapshot: what survives a restart and a kill, and what is refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.clock import ScaledClock
from local.persistence import FORMAT, VERSION, StateError
from tests.workflow.engine_world import TABLE_NAME, running, until

ITEM: dict[str, Any] = {
    "pk": {"S": "plan_1"},
    "sk": {"S": "PLAN"},
    "waves": {"L": [{"M": {"name": {"S": "database"}, "size": {"N": "3"}}}]},
    "regions": {"SS": ["us-east-1", "us-west-2"]},
    "digest": {"B": b"\x00\xff"},
    "later": {"NULL": True},
    "drill": {"BOOL": False},
}


class Counter:
    """A part with one number, as small as a simulator can be."""

    def __init__(self) -> None:
        self.value = 0
        self.changed = threading.Event()

    def snapshot(self) -> dict[str, Any]:
        return {"value": self.value}

    def restore(self, document: dict[str, Any]) -> None:
        self.value = document["value"]


def test_items_and_parts_survive_a_restart(tmp_path: Path) -> None:
    file, counter = tmp_path / "state" / "snapshot.json", Counter()
    with running(state_file=file, parts={"counter": counter}) as world:
        world.dynamodb.put_item(TableName=TABLE_NAME, Item=ITEM)
        counter.value = 7
    counter = Counter()
    with running(state_file=file, parts={"counter": counter}) as world:
        items = world.dynamodb.scan(TableName=TABLE_NAME)["Items"]
    assert items == [ITEM]
    assert counter.value == 7


def test_simulated_time_continues_where_it_ended(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    ahead = ScaledClock(600, start=datetime.now(UTC) + timedelta(days=30))
    with running(state_file=file, clock=ahead):
        pass
    clock = ScaledClock(600)
    with running(state_file=file, clock=clock):
        assert clock.now() >= datetime.now(UTC) + timedelta(days=30)


def test_a_clock_that_is_later_than_the_state_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    with running(state_file=file, clock=ScaledClock(1)):
        pass
    later = ScaledClock(1, start=datetime.now(UTC) + timedelta(days=1))
    with running(state_file=file, clock=later):
        assert later.now() < datetime.now(UTC) + timedelta(days=1, hours=1)


def test_a_change_of_a_part_alone_is_saved(tmp_path: Path) -> None:
    file, counter = tmp_path / "snapshot.json", Counter()
    with running(state_file=file, parts={"counter": counter}):
        counter.value = 3
        counter.changed.set()
        until(lambda: json.loads(file.read_text())["parts"]["counter"] == {"value": 3})


KILLED = """
import sys
from pathlib import Path
from tests.workflow.engine_world import TABLE_NAME, running

with running(state_file=Path(sys.argv[1])) as world:
    for number in range(50):
        item = {"pk": {"S": f"plan_{number}"}, "sk": {"S": "PLAN"}}
        world.dynamodb.put_item(TableName=TABLE_NAME, Item=item)
    print("written", flush=True)
    sys.stdin.read()
"""


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", KILLED, str(file)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        until(lambda: len(json.loads(file.read_text())["tables"][TABLE_NAME]) == 50)
        with (
            pytest.raises(StateError, match="another process uses this state"),
            running(state_file=file),
        ):
            pass
        process.send_signal(signal.SIGKILL)
    with running(state_file=file) as world:
        assert world.dynamodb.scan(TableName=TABLE_NAME)["Count"] == 50


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "is not a state of drsctl local"),
        (json.dumps({"format": "other"}), "is not a state of drsctl local"),
        (json.dumps({"format": FORMAT, "version": 0}), "was written in format version 0"),
        (json.dumps({"format": FORMAT, "version": VERSION}), "does not fit this program"),
        (
            json.dumps(
                {
                    "format": FORMAT,
                    "version": VERSION,
                    "time": "2026-01-01T00:00:00+00:00",
                    "tables": {"shop-GoneTable": [{"pk": {"S": "a"}}]},
                    "parts": {},
                }
            ),
            "does not fit this program",
        ),
    ],
)
def test_a_state_that_cannot_be_used_is_named_and_left_alone(
    tmp_path: Path, content: str, message: str
) -> None:
    file = tmp_path / "snapshot.json"
    file.write_text(content)
    with pytest.raises(StateError, match=message) as refused, running(state_file=file):
        pass
    assert str(file) in str(refused.value)
    assert "another state directory" in str(refused.value)
    assert file.read_text() == content
    file.unlink()
    with running(state_file=file):  # nothing holds the lock or the port any more
        pass


def test_a_directory_that_cannot_hold_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(StateError, match="cannot keep state here"),
        running(state_file=tmp_path / "file" / "snapshot.json"),
    ):
        pass
