"""Mutants are made in the lines that a learner writes, and are known by names that edits elsewhere leave alone."""

from keepalive.course.mutants.make import mutants
from keepalive.course.mutants.source import aligned, region

REFERENCE = """\
LIMIT = 3


class ApiClient:
    def given(self):
        return 1

    def written(self, path, count=2):
        \"\"\"In words.\"\"\"
        if path:
            return 1
        return 1
"""
STARTER = """\
class ApiClient:
    def given(self):
        return 1

    def written(self, path, count=2):
        \"\"\"In words.\"\"\"
        raise NotImplementedError("task written")
"""


def names(reference, starter=STARTER):
    return [each.name for each in mutants(reference, starter)]


def test_only_what_the_starter_lacks_is_changed():
    assert region(REFERENCE, STARTER) == {1, 10, 11, 12}
    assert {each.line for each in mutants(REFERENCE, STARTER)} == {1, 10, 11, 12}


def test_the_common_part_is_the_longest_there_is():
    # difflib takes the longest block first (mn), and leaves out what it then cannot reach.
    text, other = "\n".join("abcmndef"), "\n".join("mnaxbyczdwevf")
    assert [text[2 * (line - 1)] for line in aligned(text, other)] == list("abcdef")


def test_each_name_is_one_mutants():
    found = names(REFERENCE)
    assert len(set(found)) == len(found)
    alike = [(name.nth, name.new) for name in found if name.text == "return 1" and name.new == "2"]
    assert alike == [(1, "2"), (2, "2")]


def test_a_line_elsewhere_changes_no_name():
    longer = REFERENCE.replace("LIMIT = 3", "# how many\nLIMIT = 3\nOTHER = {1, 2}")
    assert set(names(REFERENCE)) < set(names(longer))


def test_a_line_that_is_another_has_mutants_of_its_own():
    other = REFERENCE.replace("if path:", "if not path:")
    gone = set(names(REFERENCE)) - set(names(other))
    assert gone and all(name.text == "if path:" for name in gone)


def test_where_a_mutant_is():
    (limit, *_), (*_, last) = (list(names(REFERENCE)) for _ in "12")
    assert (limit.function, last.function) == ("", "ApiClient.written")


def test_two_changes_that_come_to_one_program_are_one_mutant():
    sources = [each.source for each in mutants("def a():\n    x = 2\n", "def a():\n    pass\n")]
    assert sorted(line.split("\n")[1].strip() for line in sources) == ["pass", "x = 1", "x = 3", "x = 4"]
