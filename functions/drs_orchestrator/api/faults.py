"""What pydantic found wrong with a request, in plain words and with JSON pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drs_orchestrator.domain.errors import Fault

# By pydantic's error type; the rest keeps pydantic's own words.
_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "no such field exists; remove it or correct its name",
    "string_type": "must be text; put it in quotes",
    "string_pattern_mismatch": "{input!r} does not match {pattern}",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "may have {max_length} characters at most",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "too_short": "needs at least {min_length} element(s)",
    "too_long": "may have {max_length} elements at most",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
    "json_invalid": "the body is not JSON: {error}",
}


def fault_of(error: Mapping[str, Any]) -> Fault:
    """Return one of pydantic's errors; `loc` begins with body, query, path or header."""
    place, *rest = error["loc"]
    template = _MESSAGES.get(error["type"])
    values = {"input": error.get("input"), **error.get("ctx", {})}
    message = template.format(**values) if template else str(error["msg"])
    if place != "body":
        return Fault("", f"{place} parameter '{'.'.join(map(str, rest))}' {message}")
    if error["type"] == "json_invalid":
        return Fault("", message)
    return Fault(_pointer(rest), message if rest else f"the body {message}")


def _pointer(path: Sequence[str | int]) -> str:
    # pydantic marks a wrong key of a mapping by a last step that is no member of the document.
    steps = [str(step) for step in path if step != "[key]"]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
