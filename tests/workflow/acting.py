"""Waves with actions, and what became of these."""

from __future__ import annotations

from typing import Any

from local.ssm import read_documents
from local.ssm.executions import Execution
from tests.workflow.laptop import (
    ACCOUNT,
    REGION,
    Json,
    Laptop,
    servers,
    wave,
)


def ssm(name: str, **members: object) -> Json:
    """Return an ssm action of the document of that name."""
    return {"name": name, "type": "ssm", "documentName": f"Do-{name}", **members}


def acting(
    name: str = "only",
    first: int = 0,
    *depends_on: str,
    before: list[Json] | None = None,
    after: list[Json] | None = None,
) -> tuple[Json, Json]:
    """Return a wave of one server with actions."""
    group, described = wave(name, servers(first, 1), *depends_on)
    return group, {**described, "preActions": before or [], "postActions": after or []}


def scripted(running: Laptop, **documents: object) -> None:
    """Let documents do what their scripts say, and all others succeed in half a minute."""
    scripts = {f"Do-{name}": script for name, script in documents.items()}
    running.ssm.documents = read_documents({"*": {"seconds": 30}, **scripts})


def automations(running: Laptop) -> list[Execution]:
    """Return the automations that were really started, in order."""
    truth = running.ssm.truth(ACCOUNT, REGION)
    return sorted((each for each, _ in truth.values()), key=lambda each: each.started_at)


def documents(running: Laptop) -> list[str]:
    """Return the documents of the automations that were really started, in order."""
    return [each.document_name for each in automations(running)]


def statuses(running: Laptop) -> list[str]:
    """Return what Systems Manager says of each automation, in the order of their starts."""
    truth = running.ssm.truth(ACCOUNT, REGION)
    return [truth[each.execution_id][1] for each in automations(running)]


def actions_of(execution: Json, wave_name: str = "only") -> list[Json]:
    """Return the actions of a wave as the API shows them."""
    (found,) = [each for each in execution["waves"] if each["name"] == wave_name]
    actions: list[Json] = found["actions"]
    return actions


def shown(execution: Json, wave_name: str = "only") -> dict[str, str]:
    """Return the status of each action of a wave as the API shows it."""
    return {action["name"]: action["status"] for action in actions_of(execution, wave_name)}


def runs(name: str, status: str = "RUNNING") -> Any:  # noqa: ANN401 - a condition
    """Return the condition that an action of the only wave has a status."""
    return lambda execution: bool(execution["waves"]) and shown(execution).get(name) == status


def asks(execution: Json) -> bool:
    """Whether the only wave waits for a person."""
    return bool(execution["waves"]) and execution["waves"][0]["status"] == "AWAITING_DECISION"


def begun(execution: Json) -> bool:
    """Whether an automation of the only wave is known to run."""
    return bool(execution["waves"]) and any(
        each["status"] == "RUNNING" and each["runId"] for each in actions_of(execution)
    )


def decide(running: Laptop, execution: Json, decision: str, **more: str) -> None:
    """Answer the question of the only wave."""
    question = execution["waves"][0]["question"]
    answer = running.http.post(
        f"/executions/{execution['executionId']}/waves/only/decisions",
        json={"attempt": question["attempt"], "decision": decision, **more},
    )
    assert answer.status_code == 201, answer.text


def say(running: Laptop, execution_id: str, verb: str) -> None:
    """Ask for a verb."""
    answer = running.http.post(f"/executions/{execution_id}/{verb}")
    assert answer.is_success, answer.text
