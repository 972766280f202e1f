"""The grader's checks against exercise.toml and answers.toml: tasks, misconceptions, what wrong answers fail."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path
from typing import Any

from ..errors import nearest
from .finding import Finding, Folder

SEED = 1


def check(folder: Folder) -> list[Finding]:
    """The findings of this room."""
    tree = folder.tree("grader.py")
    if tree is None:
        return []
    if isinstance(tree, Finding):
        return [tree]
    path = folder.exercise.folder / "grader.py"
    try:
        prepared = _prepared(path)
    except Exception as e:
        line, what = _line_of(e, path), f"it cannot be loaded: {type(e).__name__}: {e}"
        return [folder.finding("grader.py", line, what, "mend this line")]
    checks = [each for _, checks in prepared for each in checks]
    return [
        *_drives(folder, [scenario for scenario, _ in prepared]),
        *_ids(folder, checks),
        *_points(folder, checks),
        *_misconceptions(folder, checks),
        *_fails(folder, checks),
        *_needs(folder, checks),
        *(found for scenario, own in prepared for found in _absence(folder, scenario, own)),
    ]


def playable(folder: Folder) -> bool:
    """Whether the grader can be loaded, and has the drives and checks that it names; `check` says why not."""
    try:
        prepared = _prepared(folder.exercise.folder / "grader.py")
    except Exception:
        return False
    missing = _drives(folder, [scenario for scenario, _ in prepared])
    missing += _needs(folder, [each for _, checks in prepared for each in checks])
    return isinstance(folder.tree("drive.py"), ast.Module) and not missing


def check_ids(folder: Folder) -> list[str] | None:
    """The ids of the checks; None for a grader that cannot be loaded, which `check` says."""
    try:
        return [each.id for _, checks in _prepared(folder.exercise.folder / "grader.py") for each in checks]
    except Exception:
        return None


def _prepared(path: Path) -> list[tuple[Any, list[Any]]]:
    """The scenarios of a grader, each with its checks."""
    from keepalive.grading import load_grader

    return [(scenario, scenario.prepare(SEED).checks) for scenario in load_grader(path)]


def _drives(folder: Folder, scenarios: list[Any]) -> list[Finding]:
    """Every scenario names an async function of drive.py."""
    drive = folder.tree("drive.py")
    if not isinstance(drive, ast.Module):
        return []
    there = [node.name for node in drive.body if isinstance(node, ast.AsyncFunctionDef)]
    found = []
    for scenario in scenarios:
        if scenario.drive not in there:
            close = nearest(scenario.drive, there)
            mend = f'write drive="{close}"' if close else f"write async def {scenario.drive}(make, run) in drive.py"
            line = scenario.function.__code__.co_firstlineno
            what = f"the scenario {scenario.id} drives {scenario.drive}, which is no async function of drive.py"
            found.append(folder.finding("grader.py", line, what, mend))
    return found


def _ids(folder: Folder, checks: list[Any]) -> list[Finding]:
    seen: set[str] = set()
    found = []
    for each in checks:
        if each.id in seen:
            what, mend = f"a second check with the id {each.id}", "give the function a name of its own"
            found.append(folder.finding("grader.py", _line(each), what, mend))
        seen.add(each.id)
    return found


def _points(folder: Folder, checks: list[Any]) -> list[Finding]:
    """Every task has points; every check of a task is one of a task that exists."""
    tasks = [task.id for task in folder.exercise.tasks]
    sums = dict.fromkeys(tasks, 0)
    found = []
    for each in checks:
        if each.task is None:
            continue
        if each.task in sums:
            sums[each.task] += each.points
        else:
            close = nearest(each.task, tasks)
            mend = f'write task="{close}"' if close else "write one of " + ", ".join(tasks)
            what = f"{each.id} belongs to the task {each.task}, which does not exist"
            found.append(folder.finding("grader.py", _line(each), what, mend))
    if found:
        return found  # the sums would be wrong for the same reason
    for index, (name, total) in enumerate(sums.items()):
        if not total:
            line = folder.toml("task", index, "id")
            what = f"the task {name} has no points: no check of it has any"
            found.append(folder.finding("exercise.toml", line, what, f'give a check task="{name}" and points'))
    return found


def _misconceptions(folder: Folder, checks: list[Any]) -> list[Finding]:
    """Every misconception that a check names is declared."""
    declared = list(folder.exercise.misconceptions)
    found = []
    for each in checks:
        for name in each.misconceptions:
            if name not in declared:
                close = nearest(name, declared)
                mend = f'write "{close}"' if close else "add its [[misconception]] to answers.toml"
                what = f"{each.id} names the misconception {name}, which answers.toml does not declare"
                found.append(folder.finding("grader.py", _line(each), what, mend))
    return found


def _fails(folder: Folder, checks: list[Any]) -> list[Finding]:
    """Every check that a wrong answer is to fail exists."""
    known = [each.id for each in checks]
    found = []
    for index, wrong in enumerate(folder.exercise.wrong):
        for name in wrong.fails:
            if name not in known:
                close = nearest(name, known)
                mend = f'write "{close}"' if close else "write one of " + ", ".join(known)
                line = folder.answers_line("wrong", index, "fails")
                what = f"{wrong.id} is to fail {name}, and there is no such check"
                found.append(folder.finding("answers.toml", line, what, mend))
    return found


def _needs(folder: Folder, checks: list[Any]) -> list[Finding]:
    """What a check needs is there, is needed in no circle, and is no extension's where the check is none's."""
    from keepalive.grading.scenarios import wrong_needs

    extensions = [task.id for task in folder.exercise.tasks if task.extension]
    mend = "let it need a check that can pass without it, or nothing"
    return [folder.finding("grader.py", _line(each), why, mend) for each, why in wrong_needs(checks, extensions)]


def _absence(folder: Folder, scenario: Any, checks: list[Any]) -> list[Finding]:
    """A check of what did not happen is looked at only after one of what did."""
    from keepalive.grading.absence import passes_without_anything

    absent = [each for each in checks if passes_without_anything(each)]
    if checks and absent == checks:
        what = f"every check of {scenario.id} passes for code that does nothing at all"
        line = scenario.function.__code__.co_firstlineno
        mend = "add a check of what has to happen in this scenario, and let the others need it"
        return [folder.finding("grader.py", line, what, mend)]
    return [
        folder.finding(
            "grader.py",
            _line(each),
            f"{each.id} passes for code that does nothing at all",
            'name with needs="..." the check of what has to happen first',
        )
        for each in absent
        if not each.needs
    ]


def _line(check: Any) -> int:
    return check.function.__code__.co_firstlineno


def _line_of(error: BaseException, path: Path) -> int | None:
    """The line of the file at which the error came up."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None
