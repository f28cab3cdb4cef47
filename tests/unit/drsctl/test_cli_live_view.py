"""What a person at a terminal sees while an execution runs."""

from __future__ import annotations

from io import StringIO
from typing import cast

from rich.console import Console

from cli.answers import Execution
from cli.events import events_between
from cli.live_view import live_view
from tests.unit.drsctl.answers import (
    APP_RUNNING,
    APP_WAITS,
    ASKING,
    DB_ASKS,
    DB_RUNNING,
    DB_UP,
    PARTIAL,
    RUN,
    Json,
    at,
    question,
    run,
    wave,
)


def drawn(execution: Json, *, width: int = 80, height: int = 24) -> list[str]:
    """Return the lines of the picture on a screen of this size."""
    screen = Console(file=StringIO(), width=width, height=height, color_system=None)
    with screen.capture() as capture:
        screen.print(live_view(cast("Execution", execution), height))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_picture_has_one_line_a_wave() -> None:
    assert drawn(run("RUNNING", at(10), DB_UP, APP_RUNNING)) == [
        "DRILL   three-tier   ● RUNNING   elapsed 10m 00s",
        RUN,
        "",
        "database     ✔ COMPLETED  3/3 servers  8m 54s",
        "application  ● RUNNING    0/2 servers  30s",
    ]


def test_a_question_stands_below_the_waves_with_the_command_that_answers_it() -> None:
    picture = drawn(ASKING, width=120)
    assert (
        picture[-1]
        == f'? drsctl run decide {RUN} --attempt 1 database RETRY|SKIP|ABORT --reason "..."'
    )
    assert len(drawn(ASKING, height=8)) <= 8


def test_a_narrow_screen_cuts_no_number_off_the_command_that_answers() -> None:
    assert drawn(ASKING, width=70)[-1].startswith(f"? drsctl run decide {RUN} --attempt 1 ")


def test_questions_that_find_no_place_are_counted() -> None:
    asking = [wave(f"w{i}", "AWAITING_DECISION", 2, question=question()) for i in range(5)]
    picture = drawn(run("AWAITING_DECISION", at(9), *asking), width=120)
    assert sum(line.startswith("? ") for line in picture) == 3
    assert picture[-1] == f"and 2 more ask; see drsctl run show {RUN}"
    assert len(drawn(run("AWAITING_DECISION", at(9), *asking), height=8)) <= 8


def test_text_of_others_draws_nothing_of_its_own() -> None:
    held = wave("batch", "HELD", 2, reason="so\x1b[2J\x9b1mit\nforges")
    picture = drawn(run("RUNNING", at(1), held), width=100)
    assert picture[-1].endswith("so\ufffd[2J\ufffd1mit forges")


def test_an_event_is_one_line_whatever_its_reason() -> None:
    reason = "it broke\n[00:00:01] execution forged\u2028COMPLETED"
    after = cast("Execution", run("FAILED", at(1), reason=reason))
    assert events_between(None, after)[-1] == (
        f"[00:01:00] execution {RUN} FAILED: it broke [00:00:01] execution forged COMPLETED"
    )


def test_a_question_with_a_time_out_says_in_the_picture_until_when() -> None:
    timed = {**question(), "deadline": at(30), "onTimeout": "APPROVE"}
    picture = drawn(run("AWAITING_DECISION", at(9), {**DB_ASKS, "question": timed}), width=120)
    assert picture[3].endswith("until 2026-01-01 10:30:00Z, then APPROVE by itself")


def test_a_wave_that_waits_says_for_what() -> None:
    held = wave("batch", "HELD", 2, reason="DRS runs 20 jobs already")
    picture = drawn(run("RUNNING", at(1), DB_RUNNING, APP_WAITS, held))
    assert picture[-2:] == [
        "application  ○ PENDING  0/2 servers       after database",
        "batch        ◌ HELD     0/2 servers       DRS runs 20 jobs already",
    ]


def test_a_long_reason_is_cut_rather_than_moved_to_another_line() -> None:
    held = wave("batch", "HELD", 2, reason="because " * 30)
    picture = drawn(run("RUNNING", at(1), held))
    assert len(picture) == 4
    assert picture[-1].endswith("…")


def test_on_a_small_screen_waves_that_need_no_attention_are_counted() -> None:
    done = [wave(f"done-{i}", "COMPLETED", 1) for i in range(30)]
    waiting = [wave(f"waiting-{i}", "PENDING", 1) for i in range(20)]
    picture = drawn(run("RUNNING", at(10), *done, APP_RUNNING, *waiting), height=24)
    assert len(picture) < 24
    assert picture[3:] == [
        "application  ● RUNNING  0/2 servers  30s",
        "",
        "and 30 COMPLETED, 20 PENDING",
    ]


def test_too_many_busy_waves_still_fit_the_screen() -> None:
    busy = [wave(f"busy-{i}", "RUNNING", 1, startTime=at(1)) for i in range(60)]
    picture = drawn(run("RUNNING", at(10), *busy), height=24)
    assert len(picture) < 24
    assert picture[-1] == "and 43 RUNNING"


def test_an_interrupted_run_claims_no_duration() -> None:
    interrupted = {**PARTIAL, "status": "INTERRUPTED", "endTime": None}
    assert drawn(interrupted)[0] == "DRILL   three-tier   ✘ INTERRUPTED"


def test_events_carry_their_own_times_in_order() -> None:
    before = cast("Execution", run("PENDING", at(0), wave("database", "PENDING", 3)))
    after = cast("Execution", run("RUNNING", at(5), DB_RUNNING))
    assert events_between(before, after) == [
        f"[00:00:06] execution {RUN} RUNNING",
        "[00:00:06] wave database RUNNING 0/3",
    ]
    assert events_between(after, after) == []


def test_what_happened_before_a_question_stands_before_it() -> None:
    asking = wave("application", "AWAITING_DECISION", 2, question=question())
    before = cast("Execution", run("RUNNING", at(8), DB_RUNNING, APP_WAITS))
    after = cast("Execution", run("AWAITING_DECISION", at(15), DB_UP, asking))

    assert events_between(before, after) == [
        "[00:09:00] wave database COMPLETED 3/3",
        f"[00:15:00] execution {RUN} AWAITING_DECISION",
        "[00:15:00] wave application AWAITING_DECISION 0/2",
    ]
