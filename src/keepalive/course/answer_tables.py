"""An answer, or the starter's change, put into `answers.toml`; everything else in the file stays as it is written."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .text import toml_line, without_long_texts

LONGEST = 120
"""Columns of a line. A longer list has a line for each of its values."""

_HEADER = re.compile(r"^\s*\[")


@dataclass(frozen=True)
class Body:
    """What an answer is made of: a `change` of the reference, else the name of a `file` in answers/."""

    change: str = ""
    file: str = ""

    def toml(self) -> list[str]:
        """Its key and value, line by line."""
        if self.file:
            return [f'file = "{self.file}"']
        lines = self.change.rstrip("\n").split("\n")
        if "'''" in self.change:
            return ['change = """', *(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines), '"""']
        return ["change = '''", *lines, "'''"]


def saved(source: str, kind: str, id: str, body: Body, keys: Mapping[str, str]) -> str:
    """The text of answers.toml with the body of the answer `id`, which is "right" or "wrong" by its `kind`.

    An answer that is there keeps its other keys but for those in `keys`; one that is new has `keys`, and is put after
    the other answers of its misconception, or at the end.
    """
    lines = source.rstrip("\n").split("\n")
    rows = tomllib.loads(source).get(kind, [])
    index = next((i for i, row in enumerate(rows) if row["id"] == id), None)
    if index is None:
        table = [f"[[{kind}]]", f'id = "{id}"', *_written(keys), *body.toml()]
        at = _end_of_misconception(source, keys.get("misconception", ""), len(lines))
        lines[at:at] = ["", *table]
    else:
        row = rows[index]
        key = "change" if "change" in row else "file"
        written = {key: body.toml()} | {name: _written({name: value}) for name, value in keys.items()}
        below_id = (toml_line(source, (kind, index, "id")) or 0) + 1
        places = {
            name: _value(source, (kind, index, name)) if name in row else (below_id, below_id - 1) for name in written
        }
        for name in sorted(written, key=places.__getitem__, reverse=True):
            first, last = places[name]
            lines[first - 1 : last] = written[name]
    return "\n".join(lines) + "\n"


def judged(source: str, id: str, *, fails: Sequence[str] = (), status: str = "") -> str:
    """The text of answers.toml where the wrong answer `id` fails these checks; with a `status`, ends so instead."""
    rows = tomllib.loads(source)["wrong"]
    index = next(i for i, row in enumerate(rows) if row["id"] == id)
    row, lines = rows[index], source.split("\n")
    places = {key: _value(source, ("wrong", index, key)) for key in row}
    old = [places[key] for key in ("fails", "status") if key in row]
    body, _ = places["change" if "change" in row else "file"]
    first, _ = old[0] if old else (body, body)
    for begin, end in sorted(old, reverse=True):
        del lines[begin - 1 : end]
    first -= sum(end - begin + 1 for begin, end in old if begin < first)
    lines[first - 1 : first - 1] = _written({"status": status}) if status else _list("fails", fails)
    return "\n".join(lines)


def saved_starter(source: str, change: str) -> str:
    """The text of answers.toml with this change under [starter]; without one, the table goes."""
    lines = source.rstrip("\n").split("\n")
    table = ["[starter]", *Body(change).toml()] if change else []
    if "starter" in tomllib.loads(source):
        head = toml_line(source, ("starter",)) or 0
        first, last = _value(source, ("starter", "change"))
        before, after = lines[: head - 1], lines[last:]
        # What stands between its header and its key are comments of somebody's.
        kept = lines[head : first - 1]
        return "\n".join([*before, *table[:1], *kept, *table[1:], *(after if table else after[1:])]) + "\n"
    if not table:
        return source
    bare = without_long_texts(source).split("\n")
    at = next((n for n, line in enumerate(bare[: len(lines)]) if _HEADER.match(line)), len(lines))
    while at and lines[at - 1].startswith("#"):  # it belongs to the table below
        at -= 1
    between = [*table, ""] if at < len(lines) else ["", *table]
    return "\n".join([*lines[:at], *between, *lines[at:]]) + "\n"


def _written(keys: Mapping[str, str]) -> list[str]:
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in keys.items()]


def _list(name: str, values: Sequence[str]) -> list[str]:
    line = f"{name} = {json.dumps(list(values), ensure_ascii=False)}"
    if len(line) <= LONGEST:
        return [line]
    return [f"{name} = [", *(f"    {json.dumps(value, ensure_ascii=False)}," for value in values), "]"]


def _value(source: str, place: tuple[str | int, ...]) -> tuple[int, int]:
    """The first and last line, from 1, of a key with its value."""
    first = toml_line(source, place) or 0
    below = "\n".join(source.split("\n")[first - 1 :])
    if several := re.match(r"\s*\w+\s*=\s*\[[^\]]*\]", below):
        return first, first + several[0].count("\n")
    quotes = re.match(r"""\s*\w+\s*=\s*('{3}|"{3})""", below)
    if not quotes:
        return first, first
    end = below.index(quotes[1], quotes.end())
    return first, first + below.count("\n", 0, end)


def _end_of_misconception(source: str, misconception: str, end: int) -> int:
    """How many lines stand before the place for one more answer that shows the misconception."""
    data = tomllib.loads(source)
    places = [
        toml_line(source, (kind, i)) or 0
        for kind, key in (("misconception", "id"), ("wrong", "misconception"))
        for i, row in enumerate(data.get(kind, ()))
        if misconception and row.get(key) == misconception
    ]
    if not places:
        return end
    lines = without_long_texts(source).rstrip("\n").split("\n")
    after = next((n for n in range(max(places), len(lines)) if _HEADER.match(lines[n])), end)
    written = source.split("\n")
    # Comments and blank lines before the next table belong to that.
    while after < end and (not written[after - 1].strip() or written[after - 1].startswith("#")):
        after -= 1
    return after
