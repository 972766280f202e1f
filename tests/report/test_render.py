"""A verdict as HTML and as plain text."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import pytest

from grading.timeline_samples import client_per_call as many_calls
from keepalive.course.feedback import STATUS_WORDS
from keepalive.report import render, words
from keepalive.report.contents import PRACTICE, CommandTexts, report
from verdict_samples import HOSTILE, ONE, VERDICTS, check, exercise, failed, hostile, passed, raised, verdict

VOID = {"br", "hr", "img", "input", "link", "meta"}


def said(found, shown=None):
    about = exercise()
    return report(about, found, shown or {}, CommandTexts.of_notebook(about))


class Page(HTMLParser):
    """Checks that elements are closed in order, and collects what is in them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data + " "


@pytest.mark.parametrize("name", VERDICTS)
def test_every_verdict_is_shown(name):
    found = said(VERDICTS[name])
    page, text = Page(render.verdict(found)), words.verdict(found)
    for shown in (" ".join(page.text.split()), " ".join(text.split())):
        assert f"{found.points} point" in shown or found.points in shown
        assert PRACTICE in shown and "seed 7" in shown
        assert "Next:" in shown
        for task in found.tasks:
            assert task.title in shown and STATUS_WORDS[task.status.id] in shown
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", VERDICTS)
def test_html_needs_nothing_and_does_nothing(name):
    html = render.verdict(said(VERDICTS[name]))
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "img", "iframe", "object", "form", "input", "button")
        assert not any(attribute.startswith("on") or attribute in ("id", "src", "href") for attribute in attributes)
    assert "url(" not in html and "@import" not in html
    assert html.count("<style>") == (2 if "<svg" in html else 1)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_learners_text_injects_nothing(text):
    known = {tag for found in VERDICTS.values() for tag, _ in Page(render.verdict(said(found))).elements}
    page = Page(render.verdict(said(hostile(text))))
    assert {tag for tag, _ in page.elements} <= known | {"a", "ul", "li", "em", "strong", "code", "pre", "blockquote"}
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("id", "src") for name in attributes)
        assert tag != "a" or not attributes.get("href", "").lower().startswith(("javascript", "data"))
    plain = words.verdict(said(hostile(text)))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202e]", plain)


class TestFailed:
    html = render.verdict(said(failed(), {"one-pool": 1, "closing": 1}))
    text = " ".join(Page(html).text.split())
    plain = words.verdict(said(failed(), {"one-pool": 1, "closing": 1}))

    def test_observed_fact_and_required(self):
        assert "<p>The server accepted <strong>5</strong> connections.</p>" in self.html
        assert "<p>The <em>connections</em> belong to it.</p>" in self.html
        assert "<p><strong>Required:</strong> One that is kept.</p>" in self.html
        assert "Required: One that is kept." in self.plain

    def test_a_fact_is_said_once(self):
        assert self.html.count("belong to it") == self.plain.count("belong to it") == 1

    def test_a_scenario_is_drawn_once_for_each_width(self):
        assert self.html.count("<svg") == 4
        assert "The timeline is above, under “Title of shared”." in self.text
        assert self.html.count("The same in words") == 2
        assert self.plain.count("5 requests on 5 connections, 0 left open, 0.20 s") == 1

    def test_status_in_words_and_a_sign(self):
        assert self.text.count("✗ not yet") == 3  # the run and two tasks
        assert "✓ Title of paths : passed" in self.text or "✓ Title of paths: passed" in self.text

    def test_the_next_hint_is_named(self):
        assert 'Hint 2 of 3: hint("04", "one-pool")' in self.text
        assert 'All hints were shown (1 of 1). hint("04", "closing") shows the last one again.' in self.text
        assert 'Hint 2 of 3: `hint("04", "one-pool")`' in self.plain

    def test_what_to_do_next(self):
        assert self.text.count('Change your code, run its cell, then check("04", ApiClient)') == 1

    def test_when_no_hint_is_left_the_solution_is_offered(self):
        shown = said(failed(), {"one-pool": 3, "closing": 1})
        assert 'solution("04", reveal=True)' in shown.next


class TestRaised:
    html = render.verdict(said(raised()))
    text = " ".join(Page(html).text.split())

    def test_their_frames_and_the_place_are_said_once(self):
        assert self.text.count("your cell, line 12") == 1
        assert self.text.count("raise KeyError('a')") == 1

    def test_the_same_finding_is_referred_to(self):
        assert self.text.count("Your code raised") == 1
        assert self.text.count("as with “ Title of one ”") + self.text.count("as with “Title of one”") == 2

    def test_what_was_printed_has_its_own_place(self):
        assert "What your code printed about to fail" in self.text


class TestOthers:
    def test_a_pass_shows_what_the_server_saw(self):
        html = render.verdict(said(passed()))
        assert html.count("<svg") == 2 and "All tasks passed." in html
        assert 'solution("04")' in Page(html).text

    def test_what_could_not_be_run_lists_no_tasks(self):
        shown = said(VERDICTS["broken"])
        assert shown.tasks == () and "your cell, line 3" in Page(render.verdict(shown)).text

    def test_a_gap_is_called_a_gap(self):
        text = Page(render.verdict(said(VERDICTS["not_attempted"]))).text
        assert "○ not attempted" in " ".join(text.split())
        assert "still raises (line 9)" in text and "once get is written" in " ".join(text.split())

    def test_our_fault_is_ours(self):
        text = Page(render.verdict(said(VERDICTS["our_fault"]))).text
        assert "not your code" in text and "Please report it" in text

    def test_long_output_keeps_its_beginning_and_its_end(self):
        output = "".join(f"line {number}\n" for number in range(500))
        shown = said(verdict("failed", failed()["checks"], output=output)).printed.split("\n")
        assert (shown[0], shown[9], shown[10]) == ("line 0", "line 9", "… 450 lines left out")
        assert (shown[11], shown[-1]) == ("line 460", "line 499")

    def test_of_long_lines_the_end_is_kept(self):
        long = said(verdict("failed", failed()["checks"], output="x" * 90_000 + " the end"))
        assert long.printed.startswith("… 86008 characters left out\n")
        assert long.printed.endswith("x the end") and len(long.printed) < 4100

    def test_the_same_verdict_gives_the_same_bytes(self):
        assert render.verdict(said(failed())) == render.verdict(said(failed()))

    def test_a_scenario_in_which_nothing_happened_is_not_drawn(self):
        found = failed()
        for run in found["scenarios"]:
            run["timeline"] = [{"t": 0.0, "kind": "end", "data": {"open": 0}}]
        assert "<svg" not in render.verdict(said(found))


def waiting():
    return verdict(
        "failed",
        [
            check("in_a_row.one", "one-pool", **ONE),
            check("in_a_row.paths", "one-pool", points=2),
            check("in_a_row.kept", "one-pool", "not_run", because="in_a_row.one"),
            check("in_a_row.idle", "one-pool", "not_run", because="in_a_row.one"),
            check("at_once.shared", "closing", "not_run", 3, because="in_a_row.one"),
        ],
    )


class TestChecksThatWait:
    def test_they_are_told_under_what_they_wait_for(self):
        plain = words.verdict(said(waiting()))
        assert "    Checked once this passes: Title of kept, Title of idle.\n" in plain
        assert plain.count("Title of kept") == 1, "and nowhere else"
        assert "Checked once this passes: Title of kept, Title of idle." in Page(render.verdict(said(waiting()))).text

    def test_of_another_task_they_say_for_which_check(self):
        plain = words.verdict(said(waiting()))
        assert (
            "– [not run] Close it  0 of 3 points\n  Checked once “Title of one” passes: “Title of shared”.\n" in plain
        )
        assert "Checked once “Title of one” passes: “Title of shared”." in Page(render.verdict(said(waiting()))).text

    def test_they_keep_their_points_and_their_task_is_not_passed(self):
        shown = said(waiting())
        assert (shown.points, shown.tasks[0].status.id) == ("2 of 9 points", "failed")

    def test_their_cause_may_be_a_gap(self):
        found = verdict(
            "not_attempted",
            [
                check("in_a_row.one", "one-pool", "not_attempted", 4, observed="`get` still raises (line 9)."),
                check("at_once.shared", "closing", "not_run", 3, because="in_a_row.one"),
            ],
        )
        assert "  Checked once “Title of one” passes: “Title of shared”.\n" in words.verdict(said(found))

    def test_what_the_frontend_cannot_look_at_says_so(self):
        passes = [check("in_a_row.one", "one-pool"), check("in_a_row.two", "closing")]
        aside = check("tls.trust", "closing", "not_run", 0, because="frontend", observed="This needs TLS.")
        shown = said(verdict("passed", [*passes, aside]))
        assert [task.status.id for task in shown.tasks] == ["passed", "passed"]
        plain = words.verdict(shown)
        assert "  – Title of trust: not run\n    This needs TLS.\n" in plain and "Checked once" not in plain
        alone = said(verdict("not_attempted", [aside]))
        assert "This needs TLS." in words.verdict(alone), "also where that is all there is"


def extended(status, earned=3):
    about = exercise()
    first, second = about.tasks
    about = dataclasses.replace(about, tasks=(first, dataclasses.replace(second, extension=True)))
    found = verdict(
        "passed",
        [check("in_a_row.one", "one-pool", points=4), check("at_once.shared", "closing", status, 3, observed="No.")],
        extension=status,
        points=4,
        max=4,
        bonus=earned,
        bonus_max=3,
    )
    return report(about, found, {}, CommandTexts.of_notebook(about))


class TestExtension:
    def test_its_points_are_a_bonus(self):
        shown = extended("passed")
        assert (shown.headline, shown.points) == ("All tasks passed.", "4 of 4 points, 3 of 3 bonus points")
        assert "✓ [passed] Close it  3 of 3 bonus points\n" in words.verdict(shown)

    def test_left_open_it_is_a_pass_with_something_left(self):
        shown = extended("failed", 0)
        assert (shown.status.id, shown.headline) == ("passed", "Passed. The extension is still open.")
        assert shown.next.endswith('; for the extension, `hint("04", "closing")`.')
        assert "✗ not yet Close it 0 of 3 bonus points" in " ".join(Page(render.verdict(shown)).text.split())


class TestTerminal:
    """The same model, line by line for a terminal."""

    @pytest.mark.parametrize("name", VERDICTS)
    def test_it_says_what_the_notebook_says(self, name):
        found = {**VERDICTS[name], "scenarios": []}
        first = [line.text for line in words.lines(said(found), timelines_first=True)]
        assert sorted(first) == sorted(words.verdict(said(found)).split("\n"))

    def test_timelines_come_before_what_is_said_and_the_headline_after_them(self):
        texts = [line.text for line in words.lines(said(failed()), timelines_first=True)]
        order = [
            texts.index(line) for line in texts if line.startswith(("What the server saw", "Not yet.", "✗", "Next:"))
        ]
        assert order == sorted(order) and texts[order[0]].startswith("What the server saw")

    def test_where_everything_fails_later_timelines_are_summed_up(self):
        found = failed()
        found["checks"][2]["scenario"] = "in_a_row_again"
        found["scenarios"].append({**many_calls(100), "id": "in_a_row_again"})
        text = words.verdict(said(found))
        assert text.count("100 requests on") == 1 and "GET /shipments/7 on connection 90" not in text

    def test_every_line_has_a_style_or_none(self):
        styles = {line.style for found in VERDICTS.values() for line in words.lines(said(found))}
        assert styles <= {"", "title"} | {f"status:{status}" for status in STATUS_WORDS}


def test_child_and_direct_call_promise_what_they_keep():
    bound = verdict("passed", passed()["checks"], runtime={"isolation": "child", "wall_ms": 1})
    assert "nothing bounds the memory" not in said(bound).promise
    assert "nothing bounds the memory" in said(passed()).promise


def test_brief():
    html = render.brief(exercise(), "Starter: `starter.py`", "write")
    text = " ".join(Page(html).text.split())
    assert "04 A client that keeps & reuses 7 points, about 20 minutes" in text
    assert "1. One pool 4 points" in text and "Starter: starter.py" in text
    plain = words.brief(exercise(), "Starter: `starter.py`", "write")
    assert plain.splitlines()[:2] == ["04  A client that keeps & reuses", "7 points, about 20 minutes"]
    assert "    async with ApiClient() as api:" in plain


def test_notice_keeps_its_detail_as_it_is():
    html = render.notice("Say `this`.", "<file>\n  expected")
    assert "<code>this</code>" in html and "&lt;file&gt;\n  expected" in html
    assert words.notice("Say `this`.", "<file>") == "Say `this`.\n\n<file>"
