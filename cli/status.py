"""How a state looks: an icon, a colour and always the word itself."""

from __future__ import annotations

from rich.text import Text

_LOOKS = {
    "PENDING": ("○", "dim"),
    "HELD": ("◌", "yellow"),
    "RUNNING": ("●", "blue"),
    "VERIFYING": ("●", "blue"),
    "IN_PROGRESS": ("●", "blue"),
    "PAUSED": ("◌", "yellow"),
    "AWAITING_DECISION": ("?", "bold yellow"),
    "CANCELLING": ("●", "yellow"),
    "COMPLETED": ("✔", "green"),
    "SUCCEEDED": ("✔", "green"),
    "LAUNCHED": ("✔", "green"),
    "PARTIAL": ("◐", "yellow"),
    "FAILED": ("✘", "bold red"),
    "INTERRUPTED": ("✘", "bold red"),
    "TIMED_OUT": ("✘", "bold red"),
    "INCOMPLETE": ("✘", "bold red"),
    "TERMINATED": ("✔", "green"),
    "ALREADY_GONE": ("✔", "green"),
    "REFUSED": ("✘", "bold red"),
    "LEFT": ("✘", "bold red"),
    "SKIPPED": ("-", "dim"),
    "CANCELLED": ("-", "dim"),
}
_MODES = {"DRILL": "bold blue", "RECOVERY": "bold red"}


def status_text(status: str | None) -> Text:
    """Return the state with its icon; a state nobody reported is called unknown."""
    icon, style = _LOOKS.get(status or "", (" ", ""))
    return Text(f"{icon} {status or 'unknown'}", style=style)


def mode_text(execution_type: str) -> Text:
    """Return DRILL or RECOVERY; a person must never take one for the other."""
    return Text(execution_type, style=_MODES.get(execution_type, "bold"))
