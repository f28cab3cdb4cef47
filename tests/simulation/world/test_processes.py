"""Processes that take turns: what one holds, the others wait for."""

from __future__ import annotations

from local.virtual.processes import Killed, Lock, Schedule


def test_what_one_process_holds_the_others_get_in_their_order() -> None:
    schedule = Schedule()
    lock, said = Lock(schedule), list[str]()

    def hold(name: str) -> None:
        with lock:
            said.append(f"{name} {schedule.elapsed_seconds:.0f}")
            schedule.sleep(10)

    for delay, name in enumerate("abc"):
        schedule.spawn(lambda name=name: hold(name), name, delay)  # type: ignore[misc]
    while schedule.step():
        pass

    assert said == ["a 0", "b 10", "c 20"]


def test_who_is_killed_holds_nothing_and_waits_for_nothing() -> None:
    schedule = Schedule()
    lock, got = Lock(schedule), list[float]()

    def hold(seconds: float) -> None:
        with lock:
            got.append(schedule.elapsed_seconds)
            schedule.sleep(seconds)

    holder = schedule.spawn(lambda: hold(100), "holder")
    waiter = schedule.spawn(lambda: hold(100), "waiter", 1)
    schedule.spawn(lambda: hold(0), "patient", 2)
    schedule.after(3, lambda: waiter.kill(Killed()))
    schedule.after(4, lambda: holder.kill(Killed()))
    while schedule.step():
        pass

    assert got == [0, 4]
