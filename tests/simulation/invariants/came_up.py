"""Whoever came up lived when it was judged, and is VERIFIED only if it was well (I7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from local.drs import InstanceTruth
from tests.simulation.evidence import Evidence
from tests.simulation.health import HealthAnswer
from tests.simulation.stored import Record

_UP = {"LAUNCHED", "VERIFIED"}
_CAME_UP = {"COMPLETED", "PARTIAL"}
# In the record of an execution: why nothing of it is launched any more.
_CLOSED_BY = ("cancelledBy", "abortedBy", "stoppedBy", "overranTime")
# No look at a server takes longer: by then the function that looks has ended, or is ended.
_LOOK = timedelta(minutes=2)


def servers_came_up_alive(now: Evidence) -> Iterator[str]:
    """I7: DRS listed the instance of a server that came up before the end of that instance began:
    else whoever judged the server cannot have seen it alive.
    """
    shown: dict[str, datetime] = {}
    for call in now.calls:
        for each in call.shown if call.outcome == "OK" else ():
            shown.setdefault(each, call.at)
    ends = {each: end for each, i in _instances(now).items() if (end := i.shut_down_at)}
    for name, server in _servers(now):
        end = ends.get(_instance_of(server))
        seen = shown.get(_instance_of(server))
        if server.get("verdict") in _UP and end and (seen is None or seen >= end):
            what = f"{server['sourceServerId']} of {name} is {server['verdict']}"
            yield f"I7: {what}, its instance was never seen before its end began at {end}"


def verified_servers_were_well(now: Evidence) -> Iterator[str]:
    """I7: a server is VERIFIED only if one look found that it passed each check of its wave."""
    answers: dict[str, list[HealthAnswer]] = {}
    for answer in now.health:
        answers.setdefault(answer.instance_id, []).append(answer)
    for name, server in _servers(now):
        if server.get("verdict") != "VERIFIED":
            continue
        check = now.executions[name].waves[server["wave"]].get("healthCheck")
        if not (check and _is_well(check, answers.get(_instance_of(server), []))):
            yield f"I7: {server['sourceServerId']} of {name} is VERIFIED, and was never found well"


def health_gates_let_enough_through(now: Evidence) -> Iterator[str]:
    """I7: a wave is past its health gate only if as many of its servers that came up are VERIFIED
    as its plan asks for, or a person accepts them as they are; and COMPLETED only if all are.

    One that was broken off in the midst of its launches comes to no gate.
    """
    for name, records in now.executions.items():
        for wave in records.waves.values():
            check = wave.get("healthCheck")
            is_past = wave["status"] in _CAME_UP or wave.get("phase") == "AFTER"
            of_wave = [s for s in records.servers.values() if s["wave"] == wave["name"]]
            if not (check and is_past) or _was_cut_off(wave, of_wave, records.header):
                continue
            up = [each for each in of_wave if each.get("verdict") in _UP]
            well = [each for each in up if each["verdict"] == "VERIFIED"]
            enough = len(well) * 100 >= check.get("healthyPercent", 100) * len(up)
            if not (enough or wave.get("acceptedBy")) or (
                wave["status"] == "COMPLETED" and len(well) < len(up)
            ):
                found = f"{len(well)} of {len(up)} servers VERIFIED"
                yield f"I7: {wave['name']} of {name} is past its health gate with {found}"


def _was_cut_off(wave: Record, servers: Sequence[Record], header: Record) -> bool:
    """Whether nothing was launched any more while some of its launches waited for their turn."""
    is_closed = any(map(header.get, _CLOSED_BY))
    waited = any(each.get("verdict") == "SKIPPED" for each in servers)
    return is_closed and waited and (wave["status"], wave.get("phase")) == ("PARTIAL", "LAUNCH")


def _instances(now: Evidence) -> dict[str, InstanceTruth]:
    return {each.instance_id: each for truth in now.truths.values() for each in truth.instances}


def _servers(now: Evidence) -> Iterator[tuple[str, Record]]:
    for name, records in now.executions.items():
        yield from ((name, server) for server in records.servers.values())


def _instance_of(server: Record) -> str:
    return str(server.get("ec2InstanceId") or "")


def _is_well(check: Record, answers: Sequence[HealthAnswer]) -> bool:
    """Whether the instance passed all that is checked, within the time of one look."""
    made = {"ec2Status": True, **check}
    passed = {
        name: [each.at for each in answers if each.check == name and _is_passed(check, each)]
        for name in ("ec2Status", "ssmAgent", "probe")
        if made.get(name)
    }
    return any(
        all(any(abs(at - moment) <= _LOOK for at in times) for times in passed.values())
        for moments in passed.values()
        for moment in moments
    )


def _is_passed(check: Record, answer: HealthAnswer) -> bool:
    """Whether the check was passed, and made as the plan says."""
    if answer.request is None or not answer.passed:
        return answer.passed
    planned, asked = check["probe"], answer.request
    return (asked.type, asked.port, asked.path, asked.expect_status) == (
        planned["type"],
        planned["port"],
        planned.get("path", "/"),
        planned.get("expectStatus"),
    )
