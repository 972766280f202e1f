"""From a learner's code to a verdict: play every scenario, then let each check look at what happened.

A verdict is plain data; `verdict.schema.json` says its shape.
"""

from __future__ import annotations

import dataclasses
import random
import secrets
import traceback
from pathlib import Path
from typing import Any, Literal

from keepalive.grading import clock, tls
from keepalive.grading.net import Net
from keepalive.grading.record import NotObserved, RunRecord
from keepalive.grading.scenario_server import ScenarioServer
from keepalive.grading.scenarios import Check, Failed, Scenario, load_grader
from keepalive.grading.stops import MEMORY_FULL, TimeLimit
from keepalive.grading.transports import Ended, InProcessTransport, SubprocessTransport, Transport

SCHEMA = 1
ENOUGH_TIME_LIMITS = 2
"""Scenarios that may run out of real time before the rest is left out: nobody waits for the same loop nine times."""

STOPPED_STATUSES = ("time_limit", "memory_limit", "output_limit", "ended_early")

_CANNOT_RUN = {
    "exits": "ended_early",
    "memory_limit": "memory_limit",
    "time_limit": "time_limit",
    "output_limit": "output_limit",
}
"""What a problem with loading makes of the run; every other kind is an "error"."""

_DAMNING = {
    "blocking_sleep": "Nothing in async code may block the event loop.",
    "sync_client": "Requests are awaited on an `httpx.AsyncClient`.",
    "client_made_early": "The client is made while the code runs, not before.",
    "clock_bound_early": "Time is read from the clock that the check controls.",
    "socket": "Requests go through `httpx.AsyncClient`.",
    "deadlock": "Every wait has somebody who ends it.",
    "spinning": "A loop that waits for something lets time pass.",
    "endless_retry": "A number of requests after which the code stops.",
    "too_long": "The code comes to an end.",
    "time_limit": "The code gives the event loop its turn.",
    "output_limit": "The code prints what a person can read.",
    "memory_limit": "The code holds what it needs, and no more.",
    "exits": "A client reports what went wrong; it does not end the program.",
    "exception": "Your code gets through this scenario to its end.",
}
"""Kinds of diagnosis with which no check of a scenario is passed, and what is required instead."""


@dataclasses.dataclass(frozen=True)
class ExerciseCode:
    """What grading needs to know of an exercise. `file_name`: what to call code that comes from no file."""

    id: str
    version: str
    entry: str
    drive: Path
    grader: Path
    tasks: tuple[str, ...] = ()
    file_name: str = "your cell"


@dataclasses.dataclass
class _Played:
    """One scenario after it was played, or not."""

    scenario: Scenario
    net: Net
    judge: ScenarioServer
    status: str = "not_run"  # "done", "not_run", or why it was stopped
    why_not: str = ""  # why it cannot be run here, whatever the learner does
    record: RunRecord | None = None

    @property
    def gaps(self) -> dict[str, dict[str, Any]]:
        """The gaps that this scenario reached, by task; for each task the first."""
        reached: dict[str, dict[str, Any]] = {}
        for gap in self.judge.done["gaps"] if self.judge.done else []:
            reached.setdefault(gap["task"], gap)
        return reached


def grade(
    exercise: ExerciseCode,
    learner: Path | type,
    *,
    link: Literal["child", "direct"] | Transport = "child",
    door: str = "terminal",
    seed: int | None = None,
    wall: float | None = None,
) -> dict[str, Any]:
    """The verdict on a learner's file or class. What their code does is never raised from here.

    `link`: "child" runs it in a process of its own, "direct" here and now, also inside a running event loop; or a link
    of the caller's own. `wall`: real seconds for each scenario, instead of what the scenario says. A grader that is
    broken gives a verdict too, of status `grader_fault`.
    """
    started = clock.REAL["perf_counter"]()
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    runtime: dict[str, Any] = {"door": door, "rung": link if isinstance(link, str) else link.rung}
    verdict: dict[str, Any] = {
        "schema": SCHEMA,
        "exercise": exercise.id,
        "version": exercise.version,
        "status": "grader_fault",
        "points": 0,
        "max": 0,
        "seed": seed,
        "checks": [],
        "scenarios": [],
        "diagnoses": [],
        "output": "",
        "runtime": runtime,
    }
    try:
        played = [_prepare(each, seed) for each in load_grader(exercise.grader)]
        _play_all(exercise, learner, link, played, seed, wall, verdict)
    except Exception:
        runtime["faults"] = [traceback.format_exc()]
        verdict["diagnoses"] = [_our_fault()]
        verdict["status"] = "grader_fault"
    runtime["wall_ms"] = round((clock.REAL["perf_counter"]() - started) * 1000)
    return verdict


def _prepare(scenario: Scenario, seed: int) -> _Played:
    net = scenario.prepare(seed)
    played = _Played(scenario, net, ScenarioServer(net, scenario.limits))
    if not tls.available() and any(origin.secured for origin in net.origins.values()):
        played.why_not = tls.NOT_HERE
    return played


def _our_fault() -> dict[str, Any]:
    return {
        "kind": "grader_fault",
        "file": None,
        "line": None,
        "text": "The exercise itself broke. That is not your code's doing, and nothing is scored.",
    }


def _play_all(
    exercise: ExerciseCode,
    learner: Path | type,
    how: str | Transport,
    played: list[_Played],
    seed: int,
    wall: float | None,
    verdict: dict[str, Any],
) -> None:
    output: list[str] = []
    problem: dict[str, Any] | None = None
    with_link: Transport
    if not isinstance(how, str):
        with_link = how
    elif how == "direct":
        with_link = InProcessTransport(learner, exercise.entry, exercise.file_name)
    elif isinstance(learner, Path):
        with_link = SubprocessTransport(learner, exercise.entry)
    else:
        raise TypeError("a class lives in this process: it can be graded by direct call only")
    try:
        problem = _load(with_link, exercise, learner, output, verdict["runtime"])
        for at, each in enumerate(played):
            if problem is not None or sum(_ran_out_of_time(done) for done in played) >= ENOUGH_TIME_LIMITS:
                break
            if each.why_not:
                continue
            try:
                with_link.run(_order(exercise, each, seed, wall), each.judge)
                each.status = "done"
            except Ended as ended:
                each.status = ended.status
                if any(later for later in played[at + 1 :]):
                    problem = _load(with_link, exercise, learner, output, verdict["runtime"])
            finally:
                output += each.judge.printed
            each.record = _record(each)
            problem = problem or _problem_of(each)
    finally:
        with_link.close()

    checks = _look(played, broken=problem is not None)
    verdict["checks"] = [found for found, _ in checks]
    verdict["runtime"]["faults"] = [fault for _, fault in checks if fault] + [
        each.judge.fault for each in played if each.judge.fault
    ]
    if not verdict["runtime"]["faults"]:
        del verdict["runtime"]["faults"]
    verdict["diagnoses"] = [problem] if problem else []
    verdict["points"] = sum(found["points"] for found in verdict["checks"])
    verdict["max"] = sum(found["max"] for found in verdict["checks"])
    verdict["scenarios"] = [_scenario(each, verdict["checks"]) for each in played]
    verdict["output"] = "".join(output)
    verdict["status"] = _roll_up(verdict, problem)


def _load(
    link: Transport, exercise: ExerciseCode, learner: Path | type, output: list[str], runtime: dict[str, Any]
) -> dict[str, Any] | None:
    """Load the learner's code; what is wrong with it, if something is."""
    name = learner.name if isinstance(learner, Path) else exercise.file_name
    try:
        hello = link.load()
    except Ended as ended:
        text = {
            "ended_early": f"Python ended while `{name}` was being imported.",
            "memory_limit": f"Importing `{name}` took more memory than it may have.",
            "time_limit": f"Importing `{name}` did not end.",
        }[ended.status]
        kind = "exits" if ended.status == "ended_early" else ended.status
        return {"kind": kind, "file": name, "line": None, "text": text}
    runtime |= {"python": hello["python"], "httpx": hello["httpx"], "engine": hello["version"]}
    if not output and hello["printed"]:
        output.append(hello["printed"])
    return hello["problem"]


def _order(exercise: ExerciseCode, each: _Played, seed: int, wall: float | None) -> dict[str, Any]:
    limits = dataclasses.asdict(each.scenario.limits)
    if wall is not None:
        limits["wall"] = wall
    return {
        "type": "run",
        "drive": str(exercise.drive),
        "function": each.scenario.drive,
        "scenario": each.scenario.id,
        "origins": {name: origin.url for name, origin in each.net.origins.items()},
        "wall_jumps": [list(jump) for jump in each.net.wall_jumps],
        # The learner's dice, and drawn apart from the grader's own.
        "seed": random.Random(f"{seed}/{each.scenario.id}/learner").randrange(2**32),
        "limits": limits,
        "nonce": secrets.token_hex(8),
    }


def _record(each: _Played) -> RunRecord | None:
    judge, report = each.judge, each.judge.done
    if report is None:
        return None
    return RunRecord(
        requests=judge.requests,
        connections=[
            seen for seen in judge.connect_attempts if seen.opened_at is not None and seen.opened_at <= judge.end
        ],
        connect_attempts=judge.connect_attempts,
        marks=judge.marks,
        end=judge.end,
        ended=report["ended"],
        returned=report["observed"],
        error=report["error"],
        diagnoses=report["diagnoses"],
        open_at_end=report["open_connections"],
        files=report["files"],
    )


def _ran_out_of_time(each: _Played) -> bool:
    noticed = each.judge.done["diagnoses"] if each.judge.done else []
    return each.status == "time_limit" or any(found["kind"] == "time_limit" for found in noticed)


def _problem_of(each: _Played) -> dict[str, Any] | None:
    """A mistake that shows only when the class is made, and makes every further scenario pointless."""
    if each.record is None:
        return None
    return next((found for found in each.record.diagnoses if found["kind"] == "wrong_signature"), None)


# -- checks


def _look(played: list[_Played], *, broken: bool) -> list[tuple[dict[str, Any], str | None]]:
    gaps = {task: gap for each in reversed(played) for task, gap in each.gaps.items()}
    return [_result(each, check, gaps, broken) for each in played for check in each.net.checks]


def _result(
    each: _Played, check: Check, gaps: dict[str, dict[str, Any]], broken: bool
) -> tuple[dict[str, Any], str | None]:
    """A check's entry in the verdict, and the trace of a fault on our side."""
    found: dict[str, Any] = {
        "id": check.id,
        "title": check.title,
        "task": check.task,
        "scenario": each.scenario.id,
        "status": "failed",
        "points": 0,
        "max": check.points,
        "observed": "",
        "required": "",
    }
    record = each.record
    if each.judge.fault or (record is not None and record.ended == "drive_fault"):
        found |= {"status": "grader_fault", "observed": _our_fault()["text"]}
        fault = None if each.judge.fault or record is None else (each.judge.done or {}).get("fault")
        return found, fault
    if check.task in gaps:
        gap = gaps[check.task]
        still = f"`{gap['function']}` still raises `NotImplementedError` (line {gap['line']})."
        return found | {"status": "not_attempted", "observed": still}, None
    if broken or each.status == "not_run":
        return found | {"status": "not_run", "observed": each.why_not}, None
    if record is None:
        kind = "exits" if each.status == "ended_early" else each.status
        text = {
            "ended_early": "Your code ended Python in the middle of the exercise.",
            "memory_limit": MEMORY_FULL,
            "time_limit": TimeLimit().text,
        }[each.status]
        diagnosis = {"kind": kind, "file": None, "line": None, "text": text}
        return found | {"observed": text, "required": _DAMNING[kind], "diagnosis": diagnosis}, None
    stopped_by = _stopped_by(record)
    if stopped_by is not None and each.gaps and not record.finished:
        first = next(iter(each.gaps.values()))
        waits_for = f"This can be seen once `{first['function']}` is written, of task `{first['task']}`."
        return found | {"status": "not_run", "observed": waits_for}, None
    try:
        if stopped_by is not None and not check.even_if_stopped:
            raise Failed(stopped_by["text"], _DAMNING[stopped_by["kind"]])
        check.function(record)
    except (Failed, NotObserved) as failed:
        if isinstance(failed, Failed):
            found |= {"observed": failed.observed, "required": failed.required}
        else:
            assert stopped_by is not None
            found |= {"observed": stopped_by["text"], "required": _DAMNING["exception"]}
        if stopped_by is not None:
            found["diagnosis"] = stopped_by
        try:
            named = next((id for id, holds in _askable(check, record, stopped_by) if _holds(holds, record)), None)
        except Exception:
            return found | {"status": "grader_fault", "observed": _our_fault()["text"]}, traceback.format_exc()
        if named is not None:
            found["misconception"] = named
        return found, None
    except Exception:
        return found | {"status": "grader_fault", "observed": _our_fault()["text"]}, traceback.format_exc()
    return found | {"status": "passed", "points": check.points}, None


def _askable(check: Check, record: RunRecord, stopped_by: dict[str, Any] | None) -> list[tuple[str, Any]]:
    """The misconceptions that may be named. Of a run that was stopped little is known: only what was noticed.

    A slip in the learner's code stops a run likewise, but for a check that looks all the same: it may be looking for
    that very exception.
    """
    looks_for_it = check.even_if_stopped and record.finished and stopped_by and stopped_by["kind"] == "exception"
    return [
        (id, holds)
        for id, holds in check.misconceptions.items()
        if stopped_by is None or looks_for_it or getattr(holds, "even_if_stopped", False)
    ]


def _holds(predicate: Any, record: RunRecord) -> bool:
    try:
        return bool(predicate(record))
    except NotObserved:
        return False


def _stopped_by(record: RunRecord) -> dict[str, Any] | None:
    for found in record.diagnoses:
        if found["kind"] in _DAMNING:
            return found
    if record.ended == "raised" and record.error is not None:
        return record.error["diagnosis"]
    return None


def _scenario(each: _Played, checks: list[dict[str, Any]]) -> dict[str, Any]:
    own = [found["status"] for found in checks if found["scenario"] == each.scenario.id]
    noticed = {found["kind"] for found in each.record.diagnoses} if each.record else set()
    limit = next((status for kind, status in _CANNOT_RUN.items() if kind in noticed), None)
    if "grader_fault" in own:
        status = "grader_fault"
    elif each.status in STOPPED_STATUSES or limit:
        status = limit or each.status
    elif "failed" in own:
        status = "failed"
    elif "passed" in own and "not_attempted" not in own:
        status = "passed"
    elif "not_attempted" in own:
        status = "not_attempted"
    else:
        status = "not_run"
    return {
        "id": each.scenario.id,
        "title": each.scenario.title,
        "status": status,
        "timeline": each.judge.timeline,
    }


def _roll_up(verdict: dict[str, Any], problem: dict[str, Any] | None) -> str:
    statuses = [found["status"] for found in verdict["checks"]]
    if "grader_fault" in statuses:
        return "grader_fault"
    if problem is not None:
        return _CANNOT_RUN.get(problem["kind"], "error")
    for each in verdict["scenarios"]:
        if each["status"] in STOPPED_STATUSES:
            return each["status"]
    scored = {found["status"] for found in verdict["checks"] if found["max"]}
    held = {found["status"] for found in verdict["checks"] if not found["max"]}
    if "not_attempted" in scored and scored <= {"not_attempted", "not_run"} and "failed" not in held:
        return "not_attempted"
    if {*scored, *held} <= {"passed", "not_run"} and "passed" in scored:
        return "passed"
    if {*scored, *held} == {"not_run"}:  # nothing of it can be run here
        return "not_attempted"
    return "failed"
