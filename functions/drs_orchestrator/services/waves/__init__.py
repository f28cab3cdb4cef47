"""Waves: from the turnstile through the launch to the verdict."""
