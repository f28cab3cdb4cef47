"""The whole future of a LAUNCH job, drawn when the job is created."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from local.drs.behaviour import Behaviour
from local.drs.course import Course, Launch, Track
from local.drs.draws import Draws
from local.drs.faults import Phase, ServerFaultKind
from local.drs.state import JobEvent, Participant

_EARLY = {ServerFaultKind.SILENT_FAILURE, ServerFaultKind.SKIPPED}


@dataclass(frozen=True)
class Timeline:
    """What became of the job. `cleaned_up`: when each replaced instance went (None: never)."""

    started_at: datetime | None
    ended_at: datetime | None
    participants: list[Participant]
    events: list[JobEvent]
    cleaned_up: dict[str, tuple[datetime, datetime | None]]


def draw_timeline(created_at: datetime, launches: list[Launch], behaviour: Behaviour) -> Timeline:
    """Return the future of a job of `launches` created at `created_at`."""
    if not launches:
        return _empty(created_at)
    lead = min(launches, key=lambda launch: launch.source_server_id).draws
    holds = [launch.delay_in(Phase.JOB_START) for launch in launches]
    if None in holds:
        return Timeline(None, None, [_waiting(launch) for launch in launches], [], {})
    hold = max(hold for hold in holds if hold is not None)
    started_at = created_at + timedelta(seconds=lead.job_start() + hold)
    tracks = [Track(launch, started_at + timedelta(seconds=0.4)) for launch in launches]
    Course(tracks, behaviour).run()
    ended_at = _job_end(tracks, lead)
    events = sorted((event for track in tracks for event in track.events), key=lambda e: e.at)
    job_end = [JobEvent(ended_at, "JOB_END", {})] if ended_at else []
    return Timeline(
        started_at,
        ended_at,
        [_participant(track) for track in tracks],
        [JobEvent(started_at, "JOB_START", {}), *events, *job_end],
        {t.launch.source_server_id: t.cleaned_up for t in tracks if t.cleaned_up},
    )


def _job_end(tracks: list[Track], lead: Draws) -> datetime | None:
    """Return when the job ends: a moment after its last server, at once if none got to a launch."""
    holds = [track.launch.delay_in(Phase.JOB_END) for track in tracks]
    ends = [track.ended_at for track in tracks]
    if None in holds or None in ends:
        return None
    only_early = all(track.launch.fault and track.launch.fault.kind in _EARLY for track in tracks)
    tail = 0.05 if only_early else lead.job_end()
    hold = max(hold for hold in holds if hold is not None)
    return max(end for end in ends if end is not None) + timedelta(seconds=tail + hold)


def _participant(track: Track) -> Participant:
    return Participant(
        track.launch.source_server_id,
        track.launch.attempt,
        track.launch_started_at,
        track.ended_at,
        track.succeeded,
    )


def _empty(created_at: datetime) -> Timeline:
    """Return the timeline of a job that lost all its servers."""
    started_at, ended_at = created_at + timedelta(seconds=0.4), created_at + timedelta(seconds=1)
    events = [JobEvent(started_at, "JOB_START", {}), JobEvent(ended_at, "JOB_END", {})]
    return Timeline(started_at, ended_at, [], events, {})


def _waiting(launch: Launch) -> Participant:
    return Participant(launch.source_server_id, launch.attempt, None, None, succeeded=False)
