"""`course.py clean` removes what was built, says so, and touches nothing that a person wrote."""

import os

import pytest

BUILT = [
    ".venv/bin/python",
    ".cache/logs/lab.log",
    "build/docs/index.md",
    "site/index.html",
    "web/node_modules/a/index.js",
    "src/keepalive.egg-info/PKG-INFO",
    "keepalive.egg-info/PKG-INFO",
    "src/keepalive/__pycache__/cli.cpython-311.pyc",
    "tests/__pycache__/x.pyc",
    ".pytest_cache/README.md",
    ".ruff_cache/x",
    ".hypothesis/x",
]
KEPT = [
    "work/04-minimal-client.py",
    "work/.keepalive.json",
    "work/__pycache__/mine.pyc",
    "work/build/mine.txt",
    "work/site/mine.txt",
    "src/keepalive/cli.py",
    "src/keepalive/website/build.py",
    "exercises/build/brief.md",
    "notebooks/.ipynb_checkpoints/04.ipynb",
    ".git/config",
    ".git/__pycache__/x",
    "web/package.json",
    "my-notes.txt",
]


@pytest.fixture
def lived_in(bare, monkeypatch):
    for name in ("KEEPALIVE_WORK", "KEEPALIVE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in (*BUILT, *KEPT):
        path = bare.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return bare


def left(folder):
    return {path.relative_to(folder.root).as_posix() for path in folder.root.rglob("*") if not path.is_dir()}


def test_it_removes_what_was_built_and_says_what(lived_in):
    before = left(lived_in)
    child = lived_in.run("clean")
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 0, out
    assert left(lived_in) == before - set(BUILT)
    assert set(KEPT) <= left(lived_in)
    for name in (".venv", ".cache", "build", "site", os.path.join("src", "keepalive.egg-info")):
        assert f"  removing {name} (" in out
    assert "2 folders __pycache__" in out
    assert "The folder work and your progress are as they were." in out
    out, _ = (again := lived_in.run("clean")).communicate(timeout=120)
    assert again.returncode == 0 and out.startswith("Nothing was built here.")


def test_not_under_a_course_that_runs(lived_in, monkeypatch):
    turn, _ = lived_in.course.take_turn()
    before = left(lived_in)
    with turn:
        out, _ = (child := lived_in.run("clean")).communicate(timeout=120)
    assert child.returncode == 1 and "A course.py is at work here" in out
    assert left(lived_in) == before


def test_not_while_the_course_answers(folder):
    folder.run("--no-browser")
    state = folder.state()
    out, _ = (child := folder.run("clean")).communicate(timeout=120)
    assert child.returncode == 1
    assert f"The course is running (process {state['pid']})" in out and "Ctrl-C" in out
    assert (folder.root / ".venv").exists() and (folder.root / ".cache").exists()


@pytest.mark.parametrize("name", ["KEEPALIVE_HOME", "KEEPALIVE_WORK"])
@pytest.mark.parametrize("place", ["build/mine", ".cache"])
def test_what_is_the_learners_is_not_removed_wherever_it_lies(lived_in, name, place):
    (lived_in.root / place).mkdir(parents=True, exist_ok=True)
    before = left(lived_in)
    # The tests' runner leaves out what begins so; the learner's own setting comes in all the same.
    out, _ = (child := lived_in.run("clean", env={name: str(lived_in.root / place)})).communicate(timeout=120)
    assert child.returncode == 1 and "it is yours. Nothing was removed." in out
    assert left(lived_in) - {".cache/course.lock"} == before


def test_a_work_folder_of_another_name_keeps_its_caches(lived_in):
    path = lived_in.root / "mine" / "__pycache__" / "x.pyc"
    path.parent.mkdir(parents=True)
    path.write_text("x")
    out, _ = lived_in.run("clean", env={"KEEPALIVE_WORK": "mine"}).communicate(timeout=120)
    assert path.exists(), out


def test_a_link_is_removed_and_not_what_it_leads_to(lived_in, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").write_text("x")
    os.symlink(elsewhere, lived_in.root / "linked")
    for name in ("site", "build"):
        target = lived_in.root / name
        for path in sorted(target.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        target.rmdir()
    os.symlink(elsewhere, lived_in.root / "site")
    out, _ = (child := lived_in.run("clean")).communicate(timeout=120)
    assert child.returncode == 0, out
    assert (elsewhere / "precious.txt").exists() and not os.path.lexists(lived_in.root / "site")
    assert os.path.lexists(lived_in.root / "linked")


def test_a_folder_that_cannot_be_removed_is_a_sentence(lived_in, monkeypatch, capsys):
    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(lived_in.course, "remove", refuse)
    monkeypatch.setattr(lived_in.course, "listen_for_signals", lambda: None)
    assert lived_in.course.main(["clean"]) == 1
    assert "No permission to write" in capsys.readouterr().err


def test_the_port_where_work_is_kept_is_remembered(bare):
    """What was written in the page lies in a browser, by address; of all that was built only this leads there."""
    cache = bare.root / ".cache"
    (cache / "logs").mkdir(parents=True)
    (cache / "logs" / "lab.log").write_text("x")
    place = {"site": 8002, "away": 8003, "moved_at": 1_700_000_000}
    bare.course.write_place(place)
    bare.run("clean").communicate(timeout=120)
    assert not (cache / "logs").exists()
    assert bare.course.known_place() == place
    out, _ = bare.run("clean").communicate(timeout=120)
    assert "Nothing was built here" in out
    assert bare.course.known_place() == place
