"""Virtual time for the thread that follows it, real time for everybody else."""

import asyncio
import random
import threading
import time
from time import monotonic as bound_at_import

from grading.bench import client, judged, on_wire
from keepalive.grading import clock


class At:
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


def test_a_name_bound_before_installing_is_noticed() -> None:
    early = {"tick": clock.REAL["monotonic"], "other": len}
    assert clock.bound_early(early) == {"tick": "monotonic"}
    assert clock.bound_early({"bound_at_import": bound_at_import, "late": time.monotonic}) in (
        {},
        {"bound_at_import": "monotonic"},
    )


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
