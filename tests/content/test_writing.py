"""The words that this course does without, over everything that a person reads."""

from __future__ import annotations

import re
import unicodedata

import pytest

from content.texts import FILES, Text

HOLLOW = re.compile(
    r"\b(simply|just|robust(?:ly|ness)?|seamless(?:ly)?|powerful|best practices?|effortless(?:ly)?|blazing(?:ly)?|"
    r"in today's world|dive in|let's dive|deep dive|needless to say|of course|obviously|leverage[sd]?|game.chang\w+)\b",
    re.I,
)
MACHINE = re.compile(r"(?<![\w.])/(?:root|home|tmp|work|Users)/")

each = pytest.mark.parametrize("texts", FILES.values(), ids=FILES)


def faults(text: Text) -> list[str]:
    prose = text.prose
    found = [f"the word {word.group()!r}" for word in HOLLOW.finditer(prose)]
    found += [f"an exclamation mark: {mark.group().strip()!r}" for mark in re.finditer(r"[^\n]{0,20}!(?!\[)", prose)]
    found += [f"the emoji {c!r}" for c in prose if _is_emoji(c)]
    headings = re.findall(r"^#+ .*$", prose, re.M)
    found += [f"a heading that asks: {heading!r}" for heading in headings if heading.rstrip().endswith("?")]
    found += [f"a path of one machine: {path.group()!r}" for path in MACHINE.finditer(text.markdown)]
    return found


def _is_emoji(c: str) -> bool:
    # Arrows, check marks of a table and typographic signs are letters of the trade; pictures are not.
    return (unicodedata.category(c) == "So" and ord(c) >= 0x1F000) or 0x2600 <= ord(c) <= 0x26FF or c == "\ufe0f"


@each
def test_prose_is_plain(texts):
    assert [(text.where, fault) for text in texts for fault in faults(text)] == []


@each
def test_a_paragraph_holds_one_idea(texts):
    """A paragraph that fills a screen holds several. A table row counts as one; generated tables are left out."""
    for text in texts:
        written = re.sub(r"<!-- table: .*?<!-- end table -->", "", text.markdown, flags=re.S)
        for paragraph in re.split(r"\n\s*\n|\n(?=\|)", Text(text.where, written).prose):
            assert len(paragraph.split()) <= 130, (text.where, paragraph[:80])


@pytest.mark.parametrize(
    "sentence",
    [
        "You simply call it.",
        "It just works.",
        "A robust client.",
        "## Why does it leak?",
        "Done!",
        "Well done \N{PARTY POPPER}",
        "See /home/ann/course.",
    ],
)
def test_a_hollow_sentence_is_found(sentence):
    assert faults(Text("here", sentence)) != []


def test_code_is_not_prose():
    text = Text("here", "Fine.\n\n```python\nassert a != just\n```\n\n`just!` <!-- simply --> ![A picture](just.png)\n")
    assert faults(text) == []
