"""Clean-ups: what a drill launched is terminated, and nothing else."""
