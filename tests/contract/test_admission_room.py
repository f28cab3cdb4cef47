"""Room that a dead execution left behind must not be lost for ever."""

from __future__ import annotations

import pytest

from drs_orchestrator.adapters.drs import BotoDisasterRecovery
from drs_orchestrator.adapters.execution_store import ExecutionStore
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.server import Place
from drs_orchestrator.services.admission import Admission
from local.virtual.items import MemoryItems
from tests.contract.drs_service import SERVER_A, DrsService
from tests.unit.executions import ID, PLACE, execution, intent, wave

_DAY_SECONDS = 86_400


class _OneSite:
    """Fulfils the port `DisasterRecoverySites` with the simulator."""

    def __init__(self, service: DrsService) -> None:
        self._drs = BotoDisasterRecovery(PLACE, service.client, service.client)

    def home(self) -> Place:
        return PLACE

    def at(self, place: Place) -> BotoDisasterRecovery:
        assert place == PLACE
        return self._drs


_LEAKS = pytest.mark.xfail(strict=True, reason="Admission looks only at jobs of the last 24 hours")
_UNNAMED = pytest.mark.xfail(strict=True, reason="a grant that names no job is never given back")


@pytest.mark.parametrize(
    ("hours", "has_answer"),
    [
        (1, True),
        pytest.param(25, True, marks=_LEAKS),
        pytest.param(1, False, marks=_UNNAMED),
        pytest.param(25, False, marks=_UNNAMED),
    ],
)
def test_the_room_of_a_job_that_has_ended_is_free_though_nobody_follows_it(
    hours: int, has_answer: bool
) -> None:
    items = MemoryItems()
    executions, ledgers = ExecutionStore(items), LedgerStore(items)
    run = execution(status="PENDING", preparation="fence")
    executions.create(run)
    chunks = [intent(0, source_server_ids=[SERVER_A]), intent(1, wave="next")]
    executions.write_snapshot(run, [wave("web"), wave("next")], [], chunks)
    executions.save(run.changed(status="RUNNING"))
    with DrsService() as service:
        admission = Admission(
            ledgers,
            executions,
            _OneSite(service),
            StepFunctionsWorkflow(PLACE, "recovery"),
            service.clock,
            Limits(jobs=1),
        )
        assert admission.ask(executions.intents(ID, "web"))
        (granted,) = executions.intents(ID, "web")
        sent = executions.send_intent(
            granted.changed(status="SENT", sends=1, sent_time=service.clock.now())
        )
        job_id = service.drs.start_recovery(
            sourceServers=[{"sourceServerID": SERVER_A}], isDrill=True, tags=sent.tags
        )["job"]["jobID"]
        if has_answer:
            ledgers.confirm(sent.changed(job_id=job_id))
        # The workflow dies here: nobody checks the job any more.
        service.clock.advance(hours * _DAY_SECONDS / 24)

        assert admission.ask(executions.intents(ID, "next"))
