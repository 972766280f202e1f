"""From `exercises/questions/*.toml` to the bank. Every problem is collected before any is reported."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .. import shape, text
from ..errors import Problem, nearest
from ..model import Course
from ..toml_file import read_toml
from .model import CELLS, Bank, Belief, Option, Question, Run

FOLDER = "exercises/questions"
BELIEFS_FILE = "misconceptions.toml"
KEYS_FILE = "keys.json"
"""The keys of every question as it ever was asked; `keepalive.exam.keys` writes and reads it."""

ONE_RIGHT = ("single", "trace", "spot")
"""The formats in which one option is right."""

_PLACE = tuple[str | int, ...]
_WANTED = {  # keys of a question, and of an option, that a format needs beyond those that all need
    "single": ((), ()),
    "multiple": ((), ()),
    "trace": (("run",), ("prints",)),
    "spot": (("code", "why"), ("line",)),
    "order": (("answer", "why"), ()),
    "number": (("answer", "tolerance", "unit", "why"), ("value",)),
}
_ONLY_FOR = {"answer": ("order", "number"), "tolerance": ("number",), "unit": ("number",)}
_ONLY_FOR_OPTION = {
    "line": ("spot",),
    "value": ("number",),
    "correct": ("single", "multiple", "trace", "spot"),
    "text": ("single", "multiple", "order"),
    "code": ("single", "multiple", "order"),
}


def read(course: Course) -> tuple[Bank, list[Problem]]:
    """What can be read of the bank, and all that is wrong."""
    folder = course.root / FOLDER
    beliefs, retired, problems = _read_beliefs(folder, course)
    known = {*beliefs, *exercise_beliefs(course)}
    questions: list[Question] = []
    if folder.is_dir():
        for path in sorted(folder.glob("*.toml")):
            if path.name != BELIEFS_FILE:
                reader = _Reader(path, course, known, retired)
                questions += reader.read()
                problems += reader.problems
    first: dict[str, Question] = {}
    for question in questions:
        if (other := first.setdefault(question.id, question)) is not question:
            mend = f"{other.file}:{other.line} has it already; give this one a name of its own"
            problems.append(Problem(question.file, "an id of its own", question.id, mend, key="id", line=question.line))
    return Bank(course, tuple(first.values()), beliefs, retired), problems


def exercise_beliefs(course: Course) -> set[str]:
    """The ids of the misconceptions that exercises know, drafts too."""
    drafts = [draft.exercise for draft in course.drafts if draft.exercise]
    return {id for exercise in (*course.exercises, *drafts) for id in exercise.misconceptions}


def bank_beliefs(course: Course) -> set[str]:
    """The ids of the misconceptions that the bank's own file has; none where it cannot be read."""
    return set(_read_beliefs(course.root / FOLDER, course)[0])


def _read_beliefs(folder: Path, course: Course) -> tuple[dict[str, Belief], tuple[str, ...], list[Problem]]:
    path = folder / BELIEFS_FILE
    if not path.is_file():
        return {}, (), []
    data, source, problems = read_toml(path, course.root)
    file = path.relative_to(course.root).as_posix()
    problems = problems or shape.problems("misconceptions", data, file=file, text=source)
    if problems:
        return {}, (), problems
    beliefs: dict[str, Belief] = {}
    taken = exercise_beliefs(course)
    for at, row in enumerate(data.get("misconception", ())):
        if row["id"] in beliefs or row["id"] in taken:
            mend = "an exercise has it already: take this one out, and use that" if row["id"] in taken else "rename one"
            place = ("misconception", at, "id")
            key, line = shape.key_name(data, place), text.toml_line(source, place)
            problems.append(Problem(file, "an id of its own", shape.toml(row["id"]), mend, key=key, line=line))
        beliefs[row["id"]] = Belief(**row)
    return beliefs, tuple(data.get("retired", ())), problems


class _Reader:
    """One file on its way to questions."""

    def __init__(self, path: Path, course: Course, beliefs: Iterable[str], retired: Iterable[str]) -> None:
        self.path, self.course = path, course
        self.file = path.relative_to(course.root).as_posix()
        self.beliefs, self.retired = set(beliefs), set(retired)
        self.problems: list[Problem] = []
        self.data: dict[str, Any] = {}
        self.source = ""

    def read(self) -> list[Question]:
        cell = int(self.path.stem) if self.path.stem.isascii() and self.path.stem.isdecimal() else 0
        if cell not in CELLS or self.path.stem != f"{cell:02}":
            names = f"{FOLDER}/01.toml to 14.toml, and {BELIEFS_FILE}"
            self.problems.append(Problem(self.file, names, self.path.name, "name the file after its cell"))
            return []
        self.data, self.source, self.problems = read_toml(self.path, self.course.root)
        if not self.problems:
            self.problems = shape.problems("questions", self.data, file=self.file, text=self.source)
        if self.problems:
            return []
        return [self._question(at, row, cell) for at, row in enumerate(self.data["question"])]

    def _problem(self, at: _PLACE, expected: str, found: object, mend: str) -> None:
        key, line = shape.key_name(self.data, at), text.toml_line(self.source, at)
        self.problems.append(Problem(self.file, expected, shape.toml(found), mend, key=key, line=line))

    def _question(self, at: int, row: dict[str, Any], cell: int) -> Question:
        place: _PLACE = ("question", at)
        if row["cell"] != cell:
            self._problem((*place, "cell"), f"{cell}, as in the file's name", row["cell"], f"write cell = {cell}")
        if row["id"] in self.retired:
            mend = "answers to the old one are kept under it; take another id"
            self._problem((*place, "id"), "an id that no question ever had", row["id"], mend)
        exercise = next((e for e in self.course.exercises if e.id == row["id"]), None)
        if exercise:
            self._problem(
                (*place, "id"), "an id that no exercise has", row["id"], f"{exercise.name} has it; add a word"
            )
        self._keys(place, row)
        lines = self._lines(place, row)
        options = tuple(Option(**{**option, "line": lines[number]}) for number, option in enumerate(row["options"]))
        self._options(place, row, options)
        run = row.get("run")
        answer = row.get("answer")
        return Question(
            id=row["id"],
            cell=row["cell"],
            chapter=row["chapter"],
            format=row["format"],
            use=tuple(row["use"]),
            stem=row["stem"].strip(),
            proof=tuple(row["proof"].split(" ")),
            options=options,
            code=row.get("code", "").rstrip("\n"),
            why=row.get("why", ""),
            answer=answer if isinstance(answer, int | float) else 0.0,
            order=tuple(answer) if isinstance(answer, list) else (),
            tolerance=row.get("tolerance", 0.0),
            unit=row.get("unit", ""),
            run=Run(run.get("server", ""), run.get("code") or row.get("code", "")) if run is not None else None,
            file=self.file,
            line=text.toml_line(self.source, place),
        )

    def _keys(self, place: _PLACE, row: dict[str, Any]) -> None:
        """Every key that the format needs is there, and none that it has no use for."""
        form = row["format"]
        wanted, of_option = _WANTED[form]
        for key in wanted:
            if key not in row:
                mend = "add a table [question.run] before the options" if key == "run" else f"add {key} = ..."
                self._problem((*place, key), f"{key}, which a {form} question needs", "nothing", mend)
        for key, formats in _ONLY_FOR.items():
            if key in row and form not in formats:
                self._problem((*place, key), f"no {key} in a {form} question", row[key], f"take {key} out")
        if "run" in row["proof"].split(" ") and "run" not in row:
            mend = "add the table [question.run] with the server, or name another proof"
            self._problem((*place, "proof"), "a program to run", row["proof"], mend)
        for number, option in enumerate(row["options"]):
            here = (*place, "options", number)
            for key in of_option:
                if key not in option:
                    said = f"{key}, which an option of a {form} question needs"
                    self._problem((*here, key), said, "nothing", f"add {key} = ...")
            for key, formats in _ONLY_FOR_OPTION.items():
                if key in option and form not in formats:
                    said = f"no {key} in an option of a {form} question"
                    self._problem((*here, key), said, option[key], f"take {key} out")
            if form in _ONLY_FOR_OPTION["text"] and not ("text" in option or "code" in option):
                self._problem((*here, "text"), "text or code to choose", "nothing", "add text = ...")
        if form == "order" and not isinstance(row.get("answer", []), list):
            self._problem((*place, "answer"), "a list of the options' ids in order", row["answer"], "write the ids")
        if form == "number" and isinstance(row.get("answer"), list):
            self._problem((*place, "answer"), "a number", row["answer"], "write the number")

    def _lines(self, place: _PLACE, row: dict[str, Any]) -> list[int]:
        """The number of the line that each option names; 0 where it names none."""
        code = [line.strip() for line in row.get("code", "").rstrip("\n").split("\n")]
        found = []
        for number, option in enumerate(row["options"]):
            named = option.get("line", "").strip()
            here = [at for at, line in enumerate(code, 1) if named and line == named]
            if named and len(here) != 1:
                close = nearest(named, [line for line in code if line])
                often = "no such line" if not here else f"{len(here)} lines like it"
                mend = f'write line = "{close}"' if close and not here else "make the lines of code unlike one another"
                self._problem((*place, "options", number, "line"), "one line of the code", f"{often}: {named}", mend)
            found.append(here[0] if here else 0)
        return found

    def _options(self, place: _PLACE, row: dict[str, Any], options: tuple[Option, ...]) -> None:
        ids = [option.id for option in options]
        for number, option in enumerate(options):
            here = (*place, "options", number)
            if option.id in ids[:number]:
                self._problem((*here, "id"), "an id of its own", option.id, "give each option its own id")
            if option.id.startswith("line-"):
                self._problem((*here, "id"), "a name that is no line's", option.id, "name it after the mistake")
            if option.misconception and option.misconception not in self.beliefs:
                close = nearest(option.misconception, self.beliefs)
                write = f'write "{close}", or ' if close else ""
                mend = f"{write}add the [[misconception]] to {FOLDER}/{BELIEFS_FILE}"
                said = "the id of a misconception of an exercise or of misconceptions.toml"
                self._problem((*here, "misconception"), said, option.misconception, mend)
            if option.code and (error := unparsable(option.code)):
                self._problem((*here, "code"), "Python", error, "mend the code")
        if row.get("code") and (error := unparsable(row["code"])):
            self._problem((*place, "code"), "Python", error, "mend the code")
        right = [option.id for option in options if option.correct]
        form = row["format"]
        if form in ONE_RIGHT and len(right) != 1:
            self._problem(
                (*place, "options"), "one option with correct = true", right, "mark the right one, and no other"
            )
        if form == "multiple" and not 1 < len(right) < len(options):
            mend = 'mark the right ones; with one right answer it is format = "single"'
            self._problem((*place, "options"), "two right options or more, and one that is not", right, mend)
        if form == "order" and isinstance(row.get("answer"), list) and sorted(row["answer"]) != sorted(ids):
            mend = "name each option once"
            self._problem((*place, "answer"), f"the ids {', '.join(ids)} in order", row["answer"], mend)


def unparsable(code: str) -> str:
    """Why the code does not parse, or "". `await` may stand outside a function."""
    try:
        compile(code, "<question>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as e:
        return f"line {e.lineno}: {e.msg}"
    except ValueError as e:  # a null byte
        return str(e)
    return ""
