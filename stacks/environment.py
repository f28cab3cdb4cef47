"""The one block of environment variables that every function gets, so that none can be forgotten.

`drs_orchestrator.settings` reads it; a test holds the two against each other.
"""

from __future__ import annotations

from aws_cdk import Aws, Duration

from stacks.config import DeploymentConfig
from stacks.data_stack import Tables

STEP_TIMEOUT = Duration.seconds(120)
"""Longer than the read time-out of a DRS call, and known to the code, which waits it out before
it sends a launch again."""


def scheduler_role_name(config: DeploymentConfig) -> str:
    """Return the name of the role that EventBridge Scheduler acts as; roles know no Region."""
    return f"{config.schedule_group}-scheduler-{Aws.REGION}"


def shared_environment(config: DeploymentConfig, tables: Tables) -> dict[str, str]:
    """Name -> value, for all functions of the environment alike."""
    return {
        "PROTECTION_GROUPS_TABLE": tables.protection_groups.table_name,
        "RECOVERY_PLANS_TABLE": tables.recovery_plans.table_name,
        "EXECUTIONS_TABLE": tables.executions.table_name,
        "ACCOUNTS_TABLE": tables.accounts.table_name,
        "STATE_MACHINE_NAME": config.state_machine_name,
        "CLEAN_UP_STATE_MACHINE_NAME": config.clean_up_state_machine_name,
        "SCHEDULE_GROUP": config.schedule_group,
        "SCHEDULER_ROLE_NAME": scheduler_role_name(config),
        "RECONCILE_FUNCTION_NAME": config.reconcile_function_name,
        "VISIBILITY_LAG_SECONDS": str(config.visibility_lag_seconds),
        "FUNCTION_TIMEOUT_SECONDS": str(int(STEP_TIMEOUT.to_seconds())),
        "MEMBER_ROLE_NAME": config.member_role_name,
        "PROBER_FUNCTION_NAME": config.prober_function_name,
        "ACCOUNT_ID": Aws.ACCOUNT_ID,
        "POWERTOOLS_LOG_LEVEL": config.log_level,
    }
