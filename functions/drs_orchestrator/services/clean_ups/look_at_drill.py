"""Look at what a drill left in DRS, and write down what the look makes of every termination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from drs_orchestrator.domain.clean_up import CleanUp
from drs_orchestrator.domain.errors import DrsDenied, Unavailable
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.domain.job import RUNNING_JOBS_HORIZON
from drs_orchestrator.domain.server import Place, ServerKey
from drs_orchestrator.domain.sighting import Listed, Moment, Trace, listing, sight, traces_of
from drs_orchestrator.domain.termination import Termination, is_ready, never_launched, observe
from drs_orchestrator.ports.clean_ups import CleanUps
from drs_orchestrator.ports.disaster_recovery import DisasterRecovery, DisasterRecoverySites
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock

# A look-up begins this much before the call, in case the clocks of DRS and Lambda differ.
_CLOCK_SKEW = timedelta(minutes=10)


class Look(NamedTuple):
    """What one look found."""

    terminations: list[Termination]
    """All of the drill, as they are after the look."""
    ready: list[Termination]
    """Those that may be sent at this moment."""


class LookAtDrill:
    """It begins at the intents, not at the servers' verdicts.

    So an instance is found whose launch came to light only after its wave had ended. A place that
    cannot be read keeps its terminations as they are, with the reason.
    """

    def __init__(
        self,
        executions: Executions,
        clean_ups: CleanUps,
        sites: DisasterRecoverySites,
        clock: Clock,
        *,
        quiet_seconds: int,
    ) -> None:
        self._executions = executions
        self._clean_ups = clean_ups
        self._sites = sites
        self._clock = clock
        self._quiet = timedelta(seconds=quiet_seconds)

    def __call__(self, execution: Execution, clean_up: CleanUp) -> Look:
        """Return the terminations of a drill after a look at DRS.

        Raises StaleVersion if its clean-up has moved on since it was read.
        """
        id_ = execution.execution_id
        traces = traces_of(execution, self._executions.intents(id_), self._executions.servers(id_))
        stored = {each.key: each for each in self._clean_ups.terminations(id_)}
        attempt = clean_up.attempt
        look = Look(self._without_trace(traces, stored, clean_up), [])
        for place, some in groupby(sorted(traces), key=lambda server: server.place):
            before = {
                key: stored.get(key, _fresh(key, traces[key], attempt)).reopened(attempt)
                for key in some
            }
            after, ready = self._look_at(place, traces, before)
            saved = self._save(clean_up, after, stored)
            look.terminations.extend(saved.get(each.key, each) for each in after)
            look.ready.extend(saved.get(each.key, each) for each in ready)
        return look

    def _without_trace(
        self,
        traces: Mapping[ServerKey, Trace],
        stored: Mapping[ServerKey, Termination],
        clean_up: CleanUp,
    ) -> list[Termination]:
        """Return those whose launch, once unanswered, is known by now to have come to nothing."""
        attempt = clean_up.attempt
        before = [each.reopened(attempt) for key, each in stored.items() if key not in traces]
        after = [never_launched(each) for each in before]
        saved = self._save(clean_up, after, stored)
        return [saved.get(each.key, each) for each in after]

    def _save(
        self,
        clean_up: CleanUp,
        after: Sequence[Termination],
        stored: Mapping[ServerKey, Termination],
    ) -> Mapping[ServerKey, Termination]:
        """Write what has changed, and return it as it is stored now."""
        changed = [each for each in after if each != stored.get(each.key)]
        return {each.key: each for each in self._clean_ups.save_terminations(clean_up, changed)}

    def _look_at(
        self,
        place: Place,
        traces: Mapping[ServerKey, Trace],
        before: Mapping[ServerKey, Termination],
    ) -> Look:
        """Return the terminations of a place after the look."""
        open_ = {key: each for key, each in before.items() if each.result is None}
        after = dict(before)
        ready: list[Termination] = []
        if not open_:
            return Look(list(before.values()), [])
        moment = Moment(self._clock.now(), self._quiet)
        try:
            drs = self._sites.at(place)
            listed = self._read(drs, [traces[key] for key in open_], open_, moment.now)
        except (Unavailable, DrsDenied) as error:
            unseen = {key: each.changed(reason=str(error)) for key, each in open_.items()}
            return Look(list((after | unseen).values()), [])
        for key, each in open_.items():
            seen = sight(traces[key], listed, key.source_server_id, each.known, moment)
            after[key] = observe(each, seen, moment)
            if is_ready(after[key], seen):
                ready.append(after[key])
        return Look(list(after.values()), ready)

    def _read(
        self,
        drs: DisasterRecovery,
        traces: Sequence[Trace],
        open_: Mapping[ServerKey, Termination],
        now: datetime,
    ) -> Listed:
        instances = drs.recovery_instances([key.source_server_id for key in open_])
        intents = [intent for trace in traces for intent in trace.intents]
        named = {
            *(intent.job_id for intent in intents),
            *(each.job_id for each in open_.values()),
            *(instance.job_id for instance in instances),
        }
        lost = [i.sent_time for i in intents if i.is_unanswered and i.sent_time]
        since = min([now - RUNNING_JOBS_HORIZON, *(sent - _CLOCK_SKEW for sent in lost)])
        recent = {job.job_id: job for job in drs.jobs_since(since)}
        return listing(drs.jobs({job_id for job_id in named if job_id}) | recent, instances)


def _fresh(server: ServerKey, trace: Trace, attempt: int) -> Termination:
    """Return the termination of a server that the drill launched, or may have launched."""
    recorded = next((each for each in trace.servers if each.recovery_instance_id), None)
    return Termination(
        execution_id=trace.execution.execution_id,
        attempt=attempt,
        source_server_id=server.source_server_id,
        account_id=server.place.account_id,
        region=server.place.region,
        recovery_instance_id=recorded.recovery_instance_id if recorded else None,
        launch_job_id=recorded.job_id if recorded else None,
    )
