"""The way of the servers of one LAUNCH job through its phases.

    [CLEANUP_START CLEANUP_END] SNAPSHOT_START SNAPSHOT_END
    [CONVERSION_START CONVERSION_END] LAUNCH_START (LAUNCH_END | LAUNCH_FAILED)

LAUNCH_END is not among the events of botocore's model, yet real logs have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.drs.behaviour import Behaviour
from local.drs.draws import STOPPING_SECONDS, Draws
from local.drs.faults import Phase, ServerFault, ServerFaultKind
from local.drs.state import JobEvent

STALE_AFTER_SECONDS = 600.0


@dataclass(frozen=True)
class Launch:
    """What decides the course of one server through the job."""

    source_server_id: str
    attempt: int
    draws: Draws
    windows: bool
    extra_disks: int
    lag_seconds: float
    replaces_instance: bool
    fast: bool
    starts_stopped: bool
    conversion_server_id: str
    instance_id: str
    fault: ServerFault | None

    def suffers(self, kind: ServerFaultKind) -> bool:
        """Return whether the fault of this launch is `kind`."""
        return self.fault is not None and self.fault.kind is kind

    def delay_in(self, phase: Phase) -> float | None:
        """Return the extra seconds that a fault adds to `phase`; None: it never ends."""
        stuck = self.fault is not None and self.fault.kind is ServerFaultKind.STUCK
        if self.fault is None or not stuck or self.fault.phase is not phase:
            return 0.0
        return self.fault.seconds


@dataclass
class Track:
    """One server on its way; `at` is where it stands."""

    launch: Launch
    at: datetime
    events: list[JobEvent] = field(default_factory=list)
    cleaned_up: tuple[datetime, datetime | None] | None = None
    launch_started_at: datetime | None = None
    ended_at: datetime | None = None
    succeeded: bool = False
    lost_step: bool = False
    stuck: bool = False

    @property
    def under_way(self) -> bool:
        """Whether it moves on."""
        return self.ended_at is None and not self.stuck

    def log(self, event: str, **data: str) -> None:
        """Write a line into the job's log."""
        self.events.append(
            JobEvent(self.at, event, {**data, "sourceServerID": self.launch.source_server_id})
        )

    def pass_time(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.at += timedelta(seconds=seconds)

    def end(self, *, succeeded: bool) -> None:
        """Note that it has come to its end."""
        self.ended_at, self.succeeded = self.at, succeeded


class Course:
    """Moves the tracks of one job through its phases."""

    def __init__(self, tracks: list[Track], behaviour: Behaviour) -> None:
        self.tracks = tracks
        self.barrier = behaviour.phase_barrier
        size_factor = behaviour.job_size_factor(len(tracks))
        self.factors = {
            each.launch.source_server_id: size_factor
            * behaviour.pace_of(each.launch.source_server_id)
            for each in tracks
        }

    def run(self) -> None:
        """Take every track to its end, or to where it is stuck."""
        self._skip()
        self._phase(Phase.CLEANUP, self._replacing(), lambda launch: launch.draws.cleanup())
        self._phase(Phase.SNAPSHOT, self.tracks, _snapshot_seconds)
        self._fail_silently()
        converting = [track for track in self.tracks if not track.launch.fast]
        for track in converting:
            track.pass_time(track.launch.draws.conversion_boot())
        self._phase(Phase.CONVERSION, converting, self._conversion_seconds)
        self._start_launch()
        self._finish_launch()

    def _skip(self) -> None:
        for track in self.tracks:
            if track.launch.suffers(ServerFaultKind.SKIPPED):
                track.log("SERVER_SKIPPED")
                track.end(succeeded=False)

    def _replacing(self) -> list[Track]:
        """Return the tracks that remove an instance; a silent failure comes before that."""
        return [
            track
            for track in self.tracks
            if track.launch.replaces_instance
            and not track.launch.suffers(ServerFaultKind.SILENT_FAILURE)
        ]

    def _phase(self, phase: Phase, tracks: list[Track], seconds: Callable[[Launch], float]) -> None:
        tracks = [track for track in tracks if track.under_way]
        self._meet(tracks)
        for track in tracks:
            track.pass_time(track.launch.draws.jitter(f"{phase}-start"))
            track.log(f"{phase}_START")
            begun = track.at
            track.pass_time(seconds(track.launch))
            self._hold_up(track, phase)
            if phase is Phase.CLEANUP:
                track.cleaned_up = (begun, None if track.stuck else track.at)
        self._meet(tracks)
        for track in tracks:
            if track.under_way:
                track.pass_time(track.launch.draws.jitter(f"{phase}-end"))
                track.log(f"{phase}_END", **_end_data(phase, track.launch))

    def _meet(self, tracks: list[Track]) -> None:
        """Let every track wait for the last, but not for one that a fault holds up."""
        together = [track for track in tracks if track.under_way and not track.lost_step]
        if self.barrier and together:
            last = max(track.at for track in together)
            for track in together:
                track.at = last

    def _hold_up(self, track: Track, phase: Phase) -> None:
        delay = track.launch.delay_in(phase)
        if delay is None:
            track.stuck = True
        elif delay:
            track.pass_time(delay)
            track.lost_step = True

    def _fail_silently(self) -> None:
        for track in self.tracks:
            if track.under_way and track.launch.suffers(ServerFaultKind.SILENT_FAILURE):
                track.end(succeeded=False)

    def _conversion_seconds(self, launch: Launch) -> float:
        drawn = launch.draws.conversion(windows=launch.windows, extra_disks=launch.extra_disks)
        return drawn * self.factors[launch.source_server_id]

    def _start_launch(self) -> None:
        tracks = [track for track in self.tracks if track.under_way]
        self._meet(tracks)
        for track in tracks:
            track.pass_time(track.launch.draws.launch_gap())
            track.log("LAUNCH_START")
            track.launch_started_at = track.at

    def _finish_launch(self) -> None:
        for track in self.tracks:
            if not track.under_way:
                continue
            fault = track.launch.fault
            if fault is not None and fault.kind is ServerFaultKind.LAUNCH_FAILED:
                track.pass_time(fault.after_seconds)
                track.log("LAUNCH_FAILED", rawError=fault.raw_error)
                track.end(succeeded=False)
                continue
            drawn = track.launch.draws.launch(windows=track.launch.windows)
            drawn *= self.factors[track.launch.source_server_id]
            track.pass_time(drawn + (STOPPING_SECONDS if track.launch.starts_stopped else 0.0))
            self._hold_up(track, Phase.LAUNCH)
            if not track.stuck:
                track.log("LAUNCH_END", targetInstanceID=track.launch.instance_id)
                track.end(succeeded=True)


def _snapshot_seconds(launch: Launch) -> float:
    return launch.draws.snapshot(lagging=launch.lag_seconds > STALE_AFTER_SECONDS)


def _end_data(phase: Phase, launch: Launch) -> dict[str, str]:
    if phase is Phase.CONVERSION:
        return {"conversionServerID": launch.conversion_server_id}
    return {}
