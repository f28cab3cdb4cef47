"""The simulated operations, by their names in botocore's model."""

from __future__ import annotations

from collections.abc import Callable

from local.drs.operations import (
    jobs,
    launch_configuration,
    recovery,
    recovery_instances,
    recovery_snapshots,
    service,
    source_servers,
    tags,
    termination,
)
from local.drs.operations.context import Context
from local.drs.state import Document

Operation = Callable[[Context, Document], Document]

OPERATIONS: dict[str, Operation] = {
    "InitializeService": service.initialize_service,
    "DescribeSourceServers": source_servers.describe_source_servers,
    "StartRecovery": recovery.start_recovery,
    "DescribeJobs": jobs.describe_jobs,
    "DescribeJobLogItems": jobs.describe_job_log_items,
    "DescribeRecoveryInstances": recovery_instances.describe_recovery_instances,
    "DescribeRecoverySnapshots": recovery_snapshots.describe_recovery_snapshots,
    "TerminateRecoveryInstances": termination.terminate_recovery_instances,
    "GetLaunchConfiguration": launch_configuration.get_launch_configuration,
    "UpdateLaunchConfiguration": launch_configuration.update_launch_configuration,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
}

CHANGES_STATE = frozenset(
    {
        "InitializeService",
        "StartRecovery",
        "TerminateRecoveryInstances",
        "UpdateLaunchConfiguration",
        "TagResource",
        "UntagResource",
    }
)

# As in botocore's model: these alone do not answer UninitializedAccountException.
WORKS_UNINITIALIZED = frozenset(
    {"InitializeService", "TagResource", "UntagResource", "ListTagsForResource"}
)
