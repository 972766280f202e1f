"""What the page finds in a file with a certificate is what `keepalive verify` finds, sentence by sentence."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from exam import files
from exam.banks import bank, right, wrong
from exam.test_in_the_page import as_asked
from keepalive.exam import Form, draw, keys_of, new_seed
from keepalive.exam.certificate import PROVES, PROVES_NOT, Certificate, NotACertificate, of_bytes, verify
from keepalive.exam.keys import as_json
from keepalive.website.runtime import node

HARNESS = Path(__file__).parents[2] / "web" / "tests" / "certificates.ts"
NEW = bank(change=lambda q: replace(q, stem=f"{q.stem} Now?") if q.cell % 3 == 0 else q)
OLD = bank()
BANKS = {
    "as it was": (OLD, keys_of(OLD)),
    "later": (NEW, keys_of(NEW) | keys_of(OLD)),
    "forgetful": (NEW, keys_of(NEW)),
    "not full": (bank(5), keys_of(bank(5))),
}
PUT = [lambda text: text, files.png, files.pdf]


def certificates(count: int) -> list[bytes]:
    """Good ones, and ones that somebody edited."""
    draws, made = random.Random(20260302), []
    questions = {q.id: q for q in OLD.questions}
    for number in range(count):
        form = draw(OLD, new_seed(draws), draws.sample(sorted(questions), draws.choice((0, 14, 70))))
        bound = draws.randrange(10, 15)
        answers = {
            item.id: (right if place < bound else wrong)(questions[item.id]) for place, item in enumerate(form.items)
        }
        certificate = Certificate("Zoë 山田 <b>", "0.1.0", date(2026, 3, 1 + number % 28), form, answers, bound)
        data = certificate.as_json()
        match draws.randrange(12):
            case 0:
                data["right"] = draws.randrange(15)
            case 1:
                data["form"]["seed"] = new_seed(draws)
            case 2:
                data["form"]["items"].pop()
            case 3:
                data["form"]["items"][3] = data["form"]["items"][2]
            case 4:
                draws.shuffle(data["form"]["items"])
            case 5:
                data["form"]["items"][0]["options"].reverse()
            case 6:
                data["form"]["bank"] = "another"
            case 7:
                data["answers"][form.items[0].id] = draws.choice(([], {}, None, True, "none", 1e300))
            case 8:
                data["form"]["excluded"] = ["gone", "item-1-1"]
        made.append(PUT[number % 3](json.dumps(data, ensure_ascii=False).encode()))
    return made


def broken() -> list[bytes]:
    """What is no certificate, and what is nearly one."""
    data = json.loads(of_json().decode())
    changes = [
        *({key: value} for key in data for value in (None, 7, "text", [], {}, True, 13.0, 1e999, -1)),
        *({"day": day} for day in ("2026-02-30", "20260301", "2026-W09-7", "2024-02-29", "0000-01-01", "٢٠٢٦-03-01")),
        *(
            {"form": data["form"] | change}
            for change in ({"seed": "Ä"}, {"items": []}, {"items": [{}]}, {"excluded": "x"})
        ),
        *({"form": data["form"] | {"items": [item]}} for item in (7, {"id": 1, "version": "", "options": []}, "abc")),
        {"schema": 2},
        {"schema": 2.0},
        {"extra": "kept by nobody"},
    ]
    texts = [json.dumps(data | change).encode() for change in changes]
    text = of_json()
    odd = [
        b"",
        b"hello",
        b"\xff\xfe",
        b"[" * 10_000,
        b"{}",
        b"[1]",
        b"null",
        b"NaN",
        b"\xef\xbb\xbf" + text,
        text + b" ",
    ]
    odd += [text.decode().encode("utf-16"), text.replace(b"Zo", b"\xff"), text.replace(b'"right": 13', b'"right": NaN')]
    whole = files.png(text)
    odd += [files.png(b"{}", b"another"), whole[:8] + b"\0" * 7, whole[:8] + b"\xff\xff\xff\xffIDAT", b"%PDF-1.7\n"]
    odd += [
        files.png(text, spoil=True),
        files.png(text[:-20]),
        *(whole[:length] for length in range(9, len(whole), 97)),
    ]
    pdf = files.pdf(text)
    odd += [
        pdf.replace(b"/Length", b"/Length\r\n"),
        pdf.replace(b"stream\n", b"stream\r\n"),
        pdf.replace(b"/Type ", b"/Type"),
    ]
    odd += [
        pdf.replace(b"/Length ", b"/Length 99999999999"),
        pdf[:-300],
        pdf.replace(b"keepalive-certificate", b"other"),
    ]
    return texts + odd


def of_json() -> bytes:
    questions = {q.id: q for q in OLD.questions}
    form = draw(OLD, "here")
    answers = {item.id: right(questions[item.id]) for item in form.items} | {form.items[-1].id: "none"}
    made = Certificate("Zoë 山田", "0.1.0", date(2026, 3, 1), form, answers, 13)
    return json.dumps(made.as_json(), ensure_ascii=False).encode()


def by_python(content: bytes, which: str) -> dict:
    there, keys = BANKS[which]
    try:
        certificate = of_bytes(content)
    except NotACertificate as e:
        return {"refused": str(e)}
    verified = verify(certificate, there, keys)
    said = {name: certificate.as_json()[name] for name in ("name", "course", "day", "form", "answers", "right")}
    return {**said, "holds": verified.holds, "found": list(verified.found), "says": [PROVES, PROVES_NOT]}


def by_the_page(orders: list[tuple[bytes, str]]) -> list[dict]:
    names = list(BANKS)
    lines = [json.dumps({"bank": as_asked(there), "keys": as_json(keys)["keys"]}) for there, keys in BANKS.values()]
    lines += [
        json.dumps({"of": names.index(which), "file": base64.b64encode(content).decode()}) for content, which in orders
    ]
    done = node.run([HARNESS], input="\n".join(lines).encode(), timeout=120)
    assert done.returncode == 0, node.said(done)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_the_page_finds_in_good_and_edited_files_what_the_terminal_does():
    orders = [(content, which) for content in certificates(600) for which in BANKS]
    told = by_the_page(orders)
    assert len(told) == len(orders)
    held = {which: 0 for which in BANKS}
    for (content, which), said in zip(orders, told, strict=True):
        expected = by_python(content, which)
        assert said == expected
        held[which] += expected["holds"]
    assert 100 < held["as it was"] < 500 and 100 < held["later"] < 500 and held["forgetful"] == 0


def test_the_page_refuses_what_the_terminal_refuses_in_the_same_words():
    orders = [(content, "as it was") for content in broken()]
    told = by_the_page(orders)
    refused = 0
    for (content, which), said in zip(orders, told, strict=True):
        expected = by_python(content, which)
        assert said == expected, content[:300]
        refused += "refused" in said
    assert len(orders) - 40 < refused < len(orders) - 5


@pytest.mark.parametrize("items", [[], "abc", {"a": 1}])
def test_a_form_without_a_list_of_items_is_none(items):
    with pytest.raises((ValueError, TypeError, KeyError)):
        Form.of_json({"seed": "here", "bank": "b", "excluded": [], "items": items})
