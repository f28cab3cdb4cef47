"""What people answer to the questions of waves."""

from __future__ import annotations

from drs_orchestrator.adapters.executions.items import asks, decision_key, may_answer, partition
from drs_orchestrator.adapters.executions.part import Part
from drs_orchestrator.adapters.items import Absent, ConditionFailedError, Put
from drs_orchestrator.domain.decision import Decision, QuestionKind
from drs_orchestrator.domain.errors import ExecutionClosed, StaleDecision


class Answers(Part):
    """This part of the port `Executions`."""

    def decide(self, execution_id: str, decision: Decision, kind: QuestionKind) -> None:
        """Record the answer to the question of that kind that the wave asks now."""
        key = decision_key(execution_id, decision.wave, decision.attempt)
        question = asks(execution_id, decision.wave, decision.attempt)
        fence = () if kind.stays_open else (may_answer(execution_id),)
        try:
            self._items.write(*fence, question, Put(key, decision.document(), (Absent(),)))
        except ConditionFailedError as error:
            if fence and error.failed == (0,):
                raise ExecutionClosed(
                    f"the waves of execution '{execution_id}' take no answers any more but about "
                    "jobs that seem stuck; what runs is followed to its end"
                ) from error
            raise StaleDecision(
                f"wave '{decision.wave}' of execution '{execution_id}' does not ask question "
                f"{decision.attempt} any more; read the execution again"
            ) from error

    def decision(self, execution_id: str, wave: str, attempt: int) -> Decision | None:
        """Return the answer to one question, None if nobody has given one."""
        record = self._items.get(decision_key(execution_id, wave, attempt))
        return Decision.model_validate(record) if record else None

    def decisions(self, execution_id: str, wave: str | None = None) -> list[Decision]:
        """Return the decisions over one wave or all, in the order of attempts."""
        prefix = f"DECISION#{wave}#" if wave else "DECISION#"
        records = self._items.query(partition(execution_id), prefix)
        return [Decision.model_validate(record) for record in records]
