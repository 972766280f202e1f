"""`keepalive lint`: proves that exercises keep their contract, and tells an author what to do next.

What is checked is said where it is checked: `sentences` (what `keepalive new` left for the author), `files` (the
folder, briefs, hints, drive), `brief` (each demand names its check), `starter` (the gaps), `grader` (its checks against
exercise.toml), `answers` (every answer is run), `mutants` (what the grader does not notice), `questions` (the question
bank), `notebook` (a chapter's cells), `terms` (the glossary's in it), `style` (what ruff says of a chapter).

Of a draft everything is looked at that is there already, so that an author may begin anywhere.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from .. import text
from ..errors import Problem, UnknownName, nearest
from ..load import COURSE_FILE, EXERCISE_FILES, exercise_folders, find_root, read
from ..model import Chapter, Course, Draft, Exercise, find, unknown
from ..notebooks import TITLE
from ..questions.load import FOLDER
from ..text import toml_line
from . import answers, brief, files, grader, mutants, notebook, questions, sentences, starter, style, terms
from .finding import Finding, Folder, from_problem

__all__ = ["Finding", "Report", "chapters", "lint", "main"]


CHAPTER = "chapter"
"""The word before the numbers of chapters."""


@dataclass
class Report:
    """What was found. `proved` are the names of what keeps its contract.

    `chapters` are those that were asked for, with their exercises; `notes` say what could not be looked at.
    """

    findings: list[Finding] = field(default_factory=list)
    drafts: dict[str, list[Finding]] = field(default_factory=dict)
    proved: list[str] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def lint(root: Path, names: Sequence[str] = (), *, grade: answers.Grade | None = None) -> Report:
    """Lints the exercises of these names; without a name all of them, and the course's own data.

    The name "questions" is the question bank, "questions/06" one cell of it. Names after "chapter" are chapters, and so
    is a name that no exercise has: its exercise, its notebook, its questions. `grade` stands in for
    `keepalive.grading.grade`. Raises UnknownName.
    """
    course, problems = read(root)
    folders = exercise_folders(root)
    asked, rest = _chapters_in(names, course, folders)
    banks = [name for name in rest if _BANK.fullmatch(_bare(name))]
    wanted = [_folder(name, folders) for name in rest if name not in banks] if names else folders
    report = Report(chapters=asked)
    if banks or not names:
        cells = [_bare(name).partition("/")[2].removesuffix(".toml") for name in banks]
        only = [f"{FOLDER}/{cell.zfill(2)}.toml" for cell in cells] if all(cells) else []
        report.findings += questions.check(course, only)
        if names and not report.findings:
            report.proved.append("questions" + "".join(f" of cell {cell}" for cell in cells if cell))
    if not names:
        report.findings += [from_problem(problem) for problem in problems if not _in(problem, folders, root)]
        report.findings += chapters(course)
    for folder in wanted:
        _look_at(folder, course, problems, grade, report)
    for chapter in asked:
        for folder in (folder for folder in folders if folder.name.partition("-")[0] == chapter.number):
            _look_at(folder, course, problems, grade, report)
        _look_at_chapter(chapter, course, report)
    return report


def _chapters_in(names: Sequence[str], course: Course, folders: Iterable[Path]) -> tuple[list[Chapter], list[str]]:
    """(the chapters that are named, the other names)."""
    if list(names) == [CHAPTER]:
        raise unknown(CHAPTER, "", course.chapters, why=f"After {CHAPTER} comes its number.")
    if names and names[0] == CHAPTER:
        return [course.chapter(name) for name in names[1:]], []
    exercises = [_Name(folder) for folder in folders]
    own = {name: chapter for name in names if not find(exercises, name) and (chapter := find(course.chapters, name))}
    return list(own.values()), [name for name in names if name not in own]


def _look_at(
    folder: Path, course: Course, problems: Sequence[Problem], grade: answers.Grade | None, report: Report
) -> None:
    """One exercise, ready or draft."""
    exercise = next((exercise for exercise in course.exercises if exercise.folder == folder), None)
    draft = next((draft for draft in course.drafts if draft.folder == folder), None)
    own = [from_problem(problem) for problem in problems if _in(problem, [folder], course.root)]
    report.findings += own
    if draft:
        report.drafts[draft.name] = _draft(draft, course, grade)
    elif exercise:
        found = [*sentences.check(folder, course.root), *_exercise(exercise, course, grade, sound=not own)]
        report.findings += found
        if not own and not found:
            report.proved.append(exercise.name)


def _look_at_chapter(chapter: Chapter, course: Course, report: Report) -> None:
    """Its entry in course.toml, its notebook, its questions, and the style of these and of its exercise's files."""
    file = chapter.notebook.relative_to(course.root).as_posix()
    lines = _lines_in_course_toml(course, chapter)
    found = [
        finding
        for finding in chapters(course)
        if finding.file == file or (finding.file == COURSE_FILE and finding.line in lines)
    ]
    found += [
        *notebook.check(course, chapter),
        *terms.check(course, chapter),
        *questions.check_of_chapter(course, chapter),
    ]
    if style.installed():
        drafts = [draft.exercise for draft in course.drafts if draft.exercise]
        exercise = next((one for one in (*course.exercises, *drafts) if one.chapter == chapter.id), None)
        found += style.check(course, chapter.notebook, exercise)
    else:
        report.notes.append(style.MISSING)
    report.findings += found
    if not found:
        report.proved.append(f"chapter {chapter.name}")


def _lines_in_course_toml(course: Course, chapter: Chapter) -> range:
    source, place = text.read(course.root / COURSE_FILE), course.chapters.index(chapter)
    first = toml_line(source, (CHAPTER, place)) or 0
    last = toml_line(source, (CHAPTER, place + 1)) if place + 1 < len(course.chapters) else None
    return range(first, last or source.count("\n") + 2)


def _in(problem: Problem, folders: Iterable[Path], root: Path) -> bool:
    """Whether the problem is in one of these folders."""
    return any(problem.file.startswith(f"{folder.relative_to(root).as_posix()}/") for folder in folders)


_BANK = re.compile(r"questions(/[0-9]{1,2}(\.toml)?)?")


def _bare(name: str) -> str:
    return name.replace("\\", "/").removeprefix("exercises/").rstrip("/")


def main(names: Sequence[str], out: Console, command: str, *, grade: answers.Grade | None = None) -> int:
    """Lints and prints; returns the exit code: 0 clean, 1 findings. UnknownName and CourseError go to the caller.

    What a draft lacks counts where the draft was asked for by name.
    """
    report = lint(find_root(), names, grade=grade)
    unfinished = sum(map(len, report.drafts.values())) if names else 0
    for finding in report.findings:
        _print(out, finding)
    for name, missing in report.drafts.items():
        out.print(Text(f"draft {name}" + (": still missing" if missing else ": nothing is missing")))
        for finding in missing:
            _print(out, finding, indent="  ")
    for name in report.proved:
        out.print(Text(f"{name}: keeps its contract"))
    for note in dict.fromkeys(report.notes):
        out.print(Text(note), soft_wrap=True)
    if report.findings:
        count = len(report.findings)
        out.print(Text(f"{count} finding{'' if count == 1 else 's'}"))
    out.print(Text(f"next: {_next(report, command, named=bool(names))}"), soft_wrap=True)
    return 1 if report.findings or unfinished else 0


def _folder(name: str, folders: Iterable[Path]) -> Path:
    """The exercise folder of that name, ready or draft, whatever its exercise.toml says. A path will do too."""
    named = [_Name(folder) for folder in folders]
    found = find(named, Path(name).name if "/" in name or "\\" in name else name)
    if found:
        return found.folder
    aliases = {alias: one.name for one in named for alias in (one.number, one.id)}
    raise UnknownName("exercise", name, [one.name for one in named], aliases=aliases)


class _Name:
    """A folder's name taken apart."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name = folder, folder.name
        self.number, _, self.id = folder.name.partition("-")


def _exercise(exercise: Exercise, course: Course, grade: answers.Grade | None, *, sound: bool) -> list[Finding]:
    """Everything about one exercise. Answers are run only when its files are in order: one slip would show often."""
    folder = Folder(exercise, course)
    found = [*files.check(folder), *brief.check(folder), *files.misfits(folder)]
    found += [*starter.check(folder), *grader.check(folder)]
    if sound and not found:
        return answers.check(folder, grade) or mutants.check(folder)
    return [*_grader_fault(folder, grade, found), *found]


def _grader_fault(folder: Folder, grade: answers.Grade | None, found: Sequence[Finding]) -> list[Finding]:
    """That the grader fails on the reference: said first, because all else is tried with a grader that works.

    Not said where its reason is among what was found: a drive.py that cannot be imported.
    """
    failed = answers.grader_fault(folder, grade) if grader.playable(folder) else []
    known = any(each.file == folder.rel("drive.py") for each in found)
    return [each for each in failed if each.line or not known]


def _draft(draft: Draft, course: Course, grade: answers.Grade | None) -> list[Finding]:
    """What a draft lacks: what its files lack, then what its answers show as far as they are written."""
    found = [from_problem(problem) for problem in draft.missing]
    found += sentences.check(draft.folder, course.root)
    exercise = draft.exercise
    if exercise is None:
        return found
    folder = Folder(exercise, course)
    rooms = [*starter.check(folder), *grader.check(folder), *files.misfits(folder)]
    found += [*files.check(folder), *brief.check(folder), *rooms]
    complete = all((draft.folder / name).is_file() for name in EXERCISE_FILES)
    if complete and found and (failed := _grader_fault(folder, grade, found)):
        return [*failed, *found]
    if complete and not rooms:
        found += answers.check(folder, grade)
    return found or mutants.check(folder)


def chapters(course: Course) -> list[Finding]:
    """What course.toml says, against the notebooks and the exercises."""
    found = []
    try:
        source = (course.root / COURSE_FILE).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return []  # said already
    for index, chapter in enumerate(course.chapters):
        if not chapter.notebook.is_file():
            what = f"there is no {chapter.notebook.relative_to(course.root).as_posix()}"
            mend = "write the notebook, or take the [[chapter]] out until it exists"
            found.append(Finding(COURSE_FILE, toml_line(source, ("chapter", index)), what, mend))
        elif (first := _first_line(chapter.notebook)) != TITLE:
            what = f"it begins with {first or 'nothing'!r}; the title is filled in where it says {TITLE!r}"
            file = chapter.notebook.relative_to(course.root).as_posix()
            found.append(Finding(file, None, what, f"begin the first cell, in Markdown, with `{TITLE}`"))
    found += [_unlisted(path, course) for path in _unlisted_notebooks(course)]
    for path in (course.root / COURSE_FILE, *sorted((course.root / "notebooks").glob("*.ipynb"))):
        found += sentences.in_file(path, course.root)
    return found


def _first_line(notebook: Path) -> str:
    """What a notebook begins with; "" for a cell of code, and where it cannot be read."""
    try:
        cell = json.loads(notebook.read_bytes())["cells"][0]
        first = "".join(cell["source"]).partition("\n")[0]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    return first if cell.get("cell_type") == "markdown" else ""


def _unlisted_notebooks(course: Course) -> list[Path]:
    known = {chapter.notebook for chapter in course.chapters}
    return sorted(path for path in (course.root / "notebooks").glob("*.ipynb") if path not in known)


def _unlisted(path: Path, course: Course) -> Finding:
    file = path.relative_to(course.root).as_posix()
    close = nearest(path.stem, [chapter.name for chapter in course.chapters])
    mend = f"add a [[chapter]] for it to {COURSE_FILE}" + (f", or name the file {close}.ipynb" if close else "")
    return Finding(file, None, "a notebook that no [[chapter]] names", mend)


def _print(out: Console, finding: Finding, indent: str = "") -> None:
    # file:line first and unbroken: terminals and editors make a link of it.
    out.print(Text(f"{indent}{finding.where}"), soft_wrap=True)
    for said in (finding.what, f"mend: {finding.mend}"):
        for line in textwrap.wrap(said, out.width - len(indent) - 4, break_long_words=False, break_on_hyphens=False):
            out.print(Text(f"{indent}    {line}"), soft_wrap=True)


def _numbers(chapters: Iterable[Chapter]) -> str:
    """As they are typed."""
    return " ".join([CHAPTER, *(chapter.number for chapter in chapters)])


def _next(report: Report, command: str, named: bool) -> str:
    if report.findings:
        first = report.findings[0]
        parts = first.file.split("/")
        again = f"{command} lint {parts[1]}" if parts[0] == "exercises" and len(parts) > 1 else f"{command} lint"
        if report.chapters:
            return f"mend {first.where} ({first.mend}), then run {command} lint {_numbers(report.chapters)} again."
        if parts[:2] == FOLDER.split("/") and parts[2:] and parts[2][:2].isdecimal():
            again += f"/{parts[2][:2]}"
        return f"mend {first.where} ({first.mend}), then run {again} again."
    for name, missing in report.drafts.items():
        if missing:
            return f"the draft {name} goes on with {missing[0].where}: {missing[0].mend}."
        ready = f'write status = "ready" in exercises/{name}/exercise.toml, then run {command} lint {name} again'
        return f"when blind answers by others are in, {ready}; alone, hand it in as a draft and say so."
    if report.chapters:
        either = " or ".join(chapter.number for chapter in report.chapters)
        said = f'"{either}"' if " " in either else either
        return f"nothing is left to mend that can be read; .venv/bin/pytest tests/content -k {said} runs the cells."
    if named and report.proved[:1] and (number := report.proved[0].partition("-")[0]).isdecimal():
        return f"nothing is left to mend in it; run {command} lint chapter {number}, its notebook and questions too."
    if named:
        return f"nothing is left to mend in it; run {command} lint for the whole course."
    return "nothing is left to mend here; run python3 course.py test, then commit."
