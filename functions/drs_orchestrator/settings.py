"""What the environment tells every function; one identical block for all of them."""

from __future__ import annotations

import os

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """The environment block that `stacks/` writes; read once, at the first use."""

    model_config = ConfigDict(frozen=True, alias_generator=str.upper)

    protection_groups_table: str
    recovery_plans_table: str
    executions_table: str
    accounts_table: str
    state_machine_name: str
    clean_up_state_machine_name: str
    schedule_group: str
    scheduler_role_name: str
    reconcile_function_name: str
    visibility_lag_seconds: int
    """A new DRS job shows up in DescribeJobs within this time: exactly-once assumes it."""
    function_timeout_seconds: int
    member_role_name: str
    """The role that other accounts offer the product."""
    prober_function_name: str
    """The function that probes recovery instances in an account that names no other."""
    account_id: str
    region: str = Field(validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"))

    @property
    def quiet_seconds(self) -> int:
        """How long after an unanswered launch nothing may be concluded from not seeing its job."""
        return self.visibility_lag_seconds + self.function_timeout_seconds


def read_settings() -> Settings:
    """Return the settings; raise pydantic's ValidationError naming what the environment lacks."""
    return Settings.model_validate(dict(os.environ))
