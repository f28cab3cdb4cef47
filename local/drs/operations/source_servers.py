"""DescribeSourceServers."""

from __future__ import annotations

import pickle

from local.drs.operations.context import Context
from local.drs.state import Document, Instance, Job, Participant, Server
from local.drs.timestamps import stamp


def describe_source_servers(context: Context, params: Document) -> Document:
    """List source servers; an empty or absent filter matches all. There is no filter by tag."""
    filters: Document = params.get("filters") or {}
    servers = [server for server in context.estate.servers.values() if _matches(server, filters)]
    return context.page(
        servers,
        params,
        position=lambda server: server.sequence,
        view=lambda server: _view(context, server),
    )


def _matches(server: Server, filters: Document) -> bool:
    server_ids = filters.get("sourceServerIDs")
    staging_accounts = filters.get("stagingAccountIDs")
    hardware_id = filters.get("hardwareId")
    document = server.document
    if server_ids and server.server_id not in server_ids:
        return False
    staging: Document = document.get("stagingArea") or {}
    if staging_accounts and staging.get("stagingAccountID") not in staging_accounts:
        return False
    source: Document = document.get("sourceProperties") or {}
    hints: Document = source.get("identificationHints") or {}
    return not hardware_id or hardware_id in {hints.get("vmWareUuid"), hints.get("awsInstanceID")}


def _view(context: Context, server: Server) -> Document:
    view: Document = pickle.loads(pickle.dumps(server.document))  # noqa: S301 - the cheapest copy
    view["tags"] = dict(server.tags)
    view.pop("recoveryInstanceId", None)
    instance = context.estate.instance_of(server, context.now)
    if instance is not None:
        view["recoveryInstanceId"] = instance.instance_id
    if server.last_launch_job_id is not None:
        job = context.estate.jobs[server.last_launch_job_id]
        course = job.participant(server.server_id)
        view["lastLaunchResult"] = _last_launch_result(course, context)
        view.setdefault("lifeCycle", {})["lastLaunch"] = _last_launch(context, job, course)
    return view


def _last_launch_result(course: Participant, context: Context) -> str:
    results = {"LAUNCHED": "SUCCEEDED", "FAILED": "FAILED"}
    return results.get(course.launch_status(context.now), "PENDING")


def _last_launch(context: Context, job: Job, course: Participant) -> Document:
    gone = any(
        instance.job_id == job.job_id and instance.is_gone(context.now)
        for instance in _instances(context, course.source_server_id)
    )
    return {
        "initiated": {
            "apiCallDateTime": stamp(job.created_at),
            "jobID": job.job_id,
            "type": "DRILL" if job.is_drill else "RECOVERY",
        },
        # The job itself keeps saying LAUNCHED for ever; only this view learns of the termination.
        "status": "TERMINATED" if gone else course.launch_status(context.now),
    }


def _instances(context: Context, server_id: str) -> list[Instance]:
    known = context.estate.servers[server_id].instance_ids
    return [context.estate.instances[instance_id] for instance_id in known]
