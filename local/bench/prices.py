"""What Step Functions and Lambda bill for a run; US East prices of November 2026, without credits.

https://aws.amazon.com/step-functions/pricing/ https://aws.amazon.com/lambda/pricing/
"""

from __future__ import annotations

TRANSITION = 0.025 / 1000
INVOCATION = 0.20 / 1_000_000
ARM64_GB_SECOND = 0.0000133334
# Virtual time passes in calls only; this much for a handler's own work is a guess.
OWN_WORK_SECONDS = 0.02


def dollars(transitions: int, invocations: int, gb_seconds: float) -> float:
    """Return the price of a run; DynamoDB, EventBridge and DRS itself are not in it."""
    return transitions * TRANSITION + invocations * INVOCATION + gb_seconds * ARM64_GB_SECOND
