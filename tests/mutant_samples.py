"""A small exercise whose mutants are played, and what stands in for the playing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import small_course as small
from keepalive.course import Course
from keepalive.course.mutants.outcome import Killer, Outcome
from keepalive.course.mutants.pool import Job
from keepalive.course.mutants.subject import Subject

REFERENCE = '''\
"""Your client."""

import httpx

# task: opens, gone
PATHS = {"/1", "/2"}
# end task


class ApiClient:
    def __init__(self, base_url="http://depot.test"):
        # task: opens
        self._client = httpx.AsyncClient(base_url=base_url)
        # end task

    async def get(self, path):
        # task: closes
        if path not in PATHS:
            raise ValueError(path)
        return await self._client.get(path)
        # end task

    async def aclose(self):
        """Closes it."""
        await self._client.aclose()
'''

DRIVE = """\
async def two(make, run):
    api = make(base_url=run.url)
    for path in ("/1", "/2"):
        try:
            await api.get(path)
        except ValueError:
            pass


async def other(make, run):
    api = make(base_url=run.url)
    try:
        await api.get("/3")
    except ValueError:
        return "refused"
"""

GRADER = '''\
from keepalive.grading import check, fail, scenario


@scenario(drive="two")
def two(net):
    """Two paths"""
    net.paths("/[12]").reply(200)

    @check(task="opens", points=3)
    def both_arrive(run):
        """Both arrive"""
        if [request.path for request in run.requests] != ["/1", "/2"]:
            fail(observed="Others.", required="Both.")
'''

OTHER_SCENARIO = '''

@scenario(drive="other")
def other(net):
    """Another path"""
    net.paths("/3").reply(200)

    @check(task="closes", points=2)
    def refused(run):
        """Refused"""
        if run.requests or run.observed != "refused":
            fail(observed="Sent.", required="Refused.")
'''

ANSWERS = "schema = 1\n"


def write(root: Path) -> Path:
    """The small course, whose exercise has these files and no lock; its folder."""
    folder = small.write(root)
    for name, text in {
        "reference.py": REFERENCE,
        "drive.py": DRIVE,
        "grader.py": GRADER,
        "answers.toml": ANSWERS,
    }.items():
        (folder / name).write_text(text, "utf-8", newline="\n")
    (folder / "mutants.lock").unlink()
    return folder


def subject(root: Path, name: str = "04") -> Subject:
    course = Course.load(root)
    return Subject(course.exercise(name), course)


NOTICES = {
    ("tiny-client", "two"): (
        'PATHS = {"/1", "/2"}',
        "self._client = httpx.AsyncClient(base_url=base_url)",
        "return await self._client.get(path)",
    ),
    ("tiny-client", "other"): ("if path not in PATHS:", "raise ValueError(path)\n        return await"),
}
"""What stands in the reference, and a scenario notices where a mutant lacks it."""


class Player:
    """Stands in for the processes that play mutants: by NOTICES, without a run. Keeps the jobs it was given."""

    def __init__(self, interrupted_at: int | None = None) -> None:
        self.jobs: list[Job] = []
        self._interrupted_at = interrupted_at

    def __call__(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Outcome]]:
        self.jobs = list(jobs)
        for place, job in enumerate(jobs):
            if place == self._interrupted_at:
                raise KeyboardInterrupt
            yield place, next(filter(None, self._killers(job)), Outcome())

    def _killers(self, job: Job) -> Iterator[Outcome | None]:
        for each in job.rounds:
            for scenario in each.scenarios:
                lines = NOTICES.get((each.code.id, scenario), ())
                changed = any(line in self.jobs[0].source and line not in job.source for line in lines)
                if changed and not any(check.startswith(scenario) for check in each.passed_over):
                    yield Outcome(Killer(each.code.id, scenario, "seen", each.seed))
