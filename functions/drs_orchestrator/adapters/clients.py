"""boto3 clients, made in one place so that none re-sends what must be sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.config import Config

if TYPE_CHECKING:
    import boto3
    from types_boto3_drs import DrsClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_lambda import LambdaClient
    from types_boto3_scheduler import EventBridgeSchedulerClient
    from types_boto3_service_quotas import ServiceQuotasClient
    from types_boto3_ssm import SSMClient
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_sts import STSClient

# All in standard mode: in adaptive mode, which the environment may ask for, even a single try waits
# for its turn.

# Reads may be sent again: it backs off with jitter. On a laptop many waves share them.
_READS = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=50,
)
# Without credentials nothing else goes on, and whoever waits for them is tried again anyway.
_ROLES = Config(
    connect_timeout=5, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
# A health gate looks again anyway, and must be done within its function's time.
_CHECKS = Config(
    connect_timeout=5,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=50,
)
# A round of probes takes 30 s at most; until the function has started it may take a little more.
_PROBES = Config(
    connect_timeout=5,
    read_timeout=50,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=50,
)
# A launch is sent once. DRS answers slowly for a hundred servers, so the time-out is long, yet
# shorter than the function's own (120 s): a step whose only launch gets no answer lives to note it.
# One that dies all the same leaves SENT intents, which the next check looks for.
_LAUNCHES = Config(
    connect_timeout=5,
    read_timeout=90,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=50,
)
# Automations are started with a token that makes a repetition harmless. Twice only: the step that
# waits may have more to do in its 120 s, and comes back anyway.
_AUTOMATIONS = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=50,
)
# What a function's answer takes on its way; the function itself keeps to the action's time-out.
_ON_THE_WAY_SECONDS = 2
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


def sts(session: boto3.Session, region: str) -> STSClient:
    """Return a client for the STS of a Region, whichever Region the session is for."""
    return session.client("sts", region_name=region, config=_ROLES)


def service_quotas(session: boto3.Session) -> ServiceQuotasClient:
    """Return a client for the quotas of DRS."""
    return session.client("service-quotas", config=_READS)


def ec2(session: boto3.Session) -> EC2Client:
    """Return a client for the state of instances."""
    return session.client("ec2", config=_CHECKS)


def ssm(session: boto3.Session) -> SSMClient:
    """Return a client for the pings of agents."""
    return session.client("ssm", config=_CHECKS)


def probers(session: boto3.Session) -> LambdaClient:
    """Return a client that invokes probers."""
    return session.client("lambda", config=_PROBES)


def drs_reads(session: boto3.Session) -> DrsClient:
    """Return a client for DRS calls that change nothing."""
    return session.client("drs", config=_READS)


def drs_launches(session: boto3.Session) -> DrsClient:
    """Return a client for DRS calls that must not be repeated."""
    return session.client("drs", config=_LAUNCHES)


def automations(session: boto3.Session) -> SSMClient:
    """Return a client for Systems Manager Automation."""
    return session.client("ssm", config=_AUTOMATIONS)


def functions(session: boto3.Session, timeout_seconds: int) -> LambdaClient:
    """Return a client that sends an invocation once and waits so long for the answer."""
    config = Config(
        connect_timeout=5,
        read_timeout=timeout_seconds + _ON_THE_WAY_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=50,
    )
    return session.client("lambda", config=config)
