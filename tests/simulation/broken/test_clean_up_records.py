"""What is on record of a clean-up is held as everything else is: versions, ends, that it loads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.broken.altered import with_records
from tests.simulation.evidence import Evidence
from tests.simulation.invariants import records, violations
from tests.simulation.scenarios import Person, run
from tests.simulation.stored import ExecutionRecords, Record
from tests.workflow.laptop import fleet, plan, servers, wave


def tidy(person: Person) -> None:
    person.until(lambda execution: execution["status"] == "COMPLETED")
    person.clean_up()
    person.until(lambda execution: execution["cleanUp"]["status"] == "COMPLETED")


@pytest.fixture(scope="module")
def tidied() -> Evidence:
    return run(plan("tidy", wave("only", servers(0, 1))), fleet(1), people=[tidy]).evidence


def clean_up_of(records: ExecutionRecords) -> Record:
    assert records.clean_up is not None
    return records.clean_up


def termination_of(records: ExecutionRecords) -> Record:
    (termination,) = records.terminations.values()
    return termination


def test_a_clean_up_that_went_well_breaks_none(tidied: Evidence) -> None:
    assert list(violations(tidied, tidied)) == []


@pytest.mark.parametrize("part", [clean_up_of, termination_of])
@pytest.mark.parametrize("versions", [0, 2])
def test_a_lost_write_is_seen(
    tidied: Evidence, part: Callable[[ExecutionRecords], Record], versions: int
) -> None:
    def write(records: ExecutionRecords) -> None:
        record = part(records)
        record.update(version=record["version"] + versions, reason="something else")

    found = list(violations(with_records(tidied, write), tidied))

    assert [each[:3] for each in found] == ["I4:"]


def test_an_end_that_changes_without_another_attempt_is_seen(tidied: Evidence) -> None:
    def reopen(stored: ExecutionRecords) -> None:
        for record in (clean_up_of(stored), termination_of(stored)):
            record.update(version=record["version"] + 1)
        clean_up_of(stored).update(status="INCOMPLETE", reason="something")
        termination_of(stored).update(result="LEFT", reason="something")

    def ask_again(stored: ExecutionRecords) -> None:
        reopen(stored)
        clean_up_of(stored).update(attempt=2)
        termination_of(stored).update(attempt=2)

    found = list(records.ends_are_final(with_records(tidied, reopen), tidied))

    assert [each[:20] for each in found] == ["I4: the clean-up of ", "I4: the termination "]
    assert list(records.ends_are_final(with_records(tidied, ask_again), tidied)) == []


def test_a_termination_that_does_not_load_is_seen(tidied: Evidence) -> None:
    broken = with_records(tidied, lambda r: termination_of(r).update(result="GONE"))

    (found,) = violations(broken, None)

    assert found.startswith("I18: a Termination of ")


def test_a_server_that_the_end_says_nothing_of_is_seen(tidied: Evidence) -> None:
    def forget(stored: ExecutionRecords) -> None:
        termination_of(stored).update(status="CONFIRMED", result=None)

    found = list(violations(with_records(tidied, forget), None))

    assert [each[:20] for each in found] == ["I7: the clean-up of "]
