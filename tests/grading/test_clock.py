"""Virtual time for the thread that follows it, real time for everybody else."""

import asyncio
import datetime
import pickle
import random
import sys
import threading
import time
import types

from grading.bench import client, exercise_at, judged, on_wire
from keepalive.grading import clock, grade


class At:
    wall_offset = 0.0

    def __init__(self, now: float) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_only_the_thread_that_follows_is_moved() -> None:
    seen: dict[str, float] = {}

    def other() -> None:
        seen["other"] = time.monotonic()

    with clock.follow(At(50_000_000.0)):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        seen["own"] = time.monotonic()

    assert seen["own"] == 50_000_000.0
    assert seen["other"] != 50_000_000.0
    assert time.monotonic() != 50_000_000.0


def test_every_clock_of_the_module_follows() -> None:
    with clock.follow(At(clock.MONOTONIC_START + 2.5)):
        assert time.monotonic() == time.perf_counter() == clock.MONOTONIC_START + 2.5
        assert time.time() == clock.EPOCH_START + 2.5
        assert time.monotonic_ns() == time.perf_counter_ns() == round((clock.MONOTONIC_START + 2.5) * 1e9)
        assert time.time_ns() == round((clock.EPOCH_START + 2.5) * 1e9)
        time.sleep(4)
        assert time.monotonic() == clock.MONOTONIC_START + 6.5


def test_installing_twice_wraps_once() -> None:
    clock.install()
    first = time.monotonic
    clock.install()
    assert time.monotonic is first
    assert clock.REAL["monotonic"] is not first


def test_following_ends_with_the_block_even_on_an_error() -> None:
    try:
        with clock.follow(At(1.0)):
            raise KeyError
    except KeyError:
        pass
    assert time.monotonic() != 1.0


def notebook_cell(tmp_path, source: str):
    """The verdict on a class that was written in a notebook before the switching clock was in place."""
    module = types.ModuleType("a_cell")
    sys.modules["a_cell"] = module
    vars(module).update(clock.REAL)
    exec(source, vars(module))
    try:
        return grade(exercise_at(tmp_path), module.ApiClient, link="direct", seed=1), vars(module)
    finally:
        del sys.modules["a_cell"]


WAITS = """
before = monotonic(), datetime.now()
await asyncio.sleep(30)
assert monotonic() - before[0] == 30.0, monotonic() - before[0]
assert datetime.now() - before[1] == timedelta(seconds=30)
return await self.http.get(path)
"""


def test_names_bound_before_installing_follow_all_the_same(tmp_path) -> None:
    verdict, namespace = notebook_cell(tmp_path, client(WAITS, before="from datetime import datetime, timedelta\n"))
    assert verdict["status"] == "passed", verdict["checks"][0]
    assert namespace["monotonic"] is clock.REAL["monotonic"]
    assert namespace["datetime"] is datetime.datetime


def test_what_a_class_keeps_from_before_is_noticed(tmp_path) -> None:
    kept = client().replace("def __init__(self, base_url):", "def __init__(self, base_url, now=monotonic):")
    verdict, _ = notebook_cell(tmp_path, kept)
    diagnosis = verdict["checks"][0]["diagnosis"]
    assert diagnosis["kind"] == "clock_bound_early"
    assert "__init__(now=...)" in diagnosis["text"]


def test_dates_are_virtual_in_a_run_and_real_outside(tmp_path) -> None:
    source = client(
        """
        print(datetime.datetime.now(datetime.UTC), datetime.date.today(), date.today() == datetime.date.today())
        print(isinstance(datetime.datetime.now(), datetime.datetime), isinstance(datetime.datetime(2020, 1, 1), date))
        print(repr(datetime.datetime(2020, 1, 1)), pickle.loads(pickle.dumps(datetime.timedelta(1))))
        print(datetime.datetime.today(), datetime.datetime.utcnow(), Later.now(datetime.UTC))
        print(type(datetime.datetime.now()) is datetime.datetime, TABLE[type(datetime.datetime.now())])
        return await self.http.get(path)
        """,
        before="import datetime, pickle\nfrom datetime import date\n"
        "class Later(datetime.datetime): pass\n"
        "TABLE = {datetime.datetime: 'a moment', date: 'a day'}\n",
    )
    verdict = judged(tmp_path, source)
    here = datetime.datetime.fromtimestamp(clock.EPOCH_START)
    assert verdict["status"] == "passed"
    assert verdict["output"].splitlines()[:5] == [
        "2023-11-14 22:13:20+00:00 2023-11-14 True",
        "True True",
        "datetime.datetime(2020, 1, 1, 0, 0) 1 day, 0:00:00",
        f"{here} 2023-11-14 22:13:20 2023-11-14 22:13:20+00:00",
        "True a moment",
    ]
    assert abs(datetime.datetime.now().timestamp() - clock.REAL["time"]()) < 60
    assert pickle.loads(pickle.dumps(datetime.datetime.now())).year >= 2024


def test_time_jumps_and_costs_nothing() -> None:
    async def main(run):
        before = time.monotonic()
        await asyncio.sleep(3000)
        return time.monotonic() - before

    began = clock.REAL["perf_counter"]()
    assert on_wire(main).value == 3000
    assert clock.REAL["perf_counter"]() - began < 60


def test_timers_due_at_once_fire_in_the_order_they_were_set() -> None:
    async def main(run):
        order: list[int] = []

        async def nap(number: int) -> None:
            await asyncio.sleep(1)
            order.append(number)

        await asyncio.gather(*(nap(number) for number in range(20)))
        return order

    assert on_wire(main).value == list(range(20))


def test_sums_of_waits_do_not_drift_from_the_timers() -> None:
    async def main(run):
        loop = asyncio.get_running_loop()
        when = loop.time() + 0.1 * 3
        done = loop.create_future()
        loop.call_at(when, done.set_result, None)
        await done
        return loop.time() == when

    assert on_wire(main).value is True


def test_a_function_in_a_thread_takes_its_time_without_blocking() -> None:
    async def main(run):
        async def beat():
            times = []
            for _ in range(3):
                await asyncio.sleep(1)
                times.append(run.now)
            return times

        beats, _ = await asyncio.gather(beat(), asyncio.to_thread(time.sleep, 5))
        return [beats, run.now]

    played = on_wire(main)
    assert played.value == [[1.0, 2.0, 3.0], 5.0]
    assert played.kinds == []


def test_a_learners_module_reads_the_virtual_clock_however_it_imports_it(tmp_path) -> None:
    source = client(
        """
        before = monotonic(), now()
        await asyncio.sleep(30)
        assert (monotonic() - before[0], now() - before[1]) == (30.0, 30.0)
        return await self.http.get(path)
        """,
        before="from time import monotonic\nfrom time import time as now\n",
    )
    assert judged(tmp_path, source)["status"] == "passed"


def test_dice_are_the_same_for_a_seed_and_nobody_elses_are_touched(tmp_path) -> None:
    source = client("print(random.random())\nreturn await self.http.get(path)", before="import random\n")
    random.seed(5)
    expected = [random.random() for _ in range(2)]
    random.seed(5)
    first = random.random()
    outputs = [judged(tmp_path, source, seed=3)["output"], judged(tmp_path, source, seed=3)["output"]]
    other = judged(tmp_path, source, seed=4)["output"]
    assert outputs[0] == outputs[1] != other
    assert [first, random.random()] == expected
