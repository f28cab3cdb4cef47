"""Actions before and after the launch of a wave."""
