"""The environment block that every function reads."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from drs_orchestrator.settings import read_settings

_ENVIRONMENT = {
    "PROTECTION_GROUPS_TABLE": "groups",
    "RECOVERY_PLANS_TABLE": "plans",
    "EXECUTIONS_TABLE": "executions",
    "ACCOUNTS_TABLE": "accounts",
    "STATE_MACHINE_NAME": "recovery",
    "CLEAN_UP_STATE_MACHINE_NAME": "clean-up",
    "SCHEDULE_GROUP": "orchestrator",
    "SCHEDULER_ROLE_NAME": "orchestrator-scheduler",
    "RECONCILE_FUNCTION_NAME": "orchestrator-reconcile-execution",
    "VISIBILITY_LAG_SECONDS": "90",
    "FUNCTION_TIMEOUT_SECONDS": "120",
    "MEMBER_ROLE_NAME": "drs-orchestrator-member",
    "PROBER_FUNCTION_NAME": "prober",
    "ACCOUNT_ID": "111122223333",
    "AWS_REGION": "us-west-2",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    for name, value in _ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_settings_are_read_from_the_environment() -> None:
    settings = read_settings()
    assert settings.executions_table == "executions"
    assert (settings.account_id, settings.region) == ("111122223333", "us-west-2")


def test_the_quiet_period_outlasts_both_the_function_and_the_lag_of_the_job_list() -> None:
    assert read_settings().quiet_seconds == 90 + 120


def test_the_region_of_lambda_wins_over_the_default_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert read_settings().region == "us-west-2"
    monkeypatch.delenv("AWS_REGION")
    assert read_settings().region == "eu-west-1"


@pytest.mark.parametrize("name", sorted(_ENVIRONMENT))
def test_a_variable_that_is_missing_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match=name):
        read_settings()


def test_a_number_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISIBILITY_LAG_SECONDS", "soon")
    with pytest.raises(ValidationError, match="VISIBILITY_LAG_SECONDS"):
        read_settings()
