"""Text that somebody else wrote, for a terminal and for a page: what would steer them is shown instead of obeyed."""

from __future__ import annotations

import unicodedata


def visible(text: object) -> str:
    r"""Control characters, lone surrogates and bidi overrides as `\x1b`; line ends and tabs stay."""
    return "".join(c if _harmless(c) else f"\\x{ord(c):02x}" for c in str(text).replace("\r\n", "\n"))


def _harmless(c: str) -> bool:
    # Not "unassigned" (Cn), which depends on the Python's Unicode version; XML forbids U+FFFE, U+FFFF.
    return c in "\n\t\u200d" or (unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") and c not in "\ufffe\uffff")
