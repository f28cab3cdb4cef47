"""Ring a wave that rests."""

from __future__ import annotations

from drs_orchestrator.domain.step import Step
from drs_orchestrator.domain.wave import WaveRecord
from drs_orchestrator.ports.workflow import Workflow


def ring(workflow: Workflow, wave: WaveRecord, step: Step) -> None:
    """Wake the wave, if it rests; a ring too many changes nothing. Raises WorkflowUnavailable."""
    for bell in (wave.bell, wave.earlier_bell):
        if bell and workflow.ring(bell, step):
            return
