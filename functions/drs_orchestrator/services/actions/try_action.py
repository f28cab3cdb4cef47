"""Try an action: one move at a time, and what was asked for is on record before it is asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from drs_orchestrator.domain.action import Action, ActionPhase, ActionRecord, ActionStatus
from drs_orchestrator.domain.action_run import STOP_SECONDS, Outcome, Try, ended
from drs_orchestrator.domain.errors import ActionRefused, Unavailable
from drs_orchestrator.domain.execution import Execution
from drs_orchestrator.ports.executions import Executions
from drs_orchestrator.ports.time_and_names import Clock
from drs_orchestrator.services.actions.action_runners import Runner

logger = logging.getLogger(__name__)

_CLOSED = "the execution starts nothing any more"


class TryAction:
    """Each move may be repeated: a step that died is simply called again.

    `runners` by the type of action. All methods raise StaleVersion if somebody else (a function
    that reports) has written the record meanwhile.
    """

    def __init__(self, executions: Executions, runners: Mapping[str, Runner], clock: Clock) -> None:
        self._executions = executions
        self._runners = runners
        self._clock = clock

    def start(self, execution: Execution, action: Action, record: ActionRecord) -> ActionRecord:
        """Begin another try and return its record.

        Raises ExecutionClosed, or ExecutionPaused, which an action after the launch ignores.
        """
        begun = self._executions.begin_action(
            execution.execution_id,
            record.changed(
                status=ActionStatus.RUNNING,
                tries=record.tries + 1,
                run_id=None,
                start_time=self._clock.now(),
                stop_time=None,
                report=None,
                end_time=None,
                reason=None,
            ),
            after_launch=record.phase is ActionPhase.AFTER,
        )
        return self._advance(Try(execution, action, begun))

    def go_on(self, attempt: Try) -> ActionRecord:
        """Look at a try that has begun, or ask for it again, and return its record."""
        if attempt.is_unanswered:
            # Asked for again it could begin only now, which is too late.
            if attempt.is_given_up:
                return self._stop(attempt, _CLOSED)
            if attempt.is_overdue(self._clock.now()):
                return self._stop(attempt, _overdue(attempt))
        return self._advance(attempt)

    def cancel(self, execution: Execution, record: ActionRecord) -> ActionRecord:
        """Give up an action of which no try runs."""
        return self._executions.save_action(
            execution.execution_id,
            record.changed(
                status=ActionStatus.CANCELLED, end_time=self._clock.now(), reason=_CLOSED
            ),
        )

    def _advance(self, attempt: Try) -> ActionRecord:
        try:
            progress = self._runner(attempt).advance(attempt)
        except ActionRefused as error:
            return self._end(attempt, Outcome(succeeded=False, detail=str(error)), again=False)
        except Unavailable as error:
            return self._limit(self._note(attempt, str(error)), unseen=str(error))
        if progress.outcome:
            return self._end(attempt, _told(attempt, progress.outcome), again=True)
        if progress.run_id != attempt.record.run_id:
            attempt = self._save(attempt, run_id=progress.run_id, reason=None)
        return self._limit(attempt)

    def _limit(self, attempt: Try, *, unseen: str | None = None) -> ActionRecord:
        """Stop what takes too long, and give up what does not stop; `unseen`: why nobody can tell
        at this moment what became of it.
        """
        now = self._clock.now()
        if attempt.is_unstoppable(now, is_seen=unseen is None):
            known = f"told to stop, it has not within {STOP_SECONDS} s"
            if unseen:
                known = f"whether it stopped is not known: {unseen}"
            detail = (
                f"{attempt.record.reason}; {known}: look what became of {attempt.record.run_id}"
            )
            return self._end(attempt, Outcome(succeeded=False, detail=detail), again=False)
        if attempt.record.stop_time:
            self._tell_to_stop(attempt)
        elif attempt.is_given_up:
            return self._stop(attempt, _CLOSED)
        elif attempt.is_overdue(now):
            return self._stop(attempt, _overdue(attempt))
        return attempt.record

    def _stop(self, attempt: Try, why: str) -> ActionRecord:
        """Let nothing more come of the try, as far as that is in our hands."""
        runner = self._runner(attempt)
        if runner.stops and not attempt.is_unanswered:
            attempt = self._save(attempt, stop_time=self._clock.now(), reason=why)
            self._tell_to_stop(attempt)
            return attempt.record
        known = [part for part in (why, runner.open_end, attempt.record.reason) if part]
        outcome = Outcome(succeeded=False, detail="; ".join(known))
        return self._end(attempt, outcome, again=not runner.stops)

    def _tell_to_stop(self, attempt: Try) -> None:
        try:
            self._runner(attempt).stop(attempt)
        except Unavailable as error:
            logger.warning("action %s cannot be stopped yet: %s", attempt.record.name, error)

    def _end(self, attempt: Try, outcome: Outcome, *, again: bool) -> ActionRecord:
        after = ended(attempt, outcome, self._clock.now(), again=again)
        if not outcome.succeeded:
            logger.warning("action %s %s: %s", after.name, after.status, after.reason)
        return self._executions.save_action(attempt.execution.execution_id, after)

    def _note(self, attempt: Try, reason: str) -> Try:
        """Let the record say what holds the try up; of one told to stop it says why."""
        if attempt.record.stop_time or attempt.record.reason == reason:
            return attempt
        return self._save(attempt, reason=reason)

    def _save(self, attempt: Try, **changes: object) -> Try:
        record = self._executions.save_action(
            attempt.execution.execution_id, attempt.record.changed(**changes)
        )
        return attempt._replace(record=record)

    def _runner(self, attempt: Try) -> Runner:
        return self._runners[attempt.action.type]


def _told(attempt: Try, outcome: Outcome) -> Outcome:
    """Return why a try ended that was told to stop: for that, not for being cancelled."""
    if outcome.succeeded or attempt.record.stop_time is None:
        return outcome
    return Outcome(succeeded=False, detail=attempt.record.reason)


def _overdue(attempt: Try) -> str:
    return f"it did not end within {attempt.timeout.total_seconds():.0f} s"
