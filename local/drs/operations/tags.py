"""TagResource, UntagResource and ListTagsForResource."""

from __future__ import annotations

from local.drs.admission import check_tags
from local.drs.errors import not_found
from local.drs.operations.context import Context
from local.drs.state import Document


def tag_resource(context: Context, params: Document) -> Document:
    """Add tags; a key that exists gets the new value."""
    tags = _tags_of(context, params["resourceArn"])
    check_tags({**tags, **params["tags"]})
    tags.update(params["tags"])
    return {}


def untag_resource(context: Context, params: Document) -> Document:
    """Remove tags; a key that does not exist is no error."""
    tags = _tags_of(context, params["resourceArn"])
    for key in params["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(context: Context, params: Document) -> Document:
    """Return the tags of a resource."""
    return {"tags": dict(_tags_of(context, params["resourceArn"]))}


def _tags_of(context: Context, resource_arn: str) -> dict[str, str]:
    """Return the tags, to be changed in place; raises ResourceNotFoundException."""
    kind, _, resource_id = resource_arn.rpartition(":")[2].partition("/")
    if context.arn(kind, resource_id) == resource_arn:
        estate = context.estate
        if kind == "source-server" and resource_id in estate.servers:
            return estate.servers[resource_id].tags
        if kind == "job" and resource_id in estate.jobs:
            return estate.jobs[resource_id].tags
        instance = estate.instances.get(resource_id)
        if kind == "recovery-instance" and instance and instance.exists(context.now):
            return instance.tags
    raise not_found(kind.replace("-", "_").upper(), resource_arn)
