"""boto3 clients, made in one place so that none re-sends what must be sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    import boto3
    from types_boto3_drs import DrsClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_scheduler import EventBridgeSchedulerClient
    from types_boto3_service_quotas import ServiceQuotasClient
    from types_boto3_stepfunctions import SFNClient

# Reads may be sent again: standard mode backs off with jitter. On a laptop many waves share them.
_READS = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=50,
)
# A launch is sent once. DRS answers slowly for a hundred servers, so the time-out is long, yet
# shorter than the function's own (120 s): a step whose only launch gets no answer lives to note it.
# One that dies all the same leaves SENT intents, which the next check looks for.
_LAUNCHES = Config(
    connect_timeout=5, read_timeout=90, retries={"total_max_attempts": 1}, max_pool_connections=50
)
# A schedule is of use, but nobody waits for it on the worst day; its name makes two of it one.
_SCHEDULES = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)


def dynamodb(session: boto3.Session) -> DynamoDBClient:
    """Return a client for the product's tables."""
    return session.client("dynamodb", config=_READS)


def step_functions(session: boto3.Session) -> SFNClient:
    """Return a client for the product's state machine."""
    return session.client("stepfunctions", config=_READS)


def scheduler(session: boto3.Session) -> EventBridgeSchedulerClient:
    """Return a client for schedules."""
    return session.client("scheduler", config=_SCHEDULES)


def service_quotas(session: boto3.Session) -> ServiceQuotasClient:
    """Return a client for the quotas of DRS."""
    return session.client("service-quotas", config=_READS)


def drs_reads(session: boto3.Session) -> DrsClient:
    """Return a client for DRS calls that change nothing."""
    return session.client("drs", config=_READS)


def drs_launches(session: boto3.Session) -> DrsClient:
    """Return a client for DRS calls that must not be repeated."""
    return session.client("drs", config=_LAUNCHES)
