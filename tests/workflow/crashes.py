"""Functions that die."""

from __future__ import annotations

import threading
from collections import Counter

from local.deployment import Json
from local.functions import FunctionCrashed, Invocation


class Crash:
    """Lets each named function die at its first call, before or after its effect."""

    def __init__(self, *functions: str, after_effect: bool) -> None:
        self._left = Counter(functions)
        self._after_effect = after_effect
        self._lock = threading.Lock()
        self.crashed: list[str] = []

    def __call__(self, invocation: Invocation) -> Json:
        name = invocation.function.handler.split(".")[-2]
        with self._lock:
            dies = self._left[name] > 0
            self._left[name] -= dies
        if not dies:
            return invocation.proceed()
        if self._after_effect:
            invocation.proceed()
        self.crashed.append(name)
        raise FunctionCrashed
