"""Which CloudFormation resource types the laptop creates or leaves out, and their names."""

from __future__ import annotations

from typing import Any

from local.deployment import FunctionDefinition, StateMachineDefinition, TableDefinition
from local.events.rules import Rule, RuleError
from local.intrinsics import Place
from local.targets import kind_of

TABLE = "AWS::DynamoDB::Table"
FUNCTION = "AWS::Lambda::Function"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
RULE = "AWS::Events::Rule"
SCHEDULE_GROUP = "AWS::Scheduler::ScheduleGroup"
CREATED = frozenset({TABLE, FUNCTION, STATE_MACHINE, RULE, SCHEDULE_GROUP})

# Left out on purpose: permissions, keys, logs and the HTTP front of the API, which uvicorn serves
# here.
LEFT_OUT = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CDK::Metadata",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
    }
)

_NAME_PROPERTY = {
    TABLE: "TableName",
    FUNCTION: "FunctionName",
    STATE_MACHINE: "StateMachineName",
    RULE: "Name",
    SCHEDULE_GROUP: "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
_ARN_FORMAT = {
    TABLE: "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    FUNCTION: "arn:{partition}:lambda:{region}:{account}:function:{name}",
    STATE_MACHINE: "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
    RULE: "arn:{partition}:events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{name}",
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
}
_TABLE_CREATE_PROPERTIES = (
    "KeySchema",
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "DeletionProtectionEnabled",
    "TableClass",
    "Tags",
)
# Encryption has no meaning here, and nothing reads the contributor insights of a laptop.
_TABLE_LEFT_OUT_PROPERTIES = ("SSESpecification", "ContributorInsightsSpecification")
_TABLE_OTHER_PROPERTIES = (
    "TableName",
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
)


def name_property(resource_type: str) -> str:
    """Return the property that fixes a resource's name ("" where the type has none)."""
    return _NAME_PROPERTY.get(resource_type, "")


def arn_of(resource_type: str, **parts: str) -> str:
    """Return the ARN of a resource; KeyError where the type has none that we know."""
    return _ARN_FORMAT[resource_type].format(**parts)


def table(name: str, properties: dict[str, Any], place: Place) -> TableDefinition:
    """Return the table that `properties` (resolved) describe; refuses what it would ignore."""
    known = {*_TABLE_CREATE_PROPERTIES, *_TABLE_LEFT_OUT_PROPERTIES, *_TABLE_OTHER_PROPERTIES}
    for unknown in sorted(properties.keys() - known):
        raise place.error(f"the table property {unknown} is not supported")
    ttl = properties.get("TimeToLiveSpecification")
    recovery = properties.get("PointInTimeRecoverySpecification", {})
    return TableDefinition(
        name=name,
        create={key: properties[key] for key in _TABLE_CREATE_PROPERTIES if key in properties},
        time_to_live=ttl,
        point_in_time_recovery=bool(recovery.get("PointInTimeRecoveryEnabled")),
    )


def function(name: str, arn: str, properties: dict[str, Any], place: Place) -> FunctionDefinition:
    """Return the function that `properties` (resolved) describe."""
    if "Handler" not in properties:
        raise place.error("the function has no Handler (container images are not supported)")
    return FunctionDefinition(
        name=name,
        arn=arn,
        handler=properties["Handler"],
        environment=properties.get("Environment", {}).get("Variables", {}),
        memory_mb=int(properties.get("MemorySize", 128)),
        timeout_seconds=int(properties.get("Timeout", 3)),
    )


def state_machine(name: str, properties: dict[str, Any], place: Place) -> StateMachineDefinition:
    """Return the state machine that `properties` (resolved) describe."""
    if "DefinitionString" not in properties:
        raise place.error("the state machine has no DefinitionString")
    definition = properties["DefinitionString"]
    for token, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace("${" + token + "}", str(value))
    if "${" in definition:
        token = definition.partition("${")[2].partition("}")[0]
        raise place.error(f"the definition uses ${{{token}}}, which has no substitution")
    return StateMachineDefinition(
        name=name,
        definition=definition,
        role_arn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
    )


def rule(name: str, properties: dict[str, Any], place: Place) -> Rule:
    """Return the rule of the event bus that `properties` (resolved) describe."""
    try:
        found = Rule.from_properties(name, properties)
    except RuleError as error:
        raise place.error(str(error)) from error
    for target in found.targets:
        if kind_of(target.arn) is None:
            raise place.error(f"the target {target.arn} is neither a function nor a state machine")
    return found
