"""A question in a page: complete HTML for whoever only reads, which `web/src/questions/` brings to life.

The element finds everything it needs in that HTML: the choices, the explanations, and the key in `data-key`. A page
that is served to everybody cannot hide its keys; here it is practice, and nothing is counted.
"""

from __future__ import annotations

import json
from html import escape

from keepalive.course.questions import FORMATS, Bank, Option, Question
from keepalive.course.questions.answers import amount
from keepalive.course.questions.model import letter
from keepalive.report import prose

from .code_colours import coloured

RIGHT, NOT_RIGHT = "Right:", "Not right:"


def element(question: Question) -> str:
    """The question as HTML."""
    attributes = {
        "id": f"question-{question.id}",
        "data-question": question.id,
        "data-version": question.version,
        "data-key": json.dumps(question.key.as_json(), separators=(",", ":")),
        "data-search-exclude": "true",
    }
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<keepalive-question {said}>\n{body(question)}\n</keepalive-question>"


def body(question: Question) -> str:
    """What stands in the element: the stem, the choices, and the answer folded away."""
    code = "" if question.format == "spot" or not question.code else _block(question.code)
    return (
        f'<div class="ka-q-stem">{prose.html(question.stem)}</div>\n{code}'
        f'<p class="ka-q-how">{FORMATS[question.format]}</p>\n{_choices(question)}\n{_answer(question)}'
    )


def find(bank: Bank, id: str, where: str) -> Question:
    """The question that a chapter asks. Raises BuildError."""
    from .errors import BuildError

    for question in bank.questions:
        if question.id == id:
            return question
    raise BuildError(f'{where}: question("{id}") asks for a question that there is not.')


def _choices(question: Question) -> str:
    if question.format == "number":
        return ""
    if question.format == "spot":
        lines = coloured(question.code).split("\n")
        named = {option.line: option.id for option in question.options}
        items = "".join(_line(number, line, number in question.lines, named) for number, line in enumerate(lines, 1))
        return f'<ol class="ka-q-lines" tabindex="0" aria-label="The code, line by line">{items}</ol>'
    items = "".join(f'<li data-option="{option.id}">{_text(option)}</li>' for option in question.shown())
    return f'<ol class="ka-q-options" type="a">{items}</ol>'


def _line(number: int, line: str, choosable: bool, named: dict[int, str]) -> str:
    said = f' data-line="{number}"' if choosable else ""
    if number in named:
        said += f' data-option="{named[number]}"'
    return f"<li{said}><code>{line or '&nbsp;'}</code></li>"


def _answer(question: Question) -> str:
    """Every choice explained, folded away."""
    places = {option.id: letter(place) for place, option in enumerate(question.shown())}
    parts = []
    if question.format == "number":
        parts.append(f"<p>{RIGHT} {escape(amount(question.answer, question.unit))}.</p>")
    if question.format == "order":
        order = ", ".join(places[id] for id in question.order)
        parts.append(f"<p>{RIGHT} {order}.</p>")
    if question.why:
        parts.append(f'<div class="ka-q-reason">{prose.html(question.why)}</div>')
    options = [question.option(id) for id in question.order] if question.order else question.shown()
    for option in options:
        if question.format == "number":
            head = escape(amount(option.value or 0.0, question.unit))
        elif question.format == "spot":  # "right" would say that the line is
            head = f"Line {option.line} is {'the one that is wrong' if option.correct else 'in order'}."
        else:
            head = places[option.id]
        is_said = question.format in ("order", "number", "spot")
        verdict = "" if is_said else f"{RIGHT if option.correct else NOT_RIGHT} "
        parts.append(
            f'<div class="ka-q-of"><p class="ka-q-head">{verdict}<strong>{head}</strong></p>'
            f'<div class="ka-q-why" data-why="{option.id}">{prose.html(option.why)}</div></div>'
        )
    return (
        '<details class="ka-q-answer"><summary>The answer, and where each choice comes from</summary>\n'
        f"{''.join(parts)}\n</details>"
    )


def _text(option: Option) -> str:
    """A choice, in phrasing only: it becomes a label. Whoever cannot see it hears the same."""
    said = f"<span>{prose.inline(option.text)}</span>" if option.text else ""
    if option.code:
        said += f'<code class="ka-q-lines-of">{coloured(option.code)}</code>'
    elif not option.text:
        said += f'<code class="ka-q-lines-of">{prose.verbatim(option.prints.strip(chr(10)))}</code>'
    return said


def _block(code: str) -> str:
    return (
        '<div class="highlight ka-q-code" role="group" aria-label="Code of the question">'
        f'<pre tabindex="0"><code>{coloured(code)}</code></pre></div>\n'
    )
