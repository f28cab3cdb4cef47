"""The snapshot of a plan that an execution works from."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from drs_orchestrator.domain.action import Action, ActionScope, SsmAction
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.intent import IntentStatus
from drs_orchestrator.domain.protection_group import ProtectionGroup
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.recovery_plan import OnFailure, RecoveryPlan, SuccessRule, Wave
from drs_orchestrator.domain.server import Place, ServerVerdict, SourceServer
from drs_orchestrator.domain.snapshot import Members, Snapshot, take_snapshot
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


def _members(servers: list[SourceServer], *critical: str, place: Place = PLACE) -> Members:
    group = ProtectionGroup(
        group_id="grp_a",
        name="any",
        account_id=place.account_id,
        region=place.region,
        source_server_ids=[server.source_server_id for server in servers],
        critical_server_ids=list(critical),
    )
    return Members(group, servers)


def _plan(*waves: Wave) -> RecoveryPlan:
    return RecoveryPlan(plan_id="plan_a", name="Shop", waves=list(waves))


def _wave(name: str, *depends_on: str, groups: list[str] | None = None) -> Wave:
    return Wave(name=name, protection_groups=groups or [name], depends_on=list(depends_on))


def _snapshot(
    run: Execution, plan: RecoveryPlan, members: dict[str, Members], servers_per_job: int = 100
) -> Snapshot:
    limits = Limits(servers_per_job=servers_per_job)
    return take_snapshot(run, plan, members, {PLACE: limits, ELSEWHERE: limits})


def _sizes(snapshot: Snapshot) -> list[int]:
    return [len(intent.source_server_ids) for intent in snapshot.intents]


def test_waves_stand_in_topological_order_with_what_hangs_on_them() -> None:
    stopping = _wave("db").changed(on_failure=OnFailure.STOP)
    members = {
        "web": _members(_servers(0, 1)),
        "db": _members(_servers(1, 3)),
        "batch": _members(_servers(4, 2)),
    }
    snapshot = _snapshot(execution(), _plan(_wave("web", "db"), stopping, _wave("batch")), members)
    assert [(w.name, w.position, w.remaining_path, w.server_count) for w in snapshot.waves] == [
        ("db", 0, 2, 3),
        ("batch", 1, 1, 2),
        ("web", 2, 1, 1),
    ]
    assert [wave.on_failure for wave in snapshot.waves] == ["STOP", "ASK", "ASK"]
    assert all(wave.status is WaveStatus.PENDING for wave in snapshot.waves)


def test_a_wave_of_250_servers_becomes_three_balanced_intents() -> None:
    snapshot = _snapshot(execution(), _plan(_wave("web")), {"web": _members(_servers(0, 250))})
    assert _sizes(snapshot) == [83, 83, 84]
    assert [(i.attempt, i.chunk) for i in snapshot.intents] == [(1, 0), (1, 1), (1, 2)]


def test_a_chunk_is_no_larger_than_the_quota_of_its_place() -> None:
    members = {"web": _members(_servers(0, 7))}
    snapshot = _snapshot(execution(), _plan(_wave("web")), members, servers_per_job=3)
    assert _sizes(snapshot) == [2, 2, 3]


def test_a_chunk_never_crosses_regions_and_chunks_are_numbered_over_all_of_them() -> None:
    plan = _plan(_wave("web", groups=["west", "east", "west2"]))
    members = {
        "west": _members(_servers(0, 2)),
        "east": _members(_servers(10, 3, ELSEWHERE), place=ELSEWHERE),
        "west2": _members(_servers(2, 1)),
    }
    intents = _snapshot(execution(), plan, members).intents
    assert [(intent.chunk, intent.place) for intent in intents] == [(0, ELSEWHERE), (1, PLACE)]
    assert intents[1].source_server_ids == [server_id(number) for number in range(3)]


def test_an_intent_knows_whose_it_is_and_nothing_has_happened_to_it() -> None:
    run = execution(execution_type="RECOVERY")
    (only,) = _snapshot(run, _plan(_wave("web")), {"web": _members(_servers(0, 1))}).intents
    assert (only.execution_id, only.execution_type, only.wave) == (ID, "RECOVERY", "web")
    assert (only.status, only.sends, only.job_id) == (IntentStatus.PREPARED, 0, None)


def test_a_server_with_nothing_to_launch_from_has_failed_and_its_chunk_goes_without_it() -> None:
    healthy, cut_off, other = _servers(0, 3)
    cut_off = cut_off.changed(replication_state="DISCONNECTED")
    snapshot = _snapshot(
        execution(), _plan(_wave("web")), {"web": _members([healthy, cut_off, other])}
    )
    verdicts = {each.source_server_id: each.verdict for each in snapshot.servers}
    assert verdicts == {server_id(0): None, server_id(1): ServerVerdict.FAILED, server_id(2): None}
    assert "DISCONNECTED" in (snapshot.servers[1].reason or "")
    assert [intent.source_server_ids for intent in snapshot.intents] == [
        [server_id(0), server_id(2)]
    ]
    assert snapshot.waves[0].server_count == 3


def test_a_wave_with_nothing_to_launch_has_no_intent() -> None:
    stopped = [each.changed(replication_state="STOPPED") for each in _servers(0, 2)]
    snapshot = _snapshot(execution(), _plan(_wave("web")), {"web": _members(stopped)})
    assert snapshot.intents == []
    assert {each.verdict for each in snapshot.servers} == {ServerVerdict.FAILED}


def test_critical_are_the_servers_that_the_group_names_and_all_if_it_names_none() -> None:
    members = {
        "web": _members(_servers(0, 2), server_id(1)),
        "db": _members(_servers(2, 2)),
    }
    servers = _snapshot(execution(), _plan(_wave("web"), _wave("db")), members).servers
    critical = {each.source_server_id for each in servers if each.is_critical}
    assert critical == {server_id(1), server_id(2), server_id(3)}


def test_the_success_policy_of_a_wave_is_part_of_the_snapshot() -> None:
    plan = _plan(_wave("web").changed(success_policy=SuccessRule.CRITICAL))
    (only,) = _snapshot(execution(), plan, {"web": _members(_servers(0, 1))}).waves
    assert only.success_policy is SuccessRule.CRITICAL


@UNHURRIED
@given(acyclic_graphs(max_waves=5).filter(bool), st.data())
def test_every_server_is_launched_by_one_intent_of_its_own_wave(
    graph: Graph, data: st.DataObject
) -> None:
    sizes = {name: data.draw(st.integers(1, 230)) for name in graph}
    firsts = {name: 1_000 * number for number, name in enumerate(graph)}
    members = {name: _members(_servers(firsts[name], sizes[name])) for name in graph}
    plan = _plan(*(_wave(name, *depends_on) for name, depends_on in graph.items()))
    snapshot = _snapshot(execution(), plan, members)

    wave_of = {server.source_server_id: server.wave for server in snapshot.servers}
    assert Counter(wave_of.values()) == sizes
    launched = [(each, i.wave) for i in snapshot.intents for each in i.source_server_ids]
    assert sorted(launched) == sorted(wave_of.items())
    assert max(_sizes(snapshot)) <= 100
    assert len({intent.key for intent in snapshot.intents}) == len(snapshot.intents)
    assert [wave.position for wave in snapshot.waves] == list(range(len(graph)))


def test_a_wave_keeps_the_actions_of_its_executions_with_the_place_where_they_run() -> None:
    actions: list[Action] = [
        SsmAction(name=scope.lower(), type="ssm", document_name="Drain", scope=ActionScope(scope))
        for scope in ("RECOVERY", "BOTH", "DRILL")
    ]
    web = Wave(name="web", protection_groups=["web"], pre_actions=actions, post_actions=actions)
    (taken,) = _snapshot(execution(), _plan(web), {"web": _members(_servers(0, 1))}).waves

    assert taken.pre_actions == taken.post_actions
    kept = [a for a in taken.pre_actions if isinstance(a, SsmAction)]
    assert [a.name for a in kept] == ["both", "drill"]
    assert {(a.account_id, a.region) for a in kept} == {PLACE}
