"""What DRS itself refuses, hides, loses and does otherwise than asked; and what strangers do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from botocore.exceptions import ClientError

from local.drs import CallFault, CallFaultKind, Quotas, ServerFault, ServerFaultKind
from local.drs.errors import DrsError
from local.drs.faults import Phase, RateLimit
from local.drs.records import InstanceTruth, JobTruth
from local.drs.state import Scope
from local.virtual.calls import Call
from tests.simulation.faults.fault import (
    GIVES_UP,
    GONE_WITHOUT,
    LASTS,
    MAYBE_TIDY,
    TIDY,
    UNTIDY,
    Ends,
    Fault,
    Hook,
    Strike,
    both,
    meets_while_it_lasts,
    of_function,
    of_operation,
    of_service,
)
from tests.workflow.laptop import server_id

_MINUTE = 60.0
_LAUNCHES = of_operation("drs.StartRecovery")
_CHANGES = of_operation("drs.StartRecovery", "drs.TerminateRecoveryInstances")
_LISTS_JOBS = of_operation("drs.DescribeJobs")
_LISTS_INSTANCES = of_operation("drs.DescribeRecoveryInstances", "drs.DescribeSourceServers")
# After the last launch nobody meets a launch that goes wrong.
_OF_LAUNCHES = both(
    of_operation("drs.StartRecovery", "drs.DescribeJobs"),
    of_function(
        "StartRecoveryFunction",
        "CheckRecoveryFunction",
        "LaunchResultFunction",
        "ReconcileExecutionFunction",
        "WaitForClearanceFunction",
    ),
)
_OF_TERMINATIONS = both(
    of_operation("drs.TerminateRecoveryInstances", "drs.DescribeJobs"),
    of_function(
        "TerminateInstancesFunction",
        "CheckTerminationFunction",
        "ReconcileExecutionFunction",
    ),
)
# Below the 120 s that the product takes for the longest that a job stays out of the lists.
_LAG_SECONDS = 100.0
# A clear no, before there are waves to ask about.
_NOT_PREPARED = {"PrepareExecutionFunction": GIVES_UP}
# It is final to the call for one instance, and none to the look before it.
_NOT_TERMINATED = {"TerminateInstancesFunction": MAYBE_TIDY}
_FOR_EVER = timedelta(days=365).total_seconds()


def _calls_fail(
    kind: CallFaultKind, *operations: str, times: int | None = None, seconds: float | None = None
) -> Callable[[Strike], None]:
    def sets_in(strike: Strike) -> None:
        strike.world.simulator.faults.calls += [
            CallFault(kind, each, times=times, seconds=seconds) for each in operations or ("*",)
        ]

    return sets_in


def _slows_down(strike: Strike) -> None:
    strike.world.simulator.faults.rate_limits.append(RateLimit(per_second=0.02, burst=1))


def _is_not_initialized(strike: Strike, call: Call) -> bool:
    if call.service == "drs" and strike.seconds < 30 * _MINUTE:
        code = "UninitializedAccountException"
        answer = {"Error": {"Code": code, "Message": "not initialized in this Region"}}
        raise ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": 400}}, call.operation)  # type: ignore[arg-type]
    return False


def _has_no_room(strike: Strike) -> None:
    """Let the quota shrink after it was read; for half an hour there is room for no job."""
    faults = strike.world.simulator.faults
    before = faults.quotas
    faults.quotas = Quotas(jobs=0)
    strike.later(30 * _MINUTE, lambda: setattr(faults, "quotas", before))


def _jobs_lag(strike: Strike) -> None:
    strike.world.simulator.faults.job_visibility_lag_seconds = _LAG_SECONDS


def _instances_lag(strike: Strike) -> None:
    strike.world.simulator.faults.instance_visibility_lag_seconds = _LAG_SECONDS


def _servers_stay_busy(strike: Strike) -> None:
    strike.world.simulator.faults.lock_release_lag_seconds = 5 * _MINUTE


def _jobs_vanish(strike: Strike) -> None:
    """Let every list of jobs be empty from now on: those that run go on unseen."""
    strike.world.simulator.faults.job_visibility_lag_seconds = _FOR_EVER


def _mode_is_left_out(strike: Strike) -> None:
    strike.world.simulator.faults.is_drill_left_out = True


def _hides_a_job(strike: Strike, call: Call) -> bool:
    lag = timedelta(seconds=strike.world.simulator.faults.job_visibility_lag_seconds)
    now = strike.world.schedule.now()
    return strike.fault.meets(call) and any(
        each.created_at + lag > now for _, each in _jobs(strike)
    )


def _hides_an_instance(strike: Strike, call: Call) -> bool:
    lag = timedelta(seconds=strike.world.simulator.faults.instance_visibility_lag_seconds)
    now = strike.world.schedule.now()
    return strike.fault.meets(call) and any(
        each.launched_at + lag > now for _, each in _instances(strike)
    )


def _server(kind: ServerFaultKind, phase: Phase = Phase.CONVERSION) -> Callable[[Strike], None]:
    """Let the launches of the first server go wrong from now on, or all its terminations."""
    fault = ServerFault(server_id(0), kind, phase=phase, seconds=3 * 3600.0)

    def sets_in(strike: Strike) -> None:
        simulator = strike.world.simulator
        # Before what the plan's own story has for the first launch.
        simulator.faults = replace(simulator.faults, servers=[fault, *simulator.faults.servers])

    return sets_in


def _sees_a_new(kind: str) -> Hook:
    def after(strike: Strike, call: Call) -> bool:
        begun = timedelta(seconds=strike.seconds)
        since = strike.world.schedule.now() - begun
        return strike.fault.meets(call) and any(
            each.created_at >= since and each.kind == kind and server_id(0) in each.server_ids
            for _, each in _jobs(strike)
        )

    return after


def _drills_beside_us(strike: Strike) -> None:
    """Let somebody drill our servers in the DRS console."""
    for scope in strike.world.simulator.scopes:
        servers = _servers(strike, scope)
        asked = {"isDrill": True, "sourceServers": [{"sourceServerID": each} for each in servers]}
        with suppress(DrsError):
            strike.world.simulator.call("StartRecovery", asked, **scope._asdict())


def _drills_long_beside_us(strike: Strike) -> None:
    """Let somebody do that, and be held up for longer than DRS is asked again and again."""
    simulator = strike.world.simulator
    before = simulator.faults
    held_up = [
        ServerFault(server_id(number), ServerFaultKind.STUCK, seconds=30 * _MINUTE)
        for number in range(2)
    ]
    simulator.faults = replace(before, servers=held_up)
    _drills_beside_us(strike)
    simulator.faults = before


def _servers(strike: Strike, scope: Scope) -> list[str]:
    ids = (server_id(0), server_id(1))
    estates = strike.world.simulator.snapshot()["state"]["estates"]
    return [
        each
        for estate in estates
        if Scope(estate["account_id"], estate["region"]) == scope
        for each in ids
        if each in estate["servers"]
    ]


def _something_lives(strike: Strike) -> bool:
    return any(each.live for _, each in _instances(strike))


def _a_job_exists(strike: Strike) -> bool:
    return bool(_jobs(strike))


def _jobs(strike: Strike) -> list[tuple[Scope, JobTruth]]:
    simulator = strike.world.simulator
    return [(scope, job) for scope in simulator.scopes for job in simulator.truth(*scope).jobs]


def _instances(strike: Strike) -> list[tuple[Scope, InstanceTruth]]:
    simulator = strike.world.simulator
    return [
        (scope, each) for scope in simulator.scopes for each in simulator.truth(*scope).instances
    ]


def _launch(
    kind: ServerFaultKind, phase: Phase = Phase.CONVERSION, ends: Ends = GONE_WITHOUT
) -> Fault:
    sees = _sees_a_new("LAUNCH")
    return Fault(_OF_LAUNCHES, _server(kind, phase), after=sees, is_early=True, ends=ends)


OF_DRS: Mapping[str, Fault] = {
    "drs-throttled": Fault(
        of_service("drs"),
        _calls_fail(CallFaultKind.THROTTLE, seconds=10 * _MINUTE),
        before=meets_while_it_lasts,
    ),
    # A look of a clean-up takes two lists of jobs, and there is room for one.
    "drs-slows-down": Fault(
        of_service("drs"), _slows_down, before=meets_while_it_lasts, tidies=UNTIDY
    ),
    "drs-denied": Fault(
        of_service("drs"),
        _calls_fail(CallFaultKind.ACCESS_DENIED, seconds=30 * _MINUTE),
        before=meets_while_it_lasts,
        ends_at=_NOT_PREPARED,
        tidies_at=_NOT_TERMINATED,
    ),
    "drs-not-initialized": Fault(
        of_service("drs"),
        before=_is_not_initialized,
        ends_at=_NOT_PREPARED,
        tidies_at=_NOT_TERMINATED,
    ),
    "drs-fails-after-effect": Fault(
        _CHANGES,
        _calls_fail(
            CallFaultKind.SERVER_ERROR_AFTER_EFFECT,
            "StartRecovery",
            "TerminateRecoveryInstances",
            times=1,
        ),
        before=meets_while_it_lasts,
    ),
    "no-room-for-a-job": Fault(_LAUNCHES, _has_no_room, before=meets_while_it_lasts),
    "conflict-without-a-job": Fault(
        _CHANGES,
        _calls_fail(CallFaultKind.CONFLICT, "StartRecovery", "TerminateRecoveryInstances", times=2),
        before=meets_while_it_lasts,
    ),
    "foreign-job": Fault(_CHANGES, _drills_beside_us, before=meets_while_it_lasts),
    "foreign-job-lasts": Fault(_CHANGES, _drills_long_beside_us, before=meets_while_it_lasts),
    "servers-stay-busy": Fault(
        _CHANGES, _servers_stay_busy, before=meets_while_it_lasts, is_early=True
    ),
    "job-list-lags": Fault(_LISTS_JOBS, _jobs_lag, after=_hides_a_job, is_early=True),
    "instance-list-lags": Fault(
        _LISTS_INSTANCES, _instances_lag, after=_hides_an_instance, is_early=True
    ),
    "jobs-vanish": Fault(
        _LISTS_JOBS,
        _jobs_vanish,
        after=_hides_a_job,
        ready=_a_job_exists,
        # An instance is left alone whose launch nobody shows, but if its termination is under way.
        tidies=UNTIDY,
        tidies_at={"CheckTerminationFunction": TIDY},
    ),
    "mode-left-out": Fault(
        of_operation("drs.DescribeRecoveryInstances"),
        _mode_is_left_out,
        before=meets_while_it_lasts,
        ready=_something_lives,
        # What is not said to be a drill's is left alone.
        tidies=UNTIDY,
    ),
    "replaced-by-a-stranger": Fault(
        of_service("drs", "ec2"),
        _drills_beside_us,
        before=meets_while_it_lasts,
        ready=_something_lives,
        # An instance is missed only while its wave goes on and looks: these look for other waves,
        # too, or for the last time.
        ends_at={
            "VerifyHealthFunction": LASTS,
            "CheckRecoveryFunction": LASTS,
            "LaunchResultFunction": LASTS,
            "ReconcileExecutionFunction": LASTS,
        },
    ),
    "server-fails": _launch(ServerFaultKind.LAUNCH_FAILED),
    "server-fails-in-silence": _launch(ServerFaultKind.SILENT_FAILURE),
    "server-skipped": _launch(ServerFaultKind.SKIPPED),
    "server-missing": _launch(ServerFaultKind.MISSING),
    # Three hours: as long as a wave may take and a person waits, a little more or less.
    "server-stuck": _launch(ServerFaultKind.STUCK, ends=LASTS),
    "job-stuck": _launch(ServerFaultKind.STUCK, Phase.JOB_START, LASTS),
    "termination-stuck": Fault(
        _OF_TERMINATIONS,
        _server(ServerFaultKind.STUCK, Phase.TERMINATION),
        after=_sees_a_new("TERMINATE"),
        is_early=True,
        # Three hours: longer than a clean-up tries.
        tidies=UNTIDY,
    ),
}
