"""Mutants are played once, and again only when something that their outcome depends on has changed."""

import pytest

import mutant_samples as samples
import small_course as small
from keepalive.course import Course
from keepalive.course.mutants.lock import Lock
from keepalive.course.mutants.outcome import Killer, Outcome
from keepalive.course.mutants.play import Round, play
from keepalive.course.mutants.run import ReferenceFails, run

REFUSES = ("raise returned", "raise ValueError(path) -> return None")


@pytest.fixture
def folder(tmp_path):
    return samples.write(tmp_path)


def played(root, lock=None, name="04", **options):
    """(the result, operator and change of each survivor, the lines whose mutants were played)."""
    subject, player = samples.subject(root, name), samples.Player()
    result = run(subject, lock, play_all=player, **options)
    by_source = {mutant.source: mutant.name.text for mutant in subject.mutants}
    survivors = {(entry.name.operator, entry.name.change) for entry in result.lock.survivors}
    return result, survivors, {by_source[job.source] for job in player.jobs[1:]}


def complete(folder):
    (folder / "grader.py").write_text(samples.GRADER + samples.OTHER_SCENARIO)


def test_what_survives_and_what_is_noticed(tmp_path, folder):
    result, survivors, lines = played(tmp_path)
    assert REFUSES in survivors
    assert {str(entry.killed) for entry in result.lock.entries if entry.killed} == {"tiny-client/two.seen"}
    assert lines == {entry.name.text for entry in result.lock.entries}
    assert "await self._client.aclose()" not in lines  # the starter has it


def test_where_nothing_has_changed_nothing_is_played(tmp_path, folder):
    first, survivors, _ = played(tmp_path)
    again, same, lines = played(tmp_path, first.lock)
    assert (again.lock, same, again.played, lines) == (first.lock, survivors, 0, set())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("reference.py", "Your client.", "Your very own client."),
        ("reference.py", "            raise ValueError(path)", "            raise ValueError(path)  # refused"),
        ("grader.py", "Two paths", "Both of two paths"),
        ("exercise.toml", "Open it once", "Open it, once"),
    ],
)
def test_words_are_nothing(tmp_path, folder, file, old, new):
    first, *_ = played(tmp_path)
    small.edit(folder / file, old, new)
    assert played(tmp_path, first.lock)[0].played == 0


def test_a_new_scenario_is_played_with_what_survives_and_nothing_else(tmp_path, folder):
    first, before, _ = played(tmp_path)
    complete(folder)
    subject, player = samples.subject(tmp_path), samples.Player()
    result = run(subject, first.lock, play_all=player)
    assert result.played == len(before)
    assert {each.scenarios for job in player.jobs for each in job.rounds} == {("other",)}
    assert REFUSES in before and not result.lock.survivors
    assert played(tmp_path)[0].lock == result.lock


def test_what_was_noticed_is_looked_for_where_it_was_noticed(tmp_path, folder):
    complete(folder)
    first, *_ = played(tmp_path)
    small.edit(folder / "grader.py", "if run.requests or", "if run.attempts or")
    player = samples.Player()
    result = run(samples.subject(tmp_path), first.lock, play_all=player)
    noticed = [entry for entry in first.lock.entries if entry.killed and entry.killed.scenario == "other"]
    assert result.played == len(noticed) > 0
    assert {job.rounds[0].scenarios for job in player.jobs[1:]} == {("other",)}


def test_a_changed_line(tmp_path, folder):
    complete(folder)
    late = "    # task: closes\n    async def late(self):\n        return 7\n    # end task\n\n"
    small.edit(folder / "reference.py", "    async def aclose", f"{late}    async def aclose")
    first, survivors, _ = played(tmp_path)
    assert ("number", "7 -> 8") in survivors
    small.edit(folder / "reference.py", "if path not in PATHS:", "if path not in sorted(PATHS):")
    result, after, lines = played(tmp_path, first.lock)
    assert "if path not in sorted(PATHS):" in lines and not {"return 7", 'PATHS = {"/1", "/2"}'} & lines
    assert ("number", "7 -> 8") in after  # what survives in another function survives
    assert {entry.name for entry in result.lock.entries} == {each.name for each in samples.subject(tmp_path).mutants}


def test_all_of_them_when_asked(tmp_path, folder):
    first, *_ = played(tmp_path)
    assert played(tmp_path, first.lock, everything=True)[0].played == len(first.lock.entries)


@pytest.mark.parametrize("before", [{"belongs": {"engine": "another"}}, {"seeds": (1, 2)}])
def test_another_engine_or_other_seeds(tmp_path, folder, before):
    lock = played(tmp_path)[0].lock
    belongs = {**lock.belongs, **before.get("belongs", {})}
    older = Lock(belongs, lock.scenarios, before.get("seeds", lock.seeds), lock.entries, lock.functions)
    assert played(tmp_path, older)[0].played == len(lock.entries)


def test_a_declaration_plays_nothing(tmp_path, folder):
    first, *_ = played(tmp_path)
    with open(folder / "answers.toml", "a") as file:
        file.write(
            '\n[[equal]]\noperator = "raise returned"\nline = "raise ValueError(path)"\nwhy = "It is left open."\n'
        )
    result, _, lines = played(tmp_path, first.lock)
    assert lines == set()
    assert [entry.name.operator for entry in result.lock.entries if entry.equal] == ["raise returned"]


def test_an_interrupted_run_goes_on_where_it_ended(tmp_path, folder):
    subject = samples.subject(tmp_path)
    result = run(subject, None, play_all=samples.Player(interrupted_at=5))
    assert (result.played, len(result.lock.entries)) == (4, 4)
    assert not subject.fits(result.lock)
    player = samples.Player()
    rest = run(subject, result.lock, play_all=player)
    assert player.jobs[0].rounds  # nobody knows whether the reference had passed
    assert rest.played == len(subject.mutants) - 4
    assert rest.lock == played(tmp_path)[0].lock


def test_a_reference_that_fails_is_told_all_that_it_fails(tmp_path, folder):
    complete(folder)
    small.edit(folder / "reference.py", "raise ValueError(path)", "return None")
    small.edit(folder / "reference.py", "return await self._client.get(path)", 'return await self._client.get("/1")')
    with pytest.raises(ReferenceFails) as error:
        run(samples.subject(tmp_path), None, play_all=lambda jobs: [(0, Outcome(Killer("tiny-client", "two", "x", 1)))])
    failed = [str(each.killed) for each in error.value.failures]
    assert failed == ["tiny-client/two.both_arrive", "tiny-client/other.refused"]


def test_a_grader_that_breaks_on_a_mutant(tmp_path, folder):
    subject = samples.subject(tmp_path)
    broken = [(place, Outcome()) for place in range(len(subject.mutants) + 1)]
    broken[2] = (2, Outcome(fault="IndexError"))
    result = run(subject, None, play_all=lambda jobs: broken)
    assert result.faults == [(subject.mutants[1], "IndexError")]
    assert subject.mutants[1].name not in result.lock.by_name()
    assert not subject.fits(result.lock)
    assert played(tmp_path, result.lock)[0].played == 1


# -- earlier exercises


@pytest.fixture
def later(tmp_path, folder):
    """The exercise after it, of the same text, whose own grader notices nothing."""
    folder = small.write_next(tmp_path)
    renamed = samples.REFERENCE.replace("# task: opens", "# task: tries").replace("# task: closes", "# task: waits")
    (folder / "reference.py").write_text(renamed)
    (folder / "answers.toml").write_text(samples.ANSWERS)
    for name in ("drive.py", "grader.py"):
        (folder / name).write_text((tmp_path / small.FOLDER / name).read_text())
    return folder


def killers(result):
    """The exercises whose graders noticed a mutant."""
    return {entry.killed.exercise for entry in result.lock.entries if entry.killed}


def test_what_survives_is_shown_to_the_graders_before(tmp_path, later):
    subject, player = samples.subject(tmp_path, "05"), samples.Player()
    result = run(subject, None, play_all=player)
    assert killers(result) == {"tiny-client"}
    rounds = [(each.code.id, each.seed) for each in player.jobs[1].rounds]
    assert rounds == [*(("next-client", seed) for seed in (1, 2, 3, 4, 5)), ("tiny-client", 1)]


def test_a_check_that_is_superseded_notices_nothing(tmp_path, later):
    first, *_ = played(tmp_path, name="05")
    with open(later / "exercise.toml", "a") as file:
        file.write('\n[[supersedes]]\nchecks = ["tiny-client/two.both_arrive"]\nwhy = "It sends others now."\n')
    result, *_ = played(tmp_path, first.lock, name="05")
    assert killers(result) == set()


def test_a_check_that_waits_for_a_superseded_one_kills_nothing(folder):
    waiting = '''
    @check(task="closes", points=2, needs="two.both_arrive")
    def in_order(run):
        """In order"""
        fail(observed="Nothing.", required="Something.")
'''
    with open(folder / "grader.py", "a", encoding="utf-8") as file:
        file.write(waiting)
    code = Course.load(folder.parents[1]).exercise("04").code
    broken = samples.REFERENCE.replace('"/1", "/2"', '"/1"')
    assert play(broken, [Round(code, ("two",), 1)]).killed
    assert play(broken, [Round(code, ("two",), 1, frozenset({"two.both_arrive"}))]).killed is None


def test_an_earlier_grader_that_changes(tmp_path, later):
    first, survivors, _ = played(tmp_path, name="05")
    complete(tmp_path / small.FOLDER)
    result, after, _ = played(tmp_path, first.lock, name="05")
    assert result.played == len(survivors) > len(after)
