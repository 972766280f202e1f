"""Tables and words for the reference pages. Cells are HTML; everything else is Markdown."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`+)(.+?)\1")


def code(text: object) -> str:
    """As code, in HTML."""
    return f"<code>{html.escape(str(text))}</code>"


def as_json(value: object) -> str:
    """A value as code, in HTML."""
    return code(json.dumps(value, ensure_ascii=False))


def inline(text: str) -> str:
    """A sentence out of the code as HTML: what stands in backticks is code, everything else is what it is."""
    return _CODE.sub(lambda found: f"<code>{found[2].strip()}</code>", html.escape(" ".join(text.split()), quote=False))


def table(name: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that scrolls in a box of its own; nothing if there is no row.

    name: an id, the page's only one. caption: HTML. heads: text. rows: HTML, the first cell names its row.
    """
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>' for first, *rest in rows
    )
    if not body:
        return ""
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    # Focusable as it is, for a reader without scripts; a script takes that away where nothing scrolls.
    return (
        f'<div class="ka-scroll" role="group" aria-labelledby="{name}" tabindex="0">'
        f'<table class="ka-table ka-of-{len(heads)}">'
        f'<caption id="{name}">{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def fence(text: str, language: str = "text") -> str:
    """A block of code, in Markdown."""
    return f"```{language}\n{text.rstrip()}\n```"


def page(title: str, description: str, parts: Iterable[str]) -> str:
    """A whole page out of its parts; empty ones are left out. description: one sentence for those who search."""
    head = f"---\ndescription: {json.dumps(description, ensure_ascii=False)}\n---\n# {title}\n"
    return "\n\n".join([head, *(part for part in parts if part)]) + "\n"
