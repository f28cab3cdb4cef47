"""`drsctl`: the command line of the orchestrator, a client of its REST API."""
