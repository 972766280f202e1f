"""How wide a text will be, before any browser has drawn it.

The reader's machine chooses the font, so these are the widths of a wide one (DejaVu Sans and Sans Mono): labels that do
not touch with it do not touch with a narrower one either.
"""

from __future__ import annotations

import unicodedata

_MONO = 0.606
_NARROW = dict.fromkeys("iljI.,:;'|![]()/\\ ft-`r\"", 0.40) | dict.fromkeys("mw", 0.98) | dict.fromkeys("MW@%—…", 1.03)


def measure(text: str, size: float, *, mono: bool = False, bold: bool = False) -> float:
    """The width in pixels, rather too much than too little."""
    if mono:
        return size * sum(_MONO if ord(c) < 0x2000 else _wide(c) for c in text)
    return size * (1.12 if bold else 1.0) * sum(_NARROW.get(c, _letter(c)) for c in text)


def _letter(c: str) -> float:
    if ord(c) >= 0x2000:
        return _wide(c)
    return 0.78 if c.isupper() else 0.64


def _wide(c: str) -> float:
    if unicodedata.combining(c):
        return 0.0
    return 1.25 if unicodedata.east_asian_width(c) in "WF" else 0.9


def shorten(text: str, room: float, size: float, *, mono: bool = False, middle: bool = False) -> str:
    """Cut `text` to fit into `room` pixels; an ellipsis stands where something is missing."""
    if measure(text, size, mono=mono) <= room:
        return text
    text = text[:200] if not middle else text[:100] + text[-100:]
    keep = len(text)
    while keep > 0:
        keep -= 1
        head = (keep + 1) // 2 if middle else keep
        cut = text[:head].rstrip() + "…" + (text[len(text) - (keep - head) :] if middle and keep > head else "")
        if measure(cut, size, mono=mono) <= room:
            return cut
    return ""


def wrap(text: str, room: float, size: float, *, bold: bool = False, lines: int = 2) -> list[str]:
    """Break `text` at spaces into at most so many lines; what is too long for the last is cut."""
    out: list[str] = []
    rest = text.split()
    while rest and len(out) < lines:
        line = rest.pop(0)
        while rest and measure(f"{line} {rest[0]}", size, bold=bold) <= room:
            line += " " + rest.pop(0)
        out.append(line)
    if rest:
        out[-1] += " …"
    factor = 1.12 if bold else 1.0
    return [shorten(line, room / factor, size) for line in out] or [""]
