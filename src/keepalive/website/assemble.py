"""Puts everything that mkdocs shall read into one folder: pages from docs/, executed chapters, generated pages."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat

from keepalive import widgets
from keepalive.course import Chapter, Course
from keepalive.course.notebooks import HIDDEN_FROM_LEARNERS, learner_copy

from . import claims, exam, exercises, generated, glossary, progress, questions, reference, verify
from .errors import BuildError
from .sources import pages_below

HIDDEN_TAGS = {"hide", "notebook", *HIDDEN_FROM_LEARNERS}
"""Cells with one of these are run and not shown: set-up, what only a notebook's reader needs, notes for the instructor,
checks of what the text says.
"""

_BRIEF_CALL = re.compile(r'exercise\("(\w+)"\)')
"""The cell that shows an exercise in a notebook. On the page, the exercise itself stands there."""

_WIDGET_CALL = re.compile(r'widget\("([\w-]*)"\)')
"""The same of a widget."""

_QUESTION_CALL = re.compile(r'question\("([\w-]*)"\)')
"""The same of a question."""

# Links are written as they hold in the repository, where an editor can follow them, and moved with their pages.
_FROM_DOCS = re.compile(r"(?<=\]\()\.\./notebooks/(?=[^)]*\.ipynb)")
_FROM_NOTEBOOKS = re.compile(r"(?<=\]\()\.\./docs/")
_TITLE = re.compile(r"^# .+$", re.M)


def assemble(course: Course, executed: dict[Path, Path], into: Path) -> None:
    """Write build/docs anew.

    executed: for each chapter's notebook, where its executed copy lies.
    """
    root = course.root
    if into.exists():
        shutil.rmtree(into)
    for source in pages_below(root):
        name = source.relative_to(root / "docs")
        place = into / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            text = generated.fill(source.read_text(encoding="utf-8"), course, f"docs/{name.as_posix()}")
            place.write_text(_FROM_DOCS.sub("chapters/", claims.joined(text)), encoding="utf-8")
        elif name.as_posix() != Path(glossary.FILE).name:
            shutil.copyfile(source, place)
    (into / glossary.PAGE).write_text(glossary.Glossary.load(root).page(), encoding="utf-8")
    (into / "course.md").write_text(generated.course_map(course), encoding="utf-8")
    reference.write(into)
    places = exercises.write(course, into)
    exam.write(course, into)
    verify.write(course, into)
    progress.write(course, into)
    for folder in ("chapters", "notebooks"):
        (into / folder).mkdir(exist_ok=True)
    for chapter in course.chapters:
        nb = nbformat.read(executed[chapter.notebook], as_version=4)
        nbformat.write(learners_page(nb, chapter, course, places), into / generated.page_of(chapter))
        # As it lies in the learner's folder: not executed, without what is not for learners.
        (into / generated.download_of(chapter)).write_bytes(learner_copy(course, chapter))


def check_sources(course: Course) -> None:
    """Every notebook belongs to a chapter, and every chapter has its notebook. Raises BuildError."""
    listed = {chapter.notebook for chapter in course.chapters}
    missing = [
        f"{path.name}: notebooks/course.toml names this chapter, and it has no notebook"
        for path in sorted(listed)
        if not path.is_file()
    ]
    strays = sorted(set((course.root / "notebooks").glob("*.ipynb")) - listed)
    missing += [f"notebooks/{path.name}: no chapter of notebooks/course.toml is this notebook" for path in strays]
    if missing:
        raise BuildError(*missing)


def learners_page(
    nb: nbformat.NotebookNode, chapter: Chapter, course: Course, places: dict[str, str]
) -> nbformat.NotebookNode:
    """The executed notebook without what a learner does not see, and with the chapter's head under its title.

    places: where the data of each exercise lies, below the site.
    """
    nb.cells = [cell for cell in nb.cells if not HIDDEN_TAGS.intersection(cell.metadata.get("tags", []))]
    for at, cell in enumerate(nb.cells):
        if chapter.exercise and cell.cell_type == "code" and (call := _BRIEF_CALL.fullmatch(cell.source.strip())):
            exercise = course.exercise(call[1])
            nb.cells[at] = nbformat.v4.new_markdown_cell(exercises.element(exercise, f"../{places[exercise.id]}"))
        elif cell.cell_type == "code" and (call := _WIDGET_CALL.fullmatch(cell.source.strip())):
            if call[1] not in widgets.WIDGETS:
                raise BuildError(f"{chapter.notebook.name}: {call[0]} names a widget that there is not.")
            nb.cells[at] = nbformat.v4.new_markdown_cell(widgets.html(widgets.WIDGETS[call[1]]))
        elif cell.cell_type == "code" and (call := _QUESTION_CALL.fullmatch(cell.source.strip())):
            asked = questions.find(course.bank, call[1], chapter.notebook.name)
            nb.cells[at] = nbformat.v4.new_markdown_cell(questions.element(asked))
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = _FROM_NOTEBOOKS.sub("../", claims.joined(cell.source))
    head = generated.chapter_head(chapter)
    first = nb.cells[0] if nb.cells else None
    title = _TITLE.search(first.source) if first is not None and first.cell_type == "markdown" else None
    if title:
        first.source = f"{first.source[: title.end()]}\n\n{head}\n{first.source[title.end() :]}"
    else:
        nb.cells.insert(0, nbformat.v4.new_markdown_cell(f"# {chapter.title}\n\n{head}"))
    nb.cells.append(nbformat.v4.new_markdown_cell(progress.read_element(chapter)))
    nb.metadata["keepalive_page"] = {"description": chapter.summary.replace("`", "")}
    return nb
