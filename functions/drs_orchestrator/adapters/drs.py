"""DRS in one account and Region."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from drs_orchestrator.adapters.drs_refusals import (
    code_of,
    is_throttle,
    launch_error,
    termination_error,
)
from drs_orchestrator.adapters.drs_shapes import (
    job,
    launch_of,
    recovery_instance,
    recovery_snapshot,
    source_server,
)
from drs_orchestrator.adapters.first_use import FirstUse
from drs_orchestrator.domain.errors import (
    DrsDenied,
    DrsThrottled,
    DrsUnavailable,
    LaunchRefused,
    OutcomeUnknown,
    TerminationRefused,
    shortened,
)
from drs_orchestrator.domain.job import Job
from drs_orchestrator.domain.point_in_time import RecoverySnapshot
from drs_orchestrator.domain.server import Place, RecoveryInstance, SourceServer

if TYPE_CHECKING:
    from types_boto3_drs import DrsClient
    from types_boto3_drs.type_defs import DescribeSourceServersRequestFiltersTypeDef

# Maxima of the filters in the DRS API model.
_SERVERS_PER_FILTER = 200
_JOBS_PER_FILTER = 1000


class BotoDisasterRecovery:
    """Fulfils the port `DisasterRecovery`. Clients are made when they are first used."""

    def __init__(
        self, place: Place, reads: Callable[[], DrsClient], launches: Callable[[], DrsClient]
    ) -> None:
        self._place = place
        self._launches = FirstUse(launches)
        client = FirstUse(reads)
        # botocore makes a class for a paginator, its documentation included, each time it is asked.
        self._servers = FirstUse(lambda: client().get_paginator("describe_source_servers"))
        self._snapshots = FirstUse(lambda: client().get_paginator("describe_recovery_snapshots"))
        self._jobs = FirstUse(lambda: client().get_paginator("describe_jobs"))
        self._instances = FirstUse(lambda: client().get_paginator("describe_recovery_instances"))

    def source_servers(self, ids: Collection[str] | None = None) -> list[SourceServer]:
        """Return all servers, or those of `ids` that exist; none where DRS is not initialised."""
        found: list[SourceServer] = []
        with self._reading("DescribeSourceServers"):
            try:
                for some in _portions(ids, _SERVERS_PER_FILTER):
                    filters: DescribeSourceServersRequestFiltersTypeDef = (
                        {"sourceServerIDs": some} if some else {}
                    )
                    for page in self._servers().paginate(filters=filters):
                        found += [source_server(item, self._place) for item in page["items"]]
            except ClientError as error:
                if code_of(error) != "UninitializedAccountException":
                    raise
        return found

    def start_recovery(
        self,
        server_ids: Sequence[str],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        snapshot_ids: Mapping[str, str],
    ) -> str:
        """Send StartRecovery once and return the job id."""
        try:
            answer = self._launches().start_recovery(
                sourceServers=[launch_of(each, snapshot_ids.get(each)) for each in server_ids],
                isDrill=is_drill,
                tags=dict(tags),
            )
        except ParamValidationError as error:
            raise LaunchRefused(f"StartRecovery in {self._place}: {error}") from error
        except ClientError as error:
            raise launch_error(error, f"StartRecovery in {self._place}") from error
        except BotoCoreError as error:
            raise OutcomeUnknown(f"StartRecovery in {self._place}: {error}") from error
        return answer["job"]["jobID"]

    def terminate(self, recovery_instance_ids: Sequence[str]) -> str:
        """Send TerminateRecoveryInstances once and return the job id."""
        call, ids = f"TerminateRecoveryInstances in {self._place}", list(recovery_instance_ids)
        try:
            answer = self._launches().terminate_recovery_instances(recoveryInstanceIDs=ids)
        except ParamValidationError as error:
            raise TerminationRefused(f"{call}: {error}") from error
        except ClientError as error:
            raise termination_error(error, call) from error
        except BotoCoreError as error:
            raise OutcomeUnknown(f"{call}: {error}") from error
        return answer["job"]["jobID"]

    def recovery_snapshots(self, server_id: str, until: datetime) -> list[RecoverySnapshot]:
        """Return the complete snapshots of a server that are not younger than `until`."""
        end = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._reading("DescribeRecoverySnapshots"):
            answers = self._snapshots().paginate(
                sourceServerID=server_id, filters={"toDateTime": end}
            )
            items = [item for page in answers for item in page["items"]]
        # One that is still being taken has no timestamp yet and cannot be launched from.
        return [recovery_snapshot(item) for item in items if "timestamp" in item]

    def jobs(self, ids: Collection[str]) -> dict[str, Job]:
        """Return the jobs that DRS shows, by id."""
        found: dict[str, Job] = {}
        if not ids:
            return found
        with self._reading("DescribeJobs"):
            for some in _portions(ids, _JOBS_PER_FILTER):
                for page in self._jobs().paginate(filters={"jobIDs": some}):
                    found |= {item["jobID"]: job(item) for item in page["items"]}
        return found

    def jobs_since(self, time: datetime) -> list[Job]:
        """Return all jobs created since `time`, newest first."""
        start = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._reading("DescribeJobs"):
            answers = self._jobs().paginate(filters={"fromDate": start})
            return [job(item) for page in answers for item in page["items"]]

    def recovery_instances(self, server_ids: Collection[str]) -> list[RecoveryInstance]:
        """Return the recovery instances of the servers."""
        found: list[RecoveryInstance] = []
        if not server_ids:
            return found
        with self._reading("DescribeRecoveryInstances"):
            for some in _portions(server_ids, _SERVERS_PER_FILTER):
                for page in self._instances().paginate(filters={"sourceServerIDs": some}):
                    found += [recovery_instance(item) for item in page["items"]]
        return found

    @contextmanager
    def _reading(self, operation: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            text = shortened(f"{operation} in {self._place}: {error}")
            if is_throttle(error):
                raise DrsThrottled(text) from error
            if code_of(error) in {"AccessDeniedException", "UninitializedAccountException"}:
                raise DrsDenied(text) from error
            raise DrsUnavailable(text) from error
        except BotoCoreError as error:
            raise DrsUnavailable(f"{operation} in {self._place}: {error}") from error


def _portions(ids: Collection[str] | None, size: int) -> Iterator[list[str]]:
    """Yield the ids in portions that a filter takes; an empty filter means all."""
    if ids is None:
        yield []
        return
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
