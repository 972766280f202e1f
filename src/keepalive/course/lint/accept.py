"""What each wrong answer comes to, written into answers.toml: what `keepalive lint --accept` does.

The linter compares what is declared with the run; here the run is believed. A person reviews what was written, by
`git diff`: each check must be the one that was meant, failing for its own reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .. import text
from ..answer_tables import judged
from ..derived import ANSWERS
from ..model import Answer, Course, Exercise
from . import answers
from .finding import Finding, Folder
from .verdicts import Grade, GraderFault, Verdict, Verdicts


@dataclass(frozen=True)
class End:
    """How a wrong answer ends: with these failed checks, or with a run status other than failed."""

    fails: tuple[str, ...] = ()
    status: str = ""

    def __str__(self) -> str:
        return self.status.replace("_", " ") if self.status else ", ".join(self.fails) or "nothing"


@dataclass(frozen=True)
class Change:
    """What was written about the answer `id`."""

    id: str
    before: End
    after: End


@dataclass
class Accepted:
    """What was written into the file at `path`; `refused` are findings about answers that were left as they are."""

    path: Path
    changes: list[Change]
    refused: list[Finding]


def accept(exercise: Exercise, course: Course, grade: Grade | None = None) -> Accepted:
    """Run every wrong answer, and write down how it ends. `grade` stands in for `keepalive.grading.grade`.

    Where the grader itself fails, and while the reference does not pass, nothing is written: what a right answer fails
    would be written down as every wrong one's mistake. Raises CourseError for an answer whose change does not fit.
    """
    folder = Folder(exercise, course)
    done = Accepted(exercise.folder / ANSWERS, [], [])
    try:
        ends, refused = _ends(folder, Verdicts(exercise, course.root, grade))
    except GraderFault as fault:
        done.refused.append(answers.fault(folder, fault))
        return done
    if refused:
        done.refused += refused
        return done
    source = text.read(done.path)
    for wrong in exercise.wrong:
        before, after = End(wrong.fails, wrong.status or ""), ends[wrong.id]
        if after == End():
            done.refused.append(_fails_nothing(folder, wrong))
        elif (set(before.fails), before.status) != (set(after.fails), after.status):
            source = judged(source, wrong.id, fails=after.fails, status=after.status)
            done.changes.append(Change(wrong.id, before, after))
    if done.changes:
        done.path.write_text(source, "utf-8", newline="\n")
    return done


def _ends(folder: Folder, runs: Verdicts) -> tuple[dict[str, End], list[Finding]]:
    """(how each wrong answer ends, what the reference does not pass). What the linter will ask for is graded now."""
    with answers.files(folder) as files:
        runs.prepare(answers.by_direct_call(folder.exercise, files))
        if refused := list(answers.right(folder, runs, files["reference"])):
            return {}, refused
        ends = {
            wrong.id: _end(runs(files[wrong.id], answers.link_of(wrong), answers.SEED))
            for wrong in folder.exercise.wrong
        }
        return ends, []


def _end(verdict: Verdict) -> End:
    if verdict["status"] not in ("failed", "passed"):  # it passes where what fails is an extension's
        return End(status=verdict["status"])
    return End(tuple(each["id"] for each in verdict["checks"] if each["status"] == "failed"))


def _fails_nothing(folder: Folder, wrong: Answer) -> Finding:
    mend = "let the answer show its mistake, mend the check that is to see it, or make the answer a [[right]] one"
    return folder.answer(wrong.id, "it is a wrong answer, and no check fails; nothing was written about it", mend)
