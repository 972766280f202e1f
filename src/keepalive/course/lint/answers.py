"""Every answer is run: right ones pass everything, each wrong one fails what it is to fail and is told why.

Each is graded by direct call; the reference in a child process too, and both must give the same verdict but for
`runtime` and `output`. The tests compare further answers, and the other frontends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import gaps
from ..answers import as_files
from ..errors import CourseError
from ..model import Answer, Exercise
from .finding import Finding, Folder
from .verdicts import Grade, GraderFault, Verdicts

SEED = 1
MORE_SEEDS = (2, 3, 4)
_OPEN = "open-"
"""How the file begins that is the reference with one task's gaps as the starter has them."""


def check(folder: Folder, grade: Grade | None = None) -> list[Finding]:
    """The findings of this room. `grade` stands in for `keepalive.grading.grade`."""
    exercise = folder.exercise
    runs = Verdicts(exercise, folder.course.root, grade)
    try:
        with files(folder) as paths:
            runs.prepare(by_direct_call(exercise, paths))
            found = [*_starter(folder, runs, paths["starter"]), *_each_gap(folder, runs, paths)]
            found += _reference(folder, runs, paths["reference"])
            for answer in exercise.right:
                found += right(folder, runs, paths[answer.id])
            for index, wrong in enumerate(exercise.wrong):
                found += _wrong(folder, runs, index, wrong, paths[wrong.id])
    except GraderFault as failed:
        # Every other answer would meet the same; until it is mended nothing else can be said.
        return [fault(folder, failed)]
    return found


def grader_fault(folder: Folder, grade: Grade | None = None) -> list[Finding]:
    """That the grader fails on the reference, for a folder of which something else has been found already."""
    try:
        source = folder.exercise.reference_text
    except CourseError:
        return []  # said already
    with as_files({"reference": source}) as paths:
        failed = Verdicts(folder.exercise, folder.course.root, grade).fault(paths["reference"], SEED)
    return [fault(folder, failed)] if failed else []


@contextmanager
def files(folder: Folder) -> Iterator[dict[str, Path]]:
    """Everything that is graded as a file, for a while, by its name. Raises CourseError for what does not fit."""
    with as_files(_sources(folder.exercise, folder.source(folder.exercise.reference) or "")) as paths:
        yield paths


def _sources(exercise: Exercise, reference: str) -> dict[str, str]:
    """Everything that is graded, by its name. Raises CourseError for an answer that does not fit."""
    sources = {"starter": exercise.starter, "reference": exercise.reference_text}
    sources |= {answer.id: answer.source for answer in exercise.answers}
    opened = {task.id: gaps.only_open(exercise.starter, reference, task.id) for task in exercise.tasks}
    return sources | {f"{_OPEN}{task}": source for task, source in opened.items() if source is not None}


def link_of(wrong: Answer) -> str:
    """How a wrong answer is run: one that may end or fill its process (nobody has said yet) in a child process."""
    return "direct" if wrong.fails else "child"


def by_direct_call(exercise: Exercise, paths: Mapping[str, Path]) -> Iterator[tuple[Path, int]]:
    """Every (file, seed) that is graded so."""
    in_the_child = {answer.id for answer in exercise.wrong if link_of(answer) == "child"}
    right = {"reference", *(answer.id for answer in exercise.right)}
    for name, path in paths.items():
        if name not in in_the_child:
            for seed in (SEED, *(MORE_SEEDS if name in right else ())):
                yield path, seed


def _starter(folder: Folder, runs: Verdicts, path: Path) -> Iterator[Finding]:
    """Nothing of it counts: as it is handed out, every task is not attempted."""
    verdict = runs(path, "direct", SEED)
    for each in verdict["checks"]:
        if each["max"] and each["status"] not in ("not_attempted", "not_run"):
            what = f"{each['id']} is {_said(each['status'])} by the starter; a gap of {each['task']} was never reached"
            mend = "let the gap's NotImplementedError be reached by what drive.py asks, or put more into the gap"
            yield folder.answer("starter", what, mend)
    if verdict["status"] != "not_attempted" and not any(each["status"] == "passed" for each in verdict["checks"]):
        what = f"as a whole the starter is {_said(verdict['status'])}, not not_attempted{_why(verdict)}"
        yield folder.answer("starter", what, "let the starter raise nothing but what its gaps raise")


def _each_gap(folder: Folder, runs: Verdicts, paths: Mapping[str, Path]) -> Iterator[Finding]:
    """With the gaps of one task open and every other filled, that task is not attempted: its gaps are reached.

    The starter alone cannot show this of every task, because an empty `__init__` keeps later gaps from being reached.
    Seen only where the reference carries the starter's gap comments.
    """
    reference = folder.source(folder.exercise.reference) or ""
    for task in folder.exercise.tasks:
        if f"{_OPEN}{task.id}" not in paths:
            return
        verdict = runs(paths[f"{_OPEN}{task.id}"], "direct", SEED)
        seen = {each["id"]: each["status"] for each in verdict["checks"] if each["task"] == task.id and each["max"]}
        reached = [name for name, status in seen.items() if status not in ("not_attempted", "not_run")]
        if reached or "not_attempted" not in seen.values():
            line = next((gap.first for gap in gaps.find(reference)[0] if gap.task == task.id), None)
            shown = ", ".join(f"{name} is {_said(seen[name])}" for name in reached or seen)
            what = f"with the gaps of {task.id} empty and all others filled, {shown}"
            yield folder.finding("reference.py", line, what, f"let drive.py call what stands in a gap of {task.id}")


def _reference(folder: Folder, runs: Verdicts, path: Path) -> Iterator[Finding]:
    """A right answer, which a child process judges alike."""
    found = list(right(folder, runs, path))
    yield from found
    if not found and (difference := runs.difference(path, SEED, _difference)):
        what = f"the verdict by direct call differs from the one in the child at {difference}"
        mend = "look for what depends on the process: import order, globals that live on, real time, set order"
        yield folder.answer("reference", what, mend)


def right(folder: Folder, runs: Verdicts, path: Path) -> Iterator[Finding]:
    """What keeps a right answer from passing everything, with any seed."""
    verdict = runs(path, "direct", SEED)
    failing = list(_failing(folder, path, verdict))
    if failing:
        yield from failing
        return
    for seed in MORE_SEEDS:
        again = runs(path, "direct", seed)
        names = ", ".join(each["id"] for each in again["checks"] if each["status"] != "passed")
        if names or again["status"] != "passed":
            what = f"a right answer that passes with seed {SEED} and not with seed {seed}: {names or again['status']}"
            mend = "let the check accept everything that a right answer may do; chance decides nothing"
            yield folder.answer(path.stem, what, mend)
            return


def _failing(folder: Folder, path: Path, verdict: Mapping[str, Any]) -> Iterator[Finding]:
    mend = "mend the answer, or the check if this is a right answer"
    for each in verdict["checks"]:
        if each["status"] != "passed":
            what = (
                f"a right answer, and {each['id']} is {_said(each['status'])}: {each['observed'] or 'nothing observed'}"
            )
            yield folder.answer(path.stem, what, mend)
    if verdict["status"] != "passed" and all(each["status"] == "passed" for each in verdict["checks"]):
        yield folder.answer(
            path.stem, f"a right answer, and the run is {_said(verdict['status'])}{_why(verdict)}", mend
        )


def _wrong(folder: Folder, runs: Verdicts, index: int, wrong: Answer, path: Path) -> Iterator[Finding]:
    """Exactly the declared checks fail, each says something of its own, and one names the misconception."""

    def finding(key: str, what: str, mend: str) -> Finding:
        line = folder.answers_line("wrong", index, key)
        return folder.finding("answers.toml", line, f"{wrong.id}: {what}", mend)

    verdict = runs(path, link_of(wrong), SEED)
    if wrong.status:
        if verdict["status"] != wrong.status:
            what = f"the run is {_said(verdict['status'])}, not {wrong.status}{_why(verdict)}"
            yield finding(
                "status", what, f'write status = "{verdict["status"]}", or let the answer show what it is to show'
            )
        return
    failed = {each["id"]: each for each in verdict["checks"] if each["status"] == "failed"}
    declared = set(wrong.fails)
    if set(failed) != declared:
        yield finding("fails", *_other_checks(failed, declared, verdict))
        return
    if verdict["status"] not in ("failed", "passed"):  # it passes where what fails is an extension's
        mend = f'write status = "{verdict["status"]}" instead of fails'
        yield finding("fails", f"the run as a whole is {_said(verdict['status'])}", mend)
    yield from _messages(folder, wrong, failed)
    named = {each.get("misconception") for each in failed.values()}
    if wrong.misconception and wrong.misconception not in named:
        told = ", ".join(sorted(name for name in named if name)) or "none"
        what = f"no failed check names the misconception {wrong.misconception} (named: {told})"
        ids = ", ".join(sorted(failed))
        mend = f"add it to misconception={{...}} of a check that fails ({ids}), or mend its predicate"
        kinds = sorted({each["diagnosis"]["kind"] for each in failed.values() if "diagnosis" in each})
        if kinds:
            mend += f'; of a run that was stopped, only a predicate like diagnosed("{kinds[0]}") is asked'
        yield finding("misconception", what, mend)


def _other_checks(
    failed: Mapping[str, Mapping[str, Any]], declared: set[str], verdict: Mapping[str, Any]
) -> tuple[str, str]:
    """(what, mend) where others fail than declared."""
    parts = []
    if more := sorted(set(failed) - declared):
        parts.append("; ".join(f"{name} fails too ({failed[name]['observed']})" for name in more))
    status = {each["id"]: each["status"] for each in verdict["checks"]}
    if fewer := sorted(declared - set(failed)):
        parts.append("; ".join(f"{name} is {_said(status[name])}" for name in fewer))
    written = ", ".join(f'"{name}"' for name in status if name in failed)
    if not failed:
        return "; ".join(parts) + _why(verdict), "let the answer show the mistake, or mend the check that is to see it"
    return "; ".join(parts) + _why(verdict), f"write fails = [{written}], or mend the answer or the check"


def _messages(folder: Folder, wrong: Answer, failed: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Every failed check says what was observed and what is required, and no two say the same."""
    said: dict[tuple[str, str], str] = {}
    for name, each in failed.items():
        for part in ("observed", "required"):
            if not each[part].strip():
                about = {"observed": "was observed", "required": "is required"}[part]
                what = f"{name} fails {wrong.id} without saying what {about}"
                yield folder.finding("grader.py", None, what, f"give fail() a text for {part}")
        key = each["observed"], each["required"]
        if key in said and "diagnosis" not in each:
            # What stopped a scenario is the same for all its checks; anything else is a check of its own.
            what = f"{said[key]} and {name} tell {wrong.id} the same: {each['observed']}"
            yield folder.finding("grader.py", None, what, "say what this check saw, or make one check of the two")
        said.setdefault(key, name)


def fault(folder: Folder, failed: GraderFault) -> Finding:
    """The grader failed, and where."""
    trace = (failed.verdict["runtime"].get("faults") or ["no reason was given"])[0]
    what = f"the grader failed on {_shown(folder, failed.path)}: {trace.strip().splitlines()[-1]}"
    for name in ("grader.py", "drive.py"):
        if line := _line_in(trace, name):
            return folder.finding(name, line, what, "mend this line")
    mend = "neither grader.py nor drive.py took part: look at keepalive.grading, with the trace of check --json"
    return folder.finding("grader.py", None, what, mend)


def _shown(folder: Folder, path: Path) -> str:
    if path.stem in ("starter", "reference", *(answer.id for answer in folder.exercise.answers)):
        return f"the answer {path.stem}" if path.stem not in ("starter", "reference") else f"the {path.stem}"
    return f"the starter with all tasks but {path.stem.removeprefix(_OPEN)} filled"


def _line_in(trace: str, name: str) -> int | None:
    """The last line of that file in a traceback."""
    found = re.findall(rf'^\s*File ".*[/\\]?{re.escape(name)}", line (\d+)', trace, re.MULTILINE)
    return int(found[-1]) if found else None


def _difference(child: Any, direct: Any, where: str = "") -> str | None:
    """Where two verdicts differ first, None where they are equal. `runtime` and `output` may differ."""
    if isinstance(child, Mapping) and isinstance(direct, Mapping):
        for key in {**child, **direct}:
            if not where and key in ("runtime", "output"):
                continue
            found = _difference(child.get(key), direct.get(key), f"{where}.{key}" if where else key)
            if found:
                return found
        return None
    if isinstance(child, list) and isinstance(direct, list):
        if len(child) != len(direct):
            return f"{where} ({len(direct)} entries instead of {len(child)})"
        for index, (one, other) in enumerate(zip(child, direct, strict=True)):
            name = one.get("id", index) if isinstance(one, Mapping) else index
            if found := _difference(one, other, f"{where}[{name}]"):
                return found
        return None
    return None if child == direct else f"{where} ({direct!r} instead of {child!r})"


def _why(verdict: Mapping[str, Any]) -> str:
    texts = [each["text"] for each in verdict["diagnoses"]]
    return f" ({texts[0]})" if texts else ""


def _said(status: str) -> str:
    return status.replace("_", " ")
