"""EventBridge on the laptop: the default bus, its rules, and what AWS services tell it."""

from __future__ import annotations

from local.events.bus import EventBus, EventBusFaults
from local.events.drs_events import DrsEventFaults, DrsEvents
from local.events.rules import Rule, RuleError, Target
from local.events.status_changes import StatusChange

__all__ = [
    "DrsEventFaults",
    "DrsEvents",
    "EventBus",
    "EventBusFaults",
    "Rule",
    "RuleError",
    "StatusChange",
    "Target",
]
