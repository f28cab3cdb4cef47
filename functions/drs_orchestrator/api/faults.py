"""What pydantic found wrong with a request, in plain words and with JSON pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drs_orchestrator.api.document_path import locate
from drs_orchestrator.domain.errors import Fault

_TIME = "must be a time with its offset from UTC, such as 2026-01-31T12:00:00Z"
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
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "union_tag_not_found": "is required: it says what the rest means",
    "union_tag_invalid": "must be one of {expected_tags}",
    "timezone_aware": _TIME,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "value_error": "{error}",
    "json_invalid": "the body is not JSON: {error}",
}


def faults_of(errors: Sequence[Mapping[str, Any]], body: object) -> list[Fault]:
    """Return pydantic's errors, one a place; `loc` begins with body, query, path or header."""
    unread = [error for error in errors if _is_unread(error)]
    wrong = [error for error in errors if not _is_unread(error)]
    faults = [_fault_outside(error) for error in unread]
    messages: dict[str, list[str]] = {}
    for error, path, _ in locate(wrong, body):
        message = _message(error)
        places = messages.setdefault(_pointer(path), [])
        if message not in places:
            places.append(message)
    return faults + [
        Fault(pointer, _either(texts) if pointer else f"the body {_either(texts)}")
        for pointer, texts in messages.items()
    ]


def _is_unread(error: Mapping[str, Any]) -> bool:
    """Whether the error has no place in a document: there is none, or it is not in the body."""
    return bool(error["loc"][0] != "body" or error["type"] == "json_invalid")


def _fault_outside(error: Mapping[str, Any]) -> Fault:
    place, *rest = error["loc"]
    if place == "body":
        return Fault("", _message(error))
    return Fault("", f"{place} parameter '{'.'.join(map(str, rest))}' {_message(error)}")


def _message(error: Mapping[str, Any]) -> str:
    template = _MESSAGES.get(error["type"])
    values = {"input": error.get("input"), **error.get("ctx", {})}
    return template.format(**values) if template else str(error["msg"])


def _either(messages: Sequence[str]) -> str:
    """Return one sentence of what a place may be: any branch of a union would do."""
    first, *others = messages
    return " or ".join([first, *(text.removeprefix("must be ") for text in others)])


def _pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
