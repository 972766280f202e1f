"""`exercise`, `check`, `hint`, `solution` and `timeline`, as a learner calls them in a cell."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from keepalive.course import Course, CourseError, Exercise, UnknownName
from keepalive.course.answers import as_files
from keepalive.course.feedback import may_see_solution, next_hint, record
from keepalive.course.progress import Progress
from keepalive.course.work import Work
from keepalive.grading import grade
from keepalive.grading.entries import is_class
from keepalive.report import render, words
from keepalive.report.contents import CommandTexts, report
from keepalive.shell import typed

from . import imported
from .shown import Checked, Code, Shown

Answer = TypeVar("Answer")


class WrongUse(Exception):
    """The call cannot be answered; the text (Markdown) says why and what to write instead."""


def errors_as_notices(call: Callable[..., Answer]) -> Callable[..., Answer | Shown]:
    """Wrong use and broken files become a sentence in the cell's output."""

    @functools.wraps(call)
    def answered(*args: Any, **kwargs: Any) -> Answer | Shown:
        try:
            return call(*args, **kwargs)
        except WrongUse as e:
            return _notice(str(e))
        except UnknownName as e:
            return _notice(verbatim(str(e)))
        except CourseError as e:
            said = "The course's own files are broken; that is not your doing. If you did not change them: `git pull`."
            return _notice(said, str(e))

    return answered


@errors_as_notices
def exercise(name: str | int | None = None) -> Shown:
    """Show what an exercise asks. `name`: its number (04), its id, or both."""
    course = Course.load()
    found = _exercise(course, name, "exercise")
    commands = CommandTexts.of_notebook(found)
    starter = _starter(course, found)
    first = (
        f"write task 1, run the cell of your class, then {commands.check}. A check may be asked for after each task."
    )
    return Shown(render.brief(found, starter, first), words.brief(found, starter, first))


@errors_as_notices
def check(name: str | int | None = None, answer: Any = None, *, seed: int | None = None) -> Shown:
    """Check a class against an exercise, here and now: `check("04", ApiClient)`.

    Without a class, the one that the exercise asks for is looked for among the caller's names. `seed` draws the same
    numbers as the verdict that printed it. The result has the whole verdict as `.verdict`.
    """
    course = Course.load()
    if isinstance(name, type) and isinstance(answer, str | int):
        raise WrongUse(f'The exercise comes first, then the class: `check("{answer}", {name.__name__})`.')
    found = _exercise(course, name, "check")
    given = _given(found, answer, _names_of_caller())
    verdict = _grade(found, given, seed=seed)
    progress = Progress()
    if verdict["status"] != "grader_fault":
        record(progress, found, verdict)
    shown = {task.id: progress.hints_shown(found.id, task.id) for task in found.tasks}
    said = report(found, verdict, shown, CommandTexts.of_notebook(found))
    return Checked(*warned(progress, render.verdict(said), words.verdict(said)), verdict)


@errors_as_notices
def hint(name: str | int | None = None, task: str | int | None = None) -> Shown:
    """Show the next hint: of `task` (its id or number), else of the first task that has not passed."""
    course = Course.load()
    found, progress = _exercise(course, name, "hint"), Progress()
    commands = CommandTexts.of_notebook(found)
    next_one = next_hint(found, progress, task)
    if next_one is None:
        then = (
            f"Every task is passed. For a hint all the same: {commands.hint(found.tasks[0].id)}. "
            f"{commands.solution} shows the solution."
        )
        return Shown(*warned(progress, render.notice(then), words.notice(then)))
    which = f"Hint {next_one.number} of {next_one.of}" + (", once more" if next_one.again else "")
    if not next_one.is_last:
        then = f"Then {commands.check}. For the next hint: {commands.hint(next_one.task.id)}"
    else:
        see = commands.solution if may_see_solution(found, progress) else commands.reveal
        then = f"Then {commands.check}. This was the last hint of this task; {see} shows a solution."
    said = (next_one.task.text, which, next_one.text, then)
    return Shown(*warned(progress, render.hint(*said), words.hint(*said)))


@errors_as_notices
def solution(name: str | int | None = None, reveal: bool = False) -> Code | Shown:
    """Show the solution: after a pass, or at once with `reveal=True`."""
    course = Course.load()
    found, progress = _exercise(course, name, "solution"), Progress()
    if not may_see_solution(found, progress, reveal=bool(reveal)):
        commands = CommandTexts.of_notebook(found)
        task = next(
            (task for task in found.tasks if progress.task_status(found.id).get(task.id) != "passed"), found.tasks[0]
        )
        raise WrongUse(
            f"The solution is shown after you have passed exercise {found.number}. A hint: {commands.hint(task.id)}. "
            f"To see it now: {commands.reveal}"
        )
    progress.add("solution", found.id)
    return _solution(found, progress)


@errors_as_notices
def timeline(
    name: str | int,
    answer: Any,
    scenario: str,
    *,
    title: str | None = None,
    until: float = 0.0,
    seed: int | None = None,
) -> Shown:
    """Run one scenario's exercise on an answer and draw what the server saw.

    `answer`: a class; "reference"; or the id of another answer to the exercise, or of a mistake that it knows.
    `title` is the finding. `until`: seconds up to which the axis goes at least; give pictures that are compared the
    same. `seed`: for an answer that draws, the same draws each time. Nothing is recorded.
    """
    found = _exercise(Course.load(), name, "timeline")
    given = _answer(found, answer)
    with as_files({} if isinstance(given, type) else {"answer": given}) as files:
        verdict = _grade(found, files.get("answer", given), seed=seed)
    there = {each["id"]: each for each in verdict["scenarios"]}
    if scenario not in there:
        listed = ", ".join(f"`{each}`" for each in there) or "none that can be run"
        raise WrongUse(f"Exercise {found.number} has no scenario {verbatim(repr(scenario))}. There are: {listed}.")
    run = there[scenario]
    html = render.page(render.figure(run, title=title, until=until), title or run["title"], framed=False)
    return Shown(html, "\n".join(words.figure(run, title=title)))


# ---- parts -------------------------------------------------------------------------------------------------------


def _notice(text: str, detail: str = "") -> Shown:
    return Shown(render.notice(text, detail), words.notice(text, detail))


def verbatim(text: str) -> str:
    """Text for the middle of Markdown: nothing in it is a mark."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!<>&|~" else c for c in text)


def warned(progress: Progress, html: str, text: str) -> tuple[str, str]:
    """With the sentence about the progress file, where there is one."""
    if not progress.warning:
        return html, text
    return html + render.notice(verbatim(progress.warning)), f"{text}\n\nNote: {progress.warning}"


def _exercise(course: Course, name: Any, call: str) -> Exercise:
    if isinstance(name, bool) or not isinstance(name, str | int):
        example = course.exercises[0] if course.exercises else None
        given = (
            f"`{call}()` was given no exercise." if name is None else f"`{call}()` wants the name of an exercise first."
        )
        if example is None:
            raise WrongUse(f"{given} There is no exercise yet.")
        further = f", {example.entry}" if call == "check" else ""
        raise WrongUse(f'{given} For instance: `{call}("{example.number}"{further})` for “{example.title}”.')
    return course.exercise(name)


def _names_of_caller() -> Mapping[str, Any]:
    """The names of the cell or module that called `check`."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame.f_globals


def _given(exercise: Exercise, answer: Any, names: Mapping[str, Any]) -> Any:
    """The class or function to grade, or the functions by their names. Raises WrongUse with what to write instead."""
    if is_class(exercise.entry):
        return _class(exercise, answer, names)
    if inspect.isfunction(answer) and len(exercise.entries) == 1:
        return _fresh(answer, f'`check("{exercise.number}", {answer.__name__})`')
    call = f'`check("{exercise.number}")`'
    if answer is not None:
        raise WrongUse(f"Exercise {exercise.number} asks for {exercise.entry}, by its name: {call}.")
    if missing := [f"`{name}`" for name in exercise.entries if not inspect.isfunction(names.get(name))]:
        raise WrongUse(f"There is no function {', '.join(missing)} here yet. Run its cell, then {call}.")
    return {name: names[name] for name in exercise.entries} if len(exercise.entries) > 1 else names[exercise.entry]


def _class(exercise: Exercise, answer: Any, names: Mapping[str, Any]) -> type:
    """The class to grade. Raises WrongUse with what to write instead."""
    entry, call = exercise.entry, f'`check("{exercise.number}", {exercise.entry})`'
    if answer is None:
        answer = names.get(entry)
        if answer is None:
            raise WrongUse(
                f"There is no class `{entry}` here yet. Run the cell that defines it, then {call}. "
                f'What is asked: `exercise("{exercise.number}")`'
            )
    if isinstance(answer, type):
        return _fresh(answer, call)
    if isinstance(answer, str | os.PathLike):
        if str(answer).endswith(".py"):
            raise WrongUse(
                f"`check()` takes the class itself. To check a file, in a terminal: `keepalive check "
                f"{typed(str(answer).replace('`', ''))}`. From here: import the class from it, then {call}."
            )
        raise WrongUse(f"`check()` takes the class itself, not its name: without quotes, {call}.")
    kind, own = type(answer).__name__, names.get(entry)
    if kind == entry or (isinstance(own, type) and isinstance(answer, own)):
        raise WrongUse(f"This `{kind}` was made already. Hand over the class, without parentheses: {call}.")
    a = "an" if kind[:1].lower() in "aeiou" else "a"
    if inspect.iscoroutine(answer):
        answer.close()
    raise WrongUse(f"`check()` takes a class, and this is {a} `{kind}`. Hand over yours: {call}.")


def _fresh(answer: Any, call: str) -> Any:
    """The class or function itself. Raises WrongUse where its file has changed since it was imported."""
    if imported.is_stale(answer):
        module = answer.__module__
        raise WrongUse(
            f"The file of `{answer.__name__}` has changed since `{module}` was imported, and Python imports a module "
            f"once: this is still what was there before. Run `import importlib, {module}; importlib.reload({module})`, "
            f"then `from {module} import {answer.__name__}`, then {call}."
        )
    return answer


def _answer(exercise: Exercise, answer: Any) -> str | type:
    """The class that was handed over, or the text of the answer that was named. Raises WrongUse."""
    if isinstance(answer, type):
        return answer
    known = {answer.misconception: answer for answer in reversed(exercise.wrong) if answer.misconception}
    known |= {answer.id: answer for answer in exercise.answers}
    if answer == "reference":
        return exercise.reference_text
    if isinstance(answer, str) and answer in known:
        return known[answer].source
    listed = ", ".join(f"`{name}`" for name in ("reference", *known))
    raise WrongUse(f"`timeline()` takes a class or one of: {listed}.")


def _grade(exercise: Exercise, answer: Path | type, *, seed: int | None = None) -> dict[str, Any]:
    return grade(_code(exercise, answer), answer, link="direct", frontend="notebook", seed=seed)


def _code(exercise: Exercise, answer: Path | type) -> Any:
    """With the name of where a line of the answer is found: a cell, or the file that the class was imported from."""
    name = "your cell"
    one = next(iter(answer.values())) if isinstance(answer, Mapping) else answer
    if not isinstance(one, Path) and one.__module__ != "__main__":
        file = getattr(sys.modules.get(one.__module__), "__file__", None)
        name = Path(file).name if file else name
    return dataclasses.replace(exercise.code, file_name=name)


def _starter(course: Course, exercise: Exercise) -> str:
    own = Work(course).path_of(exercise)
    if own.is_file():
        return f"Your file: `{_short(own)}`. In a cell, `%load {_short(own)}` brings it in."
    return f"The starter as a file for you: `keepalive start {exercise.number}` in a terminal."


def _short(path: Path) -> str:
    try:
        short = os.path.relpath(path)
    except ValueError:  # another drive on Windows
        return path.as_posix()
    return Path(short).as_posix() if not short.startswith(os.pardir) else path.as_posix()


def _solution(exercise: Exercise, progress: Progress) -> Code:
    code = exercise.reference_text.rstrip()
    listed = "".join(f"- `{answer.id}`: {answer.about}\n" for answer in exercise.right)
    more = ""
    if exercise.right:
        call = f"keepalive answer {exercise.number} {exercise.right[0].id}"
        more = f"\nOther right answers:\n\n{listed}\nTo have one as a file, in a terminal: `{call}`\n"
    head = f"**Exercise {exercise.number}, {exercise.title}: the reference**"
    text = [f"{exercise.number}  {exercise.title}: the reference", "", code]
    if more:
        text += ["", words.notice(more)]
    if progress.warning:
        more += f"\n{progress.warning}\n"
        text += ["", f"Note: {progress.warning}"]
    return Code(f"{head}\n\n```python\n{code}\n```\n{more}", "\n".join(text))
