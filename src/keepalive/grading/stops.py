"""Why a run was stopped before the learner's code had finished.

They derive from BaseException: a learner's `except Exception` must not eat them.
"""

from __future__ import annotations

MEMORY_FULL = "Your code asked for more memory than it may have."
"""What is said of it whether the runner noticed or the child was found dead."""

OUT_OF_TIME = (
    "Your code did not give control back to the event loop. Often: a loop without an `await`, or a wait that blocks "
    "the whole thread."
)
"""What is said of it by the engine and, in `web/src/grader.ts`, by the page that ends a worker."""


class Stopped(BaseException):
    """Ends a run. `kind` is the diagnosis' kind, `text` its sentence in Markdown."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind, self.text = kind, text
        self.line: int | None = None
        """The learner's line that was waited at, where it was looked up when the loop was stopped."""


class TimeLimit(Stopped):
    """Code that computes without an await, or that blocks the thread."""

    def __init__(self) -> None:
        super().__init__("time_limit", OUT_OF_TIME)


class OutputLimit(Stopped):
    """More was printed than a run may print."""


class LearnerProblem(Stopped):
    """The file cannot be run at all: it does not compile, raises on import, lacks the class."""
