"""Executions as they are stored: what happens at the same time must not undo each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from drs_orchestrator.adapters.execution_store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.domain.bell import Bell
from drs_orchestrator.domain.decision import Choice, Decision, Question, QuestionKind
from drs_orchestrator.domain.errors import (
    ExecutionClosed,
    ExecutionExists,
    ExecutionNotFound,
    StaleDecision,
    StaleVersion,
    WaveNotFound,
)
from drs_orchestrator.domain.execution import Execution, ExecutionStatus
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.wave import WaveStatus
from tests.contract.fresh_tables import fresh_tables
from tests.contract.item_tables import KINDS
from tests.unit.executions import ELSEWHERE, ID, NOON, execution, intent, server, wave

_AT_REST = {WaveStatus.PENDING, WaveStatus.HELD}
_NOT_ENDED = {*_AT_REST, WaveStatus.RUNNING}

WORKFLOW_ARN = "arn:aws:states:eu-west-1:111122223333:execution:recovery/waves:1"


def bell(token: str, timeout_seconds: int) -> Bell:
    """Return a bell of the wave's workflow."""
    return Bell(token=token, timeout_seconds=timeout_seconds, workflow_arn=WORKFLOW_ARN)


@pytest.fixture(scope="module", params=KINDS)
def tables(request: pytest.FixtureRequest) -> Iterator[Callable[[], Items]]:
    with fresh_tables(request.param) as tables:
        yield tables


@pytest.fixture
def store(tables: Callable[[], Items]) -> ExecutionStore:
    return ExecutionStore(tables())


def _pending(store: ExecutionStore, fence: str = "first") -> Execution:
    """Create an execution that is being prepared under `fence`."""
    run = execution(status="PENDING", preparation=fence)
    store.create(run)
    return run


def _running(store: ExecutionStore, *intents: Intent) -> Execution:
    """Create a running execution of the wave "web"."""
    run = _pending(store)
    store.write_snapshot(run, [wave()], [server(0), server(1)], intents)
    return store.save(run.changed(status="RUNNING"))


# Header


def test_a_created_execution_is_read_as_it_was(store: ExecutionStore) -> None:
    run = execution(plan_name="Shop", actor="ada", stopped_by="db", reason="why")
    store.create(run)
    assert store.get(ID) == run


def test_an_execution_is_created_once(store: ExecutionStore) -> None:
    store.create(execution())
    with pytest.raises(ExecutionExists, match=ID):
        store.create(execution(actor="somebody else"))
    assert store.get(ID).actor is None


def test_an_unknown_execution_is_not_found(store: ExecutionStore) -> None:
    with pytest.raises(ExecutionNotFound, match="drill-x"):
        store.get("drill-x")


def test_of_two_writers_of_one_version_the_second_is_refused(store: ExecutionStore) -> None:
    store.create(execution())
    read = store.get(ID)
    first = store.save(read.changed(reason="first"))
    assert first.version == read.version + 1
    with pytest.raises(StaleVersion, match=ID):
        store.save(read.changed(reason="second"))
    assert store.get(ID) == first


def test_a_header_that_was_never_created_is_not_saved(store: ExecutionStore) -> None:
    with pytest.raises(StaleVersion):
        store.save(execution())
    with pytest.raises(ExecutionNotFound):
        store.get(ID)


def test_executions_are_listed_newest_first_page_by_page_and_by_plan(
    store: ExecutionStore,
) -> None:
    for number in range(5):
        store.create(
            execution(
                execution_id=f"drill-{number}",
                plan_id="plan_b" if number == 2 else "plan_a",
                start_time=NOON + timedelta(minutes=number),
            )
        )
    assert _listed(store, None) == ["drill-4", "drill-3", "drill-2", "drill-1", "drill-0"]
    assert _listed(store, "plan_a") == ["drill-4", "drill-3", "drill-1", "drill-0"]
    assert _listed(store, "plan_b") == ["drill-2"]
    assert _listed(store, "plan_c") == []


def _listed(store: ExecutionStore, plan_id: str | None) -> list[str]:
    page = store.page(plan_id, 2, None)
    names = [each.execution_id for each in page.items]
    while page.next_token:
        assert len(page.items) <= 2
        page = store.page(plan_id, 2, page.next_token)
        names += [each.execution_id for each in page.items]
    return names


# Snapshot


def test_a_snapshot_comes_back_in_order(store: ExecutionStore) -> None:
    run = _pending(store)
    waves = [wave("web", "db", position=1), wave("db", position=0)]
    servers = [server(0), server(1, wave="db"), server(1, wave="db", region=ELSEWHERE.region)]
    intents = [intent(10), intent(9), intent(2, attempt=2), intent(0, wave="db")]
    store.write_snapshot(run, waves, servers, intents)

    assert [each.name for each in store.waves(ID)] == ["db", "web"]
    assert [(i.attempt, i.chunk) for i in store.intents(ID, "web")] == [(1, 9), (1, 10), (2, 2)]
    assert len(store.intents(ID)) == 4
    assert len(store.servers(ID)) == 3
    assert store.servers(ID, "web") == [server(0)]
    assert store.wave(ID, "web") == waves[0]


def test_a_wave_is_not_mixed_up_with_one_whose_name_begins_alike(store: ExecutionStore) -> None:
    run = _pending(store)
    servers = [server(0), server(1, wave="web-2")]
    store.write_snapshot(
        run, [wave("web"), wave("web-2")], servers, [intent(0), intent(0, wave="web-2")]
    )
    assert store.servers(ID, "web") == [servers[0]]
    assert store.intents(ID, "web") == [intent(0)]


def test_a_snapshot_larger_than_a_transaction_is_complete(store: ExecutionStore) -> None:
    run = _pending(store)
    store.write_snapshot(run, [wave()], [server(number) for number in range(95)], [intent()])
    assert len(store.servers(ID, "web")) == 95


def test_a_second_preparation_leaves_nothing_of_the_first(store: ExecutionStore) -> None:
    run = _pending(store)
    store.write_snapshot(
        run, [wave("old"), wave("web")], [server(n) for n in range(95)], [intent(0), intent(1)]
    )
    again = store.save(run.changed(preparation="second"))
    store.write_snapshot(again, [wave("web", server_count=1)], [server(7)], [intent(1, servers=1)])

    assert store.waves(ID) == [wave("web", server_count=1)]
    assert store.servers(ID) == [server(7)]
    assert store.intents(ID) == [intent(1, servers=1)]


def test_an_older_preparation_writes_no_more(store: ExecutionStore) -> None:
    first = _pending(store, "first")
    second = store.save(first.changed(preparation="second"))
    store.write_snapshot(second, [wave("new")], [], [])
    with pytest.raises(StaleVersion, match=ID):
        store.write_snapshot(first, [wave("old")], [], [])
    assert [each.name for each in store.waves(ID)] == ["new"]


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if s != "PENDING"])
def test_a_snapshot_is_never_written_over_an_execution_that_has_begun(
    store: ExecutionStore, status: ExecutionStatus
) -> None:
    run = _running(store, intent())
    store.save(run.changed(status=status))
    with pytest.raises(StaleVersion):
        store.write_snapshot(run, [wave("other")], [], [])
    assert store.intents(ID) == [intent()]


def test_a_preparation_without_a_fence_writes_nothing(store: ExecutionStore) -> None:
    store.create(execution(status="PENDING"))
    with pytest.raises(StaleVersion):
        store.write_snapshot(store.get(ID), [wave()], [], [])


# Waves


def test_an_unknown_wave_is_not_found(store: ExecutionStore) -> None:
    _running(store)
    with pytest.raises(WaveNotFound, match="db"):
        store.wave(ID, "db")
    with pytest.raises(WaveNotFound, match="db"):
        store.hang_bell(ID, "db", bell("token", 60))
    assert not store.move_wave(ID, "db", _NOT_ENDED, WaveStatus.RUNNING)


def test_the_last_bell_hangs_and_nothing_else_changes(store: ExecutionStore) -> None:
    _running(store)
    store.hang_bell(ID, "web", bell("one", 3600))
    store.hang_bell(ID, "web", bell("two", 60))
    assert store.wave(ID, "web") == wave(
        bell="two", bell_timeout_seconds=60, workflow_arn=WORKFLOW_ARN
    )


def test_a_wave_moves_only_from_where_it_may(store: ExecutionStore) -> None:
    _running(store)
    assert store.move_wave(ID, "web", _AT_REST, WaveStatus.HELD, reason="waits for db")
    assert store.wave(ID, "web").reason == "waits for db"
    assert store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.RUNNING)
    assert not store.move_wave(ID, "web", _AT_REST, WaveStatus.HELD, reason="late")
    moved = store.wave(ID, "web")
    assert (moved.status, moved.reason) == (WaveStatus.RUNNING, None)


def test_a_wave_keeps_its_first_start_time(store: ExecutionStore) -> None:
    _running(store)
    for minutes in (0, 7):
        moment = NOON + timedelta(minutes=minutes)
        assert store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.RUNNING, start_time=moment)
    assert store.wave(ID, "web").start_time == NOON


def _asking(store: ExecutionStore, kind: QuestionKind = QuestionKind.LAUNCH) -> Execution:
    """Create a running execution whose wave "web" asks question 1."""
    run = _running(store)
    question = Question(kind=kind, attempt=1, message="1 of 2 failed", asked_time=NOON)
    assert store.move_wave(
        ID, "web", _NOT_ENDED, WaveStatus.AWAITING_DECISION, question=question, asked_visit=NOON
    )
    assert store.wave(ID, "web").asked_visit == NOON
    return run


def _decision(choice: Choice = Choice.SKIP) -> Decision:
    return Decision(
        wave="web", attempt=1, decision=choice, reason="enough", actor="somebody", time=NOON
    )


def _withdraw(store: ExecutionStore) -> bool:
    return store.move_wave(
        ID,
        "web",
        {WaveStatus.AWAITING_DECISION},
        WaveStatus.RUNNING,
        asked=1,
        unanswered=True,
        attempt=2,
        question=None,
    )


def test_a_question_is_withdrawn_if_nobody_has_answered(store: ExecutionStore) -> None:
    _asking(store, QuestionKind.STUCK)

    assert _withdraw(store)
    with pytest.raises(StaleDecision, match="does not ask question 1 any more"):
        store.decide(ID, _decision(), QuestionKind.STUCK)

    assert store.decisions(ID) == []


def test_a_question_that_is_answered_is_not_withdrawn(store: ExecutionStore) -> None:
    _asking(store, QuestionKind.STUCK)
    store.decide(ID, _decision(), QuestionKind.STUCK)

    assert not _withdraw(store)

    assert store.wave(ID, "web").question is not None


def test_of_two_answers_the_second_is_refused(store: ExecutionStore) -> None:
    _asking(store)
    store.decide(ID, _decision(), QuestionKind.LAUNCH)

    with pytest.raises(StaleDecision):
        store.decide(ID, _decision(Choice.ABORT), QuestionKind.LAUNCH)

    assert store.decision(ID, "web", 1) == _decision()


@pytest.mark.parametrize("kind", QuestionKind)
@pytest.mark.parametrize(
    "closed",
    [
        {"cancelled_by": "another"},
        {"aborted_by": "another"},
        {"stopped_by": "db"},
        {"overran_time": NOON},
        {"finishing_time": NOON},
    ],
)
def test_an_answer_is_refused_that_would_start_nothing_but_about_stuck_jobs(
    store: ExecutionStore, closed: dict[str, object], kind: QuestionKind
) -> None:
    run = _asking(store, kind)
    store.save(run.changed(status="RUNNING", **closed))

    if kind is QuestionKind.STUCK:
        store.decide(ID, _decision(), kind)
        assert store.decisions(ID) == [_decision()]
    else:
        with pytest.raises(ExecutionClosed, match="take no answers any more"):
            store.decide(ID, _decision(), kind)
        assert store.decisions(ID) == []


def test_an_answer_is_taken_in_a_pause(store: ExecutionStore) -> None:
    run = _asking(store)
    store.save(run.changed(status="RUNNING", paused_by="another"))

    store.decide(ID, _decision(), QuestionKind.LAUNCH)

    assert store.decisions(ID) == [_decision()]


def test_a_second_answer_is_told_so_though_the_execution_is_closed_since(
    store: ExecutionStore,
) -> None:
    run = _asking(store)
    store.decide(ID, _decision(), QuestionKind.LAUNCH)
    store.save(run.changed(status="RUNNING", cancelled_by="another"))

    with pytest.raises(StaleDecision):
        store.decide(ID, _decision(Choice.ABORT), QuestionKind.LAUNCH)


def test_a_wave_ends_once(store: ExecutionStore) -> None:
    _running(store)
    assert store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.COMPLETED, end_time=NOON)
    assert not store.move_wave(
        ID, "web", _NOT_ENDED, WaveStatus.FAILED, end_time=NOON + timedelta(hours=1)
    )
    ended = store.wave(ID, "web")
    assert (ended.status, ended.end_time) == (WaveStatus.COMPLETED, NOON)


def test_times_come_back_aware_and_to_the_microsecond(store: ExecutionStore) -> None:
    _running(store)
    moment = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
    store.move_wave(ID, "web", _NOT_ENDED, WaveStatus.RUNNING, start_time=moment)
    start = store.wave(ID, "web").start_time
    assert start == moment
    assert start.tzinfo is not None


# Servers


def test_a_server_is_written_until_it_has_its_verdict(store: ExecutionStore) -> None:
    _running(store)
    store.save_servers(ID, [server(0, launch_status="PENDING")])
    launched = server(0, launch_status="LAUNCHED", verdict="LAUNCHED", end_time=NOON)
    store.save_servers(ID, [launched])
    store.save_servers(ID, [server(0, launch_status="FAILED", verdict="FAILED")])
    store.save_servers(ID, [server(0)])
    assert store.servers(ID, "web") == [launched, server(1)]


def test_one_judged_server_does_not_keep_the_others_from_being_written(
    store: ExecutionStore,
) -> None:
    run = _pending(store)
    store.write_snapshot(run, [wave()], [server(number) for number in range(5)], [])
    store.save_servers(ID, [server(3, verdict="FAILED")])
    store.save_servers(ID, [server(number, verdict="LAUNCHED") for number in range(5)])
    verdicts = [each.verdict for each in store.servers(ID)]
    assert verdicts == ["FAILED" if number == 3 else "LAUNCHED" for number in range(5)]


# Health


def test_health_is_noted_of_servers_that_are_launched_by_the_same_attempt(
    store: ExecutionStore,
) -> None:
    run = _pending(store)
    stored = [
        server(0, verdict="LAUNCHED", job_id="drsjob-1"),
        server(1, verdict="LAUNCHED", attempt=2),
        server(2, verdict="FAILED"),
        server(3),
    ]
    store.write_snapshot(run, [wave()], stored, [])
    seen = [server(n, verdict="VERIFIED", health="EC2 status ok") for n in range(4)]
    store.save_health(ID, seen)
    verified = stored[0].changed(verdict="VERIFIED", health="EC2 status ok")
    assert store.servers(ID, "web") == [verified, *stored[1:]]


def test_a_verified_server_stays_verified(store: ExecutionStore) -> None:
    run = _pending(store)
    verified = server(0, verdict="VERIFIED", health="EC2 status ok")
    store.write_snapshot(run, [wave()], [verified], [])
    store.save_health(ID, [server(0, verdict="LAUNCHED", health="SSM agent never seen")])
    store.save_servers(ID, [server(0, verdict="FAILED")])
    store.reopen_servers(ID, [server(0, attempt=2)])
    assert store.servers(ID, "web") == [verified]


def test_the_health_of_more_servers_than_a_transaction_holds_is_noted(
    store: ExecutionStore,
) -> None:
    run = _pending(store)
    launched = [server(number, verdict="LAUNCHED") for number in range(200)]
    store.write_snapshot(run, [wave()], launched, [])
    sick = [each.changed(health="SSM agent never seen") for each in launched]
    store.save_health(ID, sick)
    assert store.servers(ID, "web") == sick


# Intents


def test_of_two_writers_of_one_intent_the_second_is_refused(store: ExecutionStore) -> None:
    _running(store, intent())
    first = store.save_intent(intent(job_digest="first"))
    assert first.version == intent().version + 1
    with pytest.raises(StaleVersion, match=intent().key):
        store.save_intent(intent(job_digest="second"))
    assert store.intents(ID) == [first]


def test_an_intent_that_was_never_prepared_is_not_saved(store: ExecutionStore) -> None:
    _running(store)
    with pytest.raises(StaleVersion):
        store.save_intent(intent())
    with pytest.raises(StaleVersion):
        store.send_intent(intent(status="SENT"))
    assert store.intents(ID) == []


def test_a_launch_is_noted_once_however_many_want_to_send_it(store: ExecutionStore) -> None:
    _running(store, intent(status="GRANTED"))
    (granted,) = store.intents(ID)
    sent = store.send_intent(granted.changed(status="SENT", sends=1))
    assert (sent.status, sent.version) == ("SENT", granted.version + 1)
    with pytest.raises(StaleVersion):
        store.send_intent(granted.changed(status="SENT", sends=1))
    assert store.intents(ID) == [sent]


@pytest.mark.parametrize("status", [s for s in ExecutionStatus if s != "RUNNING"])
def test_nothing_is_sent_by_an_execution_that_does_not_run(
    store: ExecutionStore, status: ExecutionStatus
) -> None:
    run = _running(store, intent(status="GRANTED"))
    store.save(run.changed(status=status))
    with pytest.raises(ExecutionClosed, match=ID):
        store.send_intent(intent(status="SENT"))
    assert store.intents(ID) == [intent(status="GRANTED")]


def test_nothing_is_sent_after_a_stop(store: ExecutionStore) -> None:
    run = _running(store, intent(status="GRANTED"))
    store.save(run.changed(stopped_by="db"))
    with pytest.raises(ExecutionClosed):
        store.send_intent(intent(status="SENT"))
    assert store.intents(ID) == [intent(status="GRANTED")]


@pytest.mark.parametrize(
    "closed",
    [
        {"stopped_by": "db"},
        {"cancelled_by": "bob"},
        {"aborted_by": "bob"},
        {"overran_time": NOON},
        {"finishing_time": NOON},
    ],
)
def test_the_fence_of_a_launch_sees_whatever_closes_an_execution(
    store: ExecutionStore, closed: dict[str, object]
) -> None:
    granted = intent(status="GRANTED")
    run = _running(store, granted)
    after = store.save(run.changed(**closed))
    assert after.starts_nothing
    with pytest.raises(ExecutionClosed, match=ID):
        store.send_intent(granted.changed(status="SENT", sends=1))


def test_a_stop_fences_launches_but_not_the_notes_on_those_under_way(
    store: ExecutionStore,
) -> None:
    run = _running(store, intent(status="SENT"))
    store.save(run.changed(stopped_by="db"))
    assert store.save_intent(intent(status="CONFIRMED", job_id="drsjob-5")).version == 2


def test_changes_of_the_header_do_not_stop_a_launch(store: ExecutionStore) -> None:
    run = _running(store, intent(status="GRANTED"))
    store.save(run.changed(plan_name="Shop"))
    assert store.send_intent(intent(status="SENT")).status == "SENT"
