"""Text of others, made harmless on a terminal: what moves its cursor there is made visible."""

from __future__ import annotations

from rich.text import Text

# C0, DEL and C1. A line may end and a tab is a blank; the rest may be orders to the terminal.
_CONTROLS = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), "\ufffd")
_HARMLESS = {**_CONTROLS, ord("\n"): "\n", ord("\t"): " "}
# JSON escapes the others by itself.
_JSON_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


def harmless(text: str) -> str:
    """Return the text with every control character but the end of a line made visible."""
    return text.translate(_HARMLESS)


def harmless_text(text: str | Text) -> Text:
    """Return the text the same way, as rich prints it."""
    if isinstance(text, str):
        return Text(harmless(text))
    copy = text.copy()
    # One character stands for one, so that styles stay where they are.
    copy.plain = harmless(text.plain)
    return copy


def one_line(text: str) -> str:
    """Return the text on one line, whatever a program that reads lines takes for an end of one."""
    return " ".join(text.splitlines())


def harmless_json(text: str) -> str:
    """Return the JSON text, which means the same, without control characters."""
    return text.translate(_JSON_ESCAPES)
