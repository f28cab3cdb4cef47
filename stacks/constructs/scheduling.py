"""Schedules that the product makes while it runs: their group, and the role they act with."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct


class Scheduling(Construct):
    """A schedule of the group may start the machine `machine_name` and do nothing else."""

    def __init__(
        self, scope: Construct, construct_id: str, *, group: str, role_name: str, machine_name: str
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        # By name: the machine's functions know role and group, so neither may wait for the machine.
        machine = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=machine_name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        scheduler.CfnScheduleGroup(self, "Group", name=group)
        self._schedules = stack.format_arn(
            service="scheduler", resource="schedule", resource_name=f"{group}/*"
        )
        self._role = iam.Role(
            self,
            "Role",
            role_name=role_name,
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        self._role.add_to_policy(
            iam.PolicyStatement(
                sid="StartCleanUp", actions=["states:StartExecution"], resources=[machine]
            )
        )

    def create_schedules(self) -> list[iam.PolicyStatement]:
        """CreateSchedule in the group, with the role."""
        return [
            iam.PolicyStatement(
                sid="CreateSchedules",
                actions=["scheduler:CreateSchedule"],
                resources=[self._schedules],
            ),
            iam.PolicyStatement(
                sid="PassSchedulerRole",
                actions=["iam:PassRole"],
                resources=[self._role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            ),
        ]
