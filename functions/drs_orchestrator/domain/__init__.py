"""The rules of recovery: frozen models and pure functions, no AWS and no clock."""
