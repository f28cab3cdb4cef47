"""Inventory files: the JSON that `aws drs describe-source-servers` prints."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from cli.answers import Json
from cli.errors import BadInput
from cli.files import read_text

_REMEDY = "`drsctl inventory export -O FILE` writes one from your account"
# DRS nests six deep; what copies and prints documents recurses.
_DEEPEST = 50
_ANY_MEMBER = "*"
# What DRS calls these members, as far as the command line reads them:
# https://docs.aws.amazon.com/drs/latest/APIReference/API_SourceServer.html
_Shape = dict[str, "_Shape | None"]
_TEXT: None = None
_SERVER: _Shape = {
    "arn": _TEXT,
    "tags": {_ANY_MEMBER: _TEXT},
    "dataReplicationInfo": {"dataReplicationState": _TEXT, "lagDuration": _TEXT},
    "sourceProperties": {
        "identificationHints": {"hostname": _TEXT},
        "os": {"fullString": _TEXT},
    },
}


def read_inventory_file(path: Path) -> list[Json]:
    """Return the source servers of an inventory file.

    What the command line shows of a server is text where DRS has text, or missing, as what is null
    is, too. Raises BadInput with the JSON pointer of the first wrong place.
    """
    document = _read_json(path)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise BadInput(f'{path}: an inventory is an object {{"items": [...]}}; {_REMEDY}')
    for index, item in enumerate(items):
        pointer = f"/items/{index}"
        if not isinstance(item, dict) or not isinstance(item.get("sourceServerID"), str):
            raise BadInput(f"{path}: {pointer} has no sourceServerID; {_REMEDY}")
        for fault in _faults(item, _SERVER, pointer):
            raise BadInput(f"{path}: {fault}; {_REMEDY}")
        if _is_deeper(item, _DEEPEST):
            raise BadInput(f"{path}: {pointer} is nested more than {_DEEPEST} deep; {_REMEDY}")
    return items


def _read_json(path: Path) -> object:
    text = read_text(path, "inventory file")

    def refuse(number: str) -> NoReturn:
        raise BadInput(f"{path}: {number} is not a number of JSON; {_REMEDY}")

    def finite(number: str) -> float:
        value = float(number)
        return value if math.isfinite(value) else refuse(number)

    try:
        return json.loads(
            text, object_hook=_without_nulls, parse_constant=refuse, parse_float=finite
        )
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path}:{error.lineno}: not JSON: {error.msg} at column {error.colno}; {_REMEDY}"
        ) from None
    except RecursionError:
        raise BadInput(f"{path}: nested too deeply to be an inventory; {_REMEDY}") from None
    except ValueError as error:
        # Python refuses numbers of thousands of digits.
        raise BadInput(f"{path}: a number is too long ({error}); {_REMEDY}") from None


def _without_nulls(members: Json) -> Json:
    """Return the object as DRS writes it: it leaves out what it does not know."""
    return {name: value for name, value in members.items() if value is not None}


def _faults(value: object, shape: _Shape | None, pointer: str) -> Iterator[str]:
    if shape is _TEXT:
        if not isinstance(value, str):
            yield f"{pointer} must be text, not {_kind(value)}"
    elif not isinstance(value, dict):
        yield f"{pointer} must be an object, not {_kind(value)}"
    else:
        for name, member in value.items():
            known = name if name in shape else _ANY_MEMBER
            if known in shape:
                place = name.replace("~", "~0").replace("/", "~1")
                yield from _faults(member, shape[known], f"{pointer}/{place}")


def _kind(value: object) -> str:
    """Return what JSON calls the value."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def _is_deeper(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [member for each in level for member in _members(each)]
    return bool(level)


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
