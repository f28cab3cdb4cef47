"""What leaves the product, for where, and what may never leave it (I15, I20, I21, I23)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from drs_orchestrator.domain.action import ActionRecord
from drs_orchestrator.domain.action_run import client_token
from drs_orchestrator.domain.execution import Execution
from local.drs import CallRecord
from local.drs.state import Scope
from tests.simulation.evidence import Evidence

# More than a plan may ask for.
_MOST_TRIES = 12
# Nothing of IAM, CloudFront, Route 53, ACM or Organizations: their control planes are elsewhere.
_OPERATIONS: Mapping[str, set[str]] = {
    "drs": {
        "DescribeJobs",
        "DescribeRecoveryInstances",
        "DescribeRecoverySnapshots",
        "DescribeSourceServers",
        "StartRecovery",
        "TerminateRecoveryInstances",
    },
    "dynamodb": {
        "BatchGetItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
    },
    "ec2": {"DescribeInstanceStatus", "DescribeInstances"},
    "lambda": {"Invoke"},
    "scheduler": {"CreateSchedule", "DeleteSchedule"},
    "servicequotas": {"GetServiceQuota"},
    "ssm": {
        "DescribeInstanceInformation",
        "GetAutomationExecution",
        "StartAutomationExecution",
        "StopAutomationExecution",
    },
    "states": {"DescribeExecution", "SendTaskSuccess", "StartExecution"},
    "sts": {"AssumeRole"},
}
_READ_BEFORE = {"DescribeJobs", "DescribeSourceServers"}


def calls_go_where_things_are(now: Evidence) -> Iterator[str]:
    """I15: a call of DRS is made in the account and Region that really hold what it names: source
    servers, recovery instances and jobs, whatever is on record of them.

    What is nowhere is in nobody's place: a job may have vanished, a server have been mistyped.
    """
    held = {
        scope: now.servers.get(scope, frozenset[str]()).union(
            (each.instance_id for each in truth.instances), (job.job_id for job in truth.jobs)
        )
        for scope, truth in now.truths.items()
    }
    everything = frozenset[str]().union(*held.values())
    for call in now.calls:
        here = held.get(Scope(call.account_id, call.region), frozenset())
        elsewhere = (_named_in(call) - here) & everything
        if elsewhere:
            place = f"{call.account_id} {call.region}"
            yield f"I15: {call.operation} in {place} names {min(elsewhere)}, which is elsewhere"


def _named_in(call: CallRecord) -> set[str]:
    """Return the source servers, recovery instances and jobs that a call names."""
    parts = {**call.params, **call.params.get("filters", {})}
    launched = [each["sourceServerID"] for each in parts.get("sourceServers", ())]
    snapshots_of = [parts["sourceServerID"]] if "sourceServerID" in parts else []
    lists = ("sourceServerIDs", "recoveryInstanceIDs", "jobIDs")
    return {*launched, *snapshots_of, *(id_ for name in lists for id_ in parts.get(name, ()))}


def only_known_calls(now: Evidence) -> Iterator[str]:
    """I20: the operations of all calls, and the places of those of DRS: where the groups are.

    What a request reads before there is a group, and an event of others, lead to any inventory.
    """
    for name in now.operations:
        service, _, operation = name.partition(".")
        if operation not in _OPERATIONS.get(service, ()):
            yield f"I20: {name} was called"
    for call in now.calls:
        is_a_strangers = call.operation == "StartRecovery" and not call.params.get("tags")
        is_anywhere = is_a_strangers or call.operation in _READ_BEFORE
        allowed = now.truths if is_anywhere else now.places
        if (call.account_id, call.region) not in allowed:
            yield f"I20: {call.operation} in {call.account_id} {call.region}"


def secrets_are_kept(now: Evidence) -> Iterator[str]:
    """I21: no credential and no external id is on record, in a workflow or in a call of DRS."""
    for secret in now.secrets:
        yield from (f"I21: a secret is told in {where}" for where in now.told if secret in where)


def automations_are_of_recorded_tries(now: Evidence) -> Iterator[str]:
    """I23: each automation belongs to one try of one action on record, each try to one at most."""
    known = set()
    for records in now.executions.values():
        header = {k: v for k, v in records.header.items() if k != "recordType"}
        for each in records.actions:
            record = ActionRecord.model_validate(each)
            tries = [(record.attempt, t) for t in range(1, record.tries + 1)]
            tries += [(a, t) for a in range(1, record.attempt) for t in range(1, _MOST_TRIES + 1)]
            known |= {
                client_token(Execution.model_validate(header), record.changed(attempt=a, tries=t))
                for a, t in tries
            }
    for token, times in Counter(now.automations).items():
        if times > 1:
            yield f"I23: {times} automations for one try"
        if token not in known:
            yield f"I23: an automation with {token} is of no recorded try"
