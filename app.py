"""The CDK app: context -> DeploymentConfig -> stacks. It calls no AWS API and needs no account."""

from __future__ import annotations

import os

from aws_cdk import App, Environment, Tags

from stacks.api_stack import ApiStack
from stacks.config import PRODUCT, DeploymentConfig
from stacks.data_stack import DataStack
from stacks.member_account_stack import MemberAccountStack
from stacks.prober_stack import ProberStack
from stacks.reconciler_stack import ReconcilerStack
from stacks.workflow_stack import WorkflowStack


def build(app: App) -> None:
    """Add every stack of the environment that the context names: the product, or a role for it."""
    context = app.node.try_get_context
    config = DeploymentConfig.from_context(context("stage"), context("environments"))
    env = Environment(account=config.account, region=config.region)
    Tags.of(app).add("app", PRODUCT)
    Tags.of(app).add("stage", config.stage)
    if config.hub_account or config.prober:
        ProberStack(app, f"{config.prefix}-prober", config=config, env=env)
    if config.hub_account:
        MemberAccountStack(app, f"{config.prefix}-access", config=config, env=env)
        return

    data = DataStack(app, f"{config.prefix}-data", config=config, env=env)
    WorkflowStack(app, f"{config.prefix}-workflow", config=config, tables=data.tables, env=env)
    ReconcilerStack(app, f"{config.prefix}-reconciler", config=config, tables=data.tables, env=env)
    ApiStack(app, f"{config.prefix}-api", config=config, tables=data.tables, env=env)


if __name__ == "__main__":
    application = App(outdir=os.environ.get("CDK_OUTDIR", "cdk.out"))
    build(application)
    application.synth()
