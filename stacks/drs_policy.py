"""IAM statements for Elastic Disaster Recovery (DRS).

A caller of StartRecovery also needs the rights for what DRS then does in its name: calls of its
own API, and EC2 calls that IAM recognises by `aws:ViaAWSService`. Sources:

- actions, resources and condition keys of DRS:
  https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticdisasterrecovery.html
- what DRS forwards to EC2 and which service roles it passes on: the managed policy
  https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSElasticDisasterRecoveryConsoleFullAccess_v2.html

Regions are left open: one orchestrator recovers servers into any Region of its account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

_MANAGED_BY_DRS = "AWSElasticDisasterRecoveryManaged"
_VIA_DRS = {"Bool": {"aws:ViaAWSService": "true"}}


def read(*operations: str) -> iam.PolicyStatement:
    """The DRS list operations named; AWS knows no resource for them but `*`."""
    return _allow("DrsRead", [f"drs:{operation}" for operation in operations], ["*"])


def read_recovery_instances() -> iam.PolicyStatement:
    """DescribeRecoveryInstances, with the two calls that DRS makes for it as the caller."""
    return _allow(
        "DrsReadRecoveryInstances",
        [
            "drs:DescribeRecoveryInstances",
            "drs:DescribeSourceServers",
            "ec2:DescribeInstances",
        ],
        ["*"],
    )


def read_recovery_snapshots() -> iam.PolicyStatement:
    """DescribeRecoverySnapshots, the points in time of a server."""
    return _allow("DrsReadSnapshots", ["drs:DescribeRecoverySnapshots"], [_drs("source-server")])


def read_quotas() -> iam.PolicyStatement:
    """GetServiceQuota for the quotas of DRS."""
    quotas = f"arn:{Aws.PARTITION}:servicequotas:*:{Aws.ACCOUNT_ID}:drs/*"
    return _allow("DrsQuotas", ["servicequotas:GetServiceQuota"], [quotas])


def start_recovery() -> list[iam.PolicyStatement]:
    """StartRecovery with everything that DRS does for the caller until the servers run.

    Left out: launches into existing instances, launch actions, and flexible instance types
    (ec2:CreateFleet); the plans of this product use none of them.
    """
    return [
        _allow(
            "DrsLaunch",
            ["drs:StartRecovery", "drs:DescribeRecoverySnapshots", "drs:GetLaunchConfiguration"],
            [_drs("source-server")],
        ),
        _allow(
            "DrsForwarded",
            [
                "drs:CreateRecoveryInstanceForDrs",
                "drs:DescribeReplicationConfigurationTemplates",
                "drs:ListTagsForResource",
            ],
            ["*"],
        ),
        _allow(
            "DrsTag",
            ["drs:TagResource"],
            [_drs("job"), _drs("source-server"), _drs("recovery-instance")],
        ),
        _ec2_read(),
        _ec2_write(),
        _ec2_tags(),
        *_launch_templates(),
        _pass_service_roles(),
    ]


def terminate_recovery_instances() -> list[iam.PolicyStatement]:
    """TerminateRecoveryInstances with what DRS does for the caller until they are gone."""
    return [
        _allow("DrsTerminate", ["drs:TerminateRecoveryInstances"], [_drs("recovery-instance")]),
        _allow(
            "DrsTerminateForwarded",
            ["drs:DescribeSourceServers", "ec2:DescribeInstances", "ec2:DescribeVolumes"],
            ["*"],
        ),
        _allow(
            "Ec2TerminateViaDrs", ["ec2:DeleteVolume", "ec2:TerminateInstances"], ["*"], _VIA_DRS
        ),
    ]


def _ec2_read() -> iam.PolicyStatement:
    described = [
        *("AccountAttributes", "AvailabilityZones", "CapacityReservations", "Hosts", "Images"),
        *("InstanceAttribute", "InstanceStatus", "InstanceTypeOfferings", "InstanceTypes"),
        *("Instances", "KeyPairs", "LaunchTemplateVersions", "LaunchTemplates"),
        *("SecurityGroups", "Snapshots", "Subnets", "Volumes"),
    ]
    return _allow(
        "Ec2Read",
        [
            *(f"ec2:Describe{noun}" for noun in described),
            *("ec2:GetEbsDefaultKmsKeyId", "ec2:GetEbsEncryptionByDefault"),
            *("iam:ListInstanceProfiles", "iam:ListRoles", "kms:DescribeKey", "kms:ListAliases"),
        ],
        ["*"],
    )


def _ec2_write() -> iam.PolicyStatement:
    operations = [
        *("AttachVolume", "CreateSnapshot", "CreateVolume", "DeleteSnapshot", "DeleteVolume"),
        *("DetachVolume", "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"),
        *("CreateSecurityGroup", "RevokeSecurityGroupEgress"),
        *("CreateNetworkInterface", "CreateNetworkInterfacePermission"),
        *("ModifyInstanceAttribute", "RunInstances", "StartInstances", "StopInstances"),
        *("TerminateInstances", "GetConsoleOutput", "GetConsoleScreenshot"),
    ]
    return _allow("Ec2ViaDrs", [f"ec2:{name}" for name in operations], ["*"], _VIA_DRS)


def _ec2_tags() -> iam.PolicyStatement:
    kinds = ("instance", "network-interface", "security-group", "snapshot", "volume")
    creators = (
        *("CreateNetworkInterface", "CreateSecurityGroup", "CreateSnapshot", "CreateVolume"),
        "RunInstances",
    )
    return _allow(
        "Ec2TagsViaDrs",
        ["ec2:CreateTags"],
        [f"arn:{Aws.PARTITION}:ec2:*:{Aws.ACCOUNT_ID}:{kind}/*" for kind in kinds],
        _VIA_DRS | {"StringEquals": {"ec2:CreateAction": list(creators)}},
    )


def _launch_templates() -> list[iam.PolicyStatement]:
    resource = f"arn:{Aws.PARTITION}:ec2:*:{Aws.ACCOUNT_ID}:launch-template/*"
    return [
        _allow(
            "LaunchTemplates",
            [
                "ec2:CreateLaunchTemplateVersion",
                "ec2:DeleteLaunchTemplateVersions",
                "ec2:ModifyLaunchTemplate",
            ],
            [resource],
            {"Null": {f"aws:ResourceTag/{_MANAGED_BY_DRS}": "false"}},
        ),
        _allow(
            "LaunchTemplateCreate",
            ["ec2:CreateLaunchTemplate"],
            [resource],
            {"Null": {f"aws:RequestTag/{_MANAGED_BY_DRS}": "false"}},
        ),
    ]


def _pass_service_roles() -> iam.PolicyStatement:
    # An instance profile that a person has put into a launch template needs its role added here.
    names = ("ConversionServer", "RecoveryInstance", "RecoveryInstanceWithLaunchActions")
    path = f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/service-role"
    return _allow(
        "PassDrsRoles",
        ["iam:PassRole"],
        [f"{path}/AWSElasticDisasterRecovery{name}Role" for name in names],
        {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    )


def _drs(kind: str) -> str:
    return f"arn:{Aws.PARTITION}:drs:*:{Aws.ACCOUNT_ID}:{kind}/*"


def _allow(
    sid: str,
    actions: Sequence[str],
    resources: Sequence[str],
    conditions: Mapping[str, object] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid, actions=sorted(actions), resources=list(resources), conditions=conditions
    )
