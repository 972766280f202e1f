"""Faults as data: what they refuse, their JSON form, and what a pace makes of bytes."""

import ast
import json
import sys
from pathlib import Path

import jsonschema
import pytest

from keepalive import faults
from keepalive.faults import (
    CloseAfter,
    CloseDuringRequest,
    Cut,
    Drip,
    DropConnect,
    FaultError,
    Hang,
    IdleClose,
    Latency,
    Pace,
    Pauses,
    Refuse,
    Reset,
    RetryAfter,
    SequenceUsedUp,
    StatusSequence,
    WrongLength,
)

HOME = Path(faults.__file__).parent
SCHEMA = json.loads((HOME / "faults.schema.json").read_text(encoding="utf-8"))

EACH = [
    Latency(0.5),
    Drip("head", 3, 0.1),
    Drip("body", 1, 2),
    Pauses(((0.0, 4), (60.0, 3))),
    Hang(),
    Cut(5),
    Cut(0, "head"),
    Reset(None),
    Reset(7),
    WrongLength(50),
    CloseAfter(),
    CloseDuringRequest(),
    CloseDuringRequest((2, 4)),
    IdleClose(0.2),
    Refuse(),
    DropConnect(),
    StatusSequence((503, None, 200), last="repeat"),
    RetryAfter("Wed, 21 Oct 2015 07:28:00 GMT"),
    RetryAfter("soon", on=(429,)),
]


def test_no_kind_is_left_out() -> None:
    assert {fault.kind for fault in EACH} == set(faults.KINDS)


@pytest.mark.parametrize("fault", EACH, ids=repr)
def test_through_json_and_back(fault) -> None:
    document = json.loads(json.dumps(faults.dump([fault])))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert faults.load(document) == (fault,)
    assert hash(fault) == hash(faults.from_dict(faults.to_dict(fault)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("latency", "an object with a kind"),
        ({"seconds": 1}, "an object with a kind"),
        ({"kind": "earthquake"}, "no fault 'earthquake'; there are latency,"),
        ({"kind": "latency"}, "latency lacks 'seconds'"),
        ({"kind": "latency", "seconds": 1, "jitter": 2}, "latency has no 'jitter'; it has seconds"),
        ({"kind": "hang", "after": 2}, "it has no fields"),
        ({"kind": "latency", "seconds": "1"}, "0 or more"),
        ({"kind": "latency", "seconds": True}, "0 or more"),
        ({"kind": "latency", "seconds": -1}, "0 or more"),
        ({"kind": "idle_close", "after": 0}, "more than 0"),
        ({"kind": "drip", "part": "tail", "bytes": 1, "every": 1}, '"head" or "body"'),
        ({"kind": "drip", "part": "body", "bytes": 0, "every": 1}, "1 or more"),
        ({"kind": "cut", "after_bytes": 1.5}, "whole numbers"),
        ({"kind": "pauses", "pieces": [[1, 2, 3]]}, "a pair"),
        ({"kind": "status_sequence", "statuses": []}, "at least one"),
        ({"kind": "status_sequence", "statuses": [100]}, "200 or more"),
        ({"kind": "status_sequence", "statuses": [600]}, "200 to 599"),
        ({"kind": "status_sequence", "statuses": [200], "last": "loop"}, "repeat"),
        ({"kind": "retry_after", "value": "1\r\nX: y"}, "printable ASCII"),
        ({"kind": "retry_after", "value": 3}, "the header's text"),
        ({"kind": "close_during_request", "on_requests": [0]}, "1 or more"),
    ],
)
def test_what_is_wrong_is_refused_by_schema_and_code(given, words) -> None:
    with pytest.raises(FaultError, match=words):
        faults.from_dict(given)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({"format": 1, "faults": [given]})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hang", Hang()),
        (" cut  after_bytes=3 part=head ", Cut(3, "head")),
        ('drip part="body" bytes=1 every=0.5', Drip("body", 1, 0.5)),
        ("reset after_bytes=null", Reset(None)),
        ("close_during_request on_requests=[2,4]", CloseDuringRequest((2, 4))),
        ("retry_after value=soon on=[429]", RetryAfter("soon", (429,))),
    ],
)
def test_a_fault_in_words(text, fault) -> None:
    assert faults.from_text(text) == fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no fault ''; there are latency,"),
        ("cut 3", "name=value; got '3'"),
        ("cut bytes=3", "cut has no 'bytes'"),
        ("cut after_bytes=three", "whole numbers"),
        ("retry_after value=3", "the header's text"),
    ],
)
def test_words_that_are_no_fault(text, words) -> None:
    with pytest.raises(FaultError, match=words):
        faults.from_text(text)


@pytest.mark.parametrize(
    "document",
    [[], {"faults": []}, {"format": 2, "faults": []}, {"format": 1, "faults": {}}, {"format": 1, "faults": [], "x": 1}],
)
def test_a_document_of_another_form_is_refused(document) -> None:
    with pytest.raises(FaultError):
        faults.load(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_two_of_a_kind_are_refused_but_for_drips_of_both_parts() -> None:
    with pytest.raises(ValueError, match="Latency is given twice"):
        faults.one_of_each([Latency(1), Latency(2)])
    with pytest.raises(FaultError, match="Hang is given twice"):
        faults.load({"format": 1, "faults": [{"kind": "hang"}, {"kind": "hang"}]})
    with pytest.raises(TypeError, match="not a fault"):
        faults.one_of_each([503])
    assert len(faults.one_of_each([Drip("head", 1, 1), Drip("body", 1, 1)])) == 2


def test_a_sequence_and_what_follows_it() -> None:
    asked = [StatusSequence((503, None, 500)).status(number) for number in range(5)]
    assert asked == [503, None, 500, None, None]
    assert StatusSequence((503, 500), last="repeat").status(9) == 500
    with pytest.raises(SequenceUsedUp, match="2 statuses is used up at request 3"):
        StatusSequence((503, 500), last="error").status(2)


@pytest.mark.parametrize(
    ("fault", "portions", "pieces"),
    [
        (Drip("body", 3, 2), [b"abcdefg"], [(0, b"abc"), (2, b"def"), (2, b"g")]),
        (Drip("body", 3, 2), [b"ab", b"", b"cd"], [(0, b"ab"), (0, b"c"), (2, b"d")]),
        (Pauses(((1, 2), (5, 1))), [b"abcdef"], [(1, b"ab"), (5, b"c"), (0, b"def")]),
        (Pauses(((1, 0), (5, 4))), [b"ab", b"cd"], [(6, b"ab"), (0, b"cd")]),
        (Pauses(()), [b"ab"], [(0, b"ab")]),
    ],
)
def test_a_pace_divides_bytes_however_they_are_handed_over(fault, portions, pieces) -> None:
    pace = Pace(fault)
    assert [piece for portion in portions for piece in pace.pieces(portion)] == pieces


def test_the_package_knows_nobody() -> None:
    for path in HOME.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {each.name.partition(".")[0] for each in node.names} <= sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module.partition(".")[0] in sys.stdlib_module_names
