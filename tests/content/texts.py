"""Everything that a person reads, by file: pages, notebooks, exercises, the course's data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keepalive.course import Course
from keepalive.course.notebooks import filled
from keepalive.course.questions import Bank
from keepalive.course.text import Fence, fences
from keepalive.website.glossary import Glossary

COURSE = Course.load(Path(__file__).parents[2])
ROOT = COURSE.root
GLOSSARY = Glossary.load(ROOT)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

_FENCED = re.compile(r"^( *)(`{3,}|~{3,})[^\n]*\n.*?^\1\2[`~]*[ \t]*$", re.M | re.S)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)


@dataclass(frozen=True)
class Text:
    """A piece of Markdown. `where` names its file, and the cell or key inside it."""

    where: str
    markdown: str

    @property
    def prose(self) -> str:
        """What is read as sentences: code, comments, addresses and markup left out."""
        text = _FRONT_MATTER.sub(lambda found: found.group().replace("description:", ""), self.markdown)
        text = _FENCED.sub("", text)
        text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
        text = re.sub(r"(`+).*?\1", "", text, flags=re.S)
        text = re.sub(r"\]\([^)]*\)|<https?://[^>]*>", "]", text)
        text = re.sub(r"^\s*(?:!!!|\?\?\?\+?)\s+\w+", "", text, flags=re.M)  # the mark of an admonition
        return re.sub(r"<[^>]+>", "", text)

    @property
    def fences(self) -> tuple[Fence, ...]:
        """Its code blocks, also those inside a tab or a list."""
        lines = self.markdown.splitlines()
        indented = [line[4:] if line.startswith("    ") else "" for line in lines]
        return (*fences(self.markdown), *fences("\n".join(indented)))

    @property
    def spans(self) -> list[str]:
        """Code in the running text."""
        text = _FENCED.sub("", self.markdown)
        return [found[1].strip() for found in re.findall(r"(`+)(.+?)\1", text)]


def cells(notebook: Path) -> list[dict]:
    """A notebook's cells with title and starter filled in, the source of each as one string."""
    chapter = next((chapter for chapter in COURSE.chapters if chapter.notebook == notebook), None)
    data = filled(COURSE, chapter) if chapter else json.loads(notebook.read_text(encoding="utf-8"))
    found = data["cells"]
    return [{**cell, "source": "".join(cell["source"]), "tags": cell["metadata"].get("tags", [])} for cell in found]


def texts() -> Iterator[Text]:
    """All of it."""
    pages = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]
    for path in pages:
        yield Text(_name(path), path.read_text(encoding="utf-8"))
    for path in NOTEBOOKS:
        for cell in cells(path):
            if cell["cell_type"] == "markdown":
                yield Text(f"{_name(path)}, cell {cell['id']}", cell["source"])
    for exercise in COURSE.exercises:
        for name in ("brief.md", "hints.md"):
            path = exercise.folder / name
            yield Text(_name(path), path.read_text(encoding="utf-8"))
        where = f"{_name(exercise.folder)}/exercise.toml"
        said = [exercise.title, *exercise.objectives, *exercise.out_of_scope, *(task.text for task in exercise.tasks)]
        said += [text for known in exercise.misconceptions.values() for text in (known.belief, known.fact)]
        yield from (Text(f"{where}: {text[:30]}", text) for text in said)
    for term in GLOSSARY.terms:
        for text in (term.assumed, term.means):
            yield Text(f"docs/glossary.toml, {term.id}: {text[:30]}", text)
    for question in Bank.load(COURSE).questions:
        where = f"{question.file}: {question.id}"
        yield Text(where, question.stem)
        for text in (question.why, *(said for option in question.options for said in (option.text, option.why))):
            if text:
                yield Text(f"{where}: {text[:30]}", text)
    for chapter in COURSE.chapters:
        for text in (chapter.title, chapter.summary, *chapter.objectives):
            yield Text(f"notebooks/course.toml, {chapter.number}: {text[:30]}", text)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


TEXTS = list(texts())

FILES: dict[str, list[Text]] = {}
"""The same by file: hundreds of pieces come from forty files, and a test of each costs more than what it looks at."""
for _text in TEXTS:
    FILES.setdefault(re.match(r"[^,:]+", _text.where)[0], []).append(_text)
