"""What the checks of a verdict add up to: its status, whether it is a pass, and its points.

Tasks that are extensions stand beside: neither status nor points of the others depend on them. What this frontend
cannot look at is set aside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from keepalive.grading.results import FRONTEND, Played

STOPPED_STATUSES = ("time_limit", "memory_limit", "output_limit", "ended_early")

_CANNOT_RUN = {
    "exits": "ended_early",
    "meddles": "ended_early",
    "memory_limit": "memory_limit",
    "time_limit": "time_limit",
    "output_limit": "output_limit",
}
"""What a problem with loading makes of the run; every other kind is an "error"."""

Entry = Mapping[str, Any]


def totals(
    checks: Sequence[Entry], scenarios: Sequence[Entry], problem: Entry | None, extensions: Collection[str]
) -> dict[str, Any]:
    """The verdict's `status`, `passed`, `points`, `max`, `bonus`, `bonus_max`, and `extension` where there is one.

    `problem`: why the code could not be run at all. `extensions`: the tasks that a pass does not need.
    """
    core = [check for check in checks if check["task"] not in extensions]
    beyond = [check for check in checks if check["task"] in extensions]
    status = _status(checks, core, scenarios, problem)
    found: dict[str, Any] = {
        "status": status,
        "passed": status == "passed",
        "points": _sum(core, "points"),
        "max": _sum(core, "max"),
        "bonus": _sum(beyond, "points"),
        "bonus_max": _sum(beyond, "max"),
    }
    return found | {"extension": _extension(beyond)} if extensions else found


def scenario_status(each: Played, checks: Sequence[Entry]) -> str:
    """What a scenario's checks came to, or the limit that ended it."""
    own = {check["status"] for check in checks if check["scenario"] == each.scenario.id}
    diagnosed = {diagnosis["kind"] for diagnosis in each.record.diagnoses} if each.record else set()
    limit = next((status for kind, status in _CANNOT_RUN.items() if kind in diagnosed), None)
    if "grader_fault" in own:
        return "grader_fault"
    if each.status in STOPPED_STATUSES or limit:
        return limit or each.status
    if own == {"passed"}:
        return "passed"
    return next((status for status in ("failed", "not_attempted") if status in own), "not_run")


def _status(checks: Sequence[Entry], core: Sequence[Entry], scenarios: Sequence[Entry], problem: Entry | None) -> str:
    if any(check["status"] == "grader_fault" for check in checks):
        return "grader_fault"
    if problem is not None:
        return _CANNOT_RUN.get(problem["kind"], "error")
    scored, held = (_statuses([check for check in core if bool(check["task"]) is of]) for of in (True, False))
    if scored <= {"not_attempted", "not_run"} and "not_attempted" in scored and "failed" not in held:
        return "not_attempted"
    if limit := _stopped_by(scenarios, {check["scenario"] for check in core}):
        return limit
    if not scored | held:  # nothing of it can be looked at here
        return "not_attempted"
    return "passed" if scored | held == {"passed"} else "failed"


def _stopped_by(scenarios: Sequence[Entry], counted: Collection[str]) -> str | None:
    """The limit that ended a scenario, of those that count."""
    statuses = (each["status"] for each in scenarios if each["id"] in counted)
    return next((status for status in statuses if status in STOPPED_STATUSES), None)


def _extension(checks: Sequence[Entry]) -> str:
    statuses = _statuses(checks)
    if statuses <= {"not_attempted", "not_run", "grader_fault"}:
        return "not_attempted"
    return "passed" if statuses == {"passed"} else "failed"


def _statuses(checks: Sequence[Entry]) -> set[str]:
    return {check["status"] for check in checks if check.get("because") != FRONTEND}


def _sum(checks: Sequence[Entry], key: str) -> int:
    return sum(check[key] for check in checks)
