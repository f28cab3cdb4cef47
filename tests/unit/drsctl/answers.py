"""The API's answers for a order system: a database of 3 servers, then an application of 2."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

RUN = "drill-01KAQ8E7ZC9V3M5T1R2W4X6Y8Z"
PLAN: Json = {
    "planId": "plan_01KAQ8E7ZC9V3M5T1R2W4X6Y8Z",
    "name": "three-tier",
    "description": "Order system of the shop",
    "version": 2,
    "rtoMinutes": 240,
    "waves": [
        {
            "name": "database",
            "protectionGroups": ["order-db"],
            "dependsOn": [],
            "onFailure": "CONTINUE",
        },
        {
            "name": "application",
            "protectionGroups": ["order-app"],
            "dependsOn": ["database"],
            "onFailure": "CONTINUE",
        },
    ],
}


def listed(*items: Json, next_token: str | None = None) -> Json:
    """Return a page of a list."""
    return {"items": list(items), "nextToken": next_token}


def problem(status: int, title: str, detail: str, *errors: tuple[str, str]) -> Json:
    """Return an RFC 9457 problem."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": title.replace(" ", ""),
        "errors": [{"pointer": pointer, "message": message} for pointer, message in errors],
        "requestId": "r-1",
    }


def at(minutes: float) -> str:
    """Return a time so many minutes after ten o'clock."""
    seconds = round(minutes * 60)
    return f"2026-01-01T{10 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"


def wave(name: str, status: str, servers: int, **members: object) -> Json:
    """Return a wave of an execution."""
    came_up = servers if status == "COMPLETED" else 0
    return {
        "name": name,
        "status": status,
        "reason": None,
        "startTime": None,
        "endTime": None,
        "dependsOn": [],
        "serverCount": servers,
        "serversLaunched": came_up,
        "jobs": [],
        **members,
    }


def run(status: str, now: str, *waves: Json, **members: object) -> Json:
    """Return an execution as it is at `now`; it began at ten o'clock."""
    live = status in {"PENDING", "RUNNING", "AWAITING_DECISION"}
    return {
        "executionId": RUN,
        "executionArn": f"arn:aws:states:us-west-2:111122223333:execution:recovery:{RUN}",
        "planId": PLAN["planId"],
        "planName": "three-tier",
        "status": status,
        "executionType": "DRILL",
        "startTime": at(0),
        "endTime": None if live else now,
        "now": now,
        "reason": None,
        "waves": list(waves),
        "servers": [],
        **members,
    }


def server(
    server_id: str,
    wave_name: str,
    launch_status: str,
    instance: str | None,
    reason: str | None = None,
) -> Json:
    """Return a server of an execution."""
    return {
        "sourceServerId": server_id,
        "wave": wave_name,
        "launchStatus": launch_status,
        "recoveryInstanceId": instance,
        "reason": reason,
    }


def question(attempt: int = 1) -> Json:
    """Return what a wave asks after a failure."""
    return {
        "kind": "LAUNCH",
        "attempt": attempt,
        "message": "1 of 3 servers failed, first s-5aaaaaaaaaaaaaaaa: DRS reports FAILED",
        "role": None,
        "askedTime": at(9),
        "deadline": None,
        "choices": [
            {"decision": "RETRY", "effect": "launch the failed servers again"},
            {"decision": "SKIP", "effect": "go on without them; dependents start"},
            {"decision": "ABORT", "effect": "nothing new starts; the execution fails"},
        ],
    }


DB_RUNNING = wave("database", "RUNNING", 3, startTime=at(0.1))
DB_UP = wave(
    "database",
    "COMPLETED",
    3,
    startTime=at(0.1),
    endTime=at(9),
    jobs=[{"jobId": "drsjob-5a1b2c3d4e5f60718", "servers": ["s-5aaaaaaaaaaaaaaaa"]}],
)
APP_WAITS = wave("application", "PENDING", 2, dependsOn=["database"])
APP_RUNNING = wave("application", "RUNNING", 2, dependsOn=["database"], startTime=at(9.5))
APP_UP = wave(
    "application",
    "COMPLETED",
    2,
    dependsOn=["database"],
    startTime=at(9.5),
    endTime=at(20),
    jobs=[{"jobId": "drsjob-5b1b2c3d4e5f60718", "servers": ["s-5bbbbbbbbbbbbbbbb"]}],
)
DB_SERVER = server("s-5aaaaaaaaaaaaaaaa", "database", "LAUNCHED", "i-0aaaaaaaaaaaaaaaa")
APP_SERVER = server("s-5bbbbbbbbbbbbbbbb", "application", "LAUNCHED", "i-0bbbbbbbbbbbbbbbb")
ACCEPTED = run("PENDING", at(0))
COMPLETED = run("COMPLETED", at(20.25), DB_UP, APP_UP, servers=[APP_SERVER, DB_SERVER])
APP_FAILED = wave(
    "application",
    "FAILED",
    2,
    dependsOn=["database"],
    startTime=at(9.5),
    endTime=at(20),
    serversLaunched=1,
    reason="1 of 2 servers failed",
)
PARTIAL = run(
    "PARTIAL",
    at(20.25),
    DB_UP,
    APP_FAILED,
    reason="wave 'application' FAILED: 1 of 2 servers failed",
    servers=[
        DB_SERVER,
        server("s-5bbbbbbbbbbbbbbbb", "application", "FAILED", None, "DRS reports FAILED"),
    ],
)
FAILED = {**PARTIAL, "status": "FAILED"}
# What looks at a drill that goes well see, one after the other.
LOOKS = (
    run("RUNNING", at(0.2), DB_RUNNING, APP_WAITS),
    run("RUNNING", at(10), DB_UP, APP_RUNNING),
    COMPLETED,
)
DB_ASKS = wave("database", "AWAITING_DECISION", 3, startTime=at(0.1), question=question())
ASKING = run("AWAITING_DECISION", at(9), DB_ASKS, APP_WAITS)
