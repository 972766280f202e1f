"""Work decides, and real time does not: a machine may pause, or have much else to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from grading.bench import client, judged
from keepalive.grading import watchdog
from keepalive.grading.process_look import Look
from keepalive.grading.stops import TimeLimit

ONLY_POSIX = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be paused from outside here")
LONG = 2.0
"""Seconds of a pause; twice as long as the work that the answers below may do."""


def worker(*amounts: float):
    """A thread's processor time, read again and again: it has done so much between two readings."""
    total, steps = 0.0, iter(amounts)

    def worked() -> float:
        nonlocal total
        total += next(steps, 0.0)
        return total

    return worked


def ticks_until_stopped(meter: watchdog.Meter, most: int = 10_000) -> int | None:
    return next((n for n in range(1, most) if meter.tick()), None)


def test_what_is_counted_is_work() -> None:
    meter = watchdog.Meter(worker(0.0, *[watchdog.TICK / 8] * 1000), most=64 * watchdog.TICK)
    assert ticks_until_stopped(meter) == 512, "an eighth of a processor takes eight times as long"


def test_a_thread_that_waits_for_a_processor_is_not_blocked() -> None:
    starved = [0.0] * 50 + [0.002]
    meter = watchdog.Meter(worker(0.0, *starved * 100), most=3.0)
    assert not any(meter.tick() for _ in range(5000))


def test_one_that_does_nothing_is() -> None:
    assert ticks_until_stopped(watchdog.Meter(worker(), most=3.0)) == watchdog.TICKS_ASLEEP


def test_waiting_for_the_judge_is_no_sleep_of_the_learners() -> None:
    meter = watchdog.Meter(worker(), most=3.0)
    with watchdog.waiting_for_the_judge():
        assert not any(meter.tick() for _ in range(1000))
    assert ticks_until_stopped(meter) == watchdog.TICKS_ASLEEP


def test_who_is_to_be_stopped_is_so_until_the_block_is_left() -> None:
    meter = watchdog.Meter(worker(0.0, 5.0), most=3.0)
    assert [meter.tick() for _ in range(3)] == [True] * 3


def in_a_thread(function) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


@pytest.mark.parametrize("where", [lambda function: function(), in_a_thread], ids=["main thread", "another"])
def test_a_loop_ends_on_every_thread(where) -> None:
    ends = []

    def loops() -> None:
        try:
            with watchdog.watch(0.1, ends.append):
                while True:
                    pass
        except TimeLimit as stop:
            ends.append(stop)

    where(loops)
    assert len(ends) >= 2


@ONLY_POSIX
@pytest.mark.parametrize("link", ["child", "direct"])
@pytest.mark.parametrize("who", ["getpid", "getppid"])
def test_a_right_answer_passes_where_the_process_is_paused(tmp_path, monkeypatch, link, who) -> None:
    """The one that runs the answer, and the one that judges it, which is this test's own."""
    if who == "getppid" and link == "direct":
        pytest.skip("judge and answer are one process")
    monkeypatch.setattr("keepalive.grading.transports.GRACE_SECONDS", 0.1)
    monkeypatch.setattr("keepalive.grading.transports.ASLEEP_SECONDS", LONG / 2)
    resume = f"import os, time; time.sleep({LONG}); os.kill({{pid}}, {int(signal.SIGCONT)})"
    source = client(
        f"""
        pid = os.{who}()
        subprocess.Popen([sys.executable, "-c", f"{resume}"])
        os.kill(pid, {int(signal.SIGSTOP)})
        return await self.http.get(path)
        """,
        before="import os, subprocess, sys\n",
    )
    began = time.monotonic()
    verdict = judged(tmp_path, source, link=link, work=1.0)
    assert time.monotonic() - began > LONG, "nothing was paused"
    assert verdict["status"] == "passed"


@ONLY_POSIX
def test_a_look_tells_sleep_from_a_pause_and_from_work() -> None:
    def child(code: str) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE)

    def outlook(pid: int) -> bool:
        """Whether one of thirty looks says that it is too much."""
        look = Look(pid, every=0.1, work=0.3, asleep=1.0)
        for _ in range(30):
            if look.is_too_much():
                return True
            time.sleep(0.05)
        return False

    asleep, works, paused = child("import time; time.sleep(60)"), child("while True: pass"), child("while True: pass")
    try:
        for each in (asleep, works, paused):
            each.stdout.readline()
        os.kill(paused.pid, signal.SIGSTOP)
        assert outlook(asleep.pid)
        assert not outlook(paused.pid)
        look = Look(works.pid, every=0.1, work=0.3, asleep=1e9)
        while not look.is_too_much():
            time.sleep(0.05)
    finally:
        for each in (asleep, works, paused):
            each.kill()
            each.wait()
            each.stdout.close()
    assert not Look(asleep.pid, every=0.1, work=0.3, asleep=1.0).is_too_much(), "its end tells more"
