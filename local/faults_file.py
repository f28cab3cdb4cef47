"""The file of faults to rehearse: those of DRS at its top, those of other services under names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated

from pydantic import Field
from pydantic.alias_generators import to_camel

from local.drs import Faults, FaultsError
from local.ec2 import Ec2Faults
from local.events import DrsEventFaults, EventBusFaults
from local.function_scripts import FunctionScript
from local.probes import ProbeScript
from local.protocols.documents import JsonFaults
from local.scheduler import SchedulerFaults
from local.service_quotas import ServiceQuotasFaults
from local.ssm import DocumentScript, SsmFaults
from local.sts import StsFaults


@dataclass
class FaultsFile(JsonFaults):
    """What goes wrong beside DRS, and the scripts of documents, functions and probes."""

    documents: dict[str, DocumentScript | Annotated[list[DocumentScript], Field(min_length=1)]] = (
        field(default_factory=dict)
    )
    functions: dict[str, FunctionScript | Annotated[list[FunctionScript], Field(min_length=1)]] = (
        field(default_factory=dict)
    )
    probes: list[ProbeScript] = field(default_factory=list)
    ssm: SsmFaults = field(default_factory=SsmFaults)
    ec2: Ec2Faults = field(default_factory=Ec2Faults)
    sts: StsFaults = field(default_factory=StsFaults)
    scheduler: SchedulerFaults = field(default_factory=SchedulerFaults)
    events: EventBusFaults = field(default_factory=EventBusFaults)
    drs_events: DrsEventFaults = field(default_factory=DrsEventFaults)
    service_quotas: ServiceQuotasFaults = field(default_factory=ServiceQuotasFaults)

    @property
    def automation_documents(self) -> Mapping[str, Sequence[DocumentScript]]:
        """The scripts of Automation documents as `local.ssm` takes them."""
        return {
            name: script if isinstance(script, list) else [script]
            for name, script in self.documents.items()
        }


def read_faults_file(document: object) -> tuple[Faults, FaultsFile]:
    """Read parsed JSON; raises FaultsError that names the first wrong member."""
    if not isinstance(document, dict):
        raise FaultsError("faults, at /: it must be a JSON object")
    named = {to_camel(each.name) for each in fields(FaultsFile)}
    drs = {name: value for name, value in document.items() if name not in named}
    others = {name: value for name, value in document.items() if name in named}
    return Faults.from_json(drs), FaultsFile.from_json(others)
