"""Room that a dead execution left behind must not be lost for ever, nor given away too early."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.domain.decision import Question, QuestionKind
from drs_orchestrator.domain.intent import Intent
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.server import Place
from drs_orchestrator.domain.wave import WaveStatus
from drs_orchestrator.services.waves.admission import Admission
from local.drs import CallFault, CallFaultKind, Phase, ServerFault, ServerFaultKind
from local.virtual.items import MemoryItems
from tests.contract.drs_service import SERVER_A, DrsService
from tests.unit.executions import ID, NOON, PLACE, execution, intent, wave

_DEAD, _NEXT = ID, "drill-2"


class _OneSite:
    """Fulfils the port `DisasterRecoverySites` with the simulator."""

    def __init__(self, service: DrsService) -> None:
        self._drs = BotoDisasterRecovery(PLACE, service.client, service.client)

    def home(self) -> Place:
        return PLACE

    def at(self, place: Place) -> BotoDisasterRecovery:
        assert place == PLACE
        return self._drs


class _OneJob:
    """A DRS with room for one job, an execution that holds it, and another one that wants it."""

    def __init__(self, service: DrsService, *, waves_behind: int = 0) -> None:
        items = MemoryItems()
        self.service = service
        self._executions, self._ledgers = ExecutionStore(items), LedgerStore(items)
        self._ledgers.note_limits(PLACE, Limits(jobs=1))
        # No bell hangs, so Step Functions is never called.
        workflow = StepFunctionsWorkflow(Sessions(PLACE), "recovery")
        self._admission = Admission(
            self._ledgers, self._executions, _OneSite(service), workflow, service.clock
        )
        for execution_id in (_DEAD, _NEXT):
            self._create(execution_id, waves_behind if execution_id == _DEAD else 0)
        assert self._admission.ask(self._executions.intents(_DEAD)) is None

    def _create(self, execution_id: str, waves_behind: int) -> None:
        run = execution(execution_id=execution_id, status="PENDING", preparation="fence")
        chunk = intent(
            execution_id=execution_id,
            source_server_ids=[SERVER_A],
            remaining_path=1 + waves_behind,
        )
        self._executions.create(run)
        self._executions.write_snapshot(run, [wave()], [], [chunk])
        self._executions.save(run.changed(status="RUNNING"))

    def send(self) -> Intent:
        """Note that the dead one's launch is sent."""
        (granted,) = self._executions.intents(_DEAD)
        return self._executions.send_intent(
            granted.changed(status="SENT", sends=1, sent_time=self.service.clock.now())
        )

    def launch(self) -> tuple[Intent, str]:
        """Send the dead one's launch; return the intent and the job that it made."""
        sent = self.send()
        answer = self.service.drs.start_recovery(
            sourceServers=[{"sourceServerID": SERVER_A}], isDrill=True, tags=sent.tags
        )
        return sent, answer["job"]["jobID"]

    def confirm(self, sent: Intent, job_id: str) -> None:
        """Note the answer to the dead one's launch."""
        self._ledgers.confirm(sent.changed(job_id=job_id))

    def end(self) -> None:
        """Write the dead one's verdict."""
        run = self._executions.get(_DEAD)
        self._executions.save(run.changed(status="INTERRUPTED"))

    def ask(self) -> str | None:
        """Let the other execution look for room; return what it waits for."""
        return self._admission.ask(self._executions.intents(_NEXT))

    def question(self, kind: QuestionKind) -> None:
        """Let a wave of the other execution ask a person."""
        question = Question(kind=kind, attempt=1, message="?", asked_time=NOON)
        assert self._executions.move_wave(
            _NEXT, "web", {WaveStatus.PENDING}, WaveStatus.AWAITING_DECISION, question=question
        )

    def status(self) -> str:
        """Return what has become of the other execution's launch."""
        (launch,) = self._executions.intents(_NEXT)
        return launch.status

    def pump(self) -> None:
        """Give away what room there is."""
        self._admission.pump(PLACE)

    def is_free(self) -> bool:
        """Whether the other execution gets the room."""
        intents = self._executions.intents(_NEXT)
        if self._admission.ask(intents) is None:
            return True
        # Asking again within a minute leaves the pumping to others; whoever ends a job does it.
        return bool(self._admission.pump(intents[0].place).granted)


@pytest.fixture
def room() -> Iterator[_OneJob]:
    with DrsService() as service:
        yield _OneJob(service)


def _pass(room: _OneJob, *, minutes: float) -> None:
    room.service.clock.advance(minutes * 60)


def _never_ends(room: _OneJob) -> None:
    stuck = ServerFault(SERVER_A, ServerFaultKind.STUCK, phase=Phase.CONVERSION)
    room.service.faults.servers = [stuck]


@pytest.mark.parametrize("hours", [1, 25, 200])
@pytest.mark.parametrize("has_ended", [True, False])
def test_the_room_of_a_job_that_has_ended_is_free_though_nobody_follows_it(
    room: _OneJob, hours: int, has_ended: bool
) -> None:
    room.confirm(*room.launch())
    if has_ended:
        room.end()
    assert not room.is_free()
    _pass(room, minutes=hours * 60)
    assert room.is_free()


@pytest.mark.parametrize("hours", [1, 25, 200])
def test_the_room_of_a_job_that_runs_is_never_free(room: _OneJob, hours: int) -> None:
    _never_ends(room)
    room.confirm(*room.launch())
    room.end()
    _pass(room, minutes=hours * 60)
    assert not room.is_free()


@pytest.mark.parametrize("hours", [1, 25, 200])
def test_room_without_a_known_job_belongs_to_its_execution_as_long_as_that_lives(
    room: _OneJob, hours: int
) -> None:
    room.launch()
    _pass(room, minutes=hours * 60)
    assert not room.is_free()


def test_room_of_an_ended_execution_that_sent_nothing_is_free_at_once(room: _OneJob) -> None:
    assert not room.is_free()
    room.end()
    assert room.is_free()


@pytest.mark.parametrize(
    ("kind", "becomes"), [(QuestionKind.FAULT, "PREPARED"), (QuestionKind.STUCK, "GRANTED")]
)
def test_a_launch_whose_wave_asks_gets_no_room_but_beside_a_stuck_job(
    room: _OneJob, kind: QuestionKind, becomes: str
) -> None:
    assert room.ask()
    room.question(kind)
    room.end()

    room.pump()

    assert room.status() == becomes


@pytest.mark.parametrize("made_a_job", [True, False])
def test_room_of_an_ended_execution_without_an_answer_is_free_after_the_quiet_time_only(
    room: _OneJob, made_a_job: bool
) -> None:
    if made_a_job:
        room.launch()
    else:
        room.send()
    room.end()
    _pass(room, minutes=30)
    assert not room.is_free()
    _pass(room, minutes=1 / 60)
    # By then the simulated job, if there is one, has ended too.
    assert room.is_free()


def test_room_of_an_ended_execution_whose_lost_job_still_runs_is_not_free(room: _OneJob) -> None:
    _never_ends(room)
    room.launch()
    room.end()
    _pass(room, minutes=120)
    assert not room.is_free()


def test_whoever_waits_is_told_what_stands_in_the_way_also_if_another_has_just_looked(
    room: _OneJob,
) -> None:
    denied = CallFault(CallFaultKind.ACCESS_DENIED, "DescribeJobs")
    room.service.faults.calls = [denied]
    first, again = room.ask(), room.ask()
    calls = len(room.service.simulator.calls)
    room.service.faults.calls = []
    _pass(room, minutes=1)
    afterwards = room.ask()

    assert first is not None
    assert "DescribeJobs" in first
    assert again == first
    assert calls == 1 + 1  # the execution that holds the room looked once, this one once
    assert afterwards is None or "DescribeJobs" not in afterwards


def test_room_of_a_job_that_has_just_ended_is_kept_for_the_waves_behind_it() -> None:
    with DrsService() as service:
        room = _OneJob(service, waves_behind=2)
        sent, job_id = room.launch()
        room.confirm(sent, job_id)
        for _ in range(3600):
            _pass(room, minutes=1 / 60)
            (job,) = service.drs.describe_jobs(filters={"jobIDs": [job_id]})["items"]
            if job["status"] == "COMPLETED":
                break

        assert not room.is_free()
        _pass(room, minutes=20 / 60)
        assert room.is_free()
