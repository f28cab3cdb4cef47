"""What runs in the processes of a campaign: trials, until nobody waits for them any more."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from multiprocessing.connection import wait
from threading import Thread, main_thread

from local.bench.figures import Figures
from local.bench.measure import measure
from local.bench.trial import Trial

# Without a lock, which a process that dies could keep for ever.
_campaign_is_over = multiprocessing.RawValue(ctypes.c_bool, False)
_is_at_work = False
_GIVE_UP = signal.SIGUSR1
_LOOKS_EVERY_SECONDS = 0.2


class CampaignEnded(BaseException):
    """Nobody waits for this run any more. Nothing that is tried can catch it."""


def begin(campaign_is_over: ctypes.c_bool) -> None:
    """Leave Ctrl-C to the parent; end with it when it is killed, not to wait for work for ever.

    `campaign_is_over` is shared with the parent, whose campaign it is.
    """
    global _campaign_is_over  # noqa: PLW0603 - a pool hands nothing else to what it runs
    _campaign_is_over = campaign_is_over
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(_GIVE_UP, _give_up)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_look_after, args=(parent.sentinel,), daemon=True).start()


def run(trial: Trial) -> Figures:
    """Run a trial as `measure` does; raise CampaignEnded soon after its campaign is over.

    Nobody has to kill this process, then. One that is killed while it tells what a run came to
    leaves half of that behind, and the parent waits for the other half for ever.
    """
    global _is_at_work  # noqa: PLW0603 - of this process, as its signals are
    _is_at_work = True
    try:
        return measure(trial)
    finally:
        _is_at_work = False


def _look_after(parent: int) -> None:
    """End when the parent has; interrupt what runs when its campaign is over, wherever it is: in a
    large inventory minutes go by before anything happens in the simulation.
    """
    while not wait([parent], timeout=_LOOKS_EVERY_SECONDS):
        if _campaign_is_over.value:
            signal.pthread_kill(main_thread().ident or 0, _GIVE_UP)
    os._exit(1)


def _give_up(_number: int, _frame: object) -> None:
    """Only a run is given up, and not the telling of what one came to."""
    if _is_at_work:
        raise CampaignEnded
