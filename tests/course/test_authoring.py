"""An author writes answers out as files, and takes files back as what they change in the reference."""

import pytest

import small_course as small
from keepalive.course import Course, UnknownName
from keepalive.course.authoring import NotDone, save, source_of, write_out
from keepalive.course.gaps import plain

WRONG = small.REFERENCE.replace("await self._client.aclose()", "pass")


@pytest.fixture
def exercise(root):
    return Course.load(root).exercise("04")


def again(root):
    return Course.load(root).exercise("04")


def test_an_answer_is_written_out_and_nothing_over_another_file(exercise, tmp_path):
    path = tmp_path / "out.py"
    write_out(exercise, "per-call", path)
    assert path.read_text("utf-8") == exercise.answer("per-call").source
    with pytest.raises(NotDone, match=r"is there already and was left as it is"):
        write_out(exercise, "lazy", path)
    assert path.read_text("utf-8") == exercise.answer("per-call").source


def test_starter_and_reference_are_answers_as_well(exercise):
    assert (source_of(exercise, "starter"), source_of(exercise, "reference")) == (small.STARTER, plain(small.REFERENCE))
    with pytest.raises(UnknownName, match="Did you mean per-call"):
        source_of(exercise, "per-cal")


def test_what_is_written_out_and_saved_changes_nothing(exercise, folder):
    before = (folder / "answers.toml").read_text("utf-8")
    for answer in exercise.answers:
        saved = save(exercise, answer.id, answer.source)
        assert (saved.lines, saved.new) == (answer.change.count("\n"), False)
    assert (folder / "answers.toml").read_text("utf-8") == before


def test_a_new_wrong_answer_of_a_misconception(exercise, root, folder):
    saved = save(exercise, "never-closed", WRONG)
    assert (saved.path, saved.lines, saved.new) == (folder / "answers.toml", 2, True)
    answer = again(root).answer("never-closed")
    assert (answer.right, answer.misconception, answer.about) == (False, "never-closed", "")
    assert answer.source == plain(WRONG), "markers do not count"
    save(exercise, "not-at-all", WRONG, misconception="never-closed", about="Nothing is closed.")
    assert again(root).answer("not-at-all").about == "Nothing is closed."


def test_a_new_right_answer(exercise, root):
    save(exercise, "other-way", WRONG, right=True, about="Another way to do it.")
    assert [(each.id, each.about) for each in again(root).right][1:] == [("other-way", "Another way to do it.")]


def test_another_program_is_a_file(exercise, root, folder):
    saved = save(exercise, "other-program", "x = 1\n" * 30)
    assert (saved.path, saved.lines) == (folder / "answers/other_program.py", 0)
    assert again(root).answer("other-program").source == "x = 1\n" * 30


def test_the_starter_is_kept_as_what_it_says_otherwise(exercise, root, folder):
    before = (folder / "answers.toml").read_text("utf-8")
    other = small.STARTER.replace("Your client.", "Fill the gaps.")
    assert save(exercise, "starter", other).lines == 2
    assert again(root).starter == other
    kept = (folder / "answers.toml").read_text("utf-8")
    assert kept.startswith("# Every answer but the reference.\nschema = 1\n\n[starter]\nchange = '''\n")
    save(again(root), "starter", small.STARTER.replace("Your client.", "Fill each gap."))
    assert again(root).starter == small.STARTER.replace("Your client.", "Fill each gap.")
    save(again(root), "starter", small.STARTER)
    assert (folder / "answers.toml").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("id", "source", "more", "said"),
    [
        ("Per Call", WRONG, {}, "small letters"),
        ("reference", WRONG, {}, "small letters"),
        ("per-call", WRONG, {"right": True}, "a wrong answer already"),
        ("new", small.REFERENCE, {}, "the reference, line for line"),
        (
            "new",
            WRONG,
            {"misconception": "nothing"},
            "no misconception 'nothing' in answers.toml; there are: client-per",
        ),
        ("new", WRONG, {"right": True, "misconception": "never-closed"}, "shows no misconception"),
    ],
)
def test_what_cannot_be_saved_changes_nothing(exercise, folder, id, source, more, said):
    before = (folder / "answers.toml").read_bytes()
    with pytest.raises(NotDone) as e:
        save(exercise, id, source, **more)
    assert said in str(e.value) and (folder / "answers.toml").read_bytes() == before
