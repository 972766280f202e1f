"""The course as data: chapters, exercises and tasks, loaded from plain files and validated.

    course = Course.load()
    course.exercise("04").tasks

`progress` keeps what a learner did, `work` looks after the learner's own files, `lint` proves an exercise's contract
to its author. How `brief.md` and `hints.md` are written is described in `text`.
"""

from .errors import CourseError, Problem, UnknownName
from .model import Answer, Chapter, Course, Draft, Equal, Exercise, Misconception, Part, Superseded, Task

__all__ = [
    "Answer",
    "Chapter",
    "Course",
    "CourseError",
    "Draft",
    "Equal",
    "Exercise",
    "Misconception",
    "Part",
    "Problem",
    "Superseded",
    "Task",
    "UnknownName",
]
