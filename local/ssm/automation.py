"""StartAutomationExecution, GetAutomationExecution, StopAutomationExecution and the list."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from local.drs.ids import digest
from local.protocols.endpoint import Call
from local.protocols.errors import AwsError, not_simulated
from local.protocols.pages import page
from local.protocols.requests import Document
from local.ssm.documents import Documents, script_of
from local.ssm.executions import Execution, Memory, SsmTiming, summary

_PAGE_SIZE = 50
# Rate control, alarms and other accounts change what an execution is; leaving them out would lie.
_NOT_SIMULATED = (
    "TargetParameterName",
    "Targets",
    "TargetMaps",
    "TargetLocations",
    "TargetLocationsURL",
    "AlarmConfiguration",
)


class Automation:
    """Automation of every account and Region. Its callers hold the endpoint's lock."""

    def __init__(self, documents: Documents, timing: SsmTiming, seed: int) -> None:
        self.documents = documents
        self.memory = Memory()
        self._timing = timing
        self._seed = seed

    def start(self, call: Call) -> Document:
        """Start an automation; the same ClientToken and request find the one already started."""
        refused = sorted(call.params.keys() & set(_NOT_SIMULATED))
        if refused:
            raise not_simulated(f"ssm StartAutomationExecution with {refused[0]}", ["its absence"])
        wanted = self._wanted(call)
        known = next(
            (
                each
                for each in self.memory.within(*call.scope)
                if wanted.client_token is not None and each.client_token == wanted.client_token
            ),
            None,
        )
        if known is not None and known.request != wanted.request:
            raise AwsError(
                "IdempotentParameterMismatch",
                "Error returned when an idempotent operation is retried and the parameters do not "
                "match the original call to the API with the same idempotency token.",
            )
        if known is None:
            self.memory.executions.append(wanted)
        return {"AutomationExecutionId": (known or wanted).execution_id}

    def get(self, call: Call) -> Document:
        """Show one automation."""
        execution = self._find(call)
        return {
            "AutomationExecution": {
                **summary(execution, self._timing, call.now),
                "Parameters": execution.parameters,
                "StepExecutions": [],
                "StepExecutionsTruncated": False,
            }
        }

    def stop(self, call: Call) -> Document:
        """Stop an automation that has not ended."""
        execution = self._find(call)
        status = execution.status(self._timing, call.now)
        stoppable = {"Pending", "InProgress", "Waiting"}
        if status not in stoppable:
            raise AwsError(
                "InvalidAutomationStatusUpdateException",
                f"The execution {execution.execution_id} is {status} and cannot be stopped.",
            )
        execution.stopped_at = call.now
        execution.stop_type = str(call.params.get("Type") or "Cancel")
        return {}

    def describe(self, call: Call) -> Document:
        """List automations, newest first."""
        tests = [self._test(wanted, call) for wanted in call.params.get("Filters") or []]
        newest_first = self.memory.within(*call.scope)[::-1]
        chosen = [each for each in newest_first if all(test(each) for test in tests)]
        shown, token = page(chosen, call.params, size=_PAGE_SIZE)
        metadata = [
            {**summary(each, self._timing, call.now), "AutomationType": "Local"} for each in shown
        ]
        return {"AutomationExecutionMetadataList": metadata, "NextToken": token}

    def _wanted(self, call: Call) -> Execution:
        account_id, region = call.scope
        name = str(call.params["DocumentName"])
        starts = self.memory.starts_of(account_id, region, name)
        script = script_of(self.documents, name, starts)
        if script is None:
            raise AwsError(
                "AutomationDefinitionNotFoundException",
                f"An Automation runbook with the specified name {name} couldn't be found.",
            )
        number = len(self.memory.executions)
        return Execution(
            execution_id=str(uuid.UUID(digest("automation", self._seed, number)[:32])),
            account_id=account_id,
            region=region,
            document_name=name,
            document_version=str(call.params.get("DocumentVersion") or "1"),
            parameters=dict(call.params.get("Parameters") or {}),
            mode=str(call.params.get("Mode") or "Auto"),
            client_token=call.params.get("ClientToken"),
            started_at=call.now,
            script=script,
        )

    def _find(self, call: Call) -> Execution:
        wanted = call.params["AutomationExecutionId"]
        for each in self.memory.within(*call.scope):
            if each.execution_id == wanted:
                return each
        raise AwsError(
            "AutomationExecutionNotFoundException",
            f"Couldn't find an automation execution with the ID {wanted}.",
        )

    def _test(self, wanted: Document, call: Call) -> Callable[[Execution], bool]:
        values: Sequence[str] = wanted["Values"]
        tests: dict[str, Callable[[Execution], bool]] = {
            "ExecutionId": lambda each: each.execution_id in values,
            "DocumentNamePrefix": lambda each: each.document_name.startswith(tuple(values)),
            "ExecutionStatus": lambda each: each.status(self._timing, call.now) in values,
        }
        if wanted["Key"] not in tests:
            raise not_simulated(f"the filter {wanted['Key']} of automations", [*tests])
        return tests[wanted["Key"]]
