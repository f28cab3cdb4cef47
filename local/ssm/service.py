"""Systems Manager as one WSGI application."""

from __future__ import annotations

import copy
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.drs import CallFault
from local.machines import TruthSource, machines
from local.protocols import snapshots
from local.protocols.documents import JsonFaults
from local.protocols.endpoint import Call, Endpoint, Setting
from local.protocols.pages import page
from local.protocols.requests import Document
from local.protocols.service import AwsService
from local.ssm import agents
from local.ssm.automation import Automation
from local.ssm.documents import Documents
from local.ssm.executions import Execution, Memory, SsmTiming

_PAGE_SIZE = 50
_REMEMBERED_PINGS = 100_000
_OWNER = "Systems Manager"


@dataclass
class SsmFaults(JsonFaults):
    """What goes wrong; ids are of instances or of source servers.

    agent_absent: the agent never registers. agent_lost: it registered, but pings no more.
    """

    calls: list[CallFault] = field(default_factory=list)
    agent_absent: frozenset[str] = frozenset()
    agent_lost: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PingRecord:
    """The agent of an instance, as somebody was told of it."""

    instance_id: str
    at: datetime
    ping_status: str


class Ssm(AwsService):
    """Automation and agents of any number of accounts and Regions.

    `documents` are scripts (see `local.ssm.documents`) and, like `faults`, may be replaced at any
    time; agents run on the instances of `source`. `changed` is set whenever something worth a
    snapshot happened.
    """

    def __init__(
        self,
        source: TruthSource,
        setting: Setting,
        documents: Documents | None = None,
        faults: SsmFaults | None = None,
        timing: SsmTiming | None = None,
    ) -> None:
        self.faults = faults or SsmFaults()
        self.timing = timing or SsmTiming()
        self.changed = threading.Event()
        self._source = source
        self._setting = setting
        self._automation = Automation(documents or {}, self.timing, setting.seed)
        self._pings: deque[PingRecord] = deque(maxlen=_REMEMBERED_PINGS)
        self._endpoint = Endpoint(
            "ssm",
            {
                "StartAutomationExecution": self._changing(self._automation.start),
                "GetAutomationExecution": self._automation.get,
                "StopAutomationExecution": self._changing(self._automation.stop),
                "DescribeAutomationExecutions": self._automation.describe,
                "DescribeInstanceInformation": self._describe_instance_information,
            },
            setting,
            lambda: self.faults.calls,
        )

    @property
    def documents(self) -> Documents:
        """The scripts in force; they decide about executions started from now on."""
        return self._automation.documents

    @documents.setter
    def documents(self, documents: Documents) -> None:
        self._automation.documents = documents

    def truth(self, account_id: str, region: str) -> dict[str, tuple[Execution, str]]:
        """Return every execution that was really started, with its status now, by its id."""
        with self._endpoint.lock:
            now = self._setting.clock.now()
            return {
                each.execution_id: (copy.deepcopy(each), each.status(self.timing, now))
                for each in self._automation.memory.within(account_id, region)
            }

    @property
    def pings(self) -> list[PingRecord]:
        """Every agent that somebody was told of so far, oldest first (the last 100,000)."""
        with self._endpoint.lock:
            return list(self._pings)

    def snapshot(self) -> dict[str, Any]:
        """Return the memory as a JSON-able document; scripts, faults and calls are no part."""
        with self._endpoint.lock:
            return snapshots.write(self._automation.memory, Memory)

    def restore(self, document: object) -> None:
        """Replace the memory by a snapshot's; raises SnapshotError and then changes nothing."""
        memory = snapshots.read(document, Memory, _OWNER)
        with self._endpoint.lock:
            self._automation.memory = memory

    def _changing(self, operation: Callable[[Call], Document]) -> Callable[[Call], Document]:
        def change(call: Call) -> Document:
            result = operation(call)
            self.changed.set()
            return result

        return change

    def _describe_instance_information(self, call: Call) -> Document:
        is_chosen = agents.chooser(call.params)
        found = (
            agents.find_agent(
                machine,
                call.now,
                self.timing,
                absent=self.faults.agent_absent,
                lost=self.faults.agent_lost,
            )
            for machine in machines(self._source.truth(*call.scope))
        )
        chosen = [agent for agent in found if agent and is_chosen(agent)]
        shown, token = page(chosen, call.params, size=_PAGE_SIZE)
        self._pings += (
            PingRecord(agent.machine.instance_id, call.now, agent.ping_status) for agent in shown
        )
        return {
            "InstanceInformationList": [agents.view(agent) for agent in shown],
            "NextToken": token,
        }
