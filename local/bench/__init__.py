"""The benchmark: recovery time against a lower bound, and counts, all in virtual time."""
