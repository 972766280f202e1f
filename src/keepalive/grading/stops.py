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


class Ended(Exception):
    """The learner's process ended or had to be ended. `status`: "ended_early", "memory_limit" or "time_limit".

    `kind` and `text`: the diagnosis', where the status does not say it all.
    """

    def __init__(self, status: str, *, kind: str | None = None, text: str | None = None) -> None:
        super().__init__(status)
        self.status, self.text = status, text
        self.kind = kind or ("exits" if status == "ended_early" else status)


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
