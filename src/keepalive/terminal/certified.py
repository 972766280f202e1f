"""`keepalive verify`: what the certificate in a file is found to be worth, in a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from keepalive import terminal
from keepalive.course import Course
from keepalive.exam import keys_of
from keepalive.exam.certificate import PROVES, PROVES_NOT, read, verify
from keepalive.exam.told import verdict
from keepalive.visible import visible


def run(path: Path, out: Console) -> bool:
    """The command; whether the certificate holds. Raises NotACertificate, OSError, CourseError."""
    certificate = read(path)
    bank = Course.load().bank
    verified = verify(certificate, bank, keys_of(bank))
    result = verified.result
    terminal.say(out, terminal.shown(path), "bold")
    terminal.say(out)
    look = "bold green" if verified.holds else "bold yellow"
    terminal.say(out, f"This certificate {'holds' if verified.holds else 'does not hold'}.", look)
    terminal.say(out)
    for label, value in (
        ("Name", visible(certificate.name) or "none"),
        ("Date", certificate.day.isoformat()),
        ("Course", visible(certificate.course)),
        ("Seed", certificate.form.seed),
        ("Score", f"{result.right} of {len(result.items)}"),
    ):
        terminal.say(out, f"  {label:<7} {' '.join(value.split())}")
    for title, sentences in (
        ("What was looked at", verified.found),
        ("What that proves", (PROVES,)),
        ("What it does not prove", (PROVES_NOT,)),
    ):
        terminal.say(out)
        terminal.say(out, title, "bold")
        for sentence in sentences:
            terminal.block(out, terminal.prose(sentence, out))
    titles = {cell.cell: cell.title for cell in result.cells}
    if titles:
        terminal.say(out)
        terminal.say(out, "Each objective", "bold")
    for item in result.items:
        if item.right is not None:
            terminal.say(out, f"  {verdict(item):<10} {titles[item.cell]}")
    return verified.holds
