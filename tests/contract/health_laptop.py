"""EC2, Systems Manager and Lambda on one port, and the product's sites on top of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

import pytest

from drs_orchestrator.adapters.health_sites import BotoHealthSites
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place
from local.clock import ScaledClock
from local.drs.state import Scope
from local.ec2 import Ec2
from local.function_directory import FunctionDirectory
from local.function_scripts import ScriptedFunctions
from local.functions import FunctionRuntime
from local.lambda_api import LambdaApi
from local.machines import Machine
from local.probes import PROBER_NAME, Prober, ProbeScript
from local.ssm import Ssm
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import ACCOUNT, REGION

HERE = Place(ACCOUNT, REGION)
LOST = Place("999988887777", REGION)
"""An account that nobody set up."""
LONG_UP_SECONDS = 600


class HealthLaptop:
    """Launched servers, everything that can be asked about them, and what the product asks with."""

    def __init__(self, *server_ids: str) -> None:
        self.aws = AwsLaptop(*server_ids, services=self._services)
        self.sites = BotoHealthSites(Sessions(HERE), lambda _: PROBER_NAME)

    def _services(self, laptop: AwsLaptop) -> Mapping[str, WSGIApplication]:
        clock = ScaledClock(start=laptop.clock.now())
        self.ec2 = Ec2(laptop.simulator, laptop.setting)
        self.ssm = Ssm(laptop.simulator, laptop.setting)
        self.prober = Prober(laptop.simulator, laptop.clock)
        self.functions = ScriptedFunctions(clock)
        others = (self.functions, self.prober)
        directory = FunctionDirectory(FunctionRuntime(()), Scope(*HOME), others)
        api = LambdaApi(directory, clock, lambda _: None)
        return {"ec2": self.ec2, "ssm": self.ssm, "lambda": api}

    def script(self, *scripts: ProbeScript) -> None:
        """Say what the prober finds."""
        self.prober.scripts = scripts

    def launch(self, *server_ids: str) -> dict[str, Machine]:
        """Launch servers, let them stand for a while, and return their instances by server id."""
        self.aws.launch(*server_ids)
        self.aws.clock.advance(LONG_UP_SECONDS)
        return {each.source_server_id: each for each in self.ec2.truth(*HOME)}

    def terminate(self, machine: Machine) -> None:
        """Terminate an instance, and let its end be known."""
        self.aws.client("drs").terminate_recovery_instances(
            recoveryInstanceIDs=[machine.instance_id]
        )
        self.aws.clock.advance(LONG_UP_SECONDS)


@contextmanager
def health_laptop(*server_ids: str) -> Iterator[HealthLaptop]:
    """Run one; the clients that are shipped find it by the environment."""
    made = HealthLaptop(*server_ids)
    with made.aws as aws, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", aws.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        patch.delenv("AWS_PROFILE", raising=False)
        yield made
