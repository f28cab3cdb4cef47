"""All runs of the benchmark, on as many processes as there are cores."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace

from local.arguments import CannotTry
from local.bench import workers
from local.bench.figures import Figures
from local.bench.kept import KeptRuns
from local.bench.plans import Json, PlanShape
from local.bench.policies import Policy
from local.bench.summary import counts, oracles, overall, plan_report, times
from local.bench.trial import Trial
from local.bench.workers import CampaignEnded
from local.interrupts import heard_once, held_back

MODES = ("DRILL", "RECOVERY")
COMPARED = (Policy.SEQUENTIAL, Policy.LEVELS, Policy.JOB_PER_SERVER)
# With more servers than this, a run of one job per server takes minutes.
_MANY_JOBS = 300
_TELLS_EVERY_SECONDS = 60.0
Tell = Callable[[str], object]
Series = Callable[[], list[Figures]]


def seeds_of(policy: Policy, trial: Trial, seeds: int) -> int:
    """Return how many of the seeds a policy is measured with: one where each takes minutes."""
    is_large = len(trial.inventory["items"]) > _MANY_JOBS
    return 1 if is_large and policy is Policy.JOB_PER_SERVER else seeds


def trial_of(plan: PlanShape) -> Trial:
    """Return the drill of one of the ten plans with seed 0."""
    return Trial(plan.document(), plan.inventory(), paces=plan.paces())


class Campaign:
    """Runs trials in `processes` of their own; use it as a context manager.

    One process holds one world at a time. What runs when an error or Ctrl-C ends the campaign gives
    up with CampaignEnded: nobody waits for it. `tell` hears which series has ended, and once a
    minute how many runs have. `kept`: runs that need not be run again, and where those that end go.
    `ended`: how many runs have that were not kept.
    """

    def __init__(
        self,
        processes: int | None = None,
        tell: Tell = lambda _: None,
        kept: KeptRuns | None = None,
    ) -> None:
        self._is_over = multiprocessing.RawValue(ctypes.c_bool, False)
        self._pool = ProcessPoolExecutor(
            processes or os.cpu_count(), initializer=workers.begin, initargs=(self._is_over,)
        )
        with held_back():
            # They begin with what is submitted first.
            self._pool.submit(os.getpid)
        self._tell = tell
        self._kept = kept
        self._lock = threading.Lock()
        self._ears = ExitStack()
        self._begun = self.ended = 0
        self._unkept: CannotTry | None = None
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Campaign:
        self._ears.enter_context(heard_once())
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._ears:
            if kind is not None:
                self._is_over.value = True
            self._pool.shutdown(cancel_futures=True)

    def begin(self, trial: Trial, seeds: int) -> Series:
        """Queue a trial with the seeds 0, 1, ...; what is returned waits for its figures."""
        runs = [self._submit(replace(trial, seed=seed)) for seed in range(seeds)]

        def finish() -> list[Figures]:
            figures = [self._result(run) for run in runs]
            self._tell(
                f"{trial.plan['name']} {trial.execution_type}, {trial.policy.words}:"
                f" {seeds} {'seed' if seeds == 1 else 'seeds'},"
                f" {trial.lost_share:.0%} of the events lost"
                f"{', phase barrier' if trial.phase_barrier else ''}"
            )
            return figures

        return finish

    def _result(self, run: Future[Figures]) -> Figures:
        """Wait for a run; raises CannotTry if what ended meanwhile could not be kept."""
        with suppress(CampaignEnded):
            figures = run.result()
            if self._unkept is None:
                return figures
        raise self._unkept or CampaignEnded

    def _submit(self, trial: Trial) -> Future[Figures]:
        figures = self._kept.get(trial) if self._kept else None
        if figures is not None:
            known: Future[Figures] = Future()
            known.set_result(figures)
            return known
        run = self._pool.submit(workers.run, trial)
        with self._lock:
            self._begun += 1
        run.add_done_callback(lambda ended: self._note(trial, ended))
        return run

    def _note(self, trial: Trial, run: Future[Figures]) -> None:
        """Keep what a run has come to, and say now and then how far all is."""
        if run.cancelled() or run.exception():
            return
        with self._lock:
            if self._kept:
                try:
                    self._kept.keep(trial, run.result())
                except CannotTry as error:
                    self._unkept, self._is_over.value = error, True
            self.ended += 1
            now = time.monotonic()
            if now - self._told > _TELLS_EVERY_SECONDS:
                self._told = now
                minutes = (now - self._began) / 60
                self._tell(f"{self.ended} of {self._begun} runs, {minutes:.0f} min")

    def series(self, trial: Trial, seeds: int) -> list[Figures]:
        """Return the figures of a trial with the seeds 0, 1, ...; raise what a run raises."""
        return self.begin(trial, seeds)()

    def of_plan(self, trial: Trial, seeds: int, policy_seeds: int) -> Json:
        """Return the report of one plan of anybody's: it and the policies it is compared with."""
        if seeds_of(Policy.JOB_PER_SERVER, trial, policy_seeds) < policy_seeds:
            self._tell("jobPerServer: the first seed only, for each takes minutes")
        shipped = self.begin(trial, seeds)
        compared = self._compared(trial, policy_seeds, COMPARED)
        return plan_report(shipped(), {name: finish() for name, finish in compared.items()})

    def of_plans(
        self,
        plans: Sequence[PlanShape],
        seeds: int,
        policy_seeds: int,
        modes: Sequence[str] = MODES,
        barrier_seeds: int = 0,
    ) -> Json:
        """Return the whole benchmark: with events and with every event lost; the same with the
        phase barrier; then comparisons. 0 seeds leave the latter out; those of a RECOVERY have the
        first seed only, for they launch in a drill's order, and some take minutes.
        """
        trials = {plan.name: trial_of(plan) for plan in plans}
        with_barrier = {name: replace(each, phase_barrier=True) for name, each in trials.items()}
        # All begins before anything is waited for, so that it is known how many runs there are.
        of_modes = {mode: self._mode(trials, mode, seeds) for mode in modes}
        barrier = {
            mode: self._mode(with_barrier, mode, barrier_seeds) for mode in modes if barrier_seeds
        }
        policies = self._policies(trials, policy_seeds, modes) if policy_seeds else None
        report: Json = {
            "seeds": seeds,
            "policySeeds": policy_seeds,
            "barrierSeeds": barrier_seeds,
            "modes": {mode: finish() for mode, finish in of_modes.items()},
        }
        for mode, finish in barrier.items():
            report["modes"][mode]["phaseBarrier"] = finish()
        if barrier:
            report["phaseBarrier"] = report["modes"][modes[0]]["phaseBarrier"]["plans"]
        if policies:
            report["policies"] = policies()
        return report

    def _compared(self, trial: Trial, seeds: int, policies: Sequence[Policy]) -> dict[str, Series]:
        """Begin the runs of a plan's policies, all with the same seeds."""
        return {
            policy.value: self.begin(replace(trial, policy=policy), seeds_of(policy, trial, seeds))
            for policy in policies
        }

    def _policies(
        self, trials: dict[str, Trial], seeds: int, modes: Sequence[str]
    ) -> Callable[[], Json]:
        # The shipped one again, with these seeds: luck of others would be no comparison.
        begun = {
            mode: {
                name: self._compared(
                    _in_mode(trial, mode),
                    1 if mode == "RECOVERY" else seeds,
                    (Policy.DATAFLOW, *COMPARED),
                )
                for name, trial in trials.items()
            }
            for mode in modes
        }
        return lambda: {
            mode: {
                name: {policy: times(finish()) for policy, finish in each.items()}
                for name, each in of_mode.items()
            }
            for mode, of_mode in begun.items()
        }

    def golden(self, plans: Sequence[PlanShape], modes: Sequence[str] = MODES) -> Json:
        """Return the exact counts of every plan in every mode with seed 0."""
        trials = [(m, plan.name, _in_mode(trial_of(plan), m)) for m in modes for plan in plans]
        runs = self._pool.map(workers.run, [trial for _, _, trial in trials])
        golden: Json = {mode: {} for mode in modes}
        for (mode, name, _), run in zip(trials, runs, strict=True):
            golden[mode][name] = counts(run)
        return golden

    def _mode(self, trials: dict[str, Trial], mode: str, seeds: int) -> Callable[[], Json]:
        of_mode = {name: _in_mode(each, mode) for name, each in trials.items()}
        begun = {name: self.begin(each, seeds) for name, each in of_mode.items()}
        begun_lost = {
            name: self.begin(replace(each, lost_share=1.0), seeds) for name, each in of_mode.items()
        }

        def finish() -> Json:
            events = {name: finish() for name, finish in begun.items()}
            lost = {name: finish() for name, finish in begun_lost.items()}
            return {
                "plans": {name: plan_report(runs, {}) for name, runs in events.items()},
                "eventsLost": {
                    name: {**times(runs), **oracles(runs)} for name, runs in lost.items()
                },
                "overall": overall(list(events.values())),
                "overallEventsLost": overall(list(lost.values())),
            }

        return finish


def _in_mode(trial: Trial, mode: str) -> Trial:
    return replace(trial, execution_type=mode)
