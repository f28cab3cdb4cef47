"""Executions in their table."""
