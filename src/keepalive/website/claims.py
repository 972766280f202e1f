"""What a page was checked against: a quiet mark behind each statement that a test holds, and their list at the end.

An author writes `<!-- claim: client-is-lazy -->` behind a sentence; `tests/claims/` holds `test_client_is_lazy`, whose
docstring is the statement. It is read from the source, so that a build imports no test.

Every claim is tried with both libraries. Where one comes out differently with httpx2, its test is decorated with
`@differs(httpx="...", httpx2="...", ...)`: the list shows both values, and the mark says that it is for httpx only.

A mark is a link that the Tab key passes by: a chapter has forty of them before its exercise. Who uses a keyboard finds
the same list by the page's table of contents, and from there the way back to each sentence.
"""

from __future__ import annotations

import ast
import platform
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from keepalive.course.errors import nearest
from keepalive.report import prose

from .errors import BuildError

FOLDER = "tests/claims"
LIST_ID = "checked-on-this-page"
LIST_TITLE = "Checked on this page"

LIBRARIES = ("httpx", "httpx2")

_VERSIONED = ("httpx", "httpcore", "httpx2", "httpcore2", "h11")
"""What decides how a claim comes out, besides Python."""

_CLAIM = r"<!-- claim: ([a-z0-9-]+) -->"
_BEGINS_A_LINE = re.compile(rf"(?<=\S)[ \t]*\n[ \t]*(?={_CLAIM})")
_IN_A_ROW = re.compile(rf"\s*{_CLAIM}(?:\s*{_CLAIM})*")
_BLOCK = r"p|ul|ol|li|div|table|t[dhr]|tbody|h[1-6]|pre|details|summary|hr"
_NO_TEXT_BEFORE = re.compile(rf"(?:^|</?(?:{_BLOCK})\b[^>]*>)\s*$")


@dataclass(frozen=True)
class Claim:
    """A statement that a test holds. `test` is the function's name.

    `differs`: what comes out with each library, in words, if it does not hold with httpx2.
    """

    id: str
    test: str
    statement: str
    differs: dict[str, str] | None = None


def read(folder: Path) -> dict[str, Claim]:
    """Every claim of a folder of tests by its id, in the order of files and lines.

    Raises ValueError, naming file and function, for a claim without a statement, for an id that is given twice, and
    for a difference that is not written as one.
    """
    found: dict[str, Claim] = {}
    for path in sorted(folder.glob("test_about_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            name = node.name.removeprefix("test_").replace("_", "-")
            statement = " ".join((ast.get_docstring(node) or "").split())
            if not statement:
                raise ValueError(f"{path.name}: {node.name} has no docstring; the claim belongs there, in one sentence")
            if name in found:
                raise ValueError(f"{path.name}: {node.name} claims what another test has claimed already")
            try:
                found[name] = Claim(name, node.name, statement, _difference(node))
            except ValueError as error:
                raise ValueError(f"{path.name}: {node.name}: {error}") from None
    return found


def _difference(test: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str] | None:
    """The words of `@differs(httpx="...", httpx2="...", ...)` for each library; None if a test has no such line."""
    for decorator in test.decorator_list:
        match decorator:
            case ast.Call(func=ast.Name(id="differs"), keywords=keywords):
                given = {each.arg: each.value for each in keywords}
                words = {name: given.get(name) for name in LIBRARIES}
                if not all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in words.values()):
                    raise ValueError("give `differs` the words for httpx= and httpx2= as plain text, to be read here")
                return {name: each.value for name, each in words.items()}
    return None


def of(root: Path) -> dict[str, Claim]:
    """The claims of the course in `root`. Raises BuildError."""
    try:
        return read(root / FOLDER)
    except (ValueError, SyntaxError) as error:
        raise BuildError(f"{FOLDER}: {error}") from None


def versions(root: Path) -> dict[str, str]:
    """The versions that the claims are tried with: those of the lock, to which a test holds the set-up; this Python."""
    lock = (root / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", lock, re.M))
    return {name: pinned[name] for name in _VERSIONED if name in pinned} | {"Python": platform.python_version()}


def joined(markdown: str) -> str:
    """Markdown in which no mark begins a line: there it would end the paragraph."""
    return _BEGINS_A_LINE.sub(" ", markdown)


def mark(html: str, known: dict[str, Claim], name: str, tried_with: dict[str, str]) -> str:
    """The page's HTML with a mark in the place of each comment, and the list of its claims behind all else.

    name: the page, as it stands in a message. Raises BuildError for a claim that no test holds.
    """
    numbers: dict[str, int] = {}
    places: dict[str, list[int]] = {}
    count = 0

    def marked(found: re.Match) -> str:
        nonlocal count
        ids = list(dict.fromkeys(re.findall(_CLAIM, found.group())))
        if _NO_TEXT_BEFORE.search(html[: found.start()][-200:]):
            raise BuildError(f"{name}: the mark of the claim {ids[0]!r} stands alone. Put it behind its sentence.")
        count += 1
        for one in ids:
            if one not in known:
                hint = f"; the nearest is {close!r}" if (close := nearest(one, known)) else ""
                raise BuildError(f"{name}: no test in {FOLDER} holds the claim {one!r}{hint}.")
            numbers.setdefault(one, len(numbers) + 1)
            places.setdefault(one, []).append(count)
        said = ", ".join(f"{numbers[one]}{' httpx only' if known[one].differs else ''}" for one in ids)
        return (
            f'<sup class="ka-mark" id="mark-{count}" data-search-exclude>'
            f'<a href="#check-{numbers[ids[0]]}" tabindex="-1" aria-label="checked: {said}">{said}</a></sup>'
        )

    html = _IN_A_ROW.sub(marked, html)
    return html + _list([known[one] for one in numbers], places, tried_with) if numbers else html


def _list(claims: list[Claim], places: dict[str, list[int]], tried_with: dict[str, str]) -> str:
    rows = [_row(number, claim, places[claim.id]) for number, claim in enumerate(claims, 1)]
    count = "1 statement" if len(claims) == 1 else f"{len(claims)} statements"
    names = [f"{name} {version}" for name, version in tried_with.items()]
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    heads = ["No.", "Statement and its test", *(f"{name} {tried_with.get(name, '')}".strip() for name in LIBRARIES)]
    # The box can be focused as it is, for a reader without scripts; a script takes that away where nothing scrolls.
    return f"""
<details class="ka-checked success" data-search-exclude>
<summary>{LIST_TITLE}: {count}</summary>
<p id="{LIST_ID}">Each is a test of the course, tried with {listed}. To run one yourself, with the name that
stands behind it: <code>.venv/bin/pytest {FOLDER} -k NAME</code></p>
<div class="ka-scroll" role="group" aria-label="{LIST_TITLE}" tabindex="0"><table class="ka-table ka-of-4">
<thead><tr>{"".join(f'<th scope="col">{head}</th>' for head in heads)}</tr></thead>
<tbody>
{chr(10).join(rows)}
</tbody></table></div>
</details>
"""


def _row(number: int, claim: Claim, places: list[int]) -> str:
    """A statement with its test, the ways back to the text, and what came out with each library."""
    ways = [
        f'<a href="#mark-{place}" aria-label="Back to the text, statement {number}'
        f'{f", place {nth} of {len(places)}" if len(places) > 1 else ""}">↩</a>'
        for nth, place in enumerate(places, 1)
    ]
    test = f"<code>{escape(claim.test.removeprefix('test_'))}</code>"
    said = [f"{prose.inline(claim.statement)} {test} {' '.join(ways)}", *_outcomes(claim)]
    cells = "".join(f"<td>{each}</td>" for each in said)
    return f'<tr id="check-{number}"><td>{number}</td>{cells}</tr>'


def _outcomes(claim: Claim) -> list[str]:
    if claim.differs is None:
        return ["holds"] * len(LIBRARIES)
    with_httpx, with_httpx2 = (prose.inline(claim.differs[name]) for name in LIBRARIES)
    return [f"holds: {with_httpx}", f"does not hold: {with_httpx2}"]
