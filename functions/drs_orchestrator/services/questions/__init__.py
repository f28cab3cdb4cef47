"""Questions to people, and what becomes of their answers."""
