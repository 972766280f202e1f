"""Links between sources lead somewhere. The site's own build looks at the built pages once more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from content.texts import COURSE, NOTEBOOKS, ROOT, TEXTS

_LINK = re.compile(r"(?<!`)\[[^\]`]*(?:`[^`]*`[^\]`]*)*\]\(([^)\s]+)\)")
with_links = [text for text in TEXTS if _LINK.search(text.markdown)]

each = pytest.mark.parametrize("text", with_links, ids=lambda text: text.where)


def targets(text):
    return _LINK.findall(re.sub(r"^```.*?^```", "", text.markdown, flags=re.M | re.S))


def home(text) -> Path:
    """The folder from which a text's links go."""
    return (ROOT / text.where.split(",")[0].split(":")[0]).parent


@each
def test_files_that_are_linked_to_exist(text):
    for target in targets(text):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            path = home(text) / target.partition("#")[0]
            generated = path == ROOT / "docs/course.md"  # written by the site's build
            assert generated or path.exists(), target


@each
def test_other_sites_are_linked_to_over_https(text):
    for target in targets(text):
        if "://" in target:
            assert re.match(r"https://|http://127\.0\.0\.1", target), target


def test_chapters_link_to_chapters_only():
    """A learner's copy lies in work/, where nothing else of the repository is beside it."""
    names = {path.name for path in NOTEBOOKS}
    for text in with_links:
        if text.where.startswith("notebooks/"):
            local = {target for target in targets(text) if "://" not in target}
            assert local <= names, text.where


def test_chapters_name_exercises_that_exist():
    known = {alias for exercise in COURSE.exercises for alias in (exercise.number, exercise.id, exercise.name)}
    for text in TEXTS:
        found = re.findall(r"\b(?:check|hint|solution|exercise)\(\"([^\"]+)\"", text.markdown)
        found += re.findall(r"keepalive (?:start|hint|solution) ([\w-]+)", text.markdown)
        assert {name for name in found if name != "NAME"} <= known, text.where
