"""The timeline's picture and its twin in words."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import keepalive
from grading.timeline_samples import ALL, Tape, at_once, client_per_call, kept, retry
from keepalive.grading import timeline
from keepalive.grading.timeline.letters import measure
from keepalive.grading.timeline.pen import STYLE
from keepalive.grading.timeline.scale import Scale
from keepalive.grading.timeline.story import read

SVG = "{http://www.w3.org/2000/svg}"
WIDTHS = (720, 340, 1000, 280)
SIZES = {"h": 15, "s": 12, "b": 12, "e": 12, "q": 11, "m": 11, "m mb": 11}


def boxes(svg: str) -> list[tuple[float, float, float, float, str]]:
    """Where each text stands, measured without the drawing's own book-keeping."""
    out = []
    for text in ET.fromstring(svg).iter(f"{SVG}text"):
        css, said = text.get("class", ""), text.text or ""
        size = SIZES[css]
        w = measure(said, size, mono=css.startswith("m"), bold=css in ("h", "b"))
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        x -= w if text.get("text-anchor") == "end" else 0
        out.append((x, y - 0.75 * size, x + w, y + 0.2 * size, said))
    return out


def touching(svg: str) -> list[tuple[str, str]]:
    placed = [box for box in boxes(svg) if box[4].strip()]
    return [
        (a[4], b[4])
        for i, a in enumerate(placed)
        for b in placed[:i]
        if a[0] < b[2] - 0.2 and b[0] < a[2] - 0.2 and a[1] < b[3] - 0.2 and b[1] < a[3] - 0.2
    ]


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ALL)
def test_sample_is_drawn(name, width):
    svg = timeline.svg(ALL[name], width=width)
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == ALL[name]["title"]
    assert root.find(f"{SVG}desc").text.startswith(read(ALL[name]).summary())
    assert root.get("viewBox") == f"0 0 {width} {root.get('height')}"
    assert touching(svg) == []
    height = float(root.get("height"))
    for x0, y0, x1, y1, said in boxes(svg):
        assert x0 >= -0.5 and x1 <= width + 0.5, said
        assert y0 >= 0 and y1 <= height, said
    assert svg == timeline.svg(ALL[name], width=width)


def test_no_text_is_small():
    assert min(int(size) for size in re.findall(r"font-size:(\d+)px", STYLE)) >= 11


def test_no_ids_that_could_clash():
    for scenario in ALL.values():
        assert not re.search(r"\bid=|url\(#", timeline.svg(scenario))


def test_every_rule_stays_inside_its_picture():
    scopes = set()
    for scenario in ALL.values():
        root = ET.fromstring(timeline.svg(scenario))
        scope = root.get("class").split()[1]
        scopes.add(scope)
        style = root.find(f"{SVG}style").text.replace("@media (prefers-color-scheme:dark){", "")
        rules = [rule for rule in style.split("}") if rule.strip()]
        assert all(part.strip().startswith("." + scope) for rule in rules for part in rule.split("{")[0].split(","))
    assert len(scopes) == 1


def test_colours_stand_out_on_light_and_dark():
    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    def contrast(a, b):
        low, high = sorted((luminance(a), luminance(b)))
        return (high + 0.05) / (low + 0.05)

    colours = re.findall(r"var\(--ka-\w+,(#[0-9a-f]{6})\)", STYLE)
    assert len(colours) == 4
    for colour in colours:
        for paper in ("#ffffff", "#111111", "#1e1e1e", "#1e2129"):
            assert contrast(colour, paper) >= 3, (colour, paper)


def test_it_needs_the_standard_library_alone():
    """It runs in the page, too, and before anything is loaded there."""
    code = (
        "import sys; from keepalive.grading import timeline; timeline.svg({'timeline': []}); "
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in ('httpx', 'h11', 'respx')"
        " or name.startswith('keepalive.grading.') and not name.startswith('keepalive.grading.timeline')))"
    )
    source = Path(keepalive.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_title_is_the_finding_when_one_is_given():
    svg = timeline.svg(kept(), title="One connection serves <all> & \x00 five")
    assert ET.fromstring(svg).find(f"{SVG}title").text == "One connection serves <all> & \\x00 five"


HOSTILE = [
    "</title><script>alert(1)</script>",
    "]]>&lt;\"'",
    "\x1b[31mred\x07",
    "\ud800\uffff",
    "\u202etxt",
    "字" * 90,
    "a" * 5000,
    "",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_text_stays_text(said):
    tape = Tape(said, said)
    tape.event(0.0, "connect", 0, host=said, port=80)
    tape.event(0.0, "mark", name=said)
    tape.event(0.01, "diagnosis", kind="k", text=said)
    tape.event(0.01, "no_route", 0, method=said, path=said)
    tape.event(0.01, "bad_request", 0, why=said)
    tape.call(0.02, 0, said, method=said[:20])
    tape.call(0.04, 0, "/else")
    scenario = tape.end(0.1)
    for width in WIDTHS:
        svg = timeline.svg(scenario, width=width)
        assert not list(ET.fromstring(svg).iter(f"{SVG}script"))
        assert touching(svg) == []
    words = timeline.text(scenario)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff\u202e]", words)
    words.encode()


class TestReading:
    def test_client_per_call(self):
        story = read(client_per_call())
        assert story.summary() == "5 requests on 5 connections, 0 left open, 0.20 s"
        assert [r.fresh for r in story.requests] == [True] * 5
        assert {lane.how for lane in story.lanes} == {"client"}

    def test_kept(self):
        story = read(kept())
        assert story.summary() == "5 requests on 1 connection, 0 left open, 0.12 s"
        assert [r.fresh for r in story.requests] == [True] + [False] * 4

    def test_waits_lie_between_a_failure_and_the_next_attempt(self):
        assert [round(w.length, 6) for w in read(retry()).waits] == [1.0, 2.0, 4.0]
        assert [round(w.length, 6) for w in read(ALL["refused"]).waits] == [0.5, 1.0]
        assert [round(w.length, 6) for w in read(ALL["reset"]).waits] == [0.3]
        assert read(kept()).waits == read(at_once()).waits == []

    def test_an_attempt_at_once_on_a_connection_of_lower_number_is_no_wait(self):
        """Events of one instant are ordered by connection."""
        tape = Tape("x", "x")
        tape.call(tape.open(0.0, 0), 0, "/other")
        tape.call(tape.open(0.0, 1), 1, "/a", 503)
        tape.call(0.04, 0, "/a", 200)
        tape.call(5.0, 0, "/a", 200)
        assert read(tape.end(6.0)).waits == []

    def test_what_was_never_answered(self):
        for ending, outcome in (("close", "given up"), ("reset", "reset"), ("eof", "cut"), (None, "no response")):
            tape = Tape("x", "x")
            tape.call(tape.open(0.0, 0), 0, status=None)
            if ending:
                tape.event(1.0, ending, 0, **({"why": "cut"} if ending == "eof" else {}))
            (request,) = read(tape.end(2.0)).requests
            assert (request.status, request.outcome, request.failed) == (None, outcome, True)

    def test_the_runner_counts_what_only_the_server_closed(self):
        tape = Tape("x", "x")
        tape.call(tape.open(0.0, 0), 0)
        tape.event(1.0, "eof", 0, why="idle")
        assert "1 left open" in read(tape.end(2.0, left=1)).summary()
        assert "server closed, left open" in texts(timeline.svg(tape.scenario))
        tape.scenario["timeline"][-1]["data"]["open"] = 0
        assert "0 left open" in read(tape.scenario).summary()


class TestScale:
    def test_waits_between_single_attempts_keep_their_length(self):
        assert Scale(read(retry()), 0, 500).cuts == []

    def test_idling_beside_a_burst_is_cut_and_labelled(self):
        scale = Scale(read(ALL["idle_then_again"]), 0, 500)
        assert [round(cut.t1 - cut.t0, 3) for cut in scale.cuts] == [5.0, 25.0]
        words = texts(timeline.svg(ALL["idle_then_again"]))
        assert "5.00 s" in words and "25.00 s" in words

    def test_a_long_silence_at_the_end_is_cut(self):
        scenario = kept()
        scenario["timeline"][-1]["t"] = 90.0
        assert [round(cut.t1, 3) for cut in Scale(read(scenario), 0, 500).cuts] == [90.0]

    def test_where_no_time_passes_the_order_is_drawn(self):
        story = read(ALL["no_time"])
        scale = Scale(story, 0, 500)
        starts = [scale.x(r.start) for r in story.requests]
        assert scale.by_order and starts == sorted(set(starts))

    def test_one_step_of_many_connections_shares_a_column(self):
        tape = Tape("x", "x")
        for conn in range(20):
            tape.open(0.0, conn, rtt=0.0)
        for conn in range(20):
            tape.call(0.0, conn, takes=0.0)
        tape.scenario["timeline"].sort(key=lambda e: ["connect", "connected", "request", "answer"].index(e["kind"]))
        story = read(tape.end(0.0))
        assert len({Scale(story, 0, 500).x(r.start) for r in story.requests}) == 1

    def test_two_pictures_can_share_an_axis(self):
        alone, beside = Scale(read(kept()), 0, 500), Scale(read(kept()), 0, 500, until=0.2)
        assert alone.finish == 500 and beside.finish == pytest.approx(300)
        assert beside.at(0.2) == pytest.approx(Scale(read(client_per_call()), 0, 500).at(0.2))
        assert Scale(read(kept()), 0, 500, until=60).cuts == []
        assert "200 ms" in texts(timeline.svg(kept(), until=0.2))


class TestPicture:
    def test_lanes_beyond_two_dozen_are_folded(self):
        words = texts(timeline.svg(at_once(60)))
        assert sum(w.startswith("connection ") for w in words) == 24 + 1  # and the key's "connection being opened"
        assert "and 36 more connections, each with one request, closed by the client" in words

    def test_the_odd_lane_is_not_folded_away(self):
        scenario = at_once(60)
        closes = [e for e in scenario["timeline"] if e["kind"] == "close" and e["conn"] == 50]
        scenario["timeline"].remove(closes[0])
        words = texts(timeline.svg(scenario))
        assert "connection 51" in words and "left open" in words

    def test_labels_of_hundreds_are_thinned_to_where_something_changes(self):
        words = texts(timeline.svg(ALL["many_requests"]))
        assert sum("503" in w for w in words) == 3
        assert sum("200" in w for w in words) < 20

    def test_request_and_status_stand_at_the_bar(self):
        assert texts(timeline.svg(client_per_call())).count("GET /shipments/7 200") == 5

    @pytest.mark.parametrize("width", [280, 340, 560, 720])
    def test_every_wait_says_its_length(self, width):
        words = texts(timeline.svg(retry(), width=width))
        for said in ("1", "2", "4"):
            assert any(re.fullmatch(rf"(waited )?{said}(\.00)? s", w) for w in words), said

    def test_only_shapes_that_occur_are_explained(self):
        words = texts(timeline.svg(kept()))
        assert "request on a kept connection" in words
        assert "request without a response" not in words and "wait before another attempt" not in words

    @pytest.mark.parametrize("width", [340, 720])
    @pytest.mark.parametrize("status", [404, 503])
    def test_a_response_is_no_failure_whatever_its_status(self, status, width):
        tape = Tape("x", "x")
        tape.close(tape.call(tape.open(0.0, 0), 0, status=status), 0)
        svg = timeline.svg(tape.end(1.0), width=width)
        assert not looks(svg) & RED
        assert any(word.endswith(str(status)) for word in bold(svg))
        assert "request without a response" not in texts(svg)

    @pytest.mark.parametrize("ending", ["close", "reset", "eof"])
    def test_a_request_without_a_response_is_red_and_says_so(self, ending):
        tape = Tape("x", "x")
        tape.call(tape.open(0.0, 0), 0, status=None)
        tape.event(1.0, ending, 0, **({"why": "cut"} if ending == "eof" else {}))
        svg = timeline.svg(tape.end(2.0))
        assert looks(svg) & RED
        assert "request without a response" in texts(svg)

    def test_one_503_among_hundreds_is_not_folded_away(self):
        tape, t = Tape("x", "x"), 0.04
        tape.open(0.0, 0)
        for number in range(300):
            t = tape.call(t, 0, status=503 if number == 150 else 200)
        assert any(word.endswith("503") for word in bold(timeline.svg(tape.end(t, left=1))))


RED = {"fo", "fs", "ff"}


def looks(svg: str) -> set[str]:
    """The classes of the shapes."""
    return {each.get("class", "") for each in ET.fromstring(svg).iter() if each.tag != f"{SVG}text"}


def bold(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text") if each.get("class") == "m mb"]


class TestWords:
    def test_lanes_that_are_told_together_say_what_came_instead_of_a_success(self):
        scenario = at_once(60)
        for event in scenario["timeline"]:
            if event["kind"] == "answer":
                event["data"]["status"] = 503
        assert "and 36 more connections, each with one request (1 × 503), closed by the client" in texts(
            timeline.svg(scenario)
        )

    def test_what_a_learner_sent_is_shown_and_not_obeyed(self):
        tape = Tape("x", "\x1b[31mx")
        tape.event(0.0, "connect", 0, host="a\x1b]0;b\x07")
        tape.event(0.0, "request", 0, 0, method="G\x9bT", path="/\x1b[2J\u202e")
        said = timeline.text(tape.end(1.0))
        assert r"G\x9bT /\x1b[2J\x202e" in said and r"a\x1b]0;b\x07" in said
        assert not any((ord(c) < 32 and c != "\n") or 126 < ord(c) < 160 for c in said)

    def test_whole_listing(self):
        assert timeline.text(retry()) == (
            "4 requests on 1 connection, 0 left open, 7.10 s\n"
            "0.00 s  connection 1 opens to depot.test\n"
            "0.02 s  GET /shipments/7 on connection 1 → 503 at 0.04 s\n"
            "        waited 1.00 s\n"
            "1.04 s  GET /shipments/7 on connection 1 → 503 at 1.06 s\n"
            "        waited 2.00 s\n"
            "3.06 s  GET /shipments/7 on connection 1 → 503 at 3.08 s\n"
            "        waited 4.00 s\n"
            "7.08 s  GET /shipments/7 on connection 1 → 200 at 7.10 s\n"
            "7.10 s  connection 1 closed by the client\n"
            "7.10 s  end of the scenario\n"
        )

    def test_long_runs_are_left_out_with_counts(self):
        lines = timeline.text(ALL["many_requests"]).splitlines()
        assert len(lines) < 70
        assert lines[0] == "300 requests on 4 connections, 0 left open, 3.77 s"
        (gap,) = [line for line in lines if "left out" in line]
        assert "257 lines left out: 254 × request, 200; 3 × request, 503" in gap

    @pytest.mark.parametrize("width", [40, 78, 120])
    def test_lines_keep_to_the_width(self, width):
        for scenario in ALL.values():
            assert max(map(len, timeline.text(scenario, width=width).splitlines())) <= width

    def test_a_run_that_was_stopped_says_so(self):
        assert timeline.text({"id": "x", "title": "x", "status": "time_limit", "timeline": []}).endswith(
            "0.00 s  the run was stopped\n"
        )


# ---------------------------------------------------------------------- any events at all

KINDS = {
    "connect": lambda d: {"host": d, "port": 80},
    "connected": lambda d: {},
    "refused": lambda d: {},
    "connect_abandoned": lambda d: {},
    "tls": lambda d: {"sni": d},
    "request": lambda d: {"method": "GET", "path": "/" + d, "bytes": 0},
    "answer": lambda d: {"status": 200 + 101 * (len(d) % 4), "bytes": 1},
    "eof": lambda d: {"why": ("idle", "after answer", "cut", "crossed")[len(d) % 4]},
    "reset": lambda d: {},
    "close": lambda d: {},
    "mark": lambda d: {"name": d},
    "no_route": lambda d: {"method": "GET", "path": "/" + d},
    "diagnosis": lambda d: {"kind": "k", "text": d},
    "bad_request": lambda d: {"why": d},
    "end": lambda d: {"open": len(d)},
}
TIMES = st.one_of(
    st.sampled_from([0.0, 0.02, 0.04, 1.0, 3600.0]), st.floats(0, 1e5, allow_nan=False).map(lambda t: round(t, 6))
)


@st.composite
def scenarios(draw):
    t, requests, events = 0.0, 0, []
    for kind in draw(st.lists(st.sampled_from(sorted(KINDS)), max_size=60)):
        t += draw(TIMES) if draw(st.booleans()) else 0.0
        event = {"t": t, "kind": kind, "data": KINDS[kind](draw(st.text(max_size=30)))}
        if kind not in ("mark", "diagnosis", "end"):
            event["conn"] = draw(st.integers(0, 40))
        if kind == "request":
            event["request"], requests = requests, requests + 1
        elif kind in ("answer", "no_route") and requests:
            event["request"] = draw(st.integers(0, requests - 1))
            event["data"]["from"] = draw(st.floats(0, t))
        events.append(event)
    return {"id": "any", "title": draw(st.text(max_size=200)), "status": "failed", "timeline": events}


@settings(max_examples=150, deadline=None)
@given(scenarios(), st.sampled_from(WIDTHS))
def test_any_events_are_drawn_and_told(scenario, width):
    svg = timeline.svg(scenario, width=width)
    ET.fromstring(svg)
    assert touching(svg) == []
    assert svg == timeline.svg(scenario, width=width)
    words = timeline.text(scenario)
    assert words == timeline.text(scenario)

    story, events = read(scenario), scenario["timeline"]
    asked = sum(e["kind"] == "request" for e in events)
    lanes = {e["conn"] for e in events if "conn" in e and e["kind"] not in ("no_route", "bad_request")}
    assert len(story.requests) == asked and len(story.lanes) == len(lanes)
    lost = [sum(lane.how == how for lane in story.lanes) for how in ("refused", "abandoned")]
    said = "".join(words.split())
    assert said.startswith(f"{asked}request")
    assert f"on{len(lanes) - sum(lost)}connection" in said
    for request in story.requests:
        assert request.end is not None and request.end.t >= request.start.t
    scale = Scale(story, 100, 600)
    places = [scale.x(moment) for moment in story.moments]
    assert all(100 - 1e-6 <= x <= 600 + 1e-6 for x in places)
    assert all(a <= b + 1e-6 for a, b in itertools.pairwise(places))
