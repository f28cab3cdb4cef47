"""Preparation: what an execution is to recover, as it is found when it starts."""
