"""Inventory files: the JSON that `aws drs describe-source-servers` prints."""

from __future__ import annotations

import json
from pathlib import Path

from cli.answers import Json
from cli.errors import BadInput
from cli.files import read_text

_REMEDY = "`drsctl inventory export -O FILE` writes one from your account"


def read_inventory_file(path: Path) -> list[Json]:
    """Return the source servers of an inventory file; raise BadInput."""
    text = read_text(path, "inventory file")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path}:{error.lineno}: not JSON: {error.msg} at column {error.colno}; {_REMEDY}"
        ) from None
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise BadInput(f'{path}: an inventory is an object {{"items": [...]}}; {_REMEDY}')
    for index, item in enumerate(items):
        if not isinstance(item, dict) or not isinstance(item.get("sourceServerID"), str):
            raise BadInput(f"{path}: /items/{index} has no sourceServerID; {_REMEDY}")
    return items
