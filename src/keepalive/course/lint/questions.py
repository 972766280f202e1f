"""The question bank keeps its rules: what an item says, what stands behind its key, and that the run agrees with it.

The shape of the files is checked where they are loaded. Here it is what makes an item a good one: an explanation for
every choice, no option that is right by its length, no stem that asks for what is not so.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ..model import Chapter, Course
from ..questions import Bank, Question
from ..questions.load import BELIEFS_FILE, FOLDER, KEYS_FILE, ONE_RIGHT
from ..questions.run import disagreement
from ..text import NotUtf8, read
from . import sentences
from .finding import Finding, from_problem

LONGEST_SHARE = 0.5
"""In how many of the items the right option may be the longest; by chance it is one in three."""
ENOUGH = 8
"""Items of which a share says something."""
MUCH_LONGER = 1.8
CODE_LINES, OPTION_LINES = 24, 12
COLUMNS = 96

_ABOVE = re.compile(r"\b(?:all|none|any|both|neither) of (?:the )?(?:above|these|them|those)\b|\bboth a and b\b", re.I)
_NOT_SO = re.compile(
    r"\b(?:which|what)\b[^.?]*?\b(?:not|isn't|doesn't|aren't|don't|never|untrue|false|incorrect|except)\b[^.?]*\?", re.I
)
_BY_PLACE = re.compile(
    r"\b(?:option|answer|choice) [A-H]\b|\b(?:first|second|third|last|other) (?:option|answer|choice)s?\b", re.I
)
_CALL = re.compile(r"^\s*question\(\s*[\"']([^\"']+)[\"']", re.M)


def check_of_chapter(course: Course, chapter: Chapter) -> list[Finding]:
    """The findings about the questions that a chapter teaches, and about those that its notebook asks."""
    bank, problems = Bank.read(course)
    found = [from_problem(problem) for problem in problems]
    for path in sorted((course.root / FOLDER).glob("*.toml")):
        found += sentences.in_file(path, course.root)
    found = [each for each in found if _is_about(each, course, chapter)]
    wanted = bank.chapter(chapter.number)
    for question in wanted:
        found += _Item(question, course).check()
    found += unrecorded(course, wanted)
    file = chapter.notebook.relative_to(course.root).as_posix()
    return found + [each for each in _calls(course, bank) if each.file == file]


def _is_about(finding: Finding, course: Course, chapter: Chapter) -> bool:
    """Whether the question in that line is one of the chapter's. One that cannot be read is in no bank."""
    try:
        lines = read(course.root / finding.file).split("\n")
    except (OSError, NotUtf8):
        return False  # said of the whole bank
    heads = [number for number, line in enumerate(lines, 1) if line.strip() == "[[question]]"]
    first = max((number for number in heads if number <= (finding.line or 0)), default=len(lines))
    last = min((number for number in heads if number > first), default=len(lines) + 1)
    own = re.compile(rf'\s*chapter\s*=\s*"{chapter.number}"')
    return any(own.match(line) for line in lines[first - 1 : last - 1])


def check(course: Course, files: Sequence[str] = ()) -> list[Finding]:
    """The findings of the bank, of these files of it or of all."""
    bank, problems = Bank.read(course)
    found = [from_problem(problem) for problem in problems if not files or problem.file in files]
    for path in sorted((course.root / FOLDER).glob("*.toml")):
        if not files or path.relative_to(course.root).as_posix() in files:
            found += sentences.in_file(path, course.root)
    wanted = [question for question in bank.questions if not files or question.file in files]
    for question in wanted:
        found += _Item(question, course).check()
    found += _lengths(wanted)
    found += unrecorded(course, wanted)
    if not files:
        found += _calls(course, bank)
        found += _unused(bank)
    return found


class _Item:
    """One question under the rules."""

    def __init__(self, question: Question, course: Course) -> None:
        self.question, self.course = question, course

    def _finding(self, what: str, mend: str) -> Finding:
        return Finding(self.question.file, self.question.line, f"{self.question.id}: {what}", mend)

    def check(self) -> list[Finding]:
        return [*self._count(), *self._words(), *self._code(), *self._proof(), *self._run()]

    def _count(self) -> Iterator[Finding]:
        question = self.question
        options = question.options
        if question.format == "number":
            if len(options) < 2:
                yield self._finding(
                    f"{len(options)} known mistake", "add [[question.options]] with a value for another mistake"
                )
            for option in options:
                if option.value is not None and question.key.judge(option.value):
                    yield self._finding(f"the mistake {option.id} gives a right answer", "give it its own value")
            return
        least = 3
        if len(options) < least:
            yield self._finding(
                f"{len(options)} options, at least {least} are required", "write the next likely mistake"
            )
        if question.format in ("single", "trace", "multiple") and len(options) > 3:
            without = [option.id for option in options if not option.correct and not option.misconception]
            if without:
                yield self._finding(
                    f"{len(options)} options, and {', '.join(without)} names no misconception",
                    "three options are enough; a fourth is there for a misconception that is known by its id",
                )

    def _words(self) -> Iterator[Finding]:
        question = self.question
        texts = [
            option.text or option.prints or option.code or str(option.line or option.value)
            for option in question.options
        ]
        for place, option in enumerate(question.options):
            if texts[place].strip() in [text.strip() for text in texts[:place]]:
                yield self._finding(f"{option.id} is the same as another option", "say something else, or take one out")
            if _ABOVE.search(option.text):
                yield self._finding(f"{option.id} speaks of the other options", "options are shuffled: say what it is")
            if sentences.MARK in option.why:
                continue  # said already
            if option.why.strip() in [other.why.strip() for other in question.options[:place]]:
                yield self._finding(f"{option.id} has the explanation of another", "say what this belief comes from")
        for name, text in (("stem", question.stem), ("why", question.why), *((o.id, o.why) for o in question.options)):
            if said := _BY_PLACE.search(text):
                yield self._finding(
                    f"{name} names an option by its place: {said[0]}", "they are shuffled: name it by what it says"
                )
        if question.format != "spot" and (said := _NOT_SO.search(question.stem)):
            yield self._finding(f"the stem asks for what is not so: {said[0]!r}", "ask for what is so, or what happens")
        if question.format in ONE_RIGHT and question.format != "spot":
            right = next(len(text) for text, option in zip(texts, question.options, strict=True) if option.correct)
            rest = [len(text) for text, option in zip(texts, question.options, strict=True) if not option.correct]
            if question.format == "single" and right > 30 and right > MUCH_LONGER * max(rest):
                yield self._finding("the right option is much longer than the others", "make them of one length")

    def _code(self) -> Iterator[Finding]:
        question = self.question
        codes = [("code", question.code, CODE_LINES), *((o.id, o.code, OPTION_LINES) for o in question.options)]
        for name, code, most in codes:
            lines = code.strip("\n").split("\n")
            if len(lines) > most:
                yield self._finding(
                    f"{name} has {len(lines)} lines, at most {most} can be read", "leave out what decides nothing"
                )
            if long := [line for line in lines if len(line) > COLUMNS]:
                yield self._finding(f"{name} has a line of {len(long[0])} columns, at most {COLUMNS}", "break it")

    def _proof(self) -> Iterator[Finding]:
        for proof in self.question.proof:
            kind, _, name = proof.partition(":")
            if kind == "claim" and (known := claims(self.course.root)) is not None and name not in known:
                yield self._finding(f"no claim {name} in tests/claims", "write its test, or name another proof")
            elif kind == "exercise":
                exercise, _, id = name.partition("/")
                if id not in _checks(self.course, exercise):
                    mend = "name a check that one of its [[wrong]] fails, as <exercise>/<scenario>.<function>"
                    yield self._finding(f"no check {id} of an exercise {exercise}", mend)
            elif proof.startswith("tests/") and not (self.course.root / proof.partition("::")[0]).is_file():
                yield self._finding(f"no file {proof.partition('::')[0]}", "write the test, or name another proof")

    def _run(self) -> Iterator[Finding]:
        question = self.question
        if question.run is None:
            return
        if "run" not in question.proof:
            yield self._finding("has a [question.run] that its proof does not name", 'add "run" to its proof')
        if "async def main(" not in question.run.code:
            mend = "write the program that is run as code in [question.run]"
            yield self._finding("its code defines no `async def main(url)`", mend)
        elif said := disagreement(question):
            yield self._finding(f"its key is not what happens: {said}", "mend the key, or the program and its server")


def _lengths(questions: Sequence[Question]) -> list[Finding]:
    """The right option is not the longest one too often."""
    asked, long = 0, []
    for question in questions:
        if question.format != "single":
            continue
        lengths = {option.id: len(option.text or option.code) for option in question.options}
        right = question.key.right[0]
        asked += 1
        if all(lengths[right] > length for id, length in lengths.items() if id != right):
            long.append(question.id)
    if asked < ENOUGH or len(long) <= LONGEST_SHARE * asked:
        return []
    what = f"in {len(long)} of {asked} the right option is the longest: {', '.join(long)}"
    return [Finding(FOLDER, None, what, "shorten some of these, or say more in their other options")]


def unrecorded(course: Course, questions: Sequence[Question]) -> list[Finding]:
    """Questions of the exam whose keys, as they are now, are not in the file that old certificates are scored by.

    Nothing where there is no such file: then no exam has been opened yet.
    """
    path = course.root / FOLDER / KEYS_FILE
    if not path.is_file():
        return []
    file = path.relative_to(course.root).as_posix()
    try:
        known = {
            (id, version) for id, versions in json.loads(path.read_bytes())["keys"].items() for version in versions
        }
    except (ValueError, LookupError, AttributeError, TypeError):
        return [Finding(file, None, "cannot be read", "take it from the last commit; none of its keys may be lost")]
    mend = "keepalive lint questions --record adds it, so that a certificate of today is scored by it tomorrow"
    return [
        Finding(question.file, question.line, f"{question.id}: its key is not in {KEYS_FILE}", mend)
        for question in questions
        if "exam" in question.use and (question.id, question.version) not in known
    ]


def _calls(course: Course, bank: Bank) -> Iterator[Finding]:
    """What chapters ask is there, is meant for chapters, and is asked in one chapter only."""
    known = {question.id: question for question in bank.questions}
    seen: dict[str, str] = {}
    for chapter in course.chapters:
        for id in asked_in(chapter.notebook):
            file = chapter.notebook.relative_to(course.root).as_posix()
            if id not in known:
                yield Finding(file, None, f'question("{id}") asks for a question that does not exist', "name another")
            elif "chapter" not in known[id].use:
                mend = f'add "chapter" to its use in {known[id].file}, or ask another'
                yield Finding(file, None, f'question("{id}") is not meant for a chapter', mend)
            elif id in seen:
                yield Finding(file, None, f'question("{id}") is asked in {seen[id]} already', "ask another")
            seen.setdefault(id, file)


def asked_in(notebook: Path) -> list[str]:
    """The ids of the questions that a notebook's cells ask."""
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except (OSError, ValueError, LookupError):
        return []  # said where chapters are checked
    code = ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
    return [id for source in code for id in _CALL.findall(source)]


def _unused(bank: Bank) -> Iterator[Finding]:
    used = {option.misconception for question in bank.questions for option in question.options}
    for belief in bank.beliefs.values():
        if belief.id not in used:
            mend = "name it in an option, or take it out"
            yield Finding(f"{FOLDER}/{BELIEFS_FILE}", None, f"no option names the misconception {belief.id}", mend)


@cache
def claims(root: Path) -> frozenset[str] | None:
    """The ids of the statements that tests/claims tries; None where the tests are not there, as in a kit."""
    folder = root / "tests" / "claims"
    if not folder.is_dir():
        return None
    found = set()
    for path in folder.glob("test_about_*.py"):
        try:
            body = ast.parse(path.read_bytes()).body
        except (SyntaxError, ValueError):
            continue  # pytest says so
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found.add(node.name.removeprefix("test_").replace("_", "-"))
    return frozenset(found)


def _checks(course: Course, name: str) -> set[str]:
    """The checks of the exercise, ready or draft, that a wrong answer of it is known to fail."""
    drafts = [draft.exercise for draft in course.drafts if draft.exercise]
    exercise = next((e for e in (*course.exercises, *drafts) if e.id == name), None)
    return {id for wrong in exercise.wrong for id in wrong.fails} if exercise else set()
