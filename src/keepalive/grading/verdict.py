"""From a learner's code to a verdict: play every scenario, then let each check look at what happened.

A verdict is plain data; `verdict.schema.json` says its shape.
"""

from __future__ import annotations

import dataclasses
import random
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from keepalive.grading import clock, tls
from keepalive.grading.entries import Entry
from keepalive.grading.record import RunRecord
from keepalive.grading.results import OUR_FAULT, Played, Results
from keepalive.grading.scenario_server import OUTPUT_KEPT, ScenarioServer
from keepalive.grading.scenarios import Scenario, load_grader, refuse_wrong_needs
from keepalive.grading.stops import Ended
from keepalive.grading.totals import scenario_status, totals
from keepalive.grading.transports import InProcessTransport, SubprocessTransport, Transport

SCHEMA = 1
ENOUGH_TIME_LIMITS = 2
"""Scenarios in which this may happen before the rest is left out: nobody waits for the same loop nine times."""


@dataclasses.dataclass(frozen=True)
class ExerciseCode:
    """What grading needs to know of an exercise.

    `entry` is the name of the class or function that is asked for, or several functions'. `extensions`: those of its
    `tasks` that a pass does not need. `file_name`: what to call code that is in no file.
    """

    id: str
    version: str
    entry: Entry
    drive: Path
    grader: Path
    tasks: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    file_name: str = "your cell"


def grade(
    exercise: ExerciseCode,
    learner: Path | type | Callable[..., Any] | Mapping[str, Any],
    *,
    link: Literal["child", "direct"] | Transport = "child",
    frontend: str = "terminal",
    seed: int | None = None,
    work: float | None = None,
    only: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The verdict on a learner's file, class or function, several by their names. What their code does is not raised.

    `link`: "child" runs it in a process of its own, "direct" here and now, also inside a running event loop; or a link
    of the caller's own. `work`: seconds of processor time for each scenario, instead of what the scenario says.
    `only`: ids of the scenarios to play, in this order; what their checks need of others counts as met. A grader that
    is broken gives a verdict too, of status `grader_fault`.
    """
    started = clock.REAL["perf_counter"]()
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    runtime: dict[str, Any] = {"frontend": frontend, "isolation": link if isinstance(link, str) else link.isolation}
    verdict = empty_verdict(exercise, seed, runtime)
    try:
        played = [_prepare(each, seed) for each in _chosen(load_grader(exercise.grader), only)]
        if only is None:
            refuse_wrong_needs([check for each in played for check in each.net.checks], exercise.extensions)
        _play_all(exercise, learner, link, played, seed, work, verdict)
    except Exception:
        runtime["faults"] = [traceback.format_exc()]
        verdict = empty_verdict(exercise, seed, runtime)
    runtime["wall_ms"] = round((clock.REAL["perf_counter"]() - started) * 1000)
    return verdict


def empty_verdict(exercise: ExerciseCode, seed: int, runtime: dict[str, Any]) -> dict[str, Any]:
    """The verdict where grading itself broke: nothing was looked at, and nothing is scored."""
    return {
        "schema": SCHEMA,
        "exercise": exercise.id,
        "version": exercise.version,
        **totals([], [], None, exercise.extensions),
        "status": "grader_fault",
        "seed": seed,
        "checks": [],
        "scenarios": [],
        "diagnoses": [{"kind": "grader_fault", "file": None, "line": None, "text": OUR_FAULT}],
        "output": "",
        "runtime": runtime,
    }


def _chosen(scenarios: list[Scenario], only: Sequence[str] | None) -> list[Scenario]:
    by_id = {each.id: each for each in scenarios}
    return scenarios if only is None else [by_id[id] for id in only]


def _prepare(scenario: Scenario, seed: int) -> Played:
    net = scenario.prepare(seed)
    played = Played(scenario, net, ScenarioServer(net, scenario.limits))
    if not tls.available() and any(origin.secured for origin in net.origins.values()):
        played.why_not = tls.NOT_HERE
    return played


def _play_all(
    exercise: ExerciseCode,
    learner: Path | type,
    how: str | Transport,
    played: list[Played],
    seed: int,
    work: float | None,
    verdict: dict[str, Any],
) -> None:
    output: list[str] = []
    noticed: list[dict[str, Any]] = []
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
        problem = _load(with_link, exercise, learner, output, verdict["runtime"], noticed)
        for at, each in enumerate(played):
            if problem is not None:
                break
            if each.why_not or _hopeless(each, played, exercise.extensions):
                continue
            try:
                with_link.run(_order(exercise, each, seed, work), each.judge)
                each.status = "done"
            except Ended as ended:
                each.status, each.died = ended.status, ended
                if any(later for later in played[at + 1 :]):
                    problem = _load(with_link, exercise, learner, output, verdict["runtime"], noticed)
            finally:
                output += each.judge.printed
            each.record = _record(each)
            if not each.only_for(exercise.extensions):
                problem = problem or _problem_of(each)
    finally:
        with_link.close()

    _summarise(verdict, played, problem, exercise.extensions)
    if not verdict["passed"]:
        verdict["diagnoses"] += noticed
    verdict["output"] = "".join(output)[:OUTPUT_KEPT]


def _summarise(
    verdict: dict[str, Any], played: list[Played], problem: dict[str, Any] | None, extensions: tuple[str, ...]
) -> None:
    """Put into the verdict what the checks came to, and what they add up to."""
    entries = Results.of(played, broken=problem is not None).entries()
    faults = [fault for _, fault in entries if fault] + [each.judge.fault for each in played if each.judge.fault]
    if faults:
        verdict["runtime"]["faults"] = faults
    checks = [entry for entry, _ in entries]
    scenarios = [_scenario(each, checks) for each in played]
    verdict |= {"checks": checks, "scenarios": scenarios, "diagnoses": [problem] if problem else []}
    verdict |= totals(checks, scenarios, problem, extensions)


def _scenario(each: Played, checks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": each.scenario.id,
        "title": each.scenario.title,
        "status": scenario_status(each, checks),
        "timeline": each.judge.timeline,
    }


def _load(
    link: Transport,
    exercise: ExerciseCode,
    learner: Path | type,
    output: list[str],
    runtime: dict[str, Any],
    noticed: list[dict[str, Any]],
) -> dict[str, Any] | None:
    """Load the learner's code; what is wrong with it, if something is."""
    name = learner.name if isinstance(learner, Path) else exercise.file_name
    try:
        hello = link.load()
    except Ended as ended:
        text = (
            ended.text
            or {
                "ended_early": f"Python ended while `{name}` was being imported.",
                "memory_limit": f"Importing `{name}` took more memory than it may have.",
                "time_limit": f"Importing `{name}` did not end.",
            }[ended.status]
        )
        return {"kind": ended.kind, "file": name, "line": None, "text": text}
    runtime |= {"python": hello["python"], "library": hello["library"], "httpx": hello["httpx"]}
    runtime["engine"] = hello["version"]
    noticed[:] = hello["noticed"]
    if not output and hello["printed"]:
        output.append(hello["printed"])
    return hello["problem"]


def _order(exercise: ExerciseCode, each: Played, seed: int, work: float | None) -> dict[str, Any]:
    limits = dataclasses.asdict(each.scenario.limits)
    if work is not None:
        limits["work"] = work
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


def _record(each: Played) -> RunRecord | None:
    judge, report = each.judge, each.judge.done
    if report is None:
        return None
    return RunRecord(
        requests=judge.requests,
        connections=judge.accepted,
        connect_attempts=judge.connect_attempts,
        marks=judge.marks,
        end=judge.end,
        ended=report["ended"],
        returned=report["observed"],
        error=report["error"],
        diagnoses=report["diagnoses"],
        open_at_end=judge.open_at_end,
        files=report["files"],
    )


def _hopeless(each: Played, played: list[Played], extensions: tuple[str, ...]) -> bool:
    """Whether enough scenarios were stopped for it. Those of extensions stop no others: a pass needs none."""
    counted = played if each.only_for(extensions) else [one for one in played if not one.only_for(extensions)]
    return sum(_ran_out_of_time(one) for one in counted) >= ENOUGH_TIME_LIMITS


def _ran_out_of_time(each: Played) -> bool:
    diagnoses = each.judge.done["diagnoses"] if each.judge.done else []
    return each.status == "time_limit" or any(found["kind"] == "time_limit" for found in diagnoses)


def _problem_of(each: Played) -> dict[str, Any] | None:
    """A mistake that shows only when the class is made, and makes every further scenario pointless."""
    if each.record is None:
        return None
    return next((found for found in each.record.diagnoses if found["kind"] == "wrong_signature"), None)
