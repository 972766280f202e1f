import pytest

from keepalive.course import text


def test_a_file_has_sections_and_an_introduction_without_its_title():
    intro, found = text.sections("# Title\n\nHello.\n\n## one\n\nText\nmore\n\n## two-three ##\nEnd\n")
    assert intro == "Hello."
    assert [(s.name, s.line, s.text) for s in found] == [("one", 5, "Text\nmore"), ("two-three", 10, "End")]


def test_no_section_at_all():
    assert text.sections("Only this.\n") == ("Only this.", ())
    assert text.sections("") == ("", ())


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_a_heading_or_a_rule_in_code_is_code(fence):
    source = f"## one\n\n{fence}text\n## not a section\n---\n{fence}\n\n---\n\nsecond\n"
    _, (section,) = text.sections(source)
    assert len(text.hints(section)) == 2
    assert "## not a section" in text.hints(section)[0]


def test_a_shorter_fence_does_not_close_a_longer_one():
    assert text.fences("````text\n```\ninner\n```\n````\n")[0].code == "```\ninner\n```"


def test_hints_stand_between_rules_and_empty_ones_are_seen():
    _, (section,) = text.sections("## a\nfirst\n\n---\nsecond line\nmore\n---\n\n---\nlast")
    assert text.hints(section) == ("first", "second line\nmore", "", "last")
    _, (empty,) = text.sections("## a\n\n\n")
    assert text.hints(empty) == ()


def test_fences_say_language_and_line():
    found = text.fences("a\n\n```python\nx = 1\n```\n\n~~~\nplain\n~~~\n```console\nnever closed\n")
    assert [(f.info, f.line, f.code) for f in found] == [
        ("python", 4, "x = 1"),
        ("", 8, "plain"),
        ("console", 11, "never closed\n"),
    ]


def test_inline_code_with_three_backticks_is_no_fence():
    assert text.fences("``` x ``` is a span\n") == ()


@pytest.mark.parametrize(
    ("data", "line", "offset", "byte"),
    [(b"abc\nd\xe9f\n", 2, 5, 0xE9), (b"\xef\xbb\xbfab\n\xff", 2, 6, 0xFF), (b"\r\n\r\n\x80", 3, 4, 0x80)],
)
def test_bytes_that_are_not_utf8_are_placed(data, line, offset, byte):
    with pytest.raises(text.NotUtf8) as caught:
        text.decode(data)
    assert (caught.value.line, caught.value.offset, caught.value.byte) == (line, offset, byte)
    assert f"line {line}" in str(caught.value)
    assert data[offset] == byte


def test_utf16_is_called_by_its_name():
    with pytest.raises(text.NotUtf8, match="saved as UTF-16"):
        text.decode("x = 1\n".encode("utf-16"))


def test_line_ends_and_byte_order_mark_do_not_matter():
    assert text.decode(b"\xef\xbb\xbfa\r\nb\rc\n") == "a\nb\nc\n"


TOML = 'a = 1\n\n[[task]]\nid = "x"\npoints = 2\n\n[[task]]\nid = "y"\n\n[[wrong]]\nfile = "f.py"\n'


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("task", 0, "points"), 5),
        (("task", 1, "id"), 8),
        (("task", 1, "points"), 7),  # missing: its table
        (("wrong", 0, "file"), 11),
        (("wrong", 0), 10),
        (("task", 5, "id"), None),
        (("nowhere",), None),
        (("id",), None),  # only inside tables
    ],
)
def test_the_line_of_a_key(path, line):
    assert text.toml_line(TOML, path) == line


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("One. <!-- check: a.b --> Two.", "One. Two."),
        ("One.\n<!-- check: a.b --> <!-- check: c.d -->\nTwo.", "One.\nTwo."),
        ("| a <!-- check: a.b --> | b |", "| a | b |"),
        ("One <!-- check: none, it is\nexplained --> here.", "One here."),
        ("`<!` stays", "`<!` stays"),
    ],
)
def test_comments_are_for_authors(written: str, read: str) -> None:
    assert text.without_comments(written) == read
