"""The ladder of exercises: a change of one reference carried through those that build on it.

References are whole files, so that people can read them. What one of them changes in the class that all share is
carried on by a three-way merge: without the markers of the earlier ones, because a later one has none where its gaps
are not, and with a line between every two, because git takes changes of neighbouring lines for a conflict.
"""

from __future__ import annotations

import ast
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import changes, gaps, text
from .answer_tables import Body, saved, saved_starter
from .derived import ANSWERS
from .errors import CourseError, Problem
from .gaps import Gap
from .imports import needed_within
from .model import Course, Exercise

_APART = "~"
"""What is put between every two lines; no line of Python is this alone."""

_CONFLICT = "<<<<<<<"


class NotMerged(Exception):
    """Nothing was carried; the text says why."""


@dataclass(frozen=True)
class Merged:
    """A text with the changes of both sides. `conflicts` are the lines, from 1, where conflicts begin in it."""

    text: str
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """What became of one reference.

    `changed`: it is another one than before. `conflicts`: the lines where conflicts begin that stand in it now.
    `renewed`: the answers, and "starter", whose change was written anew, because it did not fit any more.
    """

    exercise: Exercise
    changed: bool
    conflicts: tuple[int, ...]
    renewed: tuple[str, ...] = ()


def builders(course: Course, exercise: Exercise) -> list[Exercise]:
    """Those that build on the exercise, directly or not, drafts too, each after the one that it builds on."""
    drafts = (draft.exercise for draft in course.drafts)
    there = sorted([*course.exercises, *(each for each in drafts if each)], key=lambda each: each.number)
    found = [exercise]
    for one in found:  # grows meanwhile
        found += [each for each in there if each.builds_on == one.id and each not in found]
    return found[1:]


def merge(course: Course, exercise: Exercise, before: str) -> Iterator[Step]:
    """Carry on what the exercise's reference changes in `before`, the text that it had. Writes as it goes.

    First comes the exercise itself, whose answers may have to be written anew. Ends after the first reference with a
    conflict, which then holds both sides between git's marks. Raises NotMerged.
    """
    own = text.read(exercise.reference)
    yield Step(exercise, own != before, (), renew(exercise, before))
    known = {exercise.id: (before, text.read(exercise.reference))}
    for later in builders(course, exercise):
        old, new = known[later.builds_on]
        own = text.read(later.reference)
        merged = three_way(own, gaps.plain(old), gaps.plain(new), name=later.name)
        if merged.text != own:
            later.reference.write_text(merged.text, "utf-8", newline="\n")
        if merged.conflicts:
            yield Step(later, True, merged.conflicts)
            return
        yield Step(later, merged.text != own, (), renew(later, own))
        known[later.id] = (own, merged.text)


def renew(exercise: Exercise, before: str) -> tuple[str, ...]:
    """Write those changes in answers.toml anew that fitted `before`, the reference's earlier text, and do no longer.

    Each is what the three-way merge of answer and reference comes to; one with a conflict is left. Returns the names.
    """
    now, done = text.read(exercise.reference), []
    path = exercise.folder / ANSWERS
    for answer in exercise.answers:
        change = answer.change and _renewed(answer.change, gaps.plain(before), gaps.plain(now))
        if change:
            kind = "right" if answer.right else "wrong"
            table = saved(text.read(path), kind, answer.id, Body(change), {})
            path.write_text(table, "utf-8", newline="\n")
            done.append(answer.id)
    try:
        derived = gaps.starter(before), gaps.starter(now)
    except gaps.Refused:
        return tuple(done)  # said where a starter is wanted
    change = exercise.starter_change and _renewed(exercise.starter_change, *derived)
    if change:
        path.write_text(saved_starter(text.read(path), change), "utf-8", newline="\n")
        done.append("starter")
    return tuple(done)


def _renewed(change: str, before: str, now: str) -> str:
    """The change for the text as it is now; "" where it fits already, or cannot be made to fit."""
    try:
        changes.apply(now, change)
        return ""
    except changes.Misfit:
        pass
    try:
        other = changes.apply(before, change)
    except changes.Misfit:
        return ""
    merged = three_way(other, before, now)
    return "" if merged.conflicts else changes.express(now, merged.text)


def three_way(own: str, old: str, new: str, *, name: str = "own") -> Merged:
    """`own` with what changed between `old` and `new`. Raises NotMerged.

    `name` stands beside a conflict's first mark.
    """
    with tempfile.TemporaryDirectory(prefix="keepalive-merge-") as folder:
        paths = [Path(folder, side) for side in ("own", "old", "new")]
        for path, side in zip(paths, (own, old, new), strict=True):
            path.write_text("".join(f"{line}\n{_APART}\n" for line in side.splitlines()), "utf-8", newline="\n")
        labels = [part for label in (name, "before", "the change") for part in ("-L", label)]
        ran = _git(["merge-file", "-p", *labels, *map(str, paths)], Path(folder))
    if ran.returncode < 0 or ran.returncode > 127:  # else the number of conflicts
        raise NotMerged(f"git could not merge: {ran.stderr.strip()}")
    lines = [line for line in ran.stdout.splitlines() if line != _APART]
    conflicts = tuple(n for n, line in enumerate(lines, 1) if line.startswith(_CONFLICT))
    return Merged("\n".join(lines) + "\n", conflicts)


def misfits(exercises: Iterable[Exercise]) -> list[Problem]:
    """The changes of these exercises that do not fit. What was read before a merge is to be read anew."""
    found: list[Problem] = []
    for exercise in exercises:
        for each in (None, *exercise.answers):
            try:
                _ = each.source if each else exercise.starter
            except CourseError as e:
                found += e.problems
    return found


def committed(path: Path, revision: str) -> str:
    """The file's text in a revision of git. Raises NotMerged."""
    ran = _git(["show", f"{revision}:./{path.name}"], path.parent)
    if ran.returncode:
        raise NotMerged(f"git has no {path.name} of {path.parent.name} in {revision}: {ran.stderr.strip()}")
    return ran.stdout.replace("\r\n", "\n")


def _git(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    except OSError as e:
        raise NotMerged(f"git cannot be run ({e.strerror or e}), and it does the merging") from e


# ---- whether a starter goes on from a reference --------------------------------------------------------------------


def first_difference(starter: str, gaps: Sequence[Gap], base: str) -> tuple[int, str] | None:
    """Where the starter differs from `base` outside its gaps: (line of the starter, from 1, that line), or None.

    The lines between the gaps must stand in `base` in the same order, with nothing between them but what a gap may
    hold. Blank lines, comments and the module's docstring do not count: they are said differently to a learner. Nor do
    imports of names that only the gaps use.
    """
    segments: list[list[tuple[int, str]]] = [[]]
    ends = {gap.first: gap.last for gap in gaps}
    imports = needed_within(starter, {number for gap in gaps for number in range(gap.first, gap.last + 1)})
    skip_to = 0
    for number, line in _code(starter, keep=set(ends)):
        if number <= skip_to:
            continue
        if number in ends:
            skip_to = ends[number]
            segments.append([])
        else:
            segments[-1] += [(number, each) for each in imports.get(number, [line])]
    lines = [line for _, line in _code(base, keep=set())]
    place = 0
    for index, segment in enumerate(segments):
        wanted = [line for _, line in segment]
        at_end = len(lines) - len(wanted)
        if index == len(segments) - 1:  # nothing may follow it
            starts = [at_end] if index or not at_end else []
        else:
            starts = [0] if index == 0 else list(range(place, at_end + 1))
        fits = (start for start in starts if start >= place and lines[start : start + len(wanted)] == wanted)
        found = next(fits, None)
        if found is None:
            return _closest(segment, lines[place:], from_start=index == 0, from_end=index == len(segments) - 1)
        place = found + len(wanted)
    return None


def _closest(segment: list[tuple[int, str]], lines: list[str], *, from_start: bool, from_end: bool) -> tuple[int, str]:
    """The line at fault: the first of the segment (counted from its fixed end) that goes another way."""
    if not segment:
        return 1, ""
    if from_end and not from_start:
        pairs = zip(reversed(segment), reversed(lines), strict=False)
    else:
        start = lines.index(segment[0][1]) if not from_start and segment[0][1] in lines else 0
        pairs = zip(segment, lines[start:], strict=False)
    for (number, line), other in pairs:
        if line != other:
            return number, line
    return segment[0] if from_end and not from_start else segment[-1]


def _code(source: str, keep: set[int]) -> Iterator[tuple[int, str]]:
    """(number, line) of what counts as code; the lines in `keep` too."""
    docstring = range(0)
    body = ast.parse(source).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        docstring = range(body[0].lineno, (body[0].end_lineno or body[0].lineno) + 1)
    for number, line in enumerate(source.split("\n"), 1):
        bare = line.strip()
        if number in keep or (bare and not bare.startswith("#") and number not in docstring):
            yield number, line.rstrip()
