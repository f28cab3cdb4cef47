"""What runs in the processes of a campaign: trials, until nobody waits for them any more."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from multiprocessing.connection import wait
from threading import Thread

from local.bench.measure import Figures, Trial, measure

# Without a lock, which a process that dies could keep for ever.
_campaign_is_over = multiprocessing.RawValue(ctypes.c_bool, False)


class CampaignEnded(Exception):
    """Nobody waits for this run any more."""


def begin(campaign_is_over: ctypes.c_bool) -> None:
    """Leave Ctrl-C to the parent; end with it when it is killed, not to wait for work for ever.

    `campaign_is_over` is shared with the parent, whose campaign it is.
    """
    global _campaign_is_over  # noqa: PLW0603 - a pool hands nothing else to what it runs
    _campaign_is_over = campaign_is_over
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def end(sentinel: int) -> None:
        wait([sentinel])
        os._exit(1)

    Thread(target=end, args=(parent.sentinel,), daemon=True).start()


def run(trial: Trial) -> Figures:
    """Run a trial as `measure` does; raise CampaignEnded as soon as its campaign is over.

    Nobody has to kill this process, then. One that is killed while it tells what a run came to
    leaves half of that behind, and the parent waits for the other half for ever.
    """
    return measure(trial, after_step=_give_up_if_over)


def _give_up_if_over() -> None:
    if _campaign_is_over.value:
        raise CampaignEnded
