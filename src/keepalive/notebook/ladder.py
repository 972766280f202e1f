"""`reference`: the class that a chapter of the ladder ends with, to run and not to read."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from keepalive.course import Course, Exercise
from keepalive.course.model import find, unknown
from keepalive.grading.entries import taken


def reference(name: str | int) -> Any:
    """The class of an exercise's reference, as if you had written it: `Before = reference("08")`.

    A chapter breaks the client of the chapter before, and proves its own. `name`: the exercise's number or id; one that
    is still being written has its reference, too. Where an exercise asks for several functions, each is an attribute.
    Raises UnknownName, whose text lists what there is.
    """
    course = Course.load()
    there: list[Exercise] = [*course.exercises, *(draft.exercise for draft in course.drafts if draft.exercise)]
    found = find(there, name)
    if found is None:
        raise unknown("exercise", name, sorted(there, key=lambda each: each.number))
    # Not imported by its path: that would leave compiled files in the exercise's folder.
    module = ModuleType(f"reference_{found.number}")
    module.__file__ = str(found.reference)
    sys.modules[module.__name__] = module
    exec(compile(found.reference.read_text("utf-8"), module.__file__, "exec"), module.__dict__)
    return taken(vars(module), found.entries if len(found.entries) > 1 else found.entry)
