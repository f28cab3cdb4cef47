"""Settings become adapters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from drs_orchestrator.adapters import clients
from drs_orchestrator.adapters.account_store import AccountStore
from drs_orchestrator.adapters.drs_sites import Sites
from drs_orchestrator.adapters.dynamodb import DynamoDBItems
from drs_orchestrator.adapters.executions.store import ExecutionStore
from drs_orchestrator.adapters.items import Items
from drs_orchestrator.adapters.ledger_store import LedgerStore
from drs_orchestrator.adapters.lock_store import LockStore
from drs_orchestrator.adapters.sessions import MakeSession, MemberRole, Sessions
from drs_orchestrator.adapters.step_functions import StepFunctionsWorkflow
from drs_orchestrator.domain.account import Account
from drs_orchestrator.domain.server import Place
from drs_orchestrator.ports.time_and_names import Names, Time
from drs_orchestrator.settings import Settings

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class Adapters:
    """What the use cases stand on; what none of them uses is never made."""

    def __init__(
        self,
        settings: Settings,
        clock: Time,
        names: Names,
        make_session: MakeSession,
        make_items: Callable[[str], Items] | None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._names = names
        self._make_session = make_session
        self._make_items = make_items
        self._home = Place(settings.account_id, settings.region)

    @cached_property
    def _sessions(self) -> Sessions:
        member_role = MemberRole(
            find=self._find_account,
            role_name=self._settings.member_role_name,
            session_name=self._settings.state_machine_name,
        )
        return Sessions(self._home, member_role, self._make_session)

    def _find_account(self, account_id: str) -> Account | None:
        """Look an account up late: its table is read with a session of the home account."""
        return self._accounts.find(account_id)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return clients.dynamodb(self._sessions.at(self._home))

    def _items(self, table: str) -> Items:
        make = self._make_items
        return make(table) if make else DynamoDBItems(self._dynamodb, table)

    @cached_property
    def _executions_table(self) -> Items:
        return self._items(self._settings.executions_table)

    @cached_property
    def _accounts(self) -> AccountStore:
        return AccountStore(self._items(self._settings.accounts_table))

    @cached_property
    def _executions(self) -> ExecutionStore:
        return ExecutionStore(self._executions_table)

    @cached_property
    def _ledgers(self) -> LedgerStore:
        return LedgerStore(self._executions_table)

    @cached_property
    def _sites(self) -> Sites:
        return Sites(self._sessions)

    @cached_property
    def _workflow(self) -> StepFunctionsWorkflow:
        return StepFunctionsWorkflow(self._sessions, self._settings.state_machine_name)

    @cached_property
    def _locks(self) -> LockStore:
        return LockStore(self._executions_table)
