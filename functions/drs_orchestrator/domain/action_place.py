"""Where an action runs: where it says, or where all servers of its wave are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from drs_orchestrator.domain.action import Action, ActionPhase, WaitAction
from drs_orchestrator.domain.errors import Fault
from drs_orchestrator.domain.execution_type import ExecutionType
from drs_orchestrator.domain.recovery_plan import Wave
from drs_orchestrator.domain.server import Place

_FIELDS = {ActionPhase.BEFORE: "preActions", ActionPhase.AFTER: "postActions"}


def place_of(action: Action, places: Collection[Place]) -> Place | None:
    """Return where the action of a wave with servers in `places` runs; None: it does not say.

    A wait runs nowhere; for it the answer is None too.
    """
    if isinstance(action, WaitAction):
        return None
    if action.account_id and action.region:
        return Place(action.account_id, action.region)
    fitting = {
        place
        for place in places
        if action.account_id in {None, place.account_id} and action.region in {None, place.region}
    }
    return next(iter(fitting)) if len(fitting) == 1 else None


def placed(action: Action, places: Collection[Place]) -> Action:
    """Return the action with its account and Region filled in, as far as they are known."""
    place = place_of(action, places)
    return action.changed(**place._asdict()) if place else action


def find_unplaced(
    waves: Sequence[Wave],
    places: Mapping[str, Place],
    execution_type: ExecutionType | None = None,
) -> Iterator[Fault]:
    """Yield the actions, in executions of the type or of any, that do not say where they run.

    `places` is where each group is, by its name in lower case; a group that is missing there is
    somebody else's fault.
    """
    for i, wave in enumerate(waves):
        names = [name.lower() for name in wave.protection_groups]
        of_wave = {places[name] for name in names if name in places}
        for phase, field in _FIELDS.items():
            actions = wave.pre_actions if phase is ActionPhase.BEFORE else wave.post_actions
            for j, action in enumerate(actions):
                runs = execution_type is None or action.scope.includes(execution_type)
                if runs and of_wave and _is_lost(action, of_wave):
                    named = "; ".join(map(str, sorted(of_wave)))
                    yield Fault(
                        f"/waves/{i}/{field}/{j}",
                        f"where action '{action.name}' runs is open, its wave is in {named}; "
                        "give it accountId and region",
                    )


def _is_lost(action: Action, places: Collection[Place]) -> bool:
    return not isinstance(action, WaitAction) and place_of(action, places) is None
