"""What a notebook of the course imports. It works wherever a Python kernel or prompt runs.

    exercise("04")                  what is asked
    check("04", ApiClient)          what your class did, and what was required
    hint("04")                      the next hint; hint("04", "closing") for a task of your choice
    solution("04")                  after a pass, or with reveal=True
    timeline("04", ApiClient, "in_a_row")    what the server saw, as a picture
    question("waves-of-tasks")      a question; question("waves-of-tasks", 12) answers it
    exam()                          the final exam: where you are, and what can be done
    widget("connection-cost")       a small model with controls
    reference("04")                 the class that a chapter ends with, to run
    bars(...), lines(...), histogram(...)    a plot whose title is the finding

Wrong use is answered with a sentence, never with a traceback of ours. What was checked and asked is kept in the
learner's progress on this machine; nothing is sent.
"""

from keepalive.grading import clock

from .commands import check, exercise, hint, solution, timeline
from .figures import bars, histogram, lines
from .final import exam
from .ladder import reference
from .questions import question
from .widgets import widget

__all__ = [
    "bars",
    "check",
    "exam",
    "exercise",
    "hint",
    "histogram",
    "lines",
    "question",
    "reference",
    "solution",
    "timeline",
    "widget",
]

# A class that is written in a cell after this line reads a clock that a check can make virtual.
clock.install()
