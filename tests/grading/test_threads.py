"""Worker threads, and what waits for one: the same through every frontend, and never by the clock on the wall."""

from __future__ import annotations

import threading

import pytest

from grading.bench import LINKS, client, comparable, judged

IMPORTS = "import anyio, anyio.from_thread, anyio.to_thread, asyncio, concurrent.futures, queue, threading, time\n"


def answer(body: str) -> str:
    """A client whose `get` does this before its request."""
    return client(f"{body}\nreturn await self.http.get(path)", before=IMPORTS)


def told(verdict):
    (found,) = [each for each in verdict["checks"] if each["id"] == "first.arrives"]
    return found


def test_what_ends_by_itself_is_as_ever(tmp_path) -> None:
    bodies = [
        "assert await asyncio.to_thread(lambda: 42) == 42",
        "assert await asyncio.get_running_loop().run_in_executor(None, int, 42) == 42",
        "assert await anyio.to_thread.run_sync(lambda: 42) == 42",
        "assert await anyio.to_thread.run_sync(int, 4, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1)) == 4",
        "assert await anyio.Path(__file__).exists()",
        "async with await anyio.open_file(__file__) as file:\n    assert 'ApiClient' in await file.read()",
        "held = threading.Lock()\nwith held:\n    assert not held.acquire(blocking=False)",
        "done = threading.Event()\ndone.set()\nassert done.wait()",
        "lines = queue.Queue()\nlines.put(1)\nassert lines.get() == 1",
        "lines = queue.SimpleQueue()\nlines.put(1)\nassert lines.get() == 1",
    ]
    for link in LINKS:
        verdict = judged(tmp_path, answer("\n".join(bodies)), link=link)
        assert verdict["status"] == "passed", told(verdict)


def test_a_worker_sleeps_on_the_virtual_clock_and_nobody_waits_for_it(tmp_path) -> None:
    verdict = judged(
        tmp_path,
        answer(
            """
began = time.monotonic()
def work():
    time.sleep(30)
    return time.monotonic()
async def other():
    await asyncio.sleep(1)
    return time.monotonic()
ends = await asyncio.gather(anyio.to_thread.run_sync(work), asyncio.to_thread(work), other())
assert [round(end - began) for end in ends] == [30, 30, 1], ends
"""
        ),
    )
    assert verdict["status"] == "passed", told(verdict)
    assert verdict["diagnoses"] == []


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("concurrent.futures.Future().result()", "Future.result"),
        ("concurrent.futures.Future().exception(timeout=1)", "Future.exception"),
        ("threading.Event().wait()", "Event.wait"),
        ("threading.Event().wait(1.0)", "Event.wait"),
        ("condition = threading.Condition(); condition.acquire(); condition.wait()", "Condition.wait"),
        ("threading.Barrier(2).wait()", "Barrier.wait"),
        ("threading.Semaphore(0).acquire()", "Semaphore.acquire"),
        ("lock = threading.Lock(); lock.acquire(); lock.acquire()", "Lock.acquire"),
        ("lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=2)", "Lock.acquire"),
        ("queue.Queue().get()", "Queue.get"),
        ("queue.Queue().get(timeout=1)", "Queue.get"),
        ("queue.SimpleQueue().get()", "SimpleQueue.get"),
    ],
)
@pytest.mark.parametrize("where", ["in a worker", "on the loop"])
def test_what_would_block_is_told_at_once_with_its_line(tmp_path, call, name, where) -> None:
    run = "await asyncio.to_thread(work)" if where == "in a worker" else "work()"
    source = answer(f"def work():\n    {call}\n{run}")
    verdict = judged(tmp_path, source, link="direct")
    assert verdict["status"] == "failed"
    diagnosis = told(verdict)["diagnosis"]
    assert diagnosis["kind"] == "blocking_wait"
    assert f"`{name}`" in diagnosis["text"]
    assert ("worker" in diagnosis["text"]) == (where == "in a worker")
    assert call in source.splitlines()[diagnosis["line"] - 1]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("await anyio.to_thread.run_sync(lambda: anyio.from_thread.run(asyncio.sleep, 1))", "blocking_wait", "from_th"),
        ("await anyio.to_thread.run_sync(lambda: anyio.from_thread.run_sync(len, ''))", "blocking_wait", "from_thread"),
        (
            "async with anyio.from_thread.BlockingPortal() as portal:\n"
            "    await anyio.to_thread.run_sync(lambda: portal.call(len, ''))",
            "blocking_wait",
            "BlockingPortal",
        ),
        ("await asyncio.to_thread(lambda: asyncio.run(asyncio.sleep(1)))", "loop_in_a_worker", "second event loop"),
        ("threading.Thread(target=print).start()", "starts_a_thread", "asyncio.to_thread"),
        ("concurrent.futures.ThreadPoolExecutor().submit(print)", "starts_a_thread", "asyncio.to_thread"),
        ("threading.Timer(1, print).start()", "starts_a_thread", "asyncio.to_thread"),
        ("threading.Event().wait()", "blocking_wait", "Event.wait"),
    ],
)
def test_what_needs_a_second_thread_is_refused_with_a_sentence(tmp_path, body, kind, words) -> None:
    verdicts = [judged(tmp_path, answer(body), link=link) for link in LINKS]
    assert comparable(verdicts[0]) == comparable(verdicts[1])
    diagnosis = told(verdicts[0])["diagnosis"]
    assert (diagnosis["kind"], words in diagnosis["text"]) == (kind, True), diagnosis


def test_a_lock_made_at_import_is_a_lock_in_every_scenario(tmp_path) -> None:
    before = "import threading\nHELD = threading.Lock()\n"
    source = client("with HELD:\n    return await self.http.get(path)", before=before)
    assert judged(tmp_path, source)["status"] == "passed"


def test_afterwards_everything_is_what_it_was(tmp_path) -> None:
    before = threading.Lock, threading.Condition.wait, threading.Thread.start
    judged(tmp_path, answer("threading.Event().wait()"))
    assert (threading.Lock, threading.Condition.wait, threading.Thread.start) == before
    ends = []
    thread = threading.Thread(target=lambda: ends.append(threading.Event().wait(0.01)))
    thread.start()
    thread.join()
    assert ends == [False]
