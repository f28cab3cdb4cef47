"""The snapshot of a plan that an execution works from."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.recovery_plan import OnFailure, RecoveryPlan, Wave
from drs_orchestrator.domain.server import Place, SourceServer
from drs_orchestrator.domain.snapshot import Snapshot, take_snapshot
from drs_orchestrator.domain.wave import WaveStatus
from tests.unit.executions import ELSEWHERE, ID, PLACE, execution, server_id
from tests.unit.random_waves import Graph, acyclic_graphs
from tests.unit.unhurried import UNHURRIED


def _servers(first: int, count: int, place: Place = PLACE) -> list[SourceServer]:
    return [
        SourceServer(
            source_server_id=server_id(number), account_id=place.account_id, region=place.region
        )
        for number in range(first, first + count)
    ]


def _plan(*waves: Wave) -> RecoveryPlan:
    return RecoveryPlan(plan_id="plan_a", name="Shop", waves=list(waves))


def _wave(name: str, *depends_on: str, groups: list[str] | None = None) -> Wave:
    return Wave(name=name, protection_groups=groups or [name], depends_on=list(depends_on))


def _sizes(snapshot: Snapshot) -> list[int]:
    return [len(intent.source_server_ids) for intent in snapshot.intents]


def test_waves_stand_in_topological_order_with_what_hangs_on_them() -> None:
    stopping = _wave("db").changed(on_failure=OnFailure.STOP)
    members = {"web": _servers(0, 1), "db": _servers(1, 3), "batch": _servers(4, 2)}
    snapshot = take_snapshot(
        execution(), _plan(_wave("web", "db"), stopping, _wave("batch")), members
    )
    assert [(w.name, w.position, w.remaining_path, w.server_count) for w in snapshot.waves] == [
        ("db", 0, 2, 3),
        ("batch", 1, 1, 2),
        ("web", 2, 1, 1),
    ]
    assert [wave.on_failure for wave in snapshot.waves] == ["STOP", "CONTINUE", "CONTINUE"]
    assert all(wave.status is WaveStatus.PENDING for wave in snapshot.waves)


def test_a_wave_of_250_servers_becomes_three_balanced_intents() -> None:
    snapshot = take_snapshot(execution(), _plan(_wave("web")), {"web": _servers(0, 250)})
    assert _sizes(snapshot) == [83, 83, 84]
    assert [(i.attempt, i.chunk) for i in snapshot.intents] == [(1, 0), (1, 1), (1, 2)]


def test_a_chunk_never_crosses_regions_and_chunks_are_numbered_over_all_of_them() -> None:
    plan = _plan(_wave("web", groups=["west", "east", "west2"]))
    members = {
        "west": _servers(0, 2),
        "east": _servers(10, 3, ELSEWHERE),
        "west2": _servers(2, 1),
    }
    intents = take_snapshot(execution(), plan, members).intents
    assert [(intent.chunk, intent.place) for intent in intents] == [(0, ELSEWHERE), (1, PLACE)]
    assert intents[1].source_server_ids == [server_id(number) for number in range(3)]


def test_an_intent_knows_whose_it_is_and_nothing_has_happened_to_it() -> None:
    run = execution(execution_type="RECOVERY")
    (only,) = take_snapshot(run, _plan(_wave("web")), {"web": _servers(0, 1)}).intents
    assert (only.execution_id, only.execution_type, only.wave) == (ID, "RECOVERY", "web")
    assert (only.status, only.sends, only.job_id) == (IntentStatus.PREPARED, 0, None)


@UNHURRIED
@given(acyclic_graphs(max_waves=5).filter(bool), st.data())
def test_every_server_is_launched_by_one_intent_of_its_own_wave(
    graph: Graph, data: st.DataObject
) -> None:
    sizes = {name: data.draw(st.integers(1, 230)) for name in graph}
    firsts = {name: 1_000 * number for number, name in enumerate(graph)}
    members = {name: _servers(firsts[name], sizes[name]) for name in graph}
    plan = _plan(*(_wave(name, *depends_on) for name, depends_on in graph.items()))
    snapshot = take_snapshot(execution(), plan, members)

    wave_of = {server.source_server_id: server.wave for server in snapshot.servers}
    assert Counter(wave_of.values()) == sizes
    launched = [(each, i.wave) for i in snapshot.intents for each in i.source_server_ids]
    assert sorted(launched) == sorted(wave_of.items())
    assert max(_sizes(snapshot)) <= 100
    assert len({intent.key for intent in snapshot.intents}) == len(snapshot.intents)
    assert [wave.position for wave in snapshot.waves] == list(range(len(graph)))
