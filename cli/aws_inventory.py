"""Reads the source servers of a real account. The only AWS call of the command line."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    UnauthorizedSSOTokenError,
)

from cli.errors import AwsError, BadInput, CliError, MissingCredentials

_LOGIN = "`aws configure` or `aws sso login` sets them up, --profile PROFILE names others"
_REGION = "name the Region that recovers with --region REGION"
_CONFIGURATION_ERRORS = (
    ConfigParseError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    UnauthorizedSSOTokenError,
)
_CREDENTIAL_CODES = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


def describe_source_servers(region: str | None, profile: str | None) -> list[dict[str, Any]]:
    """Return all source servers as DRS describes them; raise MissingCredentials or AwsError."""
    try:
        client = boto3.Session(profile_name=profile, region_name=region).client("drs")
        pages = client.get_paginator("describe_source_servers").paginate()
        return [dict(server) for page in pages for server in page["items"]]
    except NoRegionError as error:
        raise MissingCredentials(f"no AWS Region is set; {_REGION}") from error
    except _CONFIGURATION_ERRORS as error:
        raise MissingCredentials(f"no usable AWS credentials: {error}; {_LOGIN}") from error
    except ClientError as error:
        raise _refusal(error, client.meta.region_name) from error
    except ValueError as error:
        # boto3 answers a Region that cannot be a host name with one.
        reason = str(error).rstrip(".")
        raise BadInput(f"no Region has this name: {reason}; {_REGION}") from error
    except BotoCoreError as error:
        raise AwsError(f"AWS did not answer: {error}; {_REGION}") from error


def _refusal(error: ClientError, region: str) -> CliError:
    code = error.response.get("Error", {}).get("Code", "")
    reason = error.response.get("Error", {}).get("Message") or code
    if code in _CREDENTIAL_CODES:
        return MissingCredentials(f"AWS does not accept the credentials: {reason}; {_LOGIN}")
    if code == "UninitializedAccountException":
        return AwsError(
            f"Elastic Disaster Recovery is not initialized in {region}; initialize it in the"
            f" console, or {_REGION}"
        )
    if code == "AccessDeniedException":
        return AwsError(f"{reason} (in {region}); allow drs:DescribeSourceServers")
    return AwsError(f"DRS in {region} answered {code}: {reason}")
