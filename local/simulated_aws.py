"""The AWS services around DRS: simulated, made for one another, on the laptop's one clock."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from local.clock import PassingClock
from local.courier import Deliver, DeliveryFailed
from local.deployment import Deployment
from local.drs import Simulator
from local.drs.state import Scope
from local.ec2 import Ec2
from local.engine import Engine, moto_application
from local.events import DrsEvents, EventBus, StatusChange
from local.faults_file import FaultsFile
from local.function_directory import Functions
from local.function_scripts import ScriptedFunctions
from local.persistence import SnapshotPart
from local.probes import Prober
from local.protocols.endpoint import Setting
from local.scheduler import Scheduler
from local.service_quotas import ServiceQuotas
from local.ssm import DocumentScript, Ssm
from local.ssm.documents import ANY_DOCUMENT
from local.sts import Sts, member_roles
from local.targets import Targets
from local.ticker import Ticker


class SimulatedAws:
    """Every service that the laptop simulates, with the knobs and the truth of each.

    `simulator` holds its inventory already: its home is where everything stands, and every account
    in it offers the member role. Unless scripted, an Automation document succeeds, a port answers
    once its instance is up, and a function that nobody deployed is unknown.

    A restart keeps (`parts`) DRS, automations, schedules, credentials, and events and scheduled
    invocations under way. It forgets scripts, faults, the records of calls, and asynchronous
    invocations of functions; EC2, agents and probes follow from what DRS launched.
    """

    def __init__(
        self, simulator: Simulator, clock: PassingClock, faults: FaultsFile, *, seed: int
    ) -> None:
        self.simulator = simulator
        self._deliver: Deliver = _refuse
        home = Scope(*simulator.home)
        setting = Setting(clock, home, seed=seed)
        self.sts = Sts(
            member_roles(scope.account_id for scope in simulator.scopes), setting, faults.sts
        )
        setting = replace(setting, account_of=self.sts.account_of)
        # moto knows parameters and subnets, those of one account. It must not answer for the
        # others: what it would accept there (a rule, a schedule group) would never do anything.
        beside_moto = replace(setting, fallback=_moto)
        documents = {ANY_DOCUMENT: [DocumentScript()], **faults.automation_documents}
        self.ssm = Ssm(simulator, beside_moto, documents, faults.ssm)
        self.ec2 = Ec2(simulator, beside_moto, faults.ec2)
        self.service_quotas = ServiceQuotas(
            lambda: simulator.faults.quotas, setting, faults.service_quotas
        )
        self.scheduler = Scheduler(setting, self._deliver_later, faults.scheduler)
        self.event_bus = EventBus(setting, self._deliver_later, faults=faults.events)
        self.drs_events = DrsEvents(
            simulator,
            lambda: simulator.scopes,
            clock,
            self.event_bus.receive,
            faults.drs_events,
            seed=seed,
        )
        self.prober = Prober(simulator, clock, faults.probes)
        self.functions = ScriptedFunctions(clock, faults.functions)

    @property
    def applications(self) -> Mapping[str, WSGIApplication]:
        """Who answers instead of moto, by SigV4 service name."""
        return {
            "drs": self.simulator,
            "ec2": self.ec2,
            "events": self.event_bus,
            "scheduler": self.scheduler,
            "servicequotas": self.service_quotas,
            "ssm": self.ssm,
            "sts": self.sts,
        }

    @property
    def parts(self) -> Mapping[str, SnapshotPart]:
        """What a restart keeps."""
        return {
            "drs": self.simulator,
            "drsEvents": self.drs_events,
            "events": self.event_bus,
            "scheduler": self.scheduler,
            "ssm": self.ssm,
            "sts": self.sts,
        }

    @property
    def other_functions(self) -> Iterable[Functions]:
        """The functions that no template deploys."""
        return (self.prober, self.functions)

    def execution_changed(self, change: StatusChange) -> None:
        """Tell the event bus that an execution of Step Functions started or ended."""
        self.event_bus.receive("", change.event())

    def connect(self, deliver: Deliver, deployment: Deployment) -> None:
        """Let the rules and schedule groups of a deployment reach their targets by `deliver`."""
        self._deliver = deliver
        self.event_bus.rules = deployment.rules
        self.scheduler.groups |= deployment.schedule_groups

    def run(self, stack: contextlib.ExitStack, engine: Engine) -> None:
        """Let events and schedules reach their targets, from now until `stack` closes."""
        import boto3  # noqa: PLC0415 - the engine has set the environment that clients are made in

        targets = Targets(engine.directory, boto3.client("stepfunctions"))
        self.connect(targets.deliver, engine.deployment)
        for name, tick, seconds, shortest_real_seconds in (
            ("scheduler", self.scheduler.tick, 1, 0.02),
            ("event-bus", self.event_bus.tick, 0.25, 0.02),
            # It reads every job and instance there is.
            ("drs-events", self.drs_events.tick, 1, 0.05),
        ):
            ticker = Ticker(
                engine.clock,
                tick,
                seconds=seconds,
                name=name,
                shortest_real_seconds=shortest_real_seconds,
            )
            stack.enter_context(ticker)
        # Entered last, so that no ticker waits for a function that takes its time.
        stack.callback(self.functions.stop)

    def _deliver_later(self, target_arn: str, input_json: str) -> None:
        self._deliver(target_arn, input_json)


def _refuse(target_arn: str, _: str) -> None:
    raise DeliveryFailed(f"{target_arn} cannot be reached before the engine runs")


def _moto(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return moto_application()(environ, start_response)
