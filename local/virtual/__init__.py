"""The same workflow and stores with nothing real below: for proof and for benchmarks."""
