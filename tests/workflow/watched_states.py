"""Which states moto's interpreter enters, children of a distributed map included.

On AWS each child has a history; moto keeps none, so this looks over its shoulder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.moto_patches.seams import PARSER, Moto, Patches, Seam

States = dict[tuple[str, str], list[str]]


@contextmanager
def watched_states() -> Iterator[States]:
    """Yield the names of the states entered so far, by execution id and wave."""
    entered: States = defaultdict(list)

    def watch(original: Callable[[Moto, Moto], None]) -> Callable[[Moto, Moto], None]:
        def evaluate(self: Moto, env: Moto) -> None:
            data = env.states.get_input()
            if isinstance(data, dict) and "wave" in data:
                entered[data["executionId"], data["wave"]].append(self.name)
            original(self, env)

        return evaluate

    owner = PARSER + "asl.component.state.state:CommonStateField"
    patches = Patches([Seam(owner, "_eval_body", watch)])
    patches.apply()
    try:
        yield entered
    finally:
        patches.undo()
