"""The product's version.

The function's code asset holds the package alone, without the metadata of a distribution, so the
version stands here; a test holds it against pyproject.toml.
"""

from __future__ import annotations

VERSION = "0.1.0"
