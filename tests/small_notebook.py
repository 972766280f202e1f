"""A notebook for the small course's chapter, which keeps its contract."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from keepalive.course.lint.notebook import METADATA

NAME = "notebooks/04-tiny-client.ipynb"


def markdown(id, source, *tags):
    return {"cell_type": "markdown", "id": id, "metadata": {"tags": [*tags]} if tags else {}, "source": source}


def code(id, source, *tags):
    return markdown(id, source, *tags) | {"cell_type": "code", "execution_count": None, "outputs": []}


PLAN = "**For the instructor.** 10 minutes of teaching.\n\n1. One.\n2. Two.\n3. Three."
CELLS = [
    markdown("title", "# {title}\n\nText."),
    markdown("plan", PLAN, "instructor"),
    markdown("break", "## Break it\n\n```python\n# no heading\n```"),
    code(
        "break-measured",
        "import asyncio\n\nfrom keepalive.notebook import check, exercise\n\nsize = await asyncio.sleep(0, 1)",
    ),
    code("break-holds", "assert size == 1", "assert"),
    code("exercise-brief", 'exercise("04")'),
    code("exercise-starter", "ApiClient = ...", "notebook", "starter"),
    code("exercise-check", 'check("04", ApiClient)', "notebook"),
]


def data(cells=CELLS, **more):
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in copy.deepcopy(cells)]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5, **more}


def write(root: Path, held: dict) -> None:
    """Writes it as the notebook of chapter 04."""
    text = json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (root / NAME).write_text(text, "utf-8", newline="\n")
