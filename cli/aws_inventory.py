"""Reads the source servers of a real account. The only AWS call of the command line."""

from __future__ import annotations

from typing import Any

import boto3
from botocore import exceptions as botocore

from cli.errors import AwsError, BadInput, CliError, MissingCredentials

_LOGIN = "`aws configure` or `aws sso login` sets them up, --profile PROFILE names others"
_REGION = "name the Region that recovers with --region REGION"
_CONFIGURATION_ERRORS = (
    botocore.ConfigNotFound,
    botocore.ConfigParseError,
    botocore.CredentialRetrievalError,
    botocore.InvalidChecksumConfigError,
    botocore.InvalidConfigError,
    botocore.InvalidDefaultsMode,
    botocore.InvalidEndpointConfigurationError,
    botocore.InvalidIMDSEndpointError,
    botocore.InvalidIMDSEndpointModeError,
    botocore.InvalidProxiesConfigError,
    botocore.InvalidRetryConfigurationError,
    botocore.InvalidSTSRegionalEndpointsConfigError,
    botocore.LoginError,
    botocore.MissingDependencyException,
    botocore.NoAuthTokenError,
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.ProfileNotFound,
    botocore.RefreshWithMFAUnsupportedError,
    botocore.SSOError,
    botocore.TokenRetrievalError,
    botocore.UnknownCredentialError,
    botocore.UnknownTokenProviderError,
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
    except botocore.NoRegionError as error:
        raise MissingCredentials(f"no AWS Region is set; {_REGION}") from error
    except _CONFIGURATION_ERRORS as error:
        raise _unusable(error) from error
    except botocore.ClientError as error:
        raise _refusal(error, client.meta.region_name) from error
    except botocore.InvalidRegionError as error:
        reason = str(error).rstrip(".")
        raise BadInput(f"no Region has this name: {reason}; {_REGION}") from error
    except botocore.BotoCoreError as error:
        raise AwsError(f"AWS did not answer: {error}; {_REGION}") from error
    except (OSError, ValueError) as error:
        # A file or program that the configuration names is not there, or says what nobody expects.
        raise _unusable(error) from error


def _unusable(error: Exception) -> MissingCredentials:
    reason = str(error).rstrip(".")
    return MissingCredentials(f"no usable AWS credentials or configuration: {reason}; {_LOGIN}")


def _refusal(error: botocore.ClientError, region: str) -> CliError:
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
