"""The prober of one account and Region: deployed wherever health gates probe private addresses."""

from __future__ import annotations

from aws_cdk import BootstraplessSynthesizer, Environment, Stack
from constructs import Construct

from stacks.config import DeploymentConfig
from stacks.constructs.prober import Prober


class ProberStack(Stack):
    """Apart from the account's role, which exists once; a prober is needed in each Region."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: DeploymentConfig, env: Environment
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="DRS orchestrator: asks recovery instances whether they answer",
            env=env,
            synthesizer=BootstraplessSynthesizer(),
        )
        Prober(self, "Prober", name=config.prober_function_name)
