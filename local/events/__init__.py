"""EventBridge on the laptop: the default bus with its rules, and the events DRS sends to it."""

from __future__ import annotations

from local.events.bus import EventBus, EventBusFaults
from local.events.drs_events import DrsEventFaults, DrsEvents
from local.events.rules import Rule, RuleError, Target

__all__ = [
    "DrsEventFaults",
    "DrsEvents",
    "EventBus",
    "EventBusFaults",
    "Rule",
    "RuleError",
    "Target",
]
