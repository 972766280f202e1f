"""A certificate in a real browser: what is drawn fits, the files can be read and scored again, and nothing is sent.

The site is a small course's with a made-up bank, built as the real one is.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from axe_findings import found_by_axe
from browser.conftest import ROOT, Watch
from browser.opening import go
from browser.small_site import served, with_exam
from exam import banks
from exam import files as made_up
from keepalive import __version__
from keepalive.course import Course
from keepalive.course.questions import Bank
from keepalive.exam import draw, keys_of, score
from keepalive.exam.certificate import KEYWORD, PROVES, PROVES_NOT, Certificate, of_bytes, verify
from keepalive.website.runtime import node

thorough = pytest.mark.thorough

AT = "2026-03-01T12:00:00.000Z"
PAPERS = {"a4": ((3508, 2480), (297, 210)), "letter": ((3300, 2550), (279.4, 215.9))}
NAMES = {
    "short": "Al",
    "usual": "Zoë Grünwald-Sánchez",
    "long": "Maximiliana Alexandra Wilhelmina von Hohenlohe-Waldenburg und zu Schillingsfürst, Gräfin von Sayn",
    "longest": "W" * 160,
    "arabic": "محمد بن عبد الله الأنصاري",
    "hebrew": "נועה בת־אל כהן",
    "mixed": "Noa נועה Cohen",
    "chinese": "山田太郎" * 20,
    "thai": "สมชาย ใจดี ณ อยุธยา",
    "hindi": "श्रीमती प्रियंका चतुर्वेदी",
    "tall": "Z̷̢̛͎̪̺͔̫̩̠̀̌̓a̶̰̘͉̬͙̍͂̆̇l̵̨̛̫͙̗̾̇̃̚g̸̢̧̛̯͓̈́̑̾o̵͇̙̿̎̇",
    "signs": "👩‍🚀 Ada & <Bob>",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_exam(tmp_path_factory)


@pytest.fixture(scope="module")
def bank(course: Path) -> Bank:
    return Bank.load(Course.load(course))


@pytest.fixture(scope="module")
def there(course: Path) -> Iterator[str]:
    with served(course / "site") as address:
        yield address


@pytest.fixture
def visit(browser, there: str) -> Iterator[Callable[..., Page]]:
    """visit("verify.html", locale="en-US", kept=[events]) -> Page; `page.asked` are the requests that it made."""
    opened = []

    def visit(path: str, *, scheme="light", width=1280, script=True, locale="de-DE", kept=(), init="") -> Page:
        context = browser.new_context(
            color_scheme=scheme,
            reduced_motion="reduce",
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            locale=locale,
            timezone_id="Europe/Berlin",
        )
        watch = Watch(context, own=(there,))
        opened.append((context, watch))
        if kept:
            text = json.dumps({"schema": 1, "events": list(kept)})
            # A page that is none yet, about:blank, has no storage.
            where = "location.protocol === 'http:' && (localStorage['keepalive%3A/%3A:events'] ??="
            context.add_init_script(f"{where} {json.dumps(text)})")
        if init:
            context.add_init_script(init)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        if script:
            go(page, there + path)
        else:
            page.goto(there + path)
        return page

    yield visit
    for context, _ in opened:
        context.close()
    assert [(watch.foreign, watch.errors) for _, watch in opened] == [([], [])] * len(opened)


def answered(bank: Bank, right: int = 13, seed: str = "k7x2m4pq") -> dict:
    """An exam that was handed in: form, answers, right answers."""
    questions, form = {q.id: q for q in bank.questions}, draw(bank, seed)
    answers = {
        item.id: (banks.right if place < right else banks.wrong)(questions[item.id])
        for place, item in enumerate(form.items)
    }
    return {"form": form.as_json(), "answers": answers, "right": right}


def passed(bank: Bank) -> dict:
    """The event of a passed exam."""
    data = {**answered(bank), "passed": True, "began": "2026-03-01T11:00:00Z", "minutes": None}
    return {"id": "11111111-1111-4111-8111-111111111111", "at": AT, "type": "exam", "ref": "final", "data": data}


@pytest.fixture
def offer(visit, bank: Bank) -> Callable[..., Page]:
    """The page of a passed exam, with its certificate to be made."""

    def offer(**how) -> Page:
        page = visit("exam.html", kept=[passed(bank)], **how)
        page.get_by_role("button", name=re.compile("Look at the exam")).click()
        expect(page.get_by_role("heading", name="Your certificate")).to_be_visible()
        return page

    return offer


def saved(page: Page, name: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


# ---- the drawing ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pen() -> str:
    """A script with what draws."""
    done = node.run([ROOT / "web" / "tests" / "certificate-bundle.ts"], timeout=60)
    assert done.returncode == 0, node.said(done)
    return done.stdout.decode()


INK_OF_A_NAME = """([paper, names, about]) => {
  const { PAPERS, draw, nameBox, dots } = certificates;
  const canvas = document.createElement('canvas');
  const points = (name) => {
    draw(canvas, PAPERS[paper], { name, course: '0.1.0', ...about }, about.cells);
    return new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  };
  const without = points('');
  const box = Object.fromEntries(Object.entries(nameBox(PAPERS[paper])).map(([key, length]) => [key, dots(length)]));
  return { size: [canvas.width, canvas.height], box, ink: names.map((name) => {
    const found = points(name);
    let [left, top, right, bottom, count] = [canvas.width, canvas.height, -1, -1, 0];
    for (let at = 0; at < found.length; at += 1) {
      if (found[at] === without[at]) continue;
      const x = at % canvas.width, y = (at - x) / canvas.width;
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
      count += 1;
    }
    return { left, top, right, bottom, count };
  }) };
}"""


def shown(bank: Bank, **how) -> dict:
    about = answered(bank, **how)
    form = draw(bank, about["form"]["seed"])
    cells = score(keys_of(bank), form, about["answers"]).cells
    listed = [{"title": cell.title, "right": cell.right, "of": cell.of} for cell in cells]
    return {**about, "day": "2026-03-01", "cells": listed}


@pytest.mark.parametrize("paper", [pytest.param(name, marks=() if name == "a4" else thorough) for name in PAPERS])
def test_every_name_has_all_its_ink_in_its_box_and_touches_nothing_else(visit, bank, pen, paper):
    page = visit("start.html")
    page.evaluate(pen)
    found = page.evaluate(INK_OF_A_NAME, [paper, list(NAMES.values()), shown(bank)])
    assert tuple(found["size"]) == PAPERS[paper][0], "300 dots to the inch"
    box = found["box"]
    for kind, ink in zip(NAMES, found["ink"], strict=True):
        assert ink["count"] > 2000, kind
        assert ink["left"] >= box["left"] and ink["right"] <= box["left"] + box["width"], (kind, ink, box)
        assert ink["top"] >= box["top"] and ink["bottom"] <= box["top"] + box["height"], (kind, ink, box)
        off = (ink["left"] + ink["right"]) / 2 - (box["left"] + box["width"] / 2)
        assert abs(off) < 0.02 * box["width"], (kind, "in the middle")
    heights = dict(zip(NAMES, (ink["bottom"] - ink["top"] for ink in found["ink"]), strict=True))
    assert heights["usual"] > 0.25 * box["height"], "a usual name is large"


@thorough
def test_the_longest_seed_and_the_largest_score_stay_within_the_frame(visit, bank, pen):
    """Whatever is drawn, the frame and the paper's edge look the same."""
    page = visit("start.html")
    page.evaluate(pen)
    differs = page.evaluate(
        """([one, other]) => {
          const canvas = document.createElement('canvas');
          const points = (about) => {
            const paper = certificates.PAPERS.letter;
            const whole = { name: 'W'.repeat(160), course: '0.1.0-rc.1+'.repeat(9), ...about };
            certificates.draw(canvas, paper, whole, about.cells);
            const context = canvas.getContext('2d');
            return new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
          };
          const before = points(one), after = points(other), edge = certificates.dots(14);
          for (let at = 0; at < after.length; at += 1) {
            const x = at % canvas.width, y = (at - x) / canvas.width;
            const inside = x > edge && x < canvas.width - edge && y > edge && y < canvas.height - edge;
            if (before[at] !== after[at] && !inside) return true;
          }
          return false;
        }""",
        [shown(bank), shown(bank, right=14, seed="w" * 32) | {"day": "2026-09-30"}],
    )
    assert not differs


# ---- the files -----------------------------------------------------------------------------------------------------


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(png[at + 8 + length : at + 12 + length]), kind
        found.append((kind, body))
        at += 12 + length
    return found


def objects(pdf: bytes) -> dict[int, bytes]:
    """Each object of a PDF, found as a reader finds it: by the table at the end."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)[1])
    head = re.match(rb"xref\n0 (\d+)\n", pdf[start:])
    rows = pdf[start + head.end() :].split(b" \n")[: int(head[1])]
    assert rows[0] == b"0000000000 65535 f"
    found = {}
    for number, row in enumerate(rows[1:], 1):
        place = int(row[:10])
        assert row[10:] == b" 00000 n" and pdf[place:].startswith(b"%d 0 obj\n" % number)
        found[number] = pdf[place : pdf.index(b"\nendobj\n", place)].partition(b" 0 obj\n")[2]
    return found


def body(stream: bytes) -> bytes:
    head, _, rest = stream.partition(b"\nstream\n")
    length = int(re.search(rb"/Length (\d+)", head)[1])
    assert rest[length:] == b"\nendstream"
    return rest[:length]


def of_hex(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16")


@pytest.mark.parametrize(
    ("paper", "kind"),
    [
        ("a4", "arabic"),
        pytest.param("a4", "usual", marks=thorough),
        pytest.param("letter", "usual", marks=thorough),
        pytest.param("letter", "longest", marks=thorough),
        pytest.param("a4", "signs", marks=thorough),
    ],
)
def test_png_and_pdf_are_read_back_and_hold(offer, bank, paper, kind):
    name = NAMES[kind]
    page = offer(locale="en-US" if paper == "letter" else "de-DE")
    asked = len(page.asked)
    page.get_by_label("Name on it").fill(f"{name} ")
    png_name, png = saved(page, "Save PNG")
    pdf_name, pdf = saved(page, "Save PDF")
    assert (png_name, pdf_name) == ("keepalive-certificate-2026-03-01.png", "keepalive-certificate-2026-03-01.pdf")
    assert all(url.startswith("blob:") for url in page.asked[asked:]), "nothing is asked for, nothing is sent"
    for content in (png, pdf):
        certificate = of_bytes(content)
        assert (certificate.name, certificate.course, certificate.day) == (name, __version__, date(2026, 3, 1))
        assert verify(certificate, bank, keys_of(bank)).holds
        assert len(content) < 1_500_000

    (width, height), (across, up) = PAPERS[paper]
    parts = chunks(png)
    kinds = [kind for kind, _ in parts]
    assert (kinds[0], kinds[-1], kinds.count(b"iTXt"), kinds.count(b"pHYs")) == (b"IHDR", b"IEND", 1, 1)
    assert kinds.index(b"iTXt") < kinds.index(b"IDAT")
    assert parts[0][1][:8] == width.to_bytes(4) + height.to_bytes(4)
    assert dict(parts)[b"pHYs"] == (11811).to_bytes(4) * 2 + b"\1", "300 dots to the inch"

    found = objects(pdf)
    catalog, sheet, figure = found[1], found[3], found[8]
    assert b"/Lang (en)" in catalog and b"/MarkInfo << /Marked true >>" in catalog
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheet)
    assert [float(side) * 25.4 / 72 for side in box.groups()] == pytest.approx([across, up], abs=0.01)
    picture = zlib.decompress(body(found[5]))
    assert len(picture) == width * height * 3
    assert picture[: width * 3] == b"\xff" * width * 3 and min(picture) < 40, "white paper, dark ink"
    assert b"/MCID 0" in body(found[4]) and b"/S /Figure" in figure
    alt = of_hex(re.search(rb"/Alt <([0-9a-f]+)>", figure)[1])
    assert name in alt and "self-attested" in alt and "13 of 14 right" in alt and "1 March 2026" in alt
    assert alt.count(": right") == 13 and alt.count(": missed") == 1
    assert name in of_hex(re.search(rb"/Title <([0-9a-f]+)>", found[13])[1])
    assert json.loads(body(found[12]))["kind"] == KEYWORD


@thorough
def test_a_screen_reader_hears_what_is_drawn(offer):
    page = offer()
    page.get_by_label("Name on it").fill("Ada")
    picture = page.get_by_role("img", name=re.compile("Certificate of the course Keepalive, self-attested. Ada passed"))
    expect(picture).to_be_visible()
    expect(
        page.get_by_role("img", name=re.compile("Score: 13 of 14 right, 12 pass. Date: 1 March 2026."))
    ).to_be_visible()


@thorough
def test_without_a_name_there_is_no_file(offer):
    page = offer()
    page.get_by_role("button", name="Save PDF").click()
    expect(page.get_by_text("Type your name first.")).to_be_visible()
    expect(page.get_by_label("Name on it")).to_be_focused()


@thorough
@pytest.mark.parametrize(
    ("locale", "usual"), [("de-DE", "A4"), ("en-GB", "A4"), ("en-US", "Letter"), ("es-MX", "Letter")]
)
def test_the_paper_is_the_one_that_is_usual_there_and_can_be_changed(offer, locale, usual):
    page = offer(locale=locale)
    expect(page.get_by_role("radio", name=usual)).to_be_checked()
    other = {"A4": "Letter", "Letter": "A4"}[usual]
    page.get_by_role("radio", name=other).check()
    width = page.locator(".ka-c-canvas").evaluate("(canvas) => canvas.width")
    assert width == PAPERS[other.lower()][0][0]


@thorough
def test_the_name_is_kept_only_when_that_is_asked_for(offer):
    page = offer()
    everything = "() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie"
    field, keep = page.get_by_label("Name on it"), page.get_by_label("Remember the name in this browser")
    field.fill("Ada Lovelace")
    saved(page, "Save PNG")
    assert "Lovelace" not in page.evaluate(everything)
    keep.check()
    assert "Lovelace" in page.evaluate(everything)
    page.reload()
    page.get_by_role("button", name=re.compile("Look at the exam")).click()
    expect(field).to_have_value("Ada Lovelace")
    expect(keep).to_be_checked()
    keep.uncheck()
    assert "Lovelace" not in page.evaluate(everything)


@thorough
@pytest.mark.parametrize(("paper", "title"), [("a4", "A4"), ("letter", "Letter")])
def test_it_is_printed_alone_on_one_page_of_its_paper(offer, paper, title):
    page = offer(init="window.print = () => { window.printed = (window.printed ?? 0) + 1; };")
    page.get_by_label("Name on it").fill("Ada")
    page.get_by_role("radio", name=title).check()
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") == 1
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) == 1
    assert [float(side) * 25.4 / 72 for side in boxes[0]] == pytest.approx(PAPERS[paper][1], abs=0.6)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".ka-c-print").count() == 0
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


@thorough
def test_a_browser_that_answers_with_noise_gives_no_file_and_says_why(offer):
    noise = """
      const read = CanvasRenderingContext2D.prototype.getImageData;
      CanvasRenderingContext2D.prototype.getImageData = function (...where) {
        const found = read.apply(this, where);
        crypto.getRandomValues(found.data.subarray(0, 60));
        return found;
      };"""
    page = offer(init=noise)
    page.get_by_label("Name on it").fill("Ada")
    page.get_by_role("button", name="Save PDF").click()
    expect(page.get_by_text("does not let a page read what it has drawn")).to_be_visible()


@thorough
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_where_a_certificate_is_made(offer, scheme, width):
    page = offer(scheme=scheme, width=width)
    page.get_by_label("Name on it").fill("Ada")
    saved(page, "Save PNG")
    assert found_by_axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_made_by_keyboard_alone(offer):
    page = offer()
    page.get_by_label("Name on it").focus()
    page.keyboard.type("Ada")
    with page.expect_download() as waiting:
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "Save PDF":
                page.keyboard.press("Enter")
                break
    assert of_bytes(Path(waiting.value.path()).read_bytes()).name == "Ada"


# ---- verify --------------------------------------------------------------------------------------------------------


def certificate(bank: Bank, **change) -> Certificate:
    about = answered(bank)
    form = draw(bank, about["form"]["seed"])
    said = {"name": "Zoë 山田 <b>x</b>", "course": "0.1.0", "day": date(2026, 3, 1), "right": 13}
    return Certificate(**{"form": form, "answers": about["answers"], **said, **change})


def text(made: Certificate) -> bytes:
    return json.dumps(made.as_json(), ensure_ascii=False).encode()


def choose(page: Page, content: bytes, name: str = "file.pdf") -> None:
    page.get_by_label("The certificate").set_input_files({"name": name, "mimeType": "", "buffer": content})


@pytest.mark.parametrize(
    "put",
    [
        pytest.param(made_up.pdf, id="pdf"),
        pytest.param(made_up.png, id="png", marks=thorough),
        pytest.param(bytes, id="json", marks=thorough),
    ],
)
@pytest.mark.parametrize("right", [13, 14], ids=["good", "edited"])
def test_the_page_says_what_python_says(visit, bank, put, right):
    made = certificate(bank, right=right)
    expected = verify(made, bank, keys_of(bank))
    assert expected.holds is (right == 13)
    page = visit("verify.html")
    choose(page, put(text(made)))
    status = page.locator("keepalive-verify").get_by_role("status")
    expect(status).to_have_text("This certificate holds." if expected.holds else "This certificate does not hold.")
    box = page.locator("keepalive-verify")
    for sentence in (*expected.found, PROVES, PROVES_NOT):
        expect(box.get_by_text(sentence, exact=True)).to_be_visible()
    assert box.locator(".ka-c-out > ul > li").all_inner_texts() == list(expected.found)
    expect(box.get_by_text("Zoë 山田 <b>x</b>", exact=True)).to_be_visible()
    box.get_by_text("Each objective").click()
    assert box.locator("details li").all_inner_texts() == [
        f"{cell.title}: {'right' if cell.right else 'missed'}" for cell in expected.result.cells
    ]


@thorough
def test_what_is_no_certificate_is_named_and_the_next_file_counts(visit, bank):
    page = visit("verify.html")
    asked = len(page.asked)
    status = page.locator("keepalive-verify").get_by_role("status")
    choose(page, b"hello")
    expect(status).to_contain_text("neither PNG, PDF nor JSON")
    choose(page, made_up.png(text(certificate(bank)), spoil=True))
    expect(status).to_contain_text("damaged")
    choose(page, made_up.png(b"{}", b"another"))
    expect(status).to_contain_text("A screenshot")
    assert page.asked[asked:] == []
    choose(page, text(certificate(bank)))
    expect(status).to_have_text("This certificate holds.")
    assert [re.sub(r".*/|-[0-9a-f]{8}", "", url) for url in page.asked[asked:]] == ["exam-keys.json"], "only the keys"
    choose(page, b"hello")
    expect(status).to_contain_text("neither PNG, PDF nor JSON")
    assert page.locator(".ka-c-out").inner_text() == ""


@thorough
def test_a_file_can_be_dropped(visit, bank):
    page = visit("verify.html")
    page.evaluate(
        """(content) => {
          const moved = new DataTransfer();
          moved.items.add(new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], 'dropped.png'));
          const to = document.querySelector('.ka-c-drop');
          for (const type of ['dragover', 'drop']) {
            to.dispatchEvent(new DragEvent(type, { dataTransfer: moved, bubbles: true, cancelable: true }));
          }
        }""",
        base64.b64encode(made_up.png(text(certificate(bank)))).decode(),
    )
    expect(page.locator("keepalive-verify").get_by_role("status")).to_have_text("This certificate holds.")


@thorough
def test_keys_that_cannot_be_fetched_are_asked_for_again(visit, bank):
    page = visit("verify.html")
    page.route("**/exam-keys-*.json", lambda route: route.fulfill(status=204))
    choose(page, text(certificate(bank)))
    status = page.locator("keepalive-verify").get_by_role("status")
    expect(status).to_contain_text("could not be fetched")
    page.unroute("**/exam-keys-*.json")
    choose(page, text(certificate(bank)), "again.json")
    expect(status).to_have_text("This certificate holds.")


@thorough
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_on_the_page_that_verifies(visit, bank, scheme, width):
    page = visit("verify.html", scheme=scheme, width=width)
    assert found_by_axe(page) == []
    for right in (13, 14):
        choose(page, text(certificate(bank, right=right)), f"{right}.json")
        expect(page.get_by_text("What it does not prove")).to_be_visible()
        page.get_by_text("Each objective").click()
        assert found_by_axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@thorough
def test_without_a_script_it_says_what_does_it_instead(visit):
    page = visit("verify.html", script=False)
    expect(page.locator("keepalive-verify")).to_contain_text("keepalive verify FILE")
    assert page.locator("input[type=file]").count() == 0


@thorough
def test_opened_from_a_folder_it_says_what_does_it_instead(browser, course, bank):
    context = browser.new_context()
    page = context.new_page()
    page.goto((course / "site" / "verify.html").as_uri())
    choose(page, text(certificate(bank)))
    status = page.locator("keepalive-verify").get_by_role("status")
    expect(status).to_contain_text("opened from a folder")
    expect(status).to_contain_text("keepalive verify FILE")
    context.close()


@thorough
def test_a_browser_without_newer_parts_breaks_a_name_anywhere_and_saves_the_png(offer):
    page = offer(init="delete Intl.Segmenter; delete window.CompressionStream;")
    page.get_by_label("Name on it").fill(NAMES["longest"])
    page.get_by_role("button", name="Save PDF").click()
    expect(page.get_by_text("too old to write a PDF. Save the PNG, or use Print.")).to_be_visible()
    assert of_bytes(saved(page, "Save PNG")[1]).name == NAMES["longest"]
