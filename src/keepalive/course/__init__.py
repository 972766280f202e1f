"""The course as data: chapters, exercises and tasks, loaded from plain files and validated.

    course = Course.load()
    course.exercise("04").tasks

`progress` keeps what a learner did, `work` looks after the learner's own files, `lint` proves an exercise's contract
to its author. How `brief.md` and `hints.md` are written is described in `text`.
"""

from .errors import CourseError, Problem, UnknownName
from .model import Chapter, Course, Draft, Exercise, Misconception, Part, Task, Wrong

__all__ = [
    "Chapter",
    "Course",
    "CourseError",
    "Draft",
    "Exercise",
    "Misconception",
    "Part",
    "Problem",
    "Task",
    "UnknownName",
    "Wrong",
]
