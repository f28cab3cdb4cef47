"""GetLaunchConfiguration and UpdateLaunchConfiguration."""

from __future__ import annotations

import copy

from local.drs.errors import not_found
from local.drs.operations.context import Context
from local.drs.state import Document, Server


def get_launch_configuration(context: Context, params: Document) -> Document:
    """Return a server's launch configuration."""
    return copy.deepcopy(_server(context, params).launch_configuration)


def update_launch_configuration(context: Context, params: Document) -> Document:
    """Change the members that are given, leave the others, and return all of them."""
    server = _server(context, params)
    changes = {name: value for name, value in params.items() if value is not None}
    server.launch_configuration.update(copy.deepcopy(changes))
    return copy.deepcopy(server.launch_configuration)


def _server(context: Context, params: Document) -> Server:
    server = context.estate.servers.get(params["sourceServerID"])
    if server is None:
        raise not_found("SOURCE_SERVER", params["sourceServerID"])
    return server
