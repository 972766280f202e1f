"""Mutants are played once, and again only when something that their outcome depends on has changed."""

import pytest

import mutant_samples as playing
import small_course as small
from keepalive.course.model import Equal
from keepalive.course.mutants.lock import Lock
from keepalive.course.mutants.run import ReferenceFails, run

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.fixture
def folder(tmp_path):
    return playing.write(tmp_path)


def played(root, lock=None, **options):
    """(the result, the function and change of each survivor, the texts of the lines whose mutants were played)."""
    subject = playing.subject(root)
    here = playing.Here()
    result = run(subject, lock, play_all=here, **options)
    by_source = {mutant.source: mutant.name.text for mutant in subject.mutants}
    survivors = {(entry.name.operator, entry.name.change) for entry in result.lock.survivors}
    return result, survivors, {by_source[job.source] for job in here.jobs[1:]}


def test_the_grader_notices_some_and_not_others(tmp_path, folder):
    result, survivors, lines = played(tmp_path)
    assert ("raise returned", "raise ValueError(path) -> return None") in survivors
    killed = {str(entry.killed) for entry in result.lock.entries if entry.killed}
    assert killed == {"tiny-client/two.both_arrive"}
    assert lines == {entry.name.text for entry in result.lock.entries}
    assert "self._client.aclose()" not in "".join(lines)


def test_where_nothing_has_changed_nothing_is_played(tmp_path, folder):
    first, survivors, _ = played(tmp_path)
    again, same, lines = played(tmp_path, first.lock)
    assert (again.lock, same, again.played, lines) == (first.lock, survivors, 0, set())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("reference.py", "Your client.", "Your very own client."),
        ("reference.py", "        raise ValueError(path)", "        raise ValueError(path)  # refused"),
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
    (folder / "grader.py").write_text(playing.GRADER + playing.OTHER_SCENARIO)
    result, after, _ = played(tmp_path, first.lock)
    assert result.played == len(before)
    assert ("raise returned", "raise ValueError(path) -> return None") in before - after
    assert played(tmp_path)[0].lock == result.lock


def test_what_was_noticed_is_looked_for_where_it_was_noticed(tmp_path, folder):
    (folder / "grader.py").write_text(playing.GRADER + playing.OTHER_SCENARIO)
    first, *_ = played(tmp_path)
    small.edit(folder / "grader.py", "if run.requests or", "if run.attempts or")
    subject, here = playing.subject(tmp_path), playing.Here()
    result = run(subject, first.lock, play_all=here)
    noticed = [entry for entry in first.lock.entries if entry.killed and entry.killed.scenario == "other"]
    assert result.played == len(noticed) + len(first.lock.survivors)
    assert {job.rounds[0].scenarios for job in here.jobs[1:]} == {("other",)}


def test_a_changed_line(tmp_path, folder):
    (folder / "grader.py").write_text(playing.GRADER + playing.OTHER_SCENARIO)
    late = "    # task: closes\n    async def late(self):\n        return 7\n    # end task\n\n"
    small.edit(folder / "reference.py", "    async def aclose", f"{late}    async def aclose")
    first, survivors, _ = played(tmp_path)
    assert ("number", "7 -> 8") in survivors
    small.edit(folder / "reference.py", "if path not in PATHS:", "if path not in sorted(PATHS):")
    result, after, lines = played(tmp_path, first.lock)
    assert "if path not in sorted(PATHS):" in lines and "return 7" not in lines
    assert ("number", "7 -> 8") in after  # what survives in another function survives
    assert {entry.name for entry in result.lock.entries} == {m.name for m in playing.subject(tmp_path).mutants}


def test_all_of_them_when_asked(tmp_path, folder):
    first, *_ = played(tmp_path)
    assert played(tmp_path, first.lock, everything=True)[0].played == len(first.lock.entries)


def test_another_engine(tmp_path, folder):
    first, *_ = played(tmp_path)
    older = Lock({**first.lock.belongs, "engine": "before"}, first.lock.scenarios, first.lock.seeds, first.lock.entries)
    assert played(tmp_path, older)[0].played == len(first.lock.entries)


def test_a_declaration_plays_nothing(tmp_path, folder):
    first, *_ = played(tmp_path)
    (folder / "answers.toml").write_text(
        playing.ANSWERS + '[[equal]]\noperator = "raise returned"\nline = "raise ValueError(path)"\n'
        'why = "The brief leaves open what happens."\n'
    )
    result, _, lines = played(tmp_path, first.lock)
    assert lines == set()
    assert [entry.name.operator for entry in result.lock.entries if entry.equal] == ["raise returned"]
    assert isinstance(playing.subject(tmp_path).exercise.equal[0], Equal)


def test_an_interrupted_run_goes_on_where_it_ended(tmp_path, folder):
    subject, here = playing.subject(tmp_path), playing.Here()

    def until(jobs):
        for place, outcome in here(jobs):
            if place == 5:
                raise KeyboardInterrupt
            yield place, outcome

    result = run(subject, None, play_all=until)
    assert (result.played, len(result.lock.entries)) == (4, 4)
    assert not subject.fits(result.lock)
    rest, *_ = played(tmp_path, result.lock)
    assert rest.played == len(subject.mutants) - 4
    assert rest.lock == played(tmp_path)[0].lock


def test_a_reference_that_fails(tmp_path, folder):
    small.edit(folder / "reference.py", "self._client.get(path)", 'self._client.get("/1")')
    with pytest.raises(ReferenceFails) as error:
        played(tmp_path)
    assert [str(outcome.killed) for outcome in error.value.failures] == ["tiny-client/two.both_arrive"]


def test_a_grader_that_breaks_on_a_mutant(tmp_path, folder):
    small.edit(folder / "grader.py", "        if [request", "        run.requests[0]\n        if [request")
    result, *_ = played(tmp_path)
    assert result.faults and "IndexError" in result.faults[0][1]
    names = {mutant.name for mutant, _ in result.faults}
    assert names.isdisjoint(entry.name for entry in result.lock.entries)
    assert not playing.subject(tmp_path).fits(result.lock)


def test_a_mutant_that_is_noticed_with_one_seed_alone(tmp_path, folder):
    small.edit(folder / "grader.py", "        if [request", "        if net.random.random() < 0.5 and [request")
    result, *_ = played(tmp_path)
    seeds = {entry.killed.seed for entry in result.lock.entries if entry.killed}
    assert len(seeds) > 1 and seeds <= {1, 2, 3, 4, 5}


# -- earlier exercises


def after(root):
    """The exercise after it, whose own grader notices nothing."""
    folder = small.write_next(root)
    (folder / "reference.py").write_text(
        playing.REFERENCE.replace("# task: opens", "# task: tries").replace("# task: closes", "# task: waits")
    )
    (folder / "drive.py").write_text(playing.DRIVE)
    grader = playing.GRADER.split("        if [request")[0].replace('"opens"', '"tries"')
    (folder / "grader.py").write_text(
        grader + '\n    @check(task="waits", points=1)\n    def more(run):\n        """x"""\n'
    )
    (folder / "answers.toml").write_text(playing.ANSWERS)
    (folder / "mutants.lock").unlink()
    return folder


def killers(result):
    """The operator of each mutant that was noticed, and the exercise whose grader did."""
    return {(entry.name.operator, entry.killed.exercise) for entry in result.lock.entries if entry.killed}


def test_what_survives_is_shown_to_the_graders_before(tmp_path, folder):
    later = after(tmp_path)
    subject = playing.subject(tmp_path, "05")
    here = playing.Here()
    result = run(subject, None, play_all=here)
    assert ("element", "tiny-client") in killers(result)
    rounds = [(each.code.id, each.seed) for each in here.jobs[0].rounds]
    assert rounds == [*(("next-client", seed) for seed in (1, 2, 3, 4, 5)), ("tiny-client", 1)]
    superseded = 'check = "tiny-client/two.both_arrive"\nwhy = "It sends others now."\n'
    with open(later / "exercise.toml", "a") as file:
        file.write(f"\n[[supersedes]]\n{superseded}")
    result = run(playing.subject(tmp_path, "05"), result.lock, play_all=here)
    assert {exercise for _, exercise in killers(result)} == {"next-client"}


def test_an_earlier_grader_that_changes(tmp_path, folder):
    after(tmp_path)
    first = run(playing.subject(tmp_path, "05"), None, play_all=playing.Here()).lock
    (folder / "grader.py").write_text(playing.GRADER + playing.OTHER_SCENARIO)
    result = run(playing.subject(tmp_path, "05"), first, play_all=playing.Here())
    assert result.played == len(first.survivors)
    assert len(result.lock.survivors) < len(first.survivors)
