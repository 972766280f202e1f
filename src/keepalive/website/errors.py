"""What stops a build, in words for the person who wrote the page."""


class BuildError(Exception):
    """The site cannot be built. Each problem is one readable paragraph: where, what, and what was expected."""

    def __init__(self, *problems: str):
        self.problems = problems
        super().__init__("\n\n".join(problems))
