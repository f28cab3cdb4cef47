"""Terminate the instances of a drill, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import groupby

from drs_orchestrator.domain.clean_up import CleanUp, check_may_be_cleaned_up
from drs_orchestrator.domain.errors import (
    InstanceBusy,
    OutcomeUnknown,
    TerminationRefused,
    Unavailable,
)
from drs_orchestrator.domain.quota import Limits
from drs_orchestrator.domain.step import CHECK_INTERVAL_SECONDS, Next, Step
from drs_orchestrator.domain.termination import (
    Termination,
    TerminationResult,
    TerminationStatus,
)
from drs_orchestrator.ports.clean_ups import CleanUps
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery, DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.clean_ups.give_way import GiveWay
from drs_orchestrator.services.clean_ups.look_at_drill import LookAtDrill
from drs_orchestrator.services.clean_ups.open_clean_up import OpenCleanUp
from drs_orchestrator.services.executions.watch_execution import WatchExecution

logger = logging.getLogger(__name__)


class TerminateInstances:
    """Intent before effect: SENT is on record before DRS is called, and the call is made once.

    It takes no server locks, so no start is ever refused or kept waiting by a clean-up: an instance
    is named by its own id, which a later launch never has, and DRS itself does not work on a server
    for two jobs at once. A server that a live execution holds is left to it, for its launch
    replaces the drill's instance anyway, and a TERMINATE job would only be in its way.
    """

    def __init__(
        self,
        executions: Executions,
        clean_ups: CleanUps,
        look: LookAtDrill,
        give_way: GiveWay,
        sites: DisasterRecoverySites,
        watch: WatchExecution,
        open_clean_up: OpenCleanUp,
        clock: Clock,
    ) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._look = look
        self._give_way = give_way
        self._sites = sites
        self._watch = watch
        self._open = open_clean_up
        self._clock = clock

    def __call__(self, execution_id: str, workflow: str, requested_by: str | None) -> Step:
        """Send what may be sent at this moment.

        Raises ExecutionNotFound or CleanUpRefused, and CleanUpRuns if another workflow is at work.
        """
        execution = self._executions.get(execution_id)
        check_may_be_cleaned_up(execution)
        # Each time: the reconciler may have ended its looks in the moment before we were asked.
        self._watch(execution_id)
        clean_up = self._open(execution_id, workflow, requested_by)
        ready = self._look(execution, clean_up).ready
        free = self._free(clean_up, ready)
        for place, some in groupby(free, key=lambda termination: termination.place):
            try:
                drs = self._sites.at(place)
            except Unavailable as error:
                logger.warning("%s", error)
                continue  # the next look says so on record
            for call in _calls(list(some)):
                if not self._send(drs, clean_up, call):
                    break
        return Step(next=Next.WAIT, wait_seconds=CHECK_INTERVAL_SECONDS)

    def _free(self, clean_up: CleanUp, ready: Sequence[Termination]) -> list[Termination]:
        """Return those that are in nobody's way; the others say in whose."""
        waiting = self._give_way(ready)
        self._clean_ups.save_terminations(clean_up, waiting)
        kept = {each.key for each in waiting}
        return [each for each in ready if each.key not in kept]

    def _send(self, drs: DisasterRecovery, clean_up: CleanUp, call: Sequence[Termination]) -> bool:
        """Call DRS once; return whether another call makes sense at this moment.

        An unknown outcome leaves the terminations SENT, for the next look.
        """
        now = self._clock.now()
        sent = self._clean_ups.save_terminations(
            clean_up,
            [
                each.changed(
                    status=TerminationStatus.SENT, sent_time=now, sends=each.sends + 1, reason=None
                )
                for each in call
            ],
        )
        after, makes_sense = _terminate(drs, sent)
        self._clean_ups.save_terminations(clean_up, after)
        return makes_sense


def _terminate(
    drs: DisasterRecovery, sent: Sequence[Termination]
) -> tuple[list[Termination], bool]:
    """Make the call; return what became of each, and whether another makes sense at this moment."""
    try:
        job_id = drs.terminate([each.recovery_instance_id or "" for each in sent])
    except OutcomeUnknown as error:
        return [each.changed(reason=str(error)) for each in sent], False
    except (InstanceBusy, TerminationRefused) as error:
        return _refused(sent, error), True
    except Unavailable as error:
        prepared = TerminationStatus.PREPARED
        return [each.changed(status=prepared, reason=str(error)) for each in sent], False
    logger.info("job %s terminates %s instances", job_id, len(sent))
    return [each.changed(status=TerminationStatus.CONFIRMED, job_id=job_id) for each in sent], True


def _refused(
    sent: Sequence[Termination], error: InstanceBusy | TerminationRefused
) -> list[Termination]:
    """Return them after DRS took none: one instance is enough for that, so the next calls are
    smaller. A refusal of one instance alone is final, but for one that is merely busy.
    """
    prepared = [
        each.changed(
            status=TerminationStatus.PREPARED, refusals=each.refusals + 1, reason=str(error)
        )
        for each in sent
    ]
    if len(sent) == 1 and isinstance(error, TerminationRefused):
        return [each.left(TerminationResult.LEFT, str(error)) for each in prepared]
    return prepared


def _calls(ready: Sequence[Termination]) -> Iterator[list[Termination]]:
    """Yield what goes into one call each: a job's worth, a quarter of that after each refusal."""
    in_order = sorted(ready, key=lambda termination: termination.refusals)
    for refusals, some in groupby(in_order, key=lambda termination: termination.refusals):
        waiting = list(some)
        size = max(1, Limits().servers_per_job >> (2 * refusals))
        for start in range(0, len(waiting), size):
            yield waiting[start : start + size]
