"""The constructs that the stacks repeat."""
