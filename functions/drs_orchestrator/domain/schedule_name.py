"""Names of what is made for one execution at AWS."""

from __future__ import annotations

from hashlib import sha256

# The longest name of a schedule; a Step Functions execution may have 80 characters.
_LONGEST_NAME = 64


def name_after(purpose: str, execution_id: str) -> str:
    """Return the name of what serves `purpose` for an execution, always the same one."""
    name = f"{purpose}-{execution_id}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{purpose}-{sha256(execution_id.encode()).hexdigest()[:32]}"
