"""The folder is complete and holds nothing else; briefs and hints read well; `drive.py` expects nothing."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from .. import answers
from ..errors import CourseError
from ..load import EXERCISE_FILES
from ..questions.load import BELIEFS_FILE, FOLDER, bank_beliefs
from ..text import Fence, NotUtf8, fences, sections
from ..version import files_of
from .finding import Finding, Folder, from_problem

WRONG = 5
_BANK_BELIEFS = f"{FOLDER}/{BELIEFS_FILE}"
_MAY_IMPORT = sys.stdlib_module_names
_NAME = re.compile(r"[\w.]+\(\s*\)")
_CODE_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)


def check(folder: Folder) -> list[Finding]:
    """The findings of this room."""
    return [*_folder(folder), *_beliefs(folder), *_texts(folder), *_hints(folder), *_drive(folder)]


def _folder(folder: Folder) -> list[Finding]:
    exercise, found = folder.exercise, []
    expected = {exercise.folder / name for name in (*EXERCISE_FILES, "exercise.toml", "mutants.lock")}
    expected |= {answer.path for answer in exercise.answers if answer.path}
    for path in files_of(exercise.folder):
        if path in expected:
            continue
        if path.parent == exercise.folder / answers.FOLDER and path.suffix == ".py":
            mend = f'add a [[right]] or [[wrong]] with file = "{path.name}" to answers.toml, or take it out'
            found.append(folder.finding(path, None, "an answer that answers.toml does not name", mend))
        else:
            found.append(
                folder.finding(path, None, "a file that is no part of an exercise", "take it out of the folder")
            )
    if not exercise.right:
        mend = "write another right answer, which goes a different way, and add it as [[right]]"
        found.append(folder.finding("answers.toml", None, "no right answer beside the reference", mend))
    wrong = len(exercise.wrong)
    if wrong < WRONG:
        mend = "add the next mistake that learners make as [[wrong]]"
        what = f"{_count(wrong, 'wrong answer')}, at least {WRONG} are required"
        found.append(folder.finding("answers.toml", folder.answers_line("wrong", 0), what, mend))
    shown = {wrong.misconception for wrong in exercise.wrong}
    for index, name in enumerate(exercise.misconceptions):
        if name not in shown:
            mend = f'add a [[wrong]] with misconception = "{name}" that shows it'
            line = folder.answers_line("misconception", index, "id")
            found.append(folder.finding("answers.toml", line, f"no wrong answer shows the misconception {name}", mend))
    return found


def _beliefs(folder: Folder) -> Iterator[Finding]:
    """A misconception has one home in the whole course: questions name it without its exercise."""
    homes = _homes(folder)
    for index, name in enumerate(folder.exercise.misconceptions):
        if name in homes:
            mend = "give this one another id"
            if homes[name] == _BANK_BELIEFS:
                mend = f"take it out there if it is the same belief: questions go on naming it by its id. Else {mend}"
            line = folder.answers_line("misconception", index, "id")
            what = f"the misconception {name} is in {homes[name]} too"
            yield folder.finding("answers.toml", line, what, mend)


def _homes(folder: Folder) -> dict[str, str]:
    """The file of each misconception that is another exercise's, or the question bank's, by its id."""
    course = folder.course
    drafts = [draft.exercise for draft in course.drafts if draft.exercise]
    found = dict.fromkeys(bank_beliefs(course), _BANK_BELIEFS)
    for other in (*course.exercises, *drafts):
        if other.folder != folder.exercise.folder:
            file = other.folder.relative_to(course.root).as_posix() + "/answers.toml"
            found |= dict.fromkeys(other.misconceptions, file)
    return found


def misfits(folder: Folder) -> list[Finding]:
    """The answers whose change does not fit the reference."""
    found = []
    for answer in folder.exercise.answers:
        try:
            _ = answer.source
        except CourseError as e:
            found += [from_problem(problem) for problem in e.problems]
        except (OSError, NotUtf8):
            continue  # what loads the course has said so
    return found


def _texts(folder: Folder) -> list[Finding]:
    """Code in brief.md and hints.md names its language, and Python parses."""
    found = []
    for name in ("brief.md", "hints.md"):
        for fence in fences(folder.source(name) or ""):
            if not fence.info:
                mend = "write the language after the fence: ```python, ```console or ```text"
                found.append(folder.finding(name, fence.line - 1, "a code block that does not say its language", mend))
            elif fence.info.split()[0] in ("python", "py") and (error := _unparsable(fence)):
                line, what = error
                found.append(
                    folder.finding(name, line, f"code that does not parse: {what}", "mend the code in the block")
                )
    return found


def _unparsable(fence: Fence) -> tuple[int, str] | None:
    try:
        compile(fence.code, "<block>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as e:
        return fence.line + (e.lineno or 1) - 1, e.msg
    except ValueError as e:
        return fence.line, str(e)
    return None


def _hints(folder: Folder) -> list[Finding]:
    """A task's first hint is a nudge: it holds no code of the reference."""
    found = []
    _, parts = sections(folder.source("hints.md") or "")
    lines = {section.name: section.line for section in parts}
    reference = _squeezed(folder.source(folder.exercise.reference) or "")
    for task in folder.exercise.tasks:
        if not task.hints:
            continue
        first, line = task.hints[0], lines.get(task.id)
        mend = "ask a question or point at the cause; let a later hint show code"
        if fences(first):
            found.append(folder.finding("hints.md", line, f"the first hint of {task.id} holds a code block", mend))
            continue
        for _, span in _CODE_SPAN.findall(first):
            code = _squeezed(span)
            # A name alone, `aclose` or `aclose()`, is a word; a call that says more, or an assignment, is an answer.
            if any(sign in code for sign in "(=") and not _NAME.fullmatch(span.strip()) and code in reference:
                what = f"the first hint of {task.id} gives away `{span}`, which stands in the reference"
                found.append(folder.finding("hints.md", line, what, mend))
    return found


def _squeezed(code: str) -> str:
    return re.sub(r"\s+", "", code)


def _drive(folder: Folder) -> list[Finding]:
    """What asks the learner's code imports little, asserts nothing and does not know the grader."""
    tree = folder.tree("drive.py")
    if tree is None:
        return []
    if isinstance(tree, Finding):
        return [tree]
    found: dict[tuple[int, str], Finding] = {}

    def add(line: int, what: str, mend: str) -> None:
        found[line, what] = folder.finding("drive.py", line, what, mend)

    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        for module in _modules(node):
            top = module.partition(".")[0]
            if "grader" in module.split(".") or top == "keepalive":
                add(line, f"imports {module}", "what judges stays on the judge's side; return what was observed")
            elif top in ("httpx", "httpx2"):
                add(line, f"imports {module}", "use run.httpx, the library that the answer is written for")
            elif top not in _MAY_IMPORT:
                add(line, f"imports {module or 'a relative module'}", "import nothing but the standard library")
        if isinstance(node, ast.Assert):
            add(line, "asserts something", "return what was observed, and let a check in grader.py look at it")
        names = {getattr(node, name, None) for name in ("id", "attr", "name", "arg")}
        if not isinstance(node, ast.alias) and any(
            isinstance(name, str) and "grader" in name.lower() for name in names
        ):
            add(line, "names the grader", "what judges stays on the judge's side; return what was observed")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "grader.py" in node.value:
            add(line, "names grader.py in a text", "say it without the judge: a learner may read this file")
    return [found[key] for key in sorted(found)]


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["" if node.level else node.module or ""]
    return []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
