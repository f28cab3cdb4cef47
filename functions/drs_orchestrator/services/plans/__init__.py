"""Plans: what may be recovered, and in which order, as people write it down."""
