"""The starter: one can be made of the reference, with a gap for every task, and with nothing changed around them."""

from __future__ import annotations

from .. import gaps
from ..errors import CourseError, nearest
from ..ladder import first_difference
from ..model import Exercise, find
from .finding import Finding, Folder, from_problem


def check(folder: Folder) -> list[Finding]:
    """The findings of this room."""
    exercise, name = folder.exercise, folder.exercise.reference
    source, tree = folder.source(name), folder.tree(name)
    if source is None or tree is None:
        return []
    if isinstance(tree, Finding):
        return [tree]
    found, misplaced = gaps.find(source)
    if misplaced:
        return [folder.finding(name, one.line, one.what, one.mend) for one in misplaced]
    result = []
    tasks = [task.id for task in exercise.tasks]
    for gap in found:
        if gap.task not in tasks:
            close = nearest(gap.task, tasks)
            mend = f"write `# task: {close}`" if close else "write one of " + ", ".join(tasks)
            result.append(folder.finding(name, gap.first, f"a gap of the task {gap.task}, which does not exist", mend))
    raising = {gap.task for gap in found if not gap.gone}
    misspelt = {nearest(gap.task, tasks) for gap in found if gap.task not in tasks}
    for task in tasks:
        if task not in raising | misspelt:
            mend = f"put `# task: {task}` and `# end task` around what the learner writes"
            result.append(folder.finding(name, None, f"there is no gap for the task {task}", mend))
    for line in gaps.stray(tree, found):
        mend = "put it between `# task: <id>` and `# end task`"
        result.append(folder.finding(name, line, "NotImplementedError is raised outside a gap", mend))
    return result or _derived(folder)


def _derived(folder: Folder) -> list[Finding]:
    try:
        source = folder.exercise.starter
    except CourseError as e:
        return [from_problem(problem) for problem in e.problems]
    return _around(folder, source, gaps.find(source)[0])


def _around(folder: Folder, source: str, found: list[gaps.Gap]) -> list[Finding]:
    """Outside the gaps the starter is the reference that it builds on."""
    named = folder.exercise.builds_on
    base = _base(folder)
    if named and not base:
        if folder.exercise.status == "ready":
            return []  # said by what loads the course
        known = sorted(set(_others(folder)))
        close = nearest(named, known)
        mend = f'write builds_on = "{close}"' if close else 'write the id of an exercise, or "" if it starts afresh'
        what = f"it builds on {named}, and there is no such exercise that can be read"
        return [folder.finding("exercise.toml", folder.toml("builds_on"), what, mend)]
    if not base:
        return []
    difference = first_difference(source, found, base.reference_text)
    if difference is None:
        return []
    line, written = difference
    whose = folder.rel(base.reference)
    what = f"outside the gaps line {line} of the starter differs from {whose}"
    if written:
        what += f" at `{written.strip()}`"
    mend = f"write it as in {whose}, or move it into a gap; keepalive merge carries what changed there on to here"
    return [folder.finding("reference.py", None, what, mend)]


def _base(folder: Folder) -> Exercise | None:
    """The exercise that it builds on, a draft too: two that are written together have to fit."""
    named = folder.exercise.builds_on
    return find(_others(folder).values(), named) if named else None


def _others(folder: Folder) -> dict[str, Exercise]:
    drafts = (draft.exercise for draft in folder.course.drafts)
    there = [*folder.course.exercises, *(draft for draft in drafts if draft)]
    return {each.id: each for each in there if each.id != folder.exercise.id}
