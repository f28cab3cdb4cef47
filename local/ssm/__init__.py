"""The slice of Systems Manager that actions and health gates use: Automation and agent pings."""

from __future__ import annotations

from local.ssm.documents import DocumentScript, DocumentsError, read_documents
from local.ssm.executions import Execution, SsmTiming
from local.ssm.service import Ssm, SsmFaults

__all__ = [
    "DocumentScript",
    "DocumentsError",
    "Execution",
    "Ssm",
    "SsmFaults",
    "SsmTiming",
    "read_documents",
]
