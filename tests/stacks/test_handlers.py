"""The templates name our code by strings; here the strings meet the code."""

from __future__ import annotations

import importlib
import json
from typing import Any

from drs_orchestrator.settings import Settings


def functions(resources: dict[str, Any]) -> dict[str, Any]:
    """Logical id -> properties of every Lambda function."""
    return {
        name: body["Properties"]
        for name, body in resources.items()
        if body["Type"] == "AWS::Lambda::Function"
    }


def test_every_handler_that_the_templates_name_exists(resources: dict[str, Any]) -> None:
    for properties in functions(resources).values():
        module, _, attribute = properties["Handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), attribute))


def test_the_settings_are_satisfied_by_the_environment_of_the_functions(
    resources: dict[str, Any],
) -> None:
    for properties in functions(resources).values():
        block = properties["Environment"]["Variables"]
        # A reference becomes some text at deployment; which one does not matter here.
        deployed = {k: v if isinstance(v, str) else json.dumps(v) for k, v in block.items()}

        settings = Settings.model_validate({**deployed, "AWS_REGION": "eu-central-1"})

        assert settings.quiet_seconds == 240


def test_the_block_holds_nothing_that_nobody_reads(resources: dict[str, Any]) -> None:
    block = functions(resources)["ApiFunction"]["Environment"]["Variables"]

    ours = {name for name in block if not name.startswith("POWERTOOLS_")}
    # Lambda itself tells a function its Region.
    assert ours == {name.upper() for name in Settings.model_fields} - {"REGION"}
