"""Data held against its JSON Schema, and the schema's errors turned into sentences for an author."""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .errors import Problem, nearest
from .text import toml_line

if TYPE_CHECKING:
    import jsonschema

Path_ = tuple[str | int, ...]


@cache
def schema(name: str) -> dict[str, Any]:
    """The schema of that name in this package: "exercise", "course", "progress" or "work"."""
    return json.loads(files(__package__).joinpath(f"{name}.schema.json").read_text("utf-8"))


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """A validator for the schema of that name."""
    # jsonschema looks for optional checkers of formats as it is imported, and one of them, which jupyter brings along,
    # compiles a grammar of internationalised addresses: 0.9 s for every command. No schema here names a format.
    hide = "jsonschema" not in sys.modules and "rfc3987_syntax" not in sys.modules
    if hide:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        import jsonschema
    finally:
        if hide:
            del sys.modules["rfc3987_syntax"]
    return jsonschema.Draft202012Validator(schema(name))


def problems(name: str, data: dict[str, Any], *, file: str, text: str) -> list[Problem]:
    """Everything in which `data`, read from a TOML file's `text`, is not of the shape `name`."""
    found: list[Problem] = []
    for error in sorted(validator(name).iter_errors(data), key=lambda e: [str(p) for p in e.absolute_path]):
        found += _sentences(error, data, file, text, schema(name))
    return found


def key_name(data: dict[str, Any], path: Path_) -> str:
    """A place in the data in words: `points of [[task]] "one-pool"`."""
    parts, table, rest, within, names = [], "", list(path), data, ""
    while len(rest) >= 2 and isinstance(rest[1], int):
        # The table is named by its own id where it has one: authors reorder tables.
        name, index = rest[:2]
        rows = within.get(name)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            if names:
                break
            return f"item {index + 1} of {name}"
        row, rest = rows[index], rest[2:]
        own = row.get("id") or row.get("number") or row.get("file")
        names = f"{names}.{name}" if names else name
        one = f"[[{names}]] " + (json.dumps(own, ensure_ascii=False) if own else f"number {index + 1}")
        table, within = f"{one} of {table}" if table else one, row
    parts = [f"item {part + 1} of" if isinstance(part, int) else str(part) for part in reversed(rest)]
    inner = " ".join(parts)
    return f"{inner} of {table}" if inner and table else inner or table


def toml(value: object) -> str:
    """A value as it is written in TOML."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _sentences(
    error: jsonschema.ValidationError, data: dict[str, Any], file: str, text: str, whole: dict[str, Any]
) -> list[Problem]:
    path = tuple(error.absolute_path)
    expected = error.schema.get("description", "")

    def problem(path: Path_, expected: str, found: str, mend: str) -> Problem:
        return Problem(file, expected, found, mend, key=key_name(data, path), line=toml_line(text, path))

    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        # jsonschema reports one error for each missing key; the message names it first, in quotes.
        key = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
        wanted = error.schema["properties"][key]
        wanted = whole["$defs"][wanted["$ref"].rpartition("/")[2]] if "$ref" in wanted else wanted
        return [problem((*path, key), wanted["description"], "nothing", _add(key, wanted, path))]
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = [key for key in error.instance if key not in known]
        return [
            problem(
                (*path, key),
                "one of the keys " + ", ".join(known),
                f"the unknown key {key}",
                f"write {close} instead of {key}" if (close := nearest(key, known)) else f"take {key} out",
            )
            for key in unknown
        ]
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if not expected:  # an item of a list of tables that is not a table
        expected = f"[[{key}]] tables"
    return [problem(path, expected, _found(error.instance), _mend(error, key, path))]


def _found(value: object) -> str:
    shown = toml(value)
    return shown if len(shown) <= 100 else shown[:97] + "..."


def _add(key: str, wanted: dict[str, Any], path: Path_) -> str:
    if wanted.get("type") == "array" and wanted["items"].get("type") == "object":
        inner = "; ".join(
            f"{name} = {toml(wanted['items']['properties'][name]['examples'][0])}"
            for name in wanted["items"]["required"]
        )
        names = ".".join(part for part in (*path, key) if isinstance(part, str))
        return f"add a table [[{names}]] with {inner}"
    where = " to this table" if path else ""
    return f"add {key} = {toml(wanted['examples'][0])}, or what is right here,{where or ' to the file'}"


def _mend(error: jsonschema.ValidationError, key: str, path: Path_) -> str:
    if error.validator == "uniqueItems":
        return f"name each one in {key} once"
    if error.schema.get("examples"):
        example = error.schema["examples"][0]
        if path and isinstance(path[-1], int):
            return f"write something like {toml(example)}"
        return f"write something like {key} = {toml(example)}"
    return f"write it as [[{key}]], followed by its keys, each on a line of its own"
