"""What a patch is, and how patches are applied and taken back."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

MOTO_VERSION = "5.2.5"
PARSER = "moto.stepfunctions.parser."
_BATCH_SERVICE = PARSER + "asl.component.state.exec.state_task.service.state_task_service_batch"


Moto: TypeAlias = Any
"""A thing of moto's: its parts have no types that could be checked."""


class UnsupportedMoto(Exception):
    """The installed moto is not the one that these patches were written for."""


@dataclass(frozen=True)
class Seam:
    """One name in moto and what takes its place: `owner` is `module` or `module:Class`."""

    owner: str
    name: str
    replace: Callable[[Moto], Moto]

    def find_owner(self) -> Moto:
        """Import and return the module or class; raises UnsupportedMoto if it lacks the name."""
        module, _, class_name = self.owner.partition(":")
        owner: Moto = importlib.import_module(module)
        if class_name:
            owner = getattr(owner, class_name, None)
        if not hasattr(owner, self.name):
            raise UnsupportedMoto(f"moto has no {self.owner}.{self.name}; see local/moto_patches")
        return owner


def module_global(module: str, name: str, value: Moto) -> Seam:
    """Return the seam that gives a module another value for a global name."""
    return Seam(module, name, lambda _: value)


def service_error(code: str, message: str) -> Exception:
    """Return the exception that moto answers as a 400 with this error code.

    The interpreter's own classes for it (`parser.api`) lose their code on the way to the wire.
    """
    from moto.core.exceptions import AWSError  # noqa: PLC0415

    return AWSError(message, code)


class Patches:
    """A set of seams that is applied as a whole, and undone as a whole; both may be repeated."""

    def __init__(self, seams: Iterable[Seam]) -> None:
        self._seams = tuple(seams)
        self._undo: list[Callable[[], None]] = []

    def apply(self) -> None:
        """Put every replacement in place; raises UnsupportedMoto before it changes anything."""
        if self._undo:
            return
        load_moto()
        owners = [seam.find_owner() for seam in self._seams]
        for seam, owner in zip(self._seams, owners, strict=True):
            self._undo.append(_replace(owner, seam))

    def undo(self) -> None:
        """Give moto back what it had."""
        while self._undo:
            self._undo.pop()()


def _replace(owner: Moto, seam: Seam) -> Callable[[], None]:
    # vars() keeps a staticmethod what it is; getattr would hand out the bare function.
    original = vars(owner).get(seam.name, getattr(owner, seam.name))
    setattr(owner, seam.name, seam.replace(original))
    return lambda: setattr(owner, seam.name, original)


def load_moto() -> None:
    """Import moto's interpreter; raises UnsupportedMoto for another version.

    The interpreter imports its AWS Batch integration, and with it all of moto's EC2: half of the
    start-up time. No definition of ours uses Batch, so an empty class stands in for it.
    """
    import moto  # noqa: PLC0415 - slow, and needed by nobody before an engine starts

    if moto.__version__ != MOTO_VERSION:
        raise UnsupportedMoto(f"moto {moto.__version__} is installed, {MOTO_VERSION} is needed")
    if _BATCH_SERVICE not in sys.modules:
        stand_in = ModuleType(_BATCH_SERVICE)
        vars(stand_in)["StateTaskServiceBatch"] = type("StateTaskServiceBatch", (), {})
        sys.modules[_BATCH_SERVICE] = stand_in
    importlib.import_module(PARSER + "models")
