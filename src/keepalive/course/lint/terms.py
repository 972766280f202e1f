"""A chapter uses terms of the glossary: at least one, and each that names it under `chapters`.

The site marks terms in the HTML of a page (`keepalive.website.glossary`). Here the Markdown is read, which comes to the
same for a chapter's prose; a test compares the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .. import text
from ..model import Chapter, Course
from ..notebooks import HIDDEN_FROM_LEARNERS, tags
from ..toml_file import read_toml
from .finding import Finding

FILE = "docs/glossary.toml"
_HIDDEN = {"hide", "notebook", *HIDDEN_FROM_LEARNERS}
_FENCED = re.compile(r"^( *)(`{3,}|~{3,})[^\n]*\n.*?^\1\2[`~]*[ \t]*$", re.M | re.S)
_NO_PROSE = re.compile(
    r"<!--.*?-->|<summary>.*?</summary>|^#+ [^\n]*$|^ *(?:!!!|\?\?\?)[^\n]*$|!?\[[^\]]*\]\([^)]*\)"
    r"|^ *\|[^\n]*\n *\|[ :|-]+$",  # the head of a table
    re.M | re.S,
)
_CODE = re.compile(r"(`+)(.+?)\1", re.S)


def check(course: Course, chapter: Chapter) -> Iterator[Finding]:
    """The findings of this room; nothing where there is no glossary, or one that cannot be read."""
    path, prose = course.root / FILE, prose_of(chapter)
    if not path.is_file() or not prose:
        return
    data, source, problems = read_toml(path, course.root)
    if problems:
        return
    rows = [row for row in data.get("term", ()) if isinstance(row, dict)]
    used = used_in(prose, rows)
    file = chapter.notebook.relative_to(course.root).as_posix()
    if not used:
        mend = f"use the word of {FILE} for what is meant, or give the chapter's own word a [[term]] there"
        yield Finding(file, None, "its prose uses no term of the glossary", mend)
    for place, row in enumerate(rows):
        if chapter.number in row.get("chapters", ()) and row.get("id") not in used:
            what = f"the term {row.get('id')} names chapter {chapter.number}, whose prose has none of its forms"
            mend = f"use one, or take {chapter.number} out of its chapters"
            yield Finding(FILE, text.toml_line(source, ("term", place, "chapters")), what, mend)


def used_in(prose: str, rows: list[dict[str, Any]]) -> set[str]:
    """The ids of the terms that stand in a text of Markdown."""
    owner: dict[str, str] = {}
    for row in rows:
        owner |= dict.fromkeys((key for form in row.get("except", ()) for key in _spellings(form)), "")
    for row in rows:
        owner |= dict.fromkeys((key for form in row.get("forms", ()) for key in _spellings(form)), row.get("id", ""))
    words = sorted((form for form in owner if "`" not in form), key=len, reverse=True)
    spelled = "|".join(r"\s+".join(map(re.escape, form.split())) for form in words)
    plain = _NO_PROSE.sub("\n\n", _FENCED.sub("", prose))
    found = {owner.get(code) or owner.get(f"`{code}`", "") for _, code in _CODE.findall(plain)}
    any_form = re.compile(rf"(?<![\w-])(?:{spelled})(?![\w-])")
    found |= {owner[" ".join(said.split())] for said in any_form.findall(_CODE.sub(" ` ", plain))}
    return found - {""}


def prose_of(chapter: Chapter) -> str:
    """The Markdown that a reader of the page sees; "" for what is no notebook."""
    try:
        cells = json.loads(chapter.notebook.read_bytes())["cells"]
        shown = [cell for cell in cells if cell["cell_type"] == "markdown" and not tags(cell) & _HIDDEN]
        return "\n\n".join("".join(cell["source"]) for cell in shown)
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _spellings(form: str) -> Iterator[str]:
    yield form
    if form == form.lower():
        yield form[0].upper() + form[1:]
