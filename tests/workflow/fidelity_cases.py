"""The plans, people and faults that both interpreters run. Together they enter every state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from local.drs import Behaviour, Faults, Phase, ServerFault, ServerFaultKind
from local.faults_file import FaultsFile
from local.probes import ProbeScript
from tests.workflow import fidelity_people as people
from tests.workflow.breakdowns import Breakdown
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave


@dataclass(frozen=True)
class Case:
    """A plan over servers from `first` on, who fails at first, what a person does, what breaks."""

    waves: Sequence[tuple[Json, Json]]
    failing: int | None = None
    person: people.Act = people.nobody
    broken: Sequence[Breakdown] = ()

    def document(self, name: str) -> Json:
        """Return the plan; groups are named after it, for all cases share one laptop."""
        document = plan(name, *self.waves)
        text = json.dumps(document).replace('"g-', f'"{name}-')
        loaded: Json = json.loads(text)
        return loaded

    def server_ids(self) -> set[str]:
        """Return all servers of the plan."""
        return {each for group, _ in self.waves for each in group["sourceServerIds"]}


def _with(made: tuple[Json, Json], **members: object) -> tuple[Json, Json]:
    group, of_group = made
    return group, {**of_group, **members}


def _ssm(name: str) -> Json:
    return {"name": name, "type": "ssm", "documentName": f"Do-{name}"}


_PROBE: Json = {
    "ec2Status": False,
    "probe": {"type": "http", "port": 8080, "path": "/health"},
    "deadlineMinutes": 240,
}

CASES: dict[str, Case] = {
    "chain": Case(
        [
            wave("a", servers(0, 2)),
            wave("b", servers(2, 2), "a"),
            wave("c", servers(4, 2), "b"),
        ]
    ),
    "diamond": Case(
        [
            wave("a", servers(10, 1)),
            wave("b", servers(11, 2), "a"),
            wave("c", servers(13, 3), "a"),
            wave("d", servers(16, 1), "b", "c"),
        ]
    ),
    "two-chunks": Case([wave("a", servers(400, 130)), wave("b", servers(20, 1), "a")]),
    "goes-on": Case(
        [
            wave("a", servers(30, 2)),
            wave("b", servers(32, 1), "a"),
            wave("c", servers(33, 1)),
        ],
        failing=30,
    ),
    "stops": Case(
        [
            wave("a", servers(40, 2), on_failure="STOP"),
            wave("b", servers(42, 1), "a"),
        ],
        failing=40,
    ),
    "retried": Case(
        [
            wave("a", servers(50, 2), on_failure="ASK"),
            wave("b", servers(52, 1), "a"),
        ],
        failing=50,
        person=people.answering("RETRY"),
    ),
    "skipped": Case(
        [
            wave("a", servers(60, 2), on_failure="ASK"),
            wave("b", servers(62, 1), "a"),
        ],
        failing=60,
        person=people.answering("SKIP"),
    ),
    "given-up": Case(
        [
            wave("a", servers(100, 2), on_failure="ASK"),
            wave("b", servers(102, 1), "a"),
        ],
        failing=100,
        person=people.answering("ABORT"),
    ),
    # Stuck for an hour: its deadline passes once, and would not pass twice.
    "waited-for": Case(
        [_with(wave("a", servers(110, 1), on_failure="ASK"), deadlineMinutes=50)],
        person=people.answering("WAIT"),
    ),
    "approved": Case(
        [
            wave("a", servers(70, 1)),
            _with(
                wave("b", servers(71, 1), "a"),
                approval={"role": "Approver", "message": "Sure?"},
            ),
        ],
        person=people.approving,
    ),
    "paused": Case(
        [wave("a", servers(80, 1)), wave("b", servers(81, 1), "a")], person=people.pausing
    ),
    "cancelled": Case(
        [wave("a", servers(90, 1)), wave("b", servers(91, 1), "a")], person=people.cancelling
    ),
    "acting": Case(
        [
            _with(
                wave("a", servers(120, 1)),
                preActions=[_ssm("stop"), _ssm("note")],
                postActions=[_ssm("warm")],
            )
        ]
    ),
    "healthy-at-last": Case([_with(wave("a", servers(130, 1)), healthCheck=_PROBE)]),
    "throttled": Case(
        [wave("a", servers(140, 1))],
        broken=[
            Breakdown("prepare_execution", times=1, throttled=True),
            Breakdown("wait_for_clearance", "a", times=2, throttled=True),
            Breakdown("check_recovery", "a", times=3, throttled=True),
            Breakdown("finish_execution", times=2, throttled=True),
        ],
    ),
    "caught": Case([wave("a", servers(150, 1))], broken=[Breakdown("check_recovery", "a")]),
    "not-prepared": Case([wave("a", servers(160, 1))], broken=[Breakdown("prepare_execution")]),
    "cleaned-up": Case(
        [wave("a", servers(170, 2))],
        person=people.cleaning_up,
        broken=[Breakdown("check_termination", times=2, throttled=True)],
    ),
    "left-over": Case(
        [wave("a", servers(180, 1))],
        person=people.cleaning_up,
        broken=[Breakdown("terminate_instances")],
    ),
}
FAULTS = Faults(
    servers=[
        ServerFault(server_id(case.failing), ServerFaultKind.LAUNCH_FAILED, attempts=(1,))
        for case in CASES.values()
        if case.failing is not None
    ]
    # Time enough for a person at a laptop that is busy.
    + [
        ServerFault(each, ServerFaultKind.STUCK, phase=Phase.LAUNCH, seconds=seconds)
        for each, seconds in (
            (server_id(80), 1800),
            (server_id(90), 1800),
            (server_id(110), 3600),
        )
    ]
)
PROBES = (ProbeScript(target=server_id(130), healthy_after_seconds=900),)
OTHER_FAULTS = FaultsFile(probes=list(PROBES))
_SERVERS = 530
INVENTORY = fleet(_SERVERS)
# Short jobs: of looks at a running job a few are as good as a hundred.
BEHAVIOUR = Behaviour(paces={server_id(number): 0.3 for number in range(_SERVERS)})
