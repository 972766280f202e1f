"""Reference pages: what the code says of itself, written out when the site is built.

`practice_api` asks the app, `commands` reads the parser, `schemas` reads the JSON Schemas. None of them holds a copy of
a fact that the code has: a route, an option or a property that is added is on its page with the next build.
"""

from __future__ import annotations

from pathlib import Path

from . import commands, practice_api, schemas

FOLDER = "reference"

_SCHEMAS = {
    "Verdict": "keepalive.grading/verdict",
    "Exercise file": "keepalive.course/exercise",
    "Question file": "keepalive.course/questions",
}


def navigation() -> list[dict[str, str]]:
    """The pages of this section, as mkdocs wants them."""
    names = {"Practice API": "practice-api", "Command line": "command-line"}
    names |= {title: schemas.Schema.named(name).page for title, name in _SCHEMAS.items()}
    return [{title: f"{FOLDER}/{page}.md"} for title, page in names.items()]


def write(into: Path) -> None:
    """Write every page of this section, and the schemas themselves, below build/docs."""
    folder = into / FOLDER
    folder.mkdir(exist_ok=True)
    pages = {"practice-api": practice_api.page(), "command-line": commands.page()}
    for title, name in _SCHEMAS.items():
        schema = schemas.Schema.named(name)
        pages[schema.page] = schemas.page(schema, title)
        (folder / schema.file).write_bytes(schema.source)
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
