"""The environment under which handlers run in this process, and never against real AWS."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping

import boto3

from local.deployment import FunctionDefinition

process_in_use = threading.Lock()
"""Held by the engine or the virtual world whose handlers run in this process: one at a time."""


class EnvironmentMismatch(Exception):
    """Two functions have different environment variables; in one process they cannot."""


def shared_block(functions: Iterable[FunctionDefinition]) -> dict[str, str]:
    """Return the environment block that all functions share, or raise EnvironmentMismatch."""
    block: dict[str, str] = {}
    first = ""
    for function in functions:
        if not first:
            first, block = function.name, dict(function.environment)
        if function.environment != block:
            differing = sorted(
                key
                for key in block.keys() | function.environment.keys()
                if block.get(key) != function.environment.get(key)
            )
            raise EnvironmentMismatch(
                f"{function.name} and {first} differ in {', '.join(differing)}; "
                "all functions must share one environment block"
            )
    return block


class ProcessEnvironment:
    """Replaces what this process knows about AWS, and puts it back.

    Every AWS_* variable goes, credentials and profiles first: nothing started here may reach a real
    account.
    """

    def __init__(
        self, endpoint_url: str, account_id: str, region: str, block: Mapping[str, str]
    ) -> None:
        port = endpoint_url.rpartition(":")[2]
        self._variables = {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_ACCOUNT_ID": account_id,
            "MOTO_PORT": port,
            # Metrics are log lines, and nothing here reads them.
            "POWERTOOLS_METRICS_DISABLED": "true",
            # A proxy of the laptop must not see requests that stay on the laptop.
            "NO_PROXY": "127.0.0.1,localhost,::1",
            "no_proxy": "127.0.0.1,localhost,::1",
            **block,
        }
        self._before: dict[str, str] = {}

    def enter(self) -> None:
        """Put the variables in place; clients made from now on are local ones."""
        self._before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(self._variables)
        boto3.DEFAULT_SESSION = None

    def leave(self) -> None:
        """Restore the variables that were there before."""
        for name in [n for n in os.environ if n.startswith("AWS_") or n in self._variables]:
            del os.environ[name]
        for name, value in self._before.items():
            os.environ.setdefault(name, value)
        boto3.DEFAULT_SESSION = None
