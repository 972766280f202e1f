"""What a call in a cell gives back: rich where there is HTML, plain text everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Shown:
    """Shows itself as HTML in a notebook and as text at a prompt."""

    def __init__(self, html: str, text: str) -> None:
        self._html, self._text = html, text

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return self._text


class Checked(Shown):
    """What `check()` found. `verdict` is the whole verdict as data; `passed` says whether it is a pass."""

    def __init__(self, html: str, text: str, verdict: Mapping[str, Any]) -> None:
        super().__init__(html, text)
        self.verdict = verdict
        self.passed: bool = verdict["passed"]


class Code:
    """Prose and code. As Markdown, so that the notebook colours the code in its own way."""

    def __init__(self, markdown: str, text: str) -> None:
        self._markdown, self._text = markdown, text

    def _repr_markdown_(self) -> str:
        return self._markdown

    def __repr__(self) -> str:
        return self._text
