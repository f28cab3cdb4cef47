"""Small executions that touch every step and every function, each told in one seed.

Small, because whoever crashes them does so at every call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from local.drs import Behaviour, CallFault, CallFaultKind, Faults, Quotas
from local.faults_file import FaultsFile
from local.functions import Invocation, Invoker, call_handler
from local.virtual.calls import FunctionEnded
from tests.simulation.stories.answers import ANSWERED, STUCK
from tests.simulation.stories.gates import GATED
from tests.simulation.stories.people import (
    answer,
    answer_at_once,
    cancel,
    drill_in_the_console,
    drill_then,
    pause_and_resume,
    pause_too,
    recover_again,
    replace_in_the_console,
    retry_then_skip,
    stop_a_wave_by_hand,
    stop_by_hand,
    tidied,
    tidied_in_vain,
    tidy,
)
from tests.simulation.stories.story import Story, brisk, failing, having, with_one_disconnected
from tests.workflow.accounts import (
    OWN,
    OWN_ELSEWHERE,
    THERE,
    servers_at,
    spread_fleet,
    wave_at,
)
from tests.workflow.laptop import Json, fleet, plan, server_id, servers, wave


def _throttled() -> Invoker:
    """Return an invoker with which Lambda refuses the first two invocations of every function."""
    seen: Counter[str] = Counter()

    def invoke(invocation: Invocation) -> object:
        seen[invocation.function.name] += 1
        if seen[invocation.function.name] <= 2:
            raise FunctionEnded("Lambda.TooManyRequestsException", "Rate Exceeded.")
        return call_handler(invocation)

    return invoke


def _two(name: str, **members: object) -> Json:
    db = wave("db", servers(0, 1), on_failure="ASK")
    app = having(wave("app", servers(1, 1), "db", on_failure="ASK"), **members)
    return plan(name, db, app)


_ONE = plan("one", wave("db", servers(0, 2)))
_SSM = {"name": "stop", "type": "ssm", "documentName": "Do-stop", "onFailure": "STOP"}
_LAMBDA = {"name": "warm", "type": "lambda", "functionName": "warm", "timeoutSeconds": 45}

STORIES: Mapping[str, Story] = {
    "one-wave": Story(_ONE, fleet(2)),
    "recovery-of-two": Story(_two("two"), fleet(2), "RECOVERY"),
    "diamond": Story(
        plan(
            "diamond",
            wave("a", servers(0, 1)),
            wave("b", servers(1, 1), "a"),
            wave("c", servers(2, 1), "a"),
            wave("d", servers(3, 1), "b", "c"),
        ),
        fleet(4),
        behaviour=brisk(page_size=1),
    ),
    "not-launchable": Story(
        plan("one", wave("db", servers(0, 2), on_failure="ASK")),
        with_one_disconnected(fleet(2)),
        "RECOVERY",
        people=(retry_then_skip("db"),),
        ends="FAILED",
    ),
    "launched-again": Story(
        _two("again"), fleet(2), people=(answer("db", "RETRY"),), faults=failing(attempts=(1,))
    ),
    "answered-by-two": Story(
        _two("by-two"),
        fleet(2),
        people=(answer_at_once("db", "RETRY", "ada"), answer_at_once("db", "RETRY", "ben")),
        faults=failing(attempts=(1,)),
    ),
    # What stops the rest fails while another wave launches, which a third one waits for: also where
    # a crash makes one of the two wait through a quiet period.
    "stops-the-rest": Story(
        plan(
            "stops",
            wave("a", servers(0, 1), on_failure="STOP"),
            wave("b", servers(1, 1)),
            wave("c", servers(2, 1), "b"),
        ),
        fleet(3),
        faults=failing(),
        behaviour=Behaviour(paces={server_id(0): 1.6, server_id(1): 3.0, server_id(2): 0.2}),
        ends="PARTIAL",
    ),
    "goes-on-unasked": Story(
        plan(
            "unasked",
            wave("a", servers(0, 1), on_failure="CONTINUE"),
            wave("b", servers(1, 1)),
        ),
        fleet(2),
        "RECOVERY",
        faults=failing(),
        ends="PARTIAL",
    ),
    "dated": Story(
        _two("dated"),
        fleet(2),
        "RECOVERY",
        people=(answer("db", "RETRY"),),
        faults=failing(attempts=(1,)),
        back=timedelta(hours=3),
    ),
    "gone-on-without": Story(
        _two("without"),
        fleet(2),
        "RECOVERY",
        people=(answer("db", "SKIP"),),
        faults=failing(),
        ends="PARTIAL",
    ),
    "given-up": Story(
        _two("given-up"),
        fleet(2),
        people=(answer("db", "ABORT"),),
        faults=failing(),
        ends="FAILED",
    ),
    "approved": Story(
        _two("approved", approval={"role": "Owner"}),
        fleet(2),
        people=(answer("app", "APPROVE"),),
    ),
    "paused": Story(_two("paused"), fleet(2), people=(pause_and_resume,)),
    "cancelled": Story(_two("cancelled"), fleet(2), "RECOVERY", people=(cancel,), ends="CANCELLED"),
    "paused-and-cancelled": Story(
        _two("at-odds"), fleet(2), people=(pause_too, cancel), ends="CANCELLED"
    ),
    "stopped-by-hand": Story(_two("stopped"), fleet(2), people=(stop_by_hand,), ends="CANCELLED"),
    "tidied": Story(_ONE, fleet(2), people=(tidy,), tidied="COMPLETED"),
    "tidies-itself": Story(
        {**_ONE, "cleanUpAfterMinutes": 60}, fleet(2), people=(tidied,), tidied="COMPLETED"
    ),
    "acts": Story(
        plan("acts", having(wave("db", servers(0, 1)), preActions=[_SSM], postActions=[_LAMBDA])),
        fleet(1),
        others=lambda: FaultsFile.from_json({"functions": {"warm": {"answer": {"keys": 3}}}}),
    ),
    "acts-in-order": Story(
        plan(
            "in-order",
            having(
                wave("db", servers(0, 1)),
                preActions=[_SSM, {"name": "settle", "type": "wait", "seconds": 20}],
                postActions=[{**_SSM, "name": "flush"}, {**_SSM, "name": "open"}],
            ),
        ),
        fleet(1),
    ),
    "healthy": Story(
        plan(
            "healthy",
            having(
                wave("db", servers(0, 1)),
                healthCheck={
                    "ec2Status": True,
                    "ssmAgent": True,
                    "probe": {"type": "tcp", "port": 5},
                },
            ),
        ),
        fleet(1),
    ),
    "stuck": Story(
        plan(
            "stuck",
            having(wave("db", servers(0, 1), on_failure="ASK"), deadlineMinutes=30),
            wave("app", servers(1, 1), "db", on_failure="ASK"),
        ),
        fleet(2),
        people=(answer("db", "WAIT"),),
        faults=lambda: Faults(servers=[STUCK]),
    ),
    "lost-answer": Story(
        _ONE,
        fleet(2),
        faults=lambda: Faults(
            calls=[CallFault(CallFaultKind.LOST_ANSWER, "StartRecovery", times=1)],
            job_visibility_lag_seconds=20,
        ),
    ),
    "chunks": Story(
        plan("chunks", wave("db", servers(0, 4))),
        fleet(4),
        faults=lambda: Faults(quotas=Quotas(jobs=1, servers_per_job=2)),
    ),
    "two-regions": Story(
        plan(
            "two-regions",
            wave_at(OWN, "db", servers_at(OWN, 1)),
            wave_at(OWN_ELSEWHERE, "app", servers_at(OWN_ELSEWHERE, 1), "db"),
        ),
        spread_fleet(),
    ),
    "two-accounts": Story(
        plan(
            "two-accounts",
            wave_at(OWN, "db", servers_at(OWN, 1)),
            wave_at(THERE, "app", servers_at(THERE, 1), "db"),
        ),
        spread_fleet(),
        accounts=True,
    ),
    "wave-stopped-by-hand": Story(
        _two("wave-stopped"), fleet(2), people=(stop_a_wave_by_hand,), ends="FAILED"
    ),
    "acts-too-long": Story(
        plan(
            "acts-too-long",
            having(
                wave("db", servers(0, 1)),
                preActions=[{**_SSM, "timeoutSeconds": 60, "onFailure": "CONTINUE"}],
            ),
        ),
        fleet(1),
        others=lambda: FaultsFile.from_json({"documents": {"Do-stop": {"seconds": 7200}}}),
    ),
    "drill-over-recovery": Story(_ONE, fleet(2), "RECOVERY", people=(drill_then,)),
    "recovery-over-recovery": Story(_ONE, fleet(2), "RECOVERY", people=(recover_again,)),
    "tidied-in-vain": Story(
        _ONE,
        fleet(2),
        people=(tidied_in_vain,),
        faults=lambda: Faults(is_drill_left_out=True),
        tidied="INCOMPLETE",
    ),
    "throttled": Story(_ONE, fleet(2), invoker=_throttled),
    "lost-request": Story(
        _ONE,
        fleet(2),
        faults=lambda: Faults(
            calls=[CallFault(CallFaultKind.LOST_REQUEST, "StartRecovery", times=1)]
        ),
    ),
    # Nobody can count a job that DRS does not show yet: it has no room for ours, and says so.
    "no-room": Story(
        plan("one", wave("db", servers(0, 1))),
        fleet(2),
        people=(drill_in_the_console(1),),
        faults=lambda: Faults(quotas=Quotas(jobs=1), job_visibility_lag_seconds=100),
    ),
    "held-by-others": Story(
        plan("one", wave("db", servers(0, 1))),
        fleet(1),
        people=(drill_in_the_console(0),),
        behaviour=Behaviour(paces={server_id(0): 1.0}),
    ),
    "replaced-unseen": Story(
        plan("one", wave("db", servers(0, 1), on_failure="ASK")),
        fleet(1),
        people=(replace_in_the_console(0), answer("db", "RETRY")),
        faults=lambda: Faults(instance_visibility_lag_seconds=90),
        behaviour=brisk(terminated_instance_lingers_seconds=3600),
    ),
    **ANSWERED,
    **GATED,
}
