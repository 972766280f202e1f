"""A JSON Schema as tables that can be read, one for each kind of object in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from .pieces import as_json, code, inline, table
from .pieces import page as whole

# What a table says in a column of its own, or in the sentence above it.
_SAID_ELSEWHERE = {"$schema", "$id", "$defs", "$comment", "title", "description", "properties", "required", "examples"}
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "null": "nothing (`null`)",
}
_BOUNDS = {
    ("minimum", "maximum"): "",
    ("exclusiveMinimum", "exclusiveMaximum"): " (itself not included)",
    ("minLength", "maxLength"): " characters",
    ("minItems", "maxItems"): " of them",
}


@dataclass(frozen=True)
class Schema:
    """A schema and the file that it is in. `page`: the name of its page, without a suffix."""

    page: str
    file: str
    source: bytes

    @classmethod
    def named(cls, name: str) -> Schema:
        """By package and name: "keepalive.grading/verdict"."""
        package, _, bare = name.partition("/")
        file = f"{bare}.schema.json"
        return cls(f"{bare}-schema", file, files(package).joinpath(file).read_bytes())

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.source)


def page(schema: Schema, title: str) -> str:
    """The page in Markdown."""
    data = schema.data
    return whole(
        title,
        f"{data['title']}: every key with its type, its bounds and its meaning, from the JSON Schema itself.",
        [
            data.get("description", ""),
            "The tables are made from the schema that the code checks with. This is the schema itself:",
            f'[Download {schema.file}]({schema.file}){{ .ka-download download="{schema.file}" }}',
            *(part for each in objects(data) for part in _object(*each)),
        ],
    )


def objects(data: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every shape that gets a section: (anchor, name, schema). The whole, what is nested in it, then `$defs`."""
    yield "whole", data["title"], data
    yield from _nested(data, "")
    for name, shape in data.get("$defs", {}).items():
        yield f"def-{name}", name, shape
        yield from _nested(shape, f"{name}.")


def _nested(shape: dict[str, Any], before: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, inner in shape.get("properties", {}).items():
        each = inner.get("items", inner)
        if "properties" in each:
            path = f"{before}{name}" + ("[]" if "items" in inner else "")
            yield _anchor(path), path, each
            yield from _nested(each, f"{path}.")


def _anchor(path: str) -> str:
    return "in-" + path.replace("[]", "").replace(".", "-")


def _object(anchor: str, name: str, shape: dict[str, Any]) -> Iterator[str]:
    yield f"## `{name}` {{ #{anchor} }}" if anchor != "whole" else f"## The whole {{ #{anchor} }}"
    if anchor != "whole":
        yield _sentence(shape.get("description", ""))
    if name.endswith("[]"):
        yield f"One of the objects in the list `{name.removesuffix('[]')}`."
    if "properties" not in shape:
        yield f"<p>{form(shape, '')}</p>"
        return
    if shape.get("additionalProperties") is False:
        yield "No other key is allowed."
    required, inside = shape.get("required", []), "" if anchor == "whole" else f"{name}."
    examples = any("examples" in each for each in shape["properties"].values())
    rows = [
        (
            code(key),
            "yes" if key in required else "no",
            form(each, inside + key),
            inline(each.get("description", "")),
            *([", ".join(map(as_json, each["examples"])) if "examples" in each else ""] if examples else []),
        )
        for key, each in shape["properties"].items()
    ]
    heads = ["Key", "Required", "Form", "Meaning", *(["Example"] if examples else [])]
    yield table(f"{anchor}-table", f"Keys of {code(name)}", heads, rows)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ")")) else ".") if text else ""


def form(shape: dict[str, Any], path: str) -> str:
    """What a value has to be, as HTML. Nothing that the schema demands is left out, whatever word it uses for it.

    path: where the value lies, for a link to the table of an object.
    """
    said = dict(shape)
    parts = []
    if reference := said.pop("$ref", ""):
        name = reference.rpartition("/")[2]
        parts.append(f'<a href="#def-{name}">{code(name)}</a>')
    if "const" in said:
        parts.append(f"always {as_json(said.pop('const'))}")
    if "enum" in said:
        parts.append("one of " + ", ".join(map(as_json, said.pop("enum"))))
    items, kinds = said.pop("items", None), said.pop("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "properties" in shape:
        kinds = [f'<a href="#{_anchor(path)}">object</a>' if path else "object"]
    else:
        kinds = [inline(_TYPES.get(kind, kind)) for kind in kinds]
    if items is not None:
        # The list's own table is that of its items, one level further in.
        kinds = [f"list of {form(items, path + '[]')}" if kind == "list" else kind for kind in kinds or ["list"]]
    if kinds and not ("enum" in shape or "const" in shape):
        parts.append(" or ".join(kinds))
    for word in ("anyOf", "oneOf"):
        if word in said:
            parts.append(" or ".join(form(each, path) for each in said.pop(word)))
    if items is not None and "description" in items and "properties" not in items:
        parts.append(f"each {inline(items['description'])}")
    if said.pop("uniqueItems", False):
        parts.append("each once")
    if "pattern" in said:
        parts.append(f"matching {code(said.pop('pattern'))}")
    other = said.pop("additionalProperties", True)
    if isinstance(other, dict):
        parts.append(f"with a value for each key: {form(other, path)}")
    parts += [_bounds(said.pop(least, None), said.pop(most, None), of) for (least, most), of in _BOUNDS.items()]
    parts += [f"{code(word)}: {as_json(value)}" for word, value in said.items() if word not in _SAID_ELSEWHERE]
    return ", ".join(filter(None, parts))


def _bounds(least: float | None, most: float | None, of: str) -> str:
    if least is not None and most is not None:
        return f"{least} to {most}{of}"
    if least is not None:
        return f"at least {least}{of.replace('characters', 'character') if least == 1 else of}"
    return f"at most {most}{of}" if most is not None else ""
