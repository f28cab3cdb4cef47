"""The REST API: HTTP in, use cases, JSON out. Knows FastAPI; nothing below does."""
