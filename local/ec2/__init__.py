"""The slice of EC2 that health gates read: recovery instances and their status checks."""

from __future__ import annotations

from local.ec2.service import Ec2, Ec2Faults, Ec2Timing

__all__ = ["Ec2", "Ec2Faults", "Ec2Timing"]
