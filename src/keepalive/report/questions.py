"""A question, and what is said of an answer, as HTML for a notebook and as plain text for a prompt and a terminal."""

from __future__ import annotations

from keepalive.course.questions import FORMATS, Option, Question
from keepalive.course.questions.answers import Choice, Explained
from keepalive.course.questions.model import FIRST_SEED, letter
from keepalive.visible import visible

from . import prose, render
from .contents import Status
from .words import WIDTH

RIGHT, WRONG = Status("passed"), Status("failed")
HEADLINES = {True: "Right.", False: "Not yet."}


def how(question: Question) -> str:
    """What an answer looks like, as it is typed: `"b"`, `12`."""
    last = len(question.options) - 1
    match question.format:
        case "number":
            return "12" if question.answer != 12 else "20"
        case "spot":
            return "3" if 3 in question.lines else str(question.lines[0])
        case "multiple":
            return '"a, c"'
        case "order":
            return f'"{"".join(letter(place) for place in range(last, -1, -1))}"'
    return '"b"'


# ---- HTML ----------------------------------------------------------------------------------------------------------


def html(question: Question, then: str, seed: str = FIRST_SEED, before: str = "") -> str:
    """The question with its choices. `then` is Markdown: how to answer; `before` what is known of earlier answers."""
    body = f'<p class="ka-v-head"><strong>{FORMATS[question.format]}</strong> {prose.inline(before)}</p>'
    body += f'<div class="ka-v-md">{prose.html(question.stem)}</div>{_shown_code(question)}'
    if question.format not in ("spot", "number"):
        items = "".join(f"<li>{_choice(option)}</li>" for option in question.shown(seed))
        body += f'<div class="ka-v-md"><ol type="a">{items}</ol></div>'
    body += f'<div class="ka-v-md ka-v-next">{prose.html(then)}</div>'
    return render.page(body, "Question")


def explained_html(question: Question, said: Explained, then: str) -> str:
    """What came of an answer, every choice explained."""
    return render.page(explained_body(question, said, then), "Answer")


def explained_body(question: Question, said: Explained, then: str = "") -> str:
    """The same as a part of something larger."""
    body = (
        f'<p class="ka-v-head">{_sign(said.right)} '
        f"You said {prose.verbatim(said.said)}.{_solution(said)}</p>"
        f'<div class="ka-v-md">{prose.html(question.stem)}</div>{_shown_code(question)}'
    )
    if said.why:
        body += f'<div class="ka-v-check ka-v-md ka-v-edge-passed">{prose.html(said.why)}</div>'
    for choice in said.choices:
        head = f"<strong>{prose.verbatim(_label(question, choice, said))}</strong> {_choice(choice.option, question)}"
        body += (
            f'<div class="ka-v-check ka-v-md ka-v-edge-{"passed" if choice.right else "failed"}">'
            f'<div class="ka-v-what">{head}</div>{prose.html(choice.option.why)}</div>'
        )
    return body + (f'<div class="ka-v-md ka-v-next">{prose.html(then)}</div>' if then else "")


def _sign(right: bool) -> str:
    """As a verdict's, with a question's words."""
    status = RIGHT if right else WRONG
    mark = f'<span aria-hidden="true">{status.sign}</span>'
    return f'<span class="ka-v-sign ka-v-{status.id}">{mark} {HEADLINES[right]}</span>'


def _shown_code(question: Question) -> str:
    if not question.code:
        return ""
    return f'<pre class="ka-v-pre">{prose.verbatim(_numbered(question))}</pre>'


def _choice(option: Option, question: Question | None = None) -> str:
    if option.line and question:
        return f"<code>{prose.verbatim(question.code.split(chr(10))[option.line - 1].strip())}</code>"
    said = prose.inline(option.text) if option.text else ""
    if lines := option.code or option.prints if not option.text or option.code else "":
        said += f'<pre class="ka-v-pre">{prose.verbatim(lines.strip(chr(10)))}</pre>'
    return said


# ---- text ----------------------------------------------------------------------------------------------------------


def text(question: Question, seed: str = FIRST_SEED) -> str:
    """The question with its choices, for 80 columns."""
    out = [prose.plain(question.stem, width=WIDTH)]
    if question.code:
        out += ["", *(f"    {line}" for line in visible(_numbered(question)).split("\n"))]
    if question.format not in ("spot", "number"):
        out.append("")
        for place, option in enumerate(question.shown(seed)):
            out += _option(f"{letter(place)})", option)
    return "\n".join([*out, "", FORMATS[question.format]])


def explained_text(question: Question, said: Explained) -> str:
    """What came of an answer, every choice explained."""
    sign = (RIGHT if said.right else WRONG).sign
    out = [f"{sign} {HEADLINES[said.right]} You said {said.said}.{_solution(said)}"]
    if said.why:
        out += ["", prose.plain(said.why, width=WIDTH, indent=2)]
    for choice in said.choices:
        out += ["", *_option(_label(question, choice, said), choice.option, question)]
        out.append(prose.plain(choice.option.why, width=WIDTH, indent=4))
    return "\n".join(out)


def _numbered(question: Question) -> str:
    """The code; of spot, with the numbers by which its lines are chosen."""
    if question.format != "spot":
        return question.code
    return "\n".join(f"{number:>2}  {line}".rstrip() for number, line in enumerate(question.code.split("\n"), 1))


def _solution(said: Explained) -> str:
    return "" if said.right else f" Right is {said.solution}."


def _label(question: Question, choice: Choice, said: Explained) -> str:
    plain = question.format in ("number", "order")
    sign = "" if plain else f"{(RIGHT if choice.right else WRONG).sign} "
    did = ""
    if question.format != "order" and choice.chosen:
        did = " (yours)"
    elif question.format == "multiple" and any(each.chosen for each in said.choices):
        did = " (left out)" if choice.right else " (left out, rightly)"
    return f"{sign}{choice.label}{did}:"


def _option(label: str, option: Option, question: Question | None = None) -> list[str]:
    if option.line and question:
        return [f"  {label} {visible(question.code.split(chr(10))[option.line - 1].strip())}"]
    if option.text:
        out = prose.plain(f"{option.text}", width=WIDTH - len(label) - 3).split("\n")
        out = [f"  {label} {out[0]}", *(" " * (len(label) + 3) + line for line in out[1:])]
    else:
        out = [f"  {label}"]
    if lines := option.code or option.prints if not option.text or option.code else "":
        out += [f"       {line}" for line in visible(lines.strip("\n")).split("\n")]
    return out
