"""What a certificate holds, how it is read out of a file, and what it proves.

The learner's browser draws it (`web/src/certificate/`), as a PNG or a PDF, and puts what it is drawn from into the
file: the form and the answers. Whoever has the file can score them again. That is all there is to verify: a page that
is served to everybody can keep neither its keys nor a signature of its own secret, and cannot know who sat in front of
it.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from keepalive.course.progress import no_number
from keepalive.course.questions import CELLS, Bank

from .form import LENGTH, Form, NotReady, draw
from .keys import Keys
from .score import PASS, Result, score

SCHEMA = 1
KEYWORD = "keepalive-certificate"
"""The name of the text in a PNG, and of the file that is embedded in a PDF."""
LARGEST = 50_000_000
"""Bytes of a file that is looked into; a certificate has less than one in fifty of it."""
_PNG = b"\x89PNG\r\n\x1a\n"
_PDF_PART = re.compile(rb"/Type\s*/EmbeddedFile[^>]*?/Length\s+(\d{1,9})[^>]*>>\s*stream\r?\n")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NotACertificate(ValueError):
    """The file holds no certificate of this course, or one that was damaged; the text is a sentence."""


@dataclass(frozen=True)
class Certificate:
    """`name` as the learner typed it; `course`: the version of the course; `day` when the exam was handed in.

    `right`: how many right answers it says it has.
    """

    name: str
    course: str
    day: date
    form: Form
    answers: Mapping[str, Any]
    right: int

    def as_json(self) -> dict[str, Any]:
        """As it is embedded in a file."""
        return {
            "schema": SCHEMA,
            "kind": KEYWORD,
            "name": self.name,
            "course": self.course,
            "day": self.day.isoformat(),
            "form": self.form.as_json(),
            "answers": dict(self.answers),
            "right": self.right,
        }

    @classmethod
    def of_json(cls, data: object) -> Certificate:
        """What `as_json` wrote. Raises NotACertificate."""
        try:
            if not isinstance(data, dict) or data["kind"] != KEYWORD:
                raise TypeError
            if _whole(data["schema"]) > SCHEMA:
                raise NotACertificate("This certificate was made by a newer version of the course.")
            name, course, answers, right = data["name"], data["course"], data["answers"], _whole(data["right"])
            if not isinstance(answers, dict) or not isinstance(name, str) or not isinstance(course, str):
                raise TypeError
            if not _DAY.fullmatch(data["day"]):  # which is more than a date needs
                raise ValueError
            day = date.fromisoformat(data["day"])
            return cls(name, course, day, Form.of_json(data["form"]), answers, right)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            if isinstance(e, NotACertificate):
                raise
            raise NotACertificate("What is embedded in this file is no whole certificate of this course.") from None


@dataclass(frozen=True)
class Verified:
    """`holds`: whether the certificate says what its answers are worth. `found`: sentences on what was looked at."""

    certificate: Certificate
    result: Result
    holds: bool
    found: tuple[str, ...]


PROVES = (
    "That somebody gave these answers to these questions, and how many are right by the course's own keys, is worked "
    "out again here."
)
PROVES_NOT = (
    "Who that was, and whether they had help, is not known. The questions and their keys are open to every reader of "
    "the course, and anybody can make such a file: it is self-attested."
)


def verify(certificate: Certificate, bank: Bank, keys: Keys) -> Verified:
    """Score the embedded answers again, and look whether the form is the one that its seed draws."""
    result = score(keys, certificate.form, certificate.answers)
    found = []
    same = result.right == certificate.right
    scored = f"The embedded answers were scored again: {result.right} of {len(result.items)} are right"
    found.append(f"{scored}, as it says." if same else f"{scored}. The certificate says {certificate.right}.")
    unknown = sum(item.right is None for item in result.items)
    if unknown:
        found.append(f"{unknown} of its questions are not known to this version of the course, and count as not right.")
    spread = [item.cell for item in result.items] == list(CELLS)
    if not spread and not unknown:
        found.append("Its questions are not one of each objective, as an exam's are.")
    drawn = _is_drawn(certificate.form, bank)
    if drawn is True:
        found.append("Its questions are the ones that its seed draws.")
    elif drawn is False:
        found.append("Its questions are not the ones that its seed draws: somebody chose them.")
    else:
        found.append(
            "It was made with another version of the questions, so whether its seed draws them was not looked at."
        )
    if not result.passed:
        found.append(f"That is no pass: {PASS} of {LENGTH} pass.")
    holds = same and result.passed and drawn is not False and (spread or unknown > 0)
    return Verified(certificate, result, holds, tuple(found))


def _is_drawn(form: Form, bank: Bank) -> bool | None:
    if form.bank != bank.version:
        return None
    try:
        return draw(bank, form.seed, form.excluded) == form
    except (NotReady, ValueError):
        return None


def read(path: Path) -> Certificate:
    """The certificate in a PNG, a PDF or a JSON file. Raises NotACertificate, and OSError."""
    if path.stat().st_size > LARGEST:
        raise NotACertificate("This file is too large to be a certificate of this course.")
    return of_bytes(path.read_bytes())


def of_bytes(content: bytes) -> Certificate:
    """The certificate in a file's bytes. Raises NotACertificate."""
    if content.startswith(_PNG):
        text = _in_png(content)
    elif content.startswith(b"%PDF-"):
        text = _in_pdf(content)
    else:
        text = content
    if text is None:
        raise NotACertificate(
            "This picture or PDF has no certificate in it. A screenshot, a print or a file that another program saved "
            "again has lost what was embedded: ask for the file that the course made."
        )
    try:
        data = json.loads(text.decode("utf-8"), parse_constant=no_number)
    except (ValueError, RecursionError):
        raise NotACertificate(
            "This is no certificate of this course: neither PNG, PDF nor JSON that can be read."
        ) from None
    return Certificate.of_json(data)


def _whole(value: object) -> int:
    """JSON has one kind of number, and a browser writes 13 for 13.0. Raises TypeError."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:  # which no infinity is, either
        raise TypeError
    return int(value)


def _in_png(content: bytes) -> bytes | None:
    """The text of the chunk with our keyword (PNG, third edition, 11.3.3.4), or None."""
    at = len(_PNG)
    while at + 12 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        body = content[at + 8 : at + 8 + length]
        if kind == b"iTXt" and body.startswith(KEYWORD.encode() + b"\0"):
            if zlib.crc32(kind + body).to_bytes(4) != content[at + 8 + length : at + 12 + length]:
                raise NotACertificate("The certificate in this picture was damaged.")
            # Keyword, compression flag and method, language, translated keyword; each of the two last ends in a zero.
            rest = body[len(KEYWORD) + 1 :]
            if rest[:1] != b"\0":
                raise NotACertificate("The certificate in this picture was packed by another program.")
            return rest[2:].split(b"\0", 2)[-1]
        at += 12 + length
    return None


def _in_pdf(content: bytes) -> bytes | None:
    """The embedded file that is ours, or None."""
    for found in _PDF_PART.finditer(content):
        body = content[found.end() : found.end() + int(found[1])]
        if KEYWORD.encode() in body:
            return body
    return None
