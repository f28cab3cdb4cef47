"""What people write, and what the product keeps beside executions: it loads, no write is lost
(I4, I18).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import ValidationError

from drs_orchestrator.adapters.account_store import ACCOUNTS
from drs_orchestrator.adapters.group_items import CLAIMS, GROUPS, NAMES, claimed_server, group_of
from drs_orchestrator.adapters.items import Key
from drs_orchestrator.adapters.recovery_plan_store import PLANS
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.quota import Grant, Limits, QueueEntry
from drs_orchestrator.domain.recovery_plan import RecoveryPlan
from tests.simulation.evidence import Evidence
from tests.simulation.stored import Record

_READERS: dict[str, Callable[[Record], object]] = {
    ACCOUNTS: Account.model_validate,
    CLAIMS: claimed_server,
    GROUPS: group_of,
    # A name is that of a group, or of a plan.
    NAMES: lambda record: record["groupId"] if "groupId" in record else record["planId"],
    PLANS: RecoveryPlan.model_validate,
}
_READERS_OF_LEDGERS: dict[str, Callable[[Record], object]] = {
    "grant": Grant.model_validate,
    "queue": QueueEntry.model_validate,
    "quota": lambda record: Limits.model_validate(record.get("limits", {})),
}
# Read elsewhere: `records.stored_items_load`, and each lock whenever one is written.
_READ_ELSEWHERE = {"EXEC", "LOCK"}
# Which change of a group is under way, and of a plan's groups: without a new version.
_UNDER_WAY = {"fence", "status", "groupsPending"}


def stored_documents_load(now: Evidence) -> Iterator[str]:
    """I18: every stored item is one that the product reads: none is of an unknown kind."""
    for key, record in now.stored:
        kind = key.pk.partition("#")[0]
        if kind in _READ_ELSEWHERE:
            continue
        try:
            _read(kind, record)
        except (KeyError, ValidationError) as error:
            yield f"I18: {key.pk} {key.sk} does not load: {error!r}"


def _read(kind: str, record: Record) -> object:
    if kind == "LEDGER":
        members = {name: value for name, value in record.items() if name != "kind"}
        return _READERS_OF_LEDGERS[record["kind"]](members)
    return _READERS[kind](record)


def documents_keep_every_write(now: Evidence, before: Evidence) -> Iterator[str]:
    """I4: a plan, a group and an account's entry go up by one version with each change."""
    for key, new in now.documents.items():
        old = before.documents.get(key)
        if old is None or old is new:
            continue
        if new["version"] - old["version"] not in {0, 1}:
            yield f"I4: {key.pk} {key.sk}: version {old['version']} became {new['version']}"
        elif old["version"] == new["version"] and _content(old) != _content(new):
            yield f"I4: {key.pk} {key.sk}: version {new['version']} was written twice"


def old_versions_stay(now: Evidence) -> Iterator[str]:
    """I4: of a plan that exists all versions are kept, and the last one is as the plan is."""
    versions = {key: record for key, record in now.stored if key.pk.startswith(f"{PLANS}#")}
    for (_, plan_id), plan in ((key, each) for key, each in now.stored if key.pk == PLANS):
        of_plan = [
            versions.get(Key(f"{PLANS}#{plan_id}", f"VERSION#{number:06d}"))
            for number in range(1, plan["version"] + 1)
        ]
        if None in of_plan:
            yield f"I4: of plan {plan_id} version {of_plan.index(None) + 1} is gone"
        elif of_plan[-1] != _content(plan):
            yield f"I4: plan {plan_id} is not as its version {plan['version']} is on record"


def _content(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _UNDER_WAY}
