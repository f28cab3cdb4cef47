"""An answer that cannot be carried out: its question is asked again, and the next answer counts."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest

from local.drs import Faults, Quotas, ServerFault, ServerFaultKind
from local.virtual.calls import Call, FunctionEnded
from local.virtual.world import VirtualWorld
from tests.simulation.evidence import collect
from tests.simulation.scenarios import Outcome, Person
from tests.simulation.stories import STORIES
from tests.simulation.stories.story import Story
from tests.simulation.strikes import RequestDied
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave

# More than any answer takes.
_MOST_CALLS = 20
_LEAST_ASKED_AGAIN = 3
# The approval itself is asked for once more when what failed is tried again.
_AGAIN = {"APPROVAL": "FAULT"}
_ACTION_ENDS = {"RETRY": "SUCCEEDED", "SKIP": "SKIPPED"}
# Where the workflow carries out answers. The reconciler finds them, and carries out those about an
# approval itself.
_DECISIONS = frozenset({"WaitForDecisionFunction"})
_APPROVALS = frozenset({"WaitForClearanceFunction", "ReconcileExecutionFunction"})
# Four servers that are lost once, in two jobs.
_TWO_CHUNKS = Story(
    plan("chunks", wave("db", servers(0, 4), on_failure="ASK")),
    fleet(4),
    faults=lambda: Faults(
        quotas=Quotas(servers_per_job=2),
        servers=[
            ServerFault(server_id(number), ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
            for number in range(4)
        ],
    ),
)


class _Bug:
    """What nobody foresaw meets whoever carries out the first answer, after so many calls: the
    request that answers, and these functions.
    """

    def __init__(self, calls: int, functions: frozenset[str]) -> None:
        self._calls = calls
        self._functions = functions
        self._made = Counter[int]()
        self._in_request = False

    def hide_in(self, world: VirtualWorld) -> None:
        def strike(call: Call) -> None:
            if call.caller not in {"person 0", *self._functions} or not _is_due(world):
                return
            process = id(world.schedule.current)
            self._made[process] += 1
            if self._made[process] <= self._calls:
                return
            if call.caller in self._functions:
                raise FunctionEnded("KeyError", "'items'")
            if not self._in_request:
                self._in_request = True
                raise RequestDied

        world.calls.before = strike


def _is_due(world: VirtualWorld) -> bool:
    """Whether the first question is answered, and the answer not carried out."""
    (records,) = collect(world).executions.values()
    question = records.waves.get("db", {}).get("question") or {}
    given = [each["attempt"] for each in records.decisions]
    return len(given) == 1 and given[0] == question.get("attempt")


def _tell(story: Story, first: str, second: str, bug: _Bug) -> tuple[Outcome, list[Json]]:
    """Return what became of it, and the questions that were asked."""
    asked: list[Json] = []

    def answer(person: Person) -> None:
        asked.append(person.until_asked("db"))
        number = asked[0]["attempt"]
        person.world.aws.ec2.faults.instance_impaired = frozenset()
        with suppress(RequestDied):
            Person.decide(person, "db", first, number, "as agreed")
        if question := _question(person, number + 1):
            asked.append(question)
            person.decide("db", second, number + 1, "once more")

    return replace(story, people=(answer,)).tell(bug.hide_in), asked


def _question(person: Person, number: int) -> Json:
    """Wait for the question of that number, or for the end, and return the question then."""

    def question(execution: Json) -> Json:
        asked: Json = execution["waves"][0].get("question") or {}
        return asked if asked.get("attempt") == number else {}

    return question(person.until(lambda each: "endTime" in each or bool(question(each))))


@pytest.mark.parametrize(
    ("story", "first", "second", "ends"),
    [
        ("launched-again", "RETRY", "RETRY", "COMPLETED"),
        ("launched-again", "RETRY", "SKIP", "PARTIAL"),
        ("gone-on-without", "SKIP", "ABORT", "FAILED"),
        ("given-up", "ABORT", "ABORT", "FAILED"),
        ("fault-retry", "RETRY", "RETRY", "COMPLETED"),
        ("health-wait", "WAIT", "RETRY", "COMPLETED"),
        ("action-retry", "RETRY", "RETRY", "COMPLETED"),
        ("action-retry", "RETRY", "SKIP", "COMPLETED"),
        ("action-skip", "SKIP", "RETRY", "COMPLETED"),
        ("action-retry", "RETRY", "ABORT", "FAILED"),
        ("two-chunks", "RETRY", "RETRY", "COMPLETED"),
        ("two-chunks", "RETRY", "ABORT", "FAILED"),
        ("stuck-skip", "SKIP", "SKIP", "FAILED"),
        ("stuck-skip", "SKIP", "ABORT", "FAILED"),
        ("stuck", "WAIT", "WAIT", "COMPLETED"),
        ("approval-reject", "REJECT", "ABORT", "FAILED"),
        ("approval-reject", "APPROVE", "SKIP", "FAILED"),
    ],
)
def test_it_is_asked_for_again(story: str, first: str, second: str, ends: str) -> None:
    stories = {**STORIES, "two-chunks": _TWO_CHUNKS}
    functions = _APPROVALS if story == "approval-reject" else _DECISIONS
    for calls in range(_MOST_CALLS):
        outcome, asked = _tell(stories[story], first, second, _Bug(calls, functions))
        words = f"{first} by somebody could not be carried out"
        again = next((each for each in asked[1:] if words in each["message"]), None)
        if again is None:
            break
        assert outcome.execution["status"] == ends
        assert _most_launches(outcome) <= 1 + (first == "RETRY")
        assert again["kind"] == _AGAIN.get(asked[0]["kind"], asked[0]["kind"])
        if again["kind"] == "ACTION" and second in _ACTION_ENDS:
            assert _actions(outcome) == [_ACTION_ENDS[second]]
    assert calls >= _LEAST_ASKED_AGAIN


def _most_launches(outcome: Outcome) -> int:
    """Return how often the server was launched that was launched most often."""
    jobs = [job for job in outcome.truth.jobs if job.kind == "LAUNCH"]
    return max(Counter(server for job in jobs for server in job.server_ids).values(), default=0)


def _actions(outcome: Outcome) -> list[str]:
    return [action["status"] for action in outcome.execution["waves"][0]["actions"]]
