"""The keys of every question as it ever was asked, so that an exam can be scored again after the bank has changed.

`exercises/questions/keys.json` holds them: by the question's id and by the version that was asked, its cell and key. A
key is added there when a question is written or changed, and none is ever taken out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from keepalive.course.questions import Bank, Key
from keepalive.course.questions.load import KEYS_FILE as FILE

Keys = dict[tuple[str, str], tuple[int, Key]]
"""By id and version of a question: its cell and its key."""


def keys_of(bank: Bank) -> Keys:
    """The keys of the questions as they are now, and of those that the file remembers."""
    found = remembered(bank.folder / FILE)
    for question in bank.questions:
        found[question.id, question.version] = (question.cell, question.key)
    return found


def remembered(path: Path) -> Keys:
    """What the file holds; nothing where there is none."""
    if not path.is_file():
        return {}
    data = json.loads(path.read_text(encoding="utf-8"))
    return {
        (id, version): (row["cell"], Key.of_json(row["key"]))
        for id, versions in data["keys"].items()
        for version, row in versions.items()
    }


def remember(bank: Bank) -> int:
    """Add the bank's keys to the file. Returns how many were not in it yet."""
    path = bank.folder / FILE
    known = remembered(path)
    new = [q for q in bank.questions if (q.id, q.version) not in known]
    if new:
        path.write_text(_text(keys_of(bank)), encoding="utf-8")
    return len(new)


def as_json(keys: Keys) -> dict[str, Any]:
    """As the file and the page have them."""
    found: dict[str, dict[str, Any]] = {}
    for (id, version), (cell, key) in sorted(keys.items()):
        found.setdefault(id, {})[version] = {"cell": cell, "key": key.as_json()}
    return {"schema": 1, "keys": found}


def _text(keys: Keys) -> str:
    """One line a key: a change is read in a diff."""
    data = as_json(keys)["keys"]
    rows = []
    for id, versions in data.items():
        inner = ",\n".join(
            f"   {json.dumps(version)}: {json.dumps(row, ensure_ascii=False, sort_keys=True)}"
            for version, row in versions.items()
        )
        rows.append(f"  {json.dumps(id)}: {{\n{inner}\n  }}")
    return '{\n "schema": 1,\n "keys": {\n' + ",\n".join(rows) + "\n }\n}\n"
