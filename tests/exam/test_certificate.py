"""What a file with a certificate in it is found to be worth."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from exam import files
from exam.banks import bank, right, wrong
from keepalive.exam import draw, keys_of
from keepalive.exam.certificate import LARGEST, Certificate, NotACertificate, of_bytes, read, verify
from keepalive.exam.form import item_of

BANK = bank()
QUESTIONS = {question.id: question for question in BANK.questions}


def made(how_many_right: int = 13, seed: str = "here", exclude=(), **how) -> Certificate:
    form = draw(BANK, seed, exclude)
    answers = {
        item.id: (right if place < how_many_right else wrong)(QUESTIONS[item.id])
        for place, item in enumerate(form.items)
    }
    said = {"name": "Zoë 山田", "course": "0.1.0", "day": date(2026, 3, 1), "right": how_many_right}
    return Certificate(**{"form": form, "answers": answers, **said, **how})


def text(certificate: Certificate) -> bytes:
    return json.dumps(certificate.as_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize("put", [lambda text: text, files.png, files.pdf], ids=["json", "png", "pdf"])
def test_it_is_read_out_of_every_kind_of_file(put, tmp_path):
    path = tmp_path / "a file"
    path.write_bytes(put(text(made())))
    assert read(path) == made()


@pytest.mark.parametrize("count", [12, 13, 14])
def test_one_that_says_what_its_answers_are_worth_holds(count):
    verified = verify(made(count), BANK, keys_of(BANK))
    assert verified.holds and verified.result.right == count
    assert f"{count} of 14 are right, as it says." in verified.found[0]
    assert verified.found[1] == "Its questions are the ones that its seed draws."


def test_one_that_says_more_does_not():
    verified = verify(made(11, right=14), BANK, keys_of(BANK))
    assert not verified.holds
    assert "11 of 14 are right. The certificate says 14." in verified.found[0]
    assert verified.found[-1] == "That is no pass: 12 of 14 pass."


def test_no_pass_is_no_certificate_though_it_says_the_truth():
    verified = verify(made(11), BANK, keys_of(BANK))
    assert not verified.holds and "11 of 14 are right, as it says." in verified.found[0]


def test_questions_that_somebody_chose_are_noticed():
    easy = made()
    other = draw(BANK, "elsewhere")
    verified = verify(replace(easy, form=replace(easy.form, seed="elsewhere")), BANK, keys_of(BANK))
    assert other.items != easy.form.items
    assert not verified.holds
    assert "somebody chose them" in verified.found[1]


def test_a_retake_leaves_out_what_it_says():
    seen = [item.id for item in draw(BANK, "first").items]
    verified = verify(made(seed="second", exclude=seen), BANK, keys_of(BANK))
    assert verified.holds


def test_fewer_questions_are_no_exam():
    whole = made(14)
    short = replace(whole, form=replace(whole.form, items=whole.form.items[:12]), right=12)
    assert not verify(short, BANK, keys_of(BANK)).holds


def test_the_same_question_fourteen_times_is_no_exam():
    whole = made(14)
    again = replace(whole, form=replace(whole.form, items=(whole.form.items[0],) * 14))
    assert not verify(again, BANK, keys_of(BANK)).holds


def test_questions_of_one_objective_are_no_exam_in_any_version():
    chosen = BANK.cell(1) + BANK.cell(2) + BANK.cell(3)[:2]
    form = replace(made().form, bank="an earlier one", items=tuple(item_of(q, "here") for q in chosen))
    answers = {q.id: right(q) for q in chosen}
    verified = verify(made(form=form, answers=answers, right=14), BANK, keys_of(BANK))
    assert verified.result.right == 14 and not verified.holds
    assert "not one of each objective" in verified.found[1]


def test_one_of_an_earlier_bank_is_scored_by_the_keys_that_are_remembered():
    old = made(13)
    newer = bank(change=lambda q: replace(q, stem="Another wording?"))
    verified = verify(old, newer, keys_of(newer) | keys_of(BANK))
    assert verified.holds
    assert "another version of the questions" in verified.found[1]
    forgotten = verify(old, newer, keys_of(newer))
    assert not forgotten.holds
    assert "14 of its questions are not known" in forgotten.found[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither PNG, PDF nor JSON"),
        (b"hello", "neither PNG, PDF nor JSON"),
        (b"\xff\xfe", "neither PNG, PDF nor JSON"),
        (b"[" * 100_000, "neither PNG, PDF nor JSON"),
        (b"{}", "no whole certificate"),
        (b"[1]", "no whole certificate"),
        (b'{"kind": "keepalive-certificate", "schema": 2}', "newer version"),
        (b'{"kind": "keepalive-certificate", "schema": 1}', "no whole certificate"),
        (files.png(b"{}", b"another"), "has no certificate in it"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 7, "has no certificate in it"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT", "has no certificate in it"),
        (b"%PDF-1.7\n", "has no certificate in it"),
        (files.png(text(made()), spoil=True), "damaged"),
        (files.png(text(made())[:-20]), "neither PNG, PDF nor JSON"),
    ],
)
def test_what_is_none_is_named(content, said):
    with pytest.raises(NotACertificate, match=said):
        of_bytes(content)


@pytest.mark.parametrize(
    "change",
    [{"name": 7}, {"right": "13"}, {"answers": []}, {"day": "soon"}, {"form": {"seed": "here"}}, {"form": []}],
)
def test_one_of_another_shape_is_none(change):
    with pytest.raises(NotACertificate, match="no whole certificate"):
        of_bytes(json.dumps(made().as_json() | change).encode())


def test_a_file_that_is_too_large_is_not_looked_into(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(NotACertificate, match="too large"):
        read(path)
