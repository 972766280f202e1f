"""What the mutants of an exercise came to: the lock fits, and no mutant survives that is not declared equal."""

from __future__ import annotations

from collections.abc import Iterator

from ..mutants import lock as locks
from ..mutants.equal import matches, stale
from ..mutants.lock import FILE, Lock, NotALock
from ..mutants.subject import Subject
from .finding import Finding, Folder


def check(folder: Folder) -> list[Finding]:
    """The findings of this room. Nothing is played here: that takes a minute, and `keepalive mutants` does it."""
    command = f"run keepalive mutants {folder.exercise.number}"
    try:
        lock = locks.read(folder.exercise.folder)
    except NotALock as e:
        return [folder.finding(FILE, None, str(e), command)]
    if lock is None:
        return [folder.finding(FILE, None, "nobody has looked yet at what the grader does not notice", command)]
    subject = Subject(folder.exercise, folder.course)
    if not subject.fits(lock):
        changed = ", ".join(subject.what_changed(lock))
        return [folder.finding(FILE, None, f"since it was written something else has become of: {changed}", command)]
    return [*_survivors(folder, subject, lock), *_stale(folder, lock)]


def _survivors(folder: Folder, subject: Subject, lock: Lock) -> Iterator[Finding]:
    for entry in lock.survivors:
        if not any(matches(equal, entry.name) for equal in folder.exercise.equal):
            what = f"no check notices this mutant: {entry.name.operator}: {entry.name.change}"
            mend = "write a scenario that does, or declare it equal in answers.toml ([[equal]]) and say why"
            yield folder.finding("reference.py", subject.line_of(entry.name), what, mend)


def _stale(folder: Folder, lock: Lock) -> Iterator[Finding]:
    for equal in stale(folder.exercise.equal, [entry.name for entry in lock.survivors]):
        what = f"no mutant that survives is meant by this [[equal]]: {equal.operator}, {equal.text}"
        yield folder.finding("answers.toml", equal.line, what, "take it out, or write operator and line as they are")
