"""Every private seam of moto that the laptop touches; nothing else in the project may.

moto's Step Functions interpreter runs the shipped definition, but in real time, with Lambda in
Docker, and with losses at its API. The modules of this package mend that, one concern each. They
are written against one version of moto, checked when they are applied.
"""

from __future__ import annotations

from local.moto_patches.seams import Patches, UnsupportedMoto, load_moto

__all__ = ["Patches", "UnsupportedMoto", "load_moto"]
