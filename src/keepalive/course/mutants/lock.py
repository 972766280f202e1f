"""`mutants.lock`: what an exercise's mutants came to, and the hashes of what that depends on.

It is written by `keepalive mutants`, kept in git, and read by a person in a diff: one line for each mutant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .make import Name
from .outcome import Killer

FILE = "mutants.lock"
SCHEMA = 1


@dataclass(frozen=True)
class Entry:
    """A mutant and its outcome. One that survived may be declared equal."""

    name: Name
    killed: Killer | None = None
    equal: bool = False


@dataclass(frozen=True)
class Lock:
    """`belongs`: hashes by part (reference, gaps, engine, and each exercise's drive and grader by its id).

    `scenarios`: hashes by `exercise/scenario`; `functions`: those of the reference, by name. `seeds`: those that the
    exercise's own scenarios were played with.
    """

    belongs: Mapping[str, str] = field(default_factory=dict)
    scenarios: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    entries: tuple[Entry, ...] = ()
    functions: Mapping[str, str] = field(default_factory=dict)

    @property
    def survivors(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.killed is None)

    def by_name(self) -> dict[Name, Entry]:
        return {entry.name: entry for entry in self.entries}


class NotALock(ValueError):
    """The file is no lock of ours; the text says why."""


def read(folder: Path) -> Lock | None:
    """The lock in an exercise's folder; None where there is none. Raises NotALock."""
    try:
        data = json.loads((folder / FILE).read_text("utf-8"))
        if data["schema"] != SCHEMA:
            raise NotALock(f"it has schema {data['schema']}, and this version of the course reads {SCHEMA}")
        entries = tuple(map(_entry, data["mutants"]))
        return Lock(data["belongs"], data["scenarios"], tuple(data["seeds"]), entries, data.get("functions", {}))
    except FileNotFoundError:
        return None
    except NotALock:
        raise
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise NotALock(f"it cannot be read: {type(e).__name__}: {e}") from None


def write(folder: Path, lock: Lock) -> None:
    """Put the lock into an exercise's folder."""
    head = {"belongs": lock.belongs, "functions": lock.functions, "scenarios": lock.scenarios}
    parts = [f' "schema": {SCHEMA}', f' "seeds": {json.dumps(lock.seeds)}']
    parts += [f' "{key}": {json.dumps(value, indent=2)[:-1]} }}' for key, value in head.items()]
    rows = ",\n".join(f"  {json.dumps(_row(entry), ensure_ascii=False)}" for entry in lock.entries)
    parts.append(f' "mutants": [\n{rows}\n ]')
    (folder / FILE).write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8", newline="\n")


def _row(entry: Entry) -> dict[str, Any]:
    name = entry.name
    row: dict[str, Any] = {
        "function": name.function,
        "line": name.text,
        "operator": name.operator,
        "old": name.old,
        "new": name.new,
    }
    if name.nth > 1:
        row["nth"] = name.nth
    if entry.killed is None:
        return row | {"equal" if entry.equal else "survived": True}
    row["killed"] = str(entry.killed)
    if entry.killed.seed != 1:
        row["seed"] = entry.killed.seed
    return row


def _entry(row: Mapping[str, Any]) -> Entry:
    name = Name(row["function"], row["line"], row["operator"], row["old"], row["new"], row.get("nth", 1))
    if "killed" in row:
        return Entry(name, Killer.read(row["killed"], row.get("seed", 1)))
    return Entry(name, equal="equal" in row)
