"""Systems Manager by script, on a clock that tests move, and the adapter that is shipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from drs_orchestrator.adapters.action_sites import BotoActionSites
from drs_orchestrator.adapters.automations import BotoAutomations
from drs_orchestrator.adapters.sessions import Sessions
from drs_orchestrator.domain.server import Place
from local.clock import ManualClock
from local.ssm import Ssm, read_documents
from tests.contract.aws_laptop import HOME, AwsLaptop
from tests.contract.drs_service import SERVER_A

HERE = Place(HOME.account_id, HOME.region)


class AutomationLaptop:
    """What runs automations, and its truth."""

    def __init__(self, clock: ManualClock, ssm: Ssm) -> None:
        self.clock = clock
        self.ssm = ssm
        self.sites = BotoActionSites(Sessions(HERE))

    @property
    def automations(self) -> BotoAutomations:
        """The adapter."""
        return self.sites.automations(HERE)

    def started(self) -> list[str]:
        """Return the ids of the automations that were really started."""
        return list(self.ssm.truth(*HOME))

    def statuses(self) -> list[str]:
        """Return what became of them."""
        return [status for _, status in self.ssm.truth(*HOME).values()]


@contextmanager
def automation_laptop(scripts: Mapping[str, object]) -> Iterator[AutomationLaptop]:
    """Yield a laptop whose documents follow the scripts."""
    made: list[Ssm] = []

    def services(laptop: AwsLaptop) -> dict[str, Ssm]:
        made.append(Ssm(laptop.simulator, laptop.setting, read_documents(scripts)))
        return {"ssm": made[0]}

    with (
        AwsLaptop(SERVER_A, services=services) as started,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ENDPOINT_URL_SSM", started.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        patch.delenv("AWS_PROFILE", raising=False)
        yield AutomationLaptop(started.clock, made[0])
