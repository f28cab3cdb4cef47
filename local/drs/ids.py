"""Identifiers and ARNs as DRS makes them, drawn from a seed and a counter instead of at random."""

from __future__ import annotations

import hashlib

# Real identifiers begin with a digit that depends on the Region; these three were observed.
_REGION_DIGITS = {"us-east-1": "3", "us-east-2": "4", "us-west-2": "5"}


def digest(*parts: object) -> str:
    """Return a hex digest of `parts` that is the same in every process."""
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).hexdigest()


def region_digit(region: str) -> str:
    """Return the hex digit that identifiers of `region` begin with."""
    return _REGION_DIGITS.get(region) or digest(region)[0]


def regional_id(prefix: str, region: str, *parts: object) -> str:
    """Return `<prefix>-` and 17 hex digits; the first stands for the Region."""
    return f"{prefix}-{region_digit(region)}{digest(prefix, region, *parts)[:16]}"


def ec2_id(prefix: str, *parts: object) -> str:
    """Return an EC2 identifier such as `i-0123456789abcdef0`: 17 hex digits, the first a zero."""
    return f"{prefix}-0{digest(prefix, *parts)[:16]}"


def partition(region: str) -> str:
    """Return the AWS partition of `region`."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def arn(account_id: str, region: str, kind: str, resource_id: str) -> str:
    """Return the ARN of a DRS resource; `kind` is e.g. `job`."""
    return f"arn:{partition(region)}:drs:{region}:{account_id}:{kind}/{resource_id}"
