"""The faults of the matrix by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulation.faults.fault import Ends, Fault, Strike
from tests.simulation.faults.of_drs import OF_DRS
from tests.simulation.faults.of_events import OF_EVENTS
from tests.simulation.faults.of_functions import OF_FUNCTIONS
from tests.simulation.faults.of_services import OF_SERVICES

FAULTS: Mapping[str, Fault] = {**OF_FUNCTIONS, **OF_SERVICES, **OF_DRS, **OF_EVENTS}

__all__ = ["FAULTS", "Ends", "Fault", "Strike"]
