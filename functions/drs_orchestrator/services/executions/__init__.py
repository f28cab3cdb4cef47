"""Executions: started, controlled, looked after, and brought to an end."""
