"""How a story that a fault struck has ended, and whether it may."""

from __future__ import annotations

from tests.simulation.faults.fault import NO_CLEAN_UP, UNPROMISED, Ends, Fault
from tests.simulation.scenarios import Outcome, clean_up_of
from tests.workflow.laptop import FINAL, Json

_STATES = {*FINAL, "TIMED_OUT"}


def unfinished(outcome: Outcome) -> str | None:
    """Return what has no named end."""
    status, tidied = outcome.execution["status"], clean_up_of(outcome.execution)
    if status not in _STATES or tidied not in _clean_ups(outcome.execution):
        return f"execution {status}, clean-up {tidied} is no end"
    return None if outcome.evidence.at_rest else f"{status}, but a workflow still runs"


def unpermitted(outcome: Outcome, fault: Fault, step: str) -> str | None:
    """Return what has an end to which a fault that struck this step does not come."""
    execution, ends = outcome.execution, fault.permits(step)
    if execution["status"] in ends:
        return _untidy(outcome, fault.permits_to_tidy(step))
    waves = [
        f"{each['name']} {each['status']}: {each.get('reason')}" for each in execution["waves"]
    ]
    why = "; ".join([str(execution.get("reason")), *waves])
    return f"{execution['status']}, where it ends {' or '.join(sorted(ends))} ({why})"


def _untidy(outcome: Outcome, ends: Ends) -> str | None:
    """Return what is wrong with the end of a drill's clean-up.

    Of a drill that launched nothing nobody need promise one; who could not promise it says so.
    """
    execution = outcome.execution
    tidied = clean_up_of(execution) or NO_CLEAN_UP
    permitted = ends if execution.get("cleanUpProblem") else ends - UNPROMISED
    if not outcome.evidence.our_launches():
        permitted |= UNPROMISED
    if execution["executionType"] != "DRILL" or tidied in permitted:
        return None
    why = (execution.get("cleanUp") or {}).get("reason") or execution.get("cleanUpProblem")
    return f"clean-up {tidied}, where it ends {' or '.join(sorted(ends))} ({why})"


def _clean_ups(execution: Json) -> set[str | None]:
    """Return how its clean-up may have ended; None: there was none."""
    if execution["executionType"] != "DRILL":
        return {None}
    # One that was promised is on record, for the story waits until its time has passed.
    is_promised = bool(execution.get("cleanUpTime"))
    return {"COMPLETED", "INCOMPLETE", *(() if is_promised else (None,))}
