"""What an environment may set, and what it is told when it sets something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stacks.config import DeploymentConfig, InvalidConfig

ROOT = Path(__file__).parents[2]


def test_an_environment_that_sets_nothing_gets_the_defaults() -> None:
    config = DeploymentConfig.from_context(None, None)

    assert config.prefix == "drs-orchestrator"
    assert config.state_machine_name == "drs-orchestrator-recovery"
    assert config.visibility_lag_seconds == 120
    assert config.retain_data


def test_two_stages_can_share_an_account() -> None:
    first = DeploymentConfig.from_context("dev", {"dev": {}, "prod": {}})
    second = DeploymentConfig.from_context("prod", {"dev": {}, "prod": {}})

    assert first.prefix == "drs-orchestrator-dev"
    assert first.state_machine_name == "drs-orchestrator-dev-recovery"
    assert first.state_machine_name != second.state_machine_name


def test_every_setting_can_be_given_in_the_context() -> None:
    settings = {
        "account": "111122223333",
        "region": "eu-central-1",
        "stateMachineName": "recover-us",
        "visibilityLagSeconds": 60,
        "retainData": False,
        "logLevel": "DEBUG",
        "memberRoleName": "dr-member",
        "hubAccount": "444455556666",
    }

    config = DeploymentConfig.from_context("dev", {"dev": settings})

    assert config == DeploymentConfig(
        stage="dev",
        account="111122223333",
        region="eu-central-1",
        state_machine_name="recover-us",
        visibility_lag_seconds=60,
        retain_data=False,
        log_level="DEBUG",
        member_role_name="dr-member",
        hub_account="444455556666",
    )


def test_every_stage_assumes_a_role_of_its_own_and_a_member_offers_that_of_the_first() -> None:
    def role(stage: str, **settings: str) -> str:
        return DeploymentConfig.from_context(stage, {stage: settings}).member_role_name

    assert role("main") == "drs-orchestrator-member"
    assert role("dev") == "drs-orchestrator-dev-member"
    assert role("shop", hubAccount="111122223333") == "drs-orchestrator-member"


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"acount": "111122223333"}, "environments.dev.acount: unknown"),
        ({"account": 111122223333}, "environments.dev.account: expected str"),
        ({"account": "1111"}, "account: '1111'"),
        ({"region": "Frankfurt"}, "region: 'Frankfurt'"),
        ({"stateMachineName": "with space"}, "stateMachineName: 'with space'"),
        ({"visibilityLagSeconds": -1}, "visibilityLagSeconds: -1"),
        ({"visibilityLagSeconds": True}, "environments.dev.visibilityLagSeconds: expected int"),
        ({"retainData": "no"}, "environments.dev.retainData: expected bool"),
        ({"memberRoleName": "with space"}, "memberRoleName: 'with space'"),
        ({"hubAccount": "1111"}, "hubAccount: '1111'"),
        ({"logLevel": "LOUD"}, "logLevel: 'LOUD'"),
        ([], "environments.dev: expected a map"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(settings: object, place: str) -> None:
    with pytest.raises(InvalidConfig) as refusal:
        DeploymentConfig.from_context("dev", {"dev": settings})

    assert str(refusal.value).startswith(place)


@pytest.mark.parametrize("stage", ["Dev", "", "9", "a" * 21, 7])
def test_a_stage_that_cannot_be_part_of_a_name_is_refused(stage: object) -> None:
    with pytest.raises(InvalidConfig, match=r"^stage: "):
        DeploymentConfig.from_context(stage, None)


def test_a_stage_without_an_environment_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidConfig, match=r"'prd' is none of the environments \['dev', 'prod'\]"):
        DeploymentConfig.from_context("prd", {"dev": {}, "prod": {}})


def test_the_environments_of_cdk_json_are_valid() -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]

    for stage in context["environments"]:
        DeploymentConfig.from_context(stage, context["environments"])
    assert context["stage"] in context["environments"]
