"""The API's answers, as far as the command line draws them. The API's own models are the source."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

Json = dict[str, Any]


class Job(TypedDict):
    """A DRS job of a wave."""

    jobId: str
    servers: list[str]


class Choice(TypedDict):
    """A possible answer to a question, and what it does."""

    decision: str
    effect: str


class Question(TypedDict):
    """What a wave asks of a person; an answer names its number, `attempt`."""

    kind: str
    attempt: int
    message: str
    role: str | None
    askedTime: str
    deadline: str | None
    onTimeout: NotRequired[str | None]
    choices: list[Choice]


class Decision(TypedDict):
    """A person's answer to a question."""

    wave: str
    decision: str
    reason: str | None
    actor: str
    time: str


class Action(TypedDict):
    """An action of a wave."""

    name: str
    phase: str
    type: str
    status: str
    startTime: str | None
    reason: str | None


class Wave(TypedDict):
    """A wave of an execution; times are RFC 3339 in the server's clock."""

    name: str
    status: str
    reason: str | None
    startTime: str | None
    endTime: str | None
    dependsOn: list[str]
    serverCount: int
    serversLaunched: int
    healthGate: NotRequired[str]
    jobs: list[Job]
    question: NotRequired[Question | None]
    decisions: NotRequired[list[Decision]]
    actions: NotRequired[list[Action]]


class Server(TypedDict):
    """A server of an execution."""

    sourceServerId: str
    wave: str
    launchStatus: str | None
    recoveryInstanceId: str | None
    snapshotTime: NotRequired[str | None]
    skewSeconds: NotRequired[int | None]
    verdict: NotRequired[str | None]
    health: NotRequired[str | None]
    reason: str | None


class CleanedInstance(TypedDict):
    """An instance of a drill; without a result it is not gone yet."""

    sourceServerId: str
    recoveryInstanceId: str | None
    jobId: str | None
    result: str | None
    reason: str | None


class CleanUp(TypedDict):
    """The clean-up of a drill."""

    status: str
    reason: str | None
    instances: list[CleanedInstance]


class Execution(TypedDict):
    """One run of one plan. `now` is the server's present, which may run faster than ours."""

    executionId: str
    executionArn: str | None
    planId: str
    planName: str | None
    status: str
    awaiting: NotRequired[list[str]]
    executionType: str
    startTime: str
    endTime: str | None
    now: str | None
    reason: str | None
    waves: list[Wave]
    servers: list[Server]
    cleanUp: NotRequired[CleanUp | None]
    cleanUpTime: NotRequired[str | None]
    cleanUpProblem: NotRequired[str | None]


LIVE_STATUSES = frozenset({"PENDING", "RUNNING", "PAUSED", "AWAITING_DECISION", "CANCELLING"})


def is_final(execution: Execution) -> bool:
    """Return whether nothing follows any more."""
    return execution["status"] not in LIVE_STATUSES


def came_up(execution: Execution, server: Server) -> bool:
    """Return whether the server was launched and, where its wave checked that, is healthy."""
    gates = {wave["name"]: wave.get("healthGate") for wave in execution["waves"]}
    checked = gates.get(server["wave"]) in {"PASSED", "FAILED"}
    healthy = server.get("verdict") == "VERIFIED" or not checked
    return server["launchStatus"] == "LAUNCHED" and healthy


def questions(execution: Execution) -> dict[str, Question]:
    """Return what waits for a person, by wave."""
    asked = {wave["name"]: wave.get("question") for wave in execution["waves"]}
    return {name: question for name, question in asked.items() if question}
