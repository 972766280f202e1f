"""A chapter's notebook: clean, in one style, with its exercise's cells in place. Nothing of it is run.

Each rule is a function that takes a `Notebook` and yields findings; its docstring is what it asks for.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import fastjsonschema

from .. import gaps, text
from ..errors import CourseError, nearest
from ..model import Chapter, Course, Exercise, find
from ..notebooks import STARTER, filled
from ..tags import TAGS
from .finding import Finding

LINES = 18
"""Lines of a code cell: what fits on a screen, and on a page without scrolling."""
LONG_LINE = 25
"""From how many characters on a line of the reference says something of the solution."""
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_SHOWS = re.compile(r'^(?:exercise|check|hint|solution)\("([\w-]+)"', re.M)
"""A line that asks for an exercise by its number or id."""
_INSTRUCTOR = "**For the instructor.** "


@dataclass(frozen=True)
class Cell:
    """One cell. `source` has title and starter filled in, `held` is what the file holds; `line` is where it begins."""

    id: str
    kind: str
    source: str
    held: str
    metadata: dict[str, Any]
    line: int | None

    @property
    def tags(self) -> list[str]:
        return self.metadata.get("tags", [])

    @property
    def code(self) -> bool:
        return self.kind == "code"

    @property
    def headings(self) -> list[str]:
        """Those of its Markdown, `# ` and all."""
        if self.kind != "markdown":
            return []
        fenced = re.sub(r"^```.*?^```", "", self.source, flags=re.M | re.S)
        return re.findall(r"^#+ .+$", fenced, re.M)

    @cached_property
    def parsed(self) -> list[ast.stmt] | None:
        """The statements of its code; None where it is not Python."""
        try:
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            return compile(self.source, "<cell>", "exec", flags).body
        except (SyntaxError, ValueError):
            return None

    @property
    def statements(self) -> list[ast.stmt]:
        """Those of its code; nothing where it is not Python, which `parses` says."""
        return self.parsed or [] if self.code else []


class Notebook:
    """A chapter's notebook, read once. Raises OSError, ValueError or LookupError for what is no notebook."""

    def __init__(self, course: Course, chapter: Chapter) -> None:
        self.course, self.chapter = course, chapter
        self.file = chapter.notebook.relative_to(course.root).as_posix()
        self.text = text.read(chapter.notebook)
        self.data: dict[str, Any] = json.loads(self.text)
        whole = filled(course, chapter)["cells"]
        self.cells = [self._cell(held, full) for held, full in zip(self.data["cells"], whole, strict=True)]

    def _cell(self, held: dict[str, Any], full: dict[str, Any]) -> Cell:
        id = str(held.get("id", ""))
        at = self.text.find(f'"id": {json.dumps(id)}')
        line = self.text.count("\n", 0, at) + 1 if at >= 0 else None
        sources = ("".join(cell["source"]) for cell in (full, held))
        return Cell(id, held["cell_type"], *sources, dict(held.get("metadata", {})), line)

    @property
    def exercise(self) -> Exercise | None:
        """The chapter's exercise, where it is ready."""
        return self.course.exercise(self.chapter.exercise) if self.chapter.exercise else None

    def finding(self, cell: Cell | None, what: str, mend: str) -> Finding:
        """A finding about one cell, or about the notebook as a whole."""
        return Finding(self.file, cell.line if cell else None, f"cell {cell.id}: {what}" if cell else what, mend)


def check(course: Course, chapter: Chapter) -> list[Finding]:
    """The findings of this room; nothing about a file that is not there, which `chapters` says."""
    file = chapter.notebook.relative_to(course.root).as_posix()
    try:
        notebook = Notebook(course, chapter)
    except FileNotFoundError:
        return []
    except CourseError:
        return []  # no starter can be made: said of the exercise
    except (OSError, ValueError, LookupError, TypeError) as e:
        return [Finding(file, None, f"it is no notebook: {e}", "take it from the last commit, or save it with Jupyter")]
    return [finding for rule in RULES for finding in rule(notebook)]


@cache
def _valid() -> Callable[[object], object]:
    """Jupyter's own schema. The package around it takes three seconds to import, so only its file is read."""
    package = importlib.util.find_spec("nbformat")
    (folder,) = package.submodule_search_locations or [] if package else []
    return fastjsonschema.compile(json.loads((Path(folder) / "v4/nbformat.v4.5.schema.json").read_bytes()))


def no_output(notebook: Notebook) -> Iterator[Finding]:
    """No cell has an output or a count: the build runs them."""
    for cell, data in zip(notebook.cells, notebook.data["cells"], strict=True):
        if cell.code and (data.get("outputs") or data.get("execution_count") is not None):
            yield notebook.finding(cell, "it holds an output or a count", "clear all outputs in Jupyter, and save")


def as_jupyter_writes_it(notebook: Notebook) -> Iterator[Finding]:
    """Opened and saved, nothing changes but what a person changed; the metadata say nothing of a machine."""
    try:
        _valid()(notebook.data)
    except fastjsonschema.JsonSchemaException as e:
        yield notebook.finding(None, f"it is no valid notebook: {e}", "mend it there, or save it with Jupyter")
        return
    written = json.dumps(notebook.data, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    by_lines = all(
        cell["source"] == "".join(cell["source"]).splitlines(keepends=True) for cell in notebook.data["cells"]
    )
    if notebook.text != written or not by_lines:
        mend = "save it with Jupyter: one space of indent, sorted keys, a line end at the end"
        yield notebook.finding(None, "it is not written as Jupyter writes it", mend)
    if notebook.data.get("metadata") != METADATA:
        mend = f"write the notebook's metadata as {json.dumps(METADATA, sort_keys=True)}"
        yield notebook.finding(None, "its metadata say something of a machine, or lack the kernel", mend)


def ids(notebook: Notebook) -> Iterator[Finding]:
    """Every cell has an id of its own, given by a person."""
    seen: set[str] = set()
    for cell in notebook.cells:
        if cell.id in seen:
            yield notebook.finding(cell, "a second cell of that id", "give it an id of its own")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", cell.id):
            mend = "say what it shows: small letters, digits and hyphens, like break-measured"
            yield notebook.finding(cell, "its id was given by a program", mend)
        seen.add(cell.id)


def tags(notebook: Notebook) -> Iterator[Finding]:
    """Every tag is known, and a cell's metadata hold nothing else."""
    for cell in notebook.cells:
        for tag in sorted(set(cell.tags) - set(TAGS)):
            close = nearest(tag, TAGS)
            mend = f"write {close}" if close else "take one of " + ", ".join(TAGS)
            yield notebook.finding(cell, f"no tag is called {tag}", mend)
        if more := sorted(set(cell.metadata) - {"tags"}):
            yield notebook.finding(cell, f"its metadata hold {', '.join(more)}", "keep the tags alone")


def title(notebook: Notebook) -> Iterator[Finding]:
    """The first heading is the chapter's title, and it is the only one of its level."""
    headings = [(cell, line) for cell in notebook.cells for line in cell.headings]
    if not headings or headings[0][1] != f"# {notebook.chapter.title}":
        mend = "begin the first cell, in Markdown, with `# {title}`"
        yield notebook.finding(None, "its first heading is not the chapter's title", mend)
    for cell, line in headings[1:]:
        if line.startswith("# "):
            yield notebook.finding(cell, f"a second title: {line}", f"write #{line}")


def headings(notebook: Notebook) -> Iterator[Finding]:
    """No two headings are alike: a link goes to one of them."""
    seen: set[str] = set()
    for cell in notebook.cells:
        for line in cell.headings:
            if line in seen:
                yield notebook.finding(cell, f"a second heading `{line}`", "say what this section has of its own")
            seen.add(line)


def instructor(notebook: Notebook) -> Iterator[Finding]:
    """Whoever teaches finds the minutes, and the three most likely wrong answers."""
    notes = [cell for cell in notebook.cells if "instructor" in cell.tags]
    for cell in notes:
        if not cell.source.startswith(_INSTRUCTOR):
            what = "it is for the instructor and does not say so"
            yield notebook.finding(cell, what, f"begin it with `{_INSTRUCTOR.strip()}`")
    if not notes:
        yield notebook.finding(None, "no cell speaks to the instructor", "add one with the tag instructor")
        return
    minutes = f"{notebook.chapter.minutes_teaching} minutes"
    if minutes not in notes[0].source:
        what = "the first cell for the instructor does not name the minutes of teaching"
        yield notebook.finding(notes[0], what, f"write {minutes}, as course.toml says")
    if re.findall(r"^(\d)\. ", notes[0].source, re.M) != ["1", "2", "3"]:
        what = "the first cell for the instructor does not list three wrong answers"
        yield notebook.finding(notes[0], what, "list what goes wrong most often as 1., 2. and 3.")


def imports(notebook: Notebook) -> Iterator[Finding]:
    """A cell imports what a learner's copy can import."""
    allowed = {"httpx", "keepalive", *sys.stdlib_module_names}
    for cell in notebook.cells:
        for node in (node for top in cell.statements for node in ast.walk(top)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if name.partition(".")[0] not in allowed:
                    mend = "import httpx, keepalive or the standard library"
                    yield notebook.finding(cell, f"it imports {name}, which no learner has", mend)


def lengths(notebook: Notebook) -> Iterator[Finding]:
    """A code cell fits on a screen. How wide it is ruff decides."""
    for cell in notebook.cells:
        count = len(cell.source.splitlines())
        shown = cell.code and "assert" not in cell.tags and "# task:" not in cell.source
        if shown and count > LINES:
            yield notebook.finding(cell, f"it has {count} lines, at most {LINES} fit", "cut it into two cells")


def asserts(notebook: Notebook) -> Iterator[Finding]:
    """A cell that is tagged assert only asserts: it is in no learner's copy, so no later cell may need it."""
    for cell in notebook.cells:
        if "assert" in cell.tags and not all(isinstance(node, ast.Assert) for node in cell.statements):
            mend = "move it into a cell of its own, without the tag"
            yield notebook.finding(cell, "it does something else than assert", mend)


def parses(notebook: Notebook) -> Iterator[Finding]:
    """The code of every cell is Python."""
    for cell in notebook.cells:
        if cell.code and cell.parsed is None:
            yield notebook.finding(cell, "its code does not parse", "mend the code; a learner's copy has no magics")


def exercise_cells(notebook: Notebook) -> Iterator[Finding]:
    """An exercise that is ready has its three cells, and the starter stands in one place: in none of them."""
    exercise = notebook.exercise
    if exercise is None:
        return
    for cell in notebook.cells:
        if 'NotImplementedError("task' in cell.held:
            mend = f"write `{exercise.entry} = ...` in the cell tagged starter; the build and a learner's copy fill it"
            yield notebook.finding(cell, "it holds a copy of a starter", mend)
    starters = [cell for cell in notebook.cells if STARTER in cell.tags]
    if len(starters) != 1:
        mend = f"give one cell `{exercise.entry} = ...` the tags notebook and starter"
        yield notebook.finding(None, f"{len(starters)} cells are tagged starter, and one is asked for", mend)
    for cell in starters:
        if f"{exercise.entry} = ..." not in cell.held:
            what = "later cells use a name that this one does not give"
            yield notebook.finding(cell, what, f"write `{exercise.entry} = ...` into it")
    shown = [f'exercise("{exercise.number}")', f'check("{exercise.number}", {exercise.entry})']
    for source in shown:
        count = sum(cell.source == source for cell in notebook.cells)
        if count != 1:
            what = f"{count} cells hold `{source}` and nothing else, and one is asked for"
            yield notebook.finding(None, what, "write that cell, or take the others out")


def ready_exercises(notebook: Notebook) -> Iterator[Finding]:
    """No cell asks for an exercise that learners do not have: the page would say that there is none."""
    drafts = [draft.name for draft in notebook.course.drafts]
    for cell in notebook.cells:
        for name in _SHOWS.findall(cell.source) if cell.code else ():
            if find(notebook.course.exercises, name) is None:
                draft = next((each for each in drafts if name in (each, *each.split("-", 1))), None)
                what = (
                    f"it asks for the exercise {draft}, which is a draft" if draft else f"no exercise is called {name}"
                )
                mend = f'take it out until {draft} has status = "ready"' if draft else "name one that there is"
                yield notebook.finding(cell, what, mend)
        if STARTER in cell.tags and notebook.exercise is None:
            mend = "take it out until the chapter's exercise is ready"
            yield notebook.finding(cell, "it stands for a starter, and the chapter has no exercise that is ready", mend)


def no_solution(notebook: Notebook) -> Iterator[Finding]:
    """What a learner is to write stands in no cell before they have written it."""
    exercise = notebook.exercise
    if exercise is None:
        return
    lines = text.read(exercise.reference).splitlines()
    inside = [lines[number - 1].strip() for gap in gaps.find("\n".join(lines))[0] for number in _inside(gap)]
    own = {line for line in inside if len(line) > LONG_LINE} - {line.strip() for line in exercise.starter.splitlines()}
    for cell in notebook.cells:
        for line in sorted(own & {line.strip() for line in cell.source.splitlines()}):
            mend = "show it with other names, or leave it to the learner"
            yield notebook.finding(cell, f"it holds a line of the reference: `{line}`", mend)


def _inside(gap: gaps.Gap) -> range:
    return range(gap.first + 1, gap.last)


RULES: tuple[Callable[[Notebook], Iterator[Finding]], ...] = (
    as_jupyter_writes_it,
    no_output,
    ids,
    tags,
    title,
    headings,
    instructor,
    parses,
    imports,
    lengths,
    asserts,
    exercise_cells,
    ready_exercises,
    no_solution,
)
