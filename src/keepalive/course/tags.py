"""The tags that a cell of a notebook may have, and what each means."""

from __future__ import annotations

TAGS = {
    "instructor": "For whoever teaches with the notebook: not on the page, and not in a learner's copy.",
    "assert": "Holds what the text says to what the cells above printed, with `assert` alone. It is run when the site "
    "is built, and is neither on the page nor in a learner's copy.",
    "notebook": "In the notebook alone: the page has the exercise itself in the place of such cells.",
    "starter": "Holds `ApiClient = ...`, the name that the exercise asks for, so that later cells have it. The build, "
    "a run and a learner's copy put the starter of the chapter's exercise in its place.",
    "hide": "Run when the site is built, and shown neither there nor among a chapter's terms.",
    "raises-exception": "The cell is to end with an exception, and the build goes on. Every other one stops it.",
    "timing": "The cell measures real time: its notebook is run while nothing else of the build runs, and twice more "
    "if it fails.",
}
