"""The set-up: when it is left alone, brought up to date or made anew, and what it says when it cannot be done."""

import json
import shutil
import signal
import sys
from types import SimpleNamespace

import pytest

from setup.processes import wait_for

OFFLINE = """Requirement already satisfied: anyio==4.0
WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError': /simple/httpx/
ERROR: Could not find a version that satisfies the requirement httpx==0.29 (from versions: none)
ERROR: No matching distribution found for httpx==0.29
"""


def pip_says(folder, text):
    (folder.root / "pip-says").write_text(text, encoding="utf-8")


def pip_calls(folder):
    path = folder.root / "pip-calls"
    return path.read_text().splitlines() if path.exists() else []


def change_the_lock(folder):
    (folder.root / "requirements.txt").write_text("httpx==0.29 \\\n    --hash=sha256:00\n")


def finish(child):
    out, _ = child.communicate(timeout=120)
    return child.returncode, out


def test_a_complete_set_up_is_left_alone(folder):
    assert folder.course.state_of_setup(tests=False) == ("none", "")
    code, out = finish(folder.run("setup"))
    assert code == 0
    assert "complete" in out
    assert not pip_calls(folder)


def test_an_outdated_set_up_is_brought_up_to_date_and_says_why(folder):
    change_the_lock(folder)
    code, out = finish(folder.run("setup"))
    assert code == 0
    assert "requirements.txt changed since the last set-up: bringing .venv up to date." in out
    locked, own = pip_calls(folder)
    assert "--require-hashes -r" in locked
    assert "--no-deps --no-build-isolation --no-index -e" in own
    assert folder.course.state_of_setup(tests=False)[0] == "none"


def test_a_new_command_or_dependency_in_pyproject_counts(folder):
    (folder.root / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert folder.course.state_of_setup(tests=False)[1].startswith("pyproject.toml changed")


def test_what_the_pages_need_is_fetched_with_the_set_up(folder):
    (folder.root / "web" / "package-lock.json").write_text('{"name": "other"}')
    assert folder.course.state_of_setup(tests=False)[1].startswith("web/package-lock.json changed")
    (folder.root / "break-fetch").touch()
    code, out = finish(folder.run("setup"))
    assert code == 1
    assert "npm error network request failed" in out
    assert "Run this again with a network" in out
    assert folder.course.state_of_setup(tests=False)[1].startswith("The set-up in .venv was not finished")
    (folder.root / "break-fetch").unlink()
    code, out = finish(folder.run("setup"))
    assert code == 0
    assert "Fetching what the pages need" in out


def test_a_set_up_of_before_the_pages_needed_anything_is_brought_up_to_date(folder):
    stamp = folder.course.read_stamp()
    del stamp["files"]["web/package-lock.json"]
    folder.course.write_stamp(stamp)
    assert folder.course.state_of_setup(tests=False) == ("update", "Adding what the pages need.")


def test_tests_add_their_lock_and_keep_it(folder):
    assert folder.course.state_of_setup(tests=True) == ("update", "Adding what the tests need.")
    folder.course.set_up(tests=True)
    assert "requirements-test.txt" in pip_calls(folder)[0]
    assert folder.course.state_of_setup(tests=True)[0] == "none"
    change_the_lock(folder)
    folder.course.set_up(tests=False)
    assert "requirements-test.txt" in pip_calls(folder)[2]
    assert folder.course.state_of_setup(tests=True)[0] == "none"


def test_a_stamp_that_is_missing_or_damaged_means_unfinished(folder):
    stamp = folder.root / ".venv" / "keepalive-setup.json"
    for spoil in (stamp.unlink, lambda: stamp.write_text("{")):
        spoil()
        action, sentence = folder.course.state_of_setup(tests=False)
        assert action == "update"
        assert "not finished" in sentence


@pytest.mark.parametrize("last", ["RECORD", "INSTALLER"])
def test_a_half_unpacked_package_is_unpacked_again(folder, last):
    whole, half = (folder.site_packages / f"{name}-1.0.dist-info" for name in ("whole", "half"))
    for info in (whole, half):
        info.mkdir()
        for name in ("METADATA", "RECORD", "INSTALLER"):
            (info / name).touch()
    (half / last).unlink()
    folder.course.drop_half_installed()
    assert whole.exists()
    assert not half.exists()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: (root / ".venv/bin/python").unlink(), "does not start"),
        (lambda root: shutil.rmtree(next((root / ".venv/lib").glob("*/site-packages/pip"))), "does not start"),
        (lambda root: edit_stamp(root, python="3.10"), "it was 3.10"),
        (lambda root: edit_stamp(root, folder="/elsewhere"), "This folder was /elsewhere when"),
    ],
)
def test_a_venv_that_cannot_be_used_is_made_anew(folder, spoil, sentence):
    spoil(folder.root)
    action, said = folder.course.state_of_setup(tests=False)
    assert action == "make"
    assert sentence in said


def edit_stamp(root, **values):
    path = root / ".venv" / "keepalive-setup.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_offline_the_old_set_up_is_kept_and_what_is_missing_is_named(folder, monkeypatch):
    before = folder.course.read_stamp()
    change_the_lock(folder)
    pip_says(folder, OFFLINE)
    monkeypatch.setattr(folder.course, "missing_packages", lambda locks: ["httpx 0.29"])
    with pytest.raises(folder.course.Stop) as stop:
        folder.course.set_up()
    text = str(stop.value)
    assert "the package index does not answer" in text
    assert "Missing: httpx 0.29." in text
    assert "an earlier version of the course, which this version cannot use" in text
    assert "packages.log" in text
    assert folder.course.read_stamp() == before
    # Back at the old version, nothing is needed.
    (folder.root / "requirements.txt").write_text("httpx==0.28.1 \\\n    --hash=sha256:00\n")
    assert folder.course.state_of_setup(tests=False)[0] == "none"


def test_offline_at_the_first_time(folder):
    (folder.root / ".venv" / "keepalive-setup.json").unlink()
    pip_says(folder, OFFLINE)
    code, out = finish(folder.run("setup"))
    assert code == 1
    assert "Run this again with a network. After that the course needs none." in out


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that the lock names"),
        ("ERROR: [Errno 28] No space left on device", "The disk is full."),
        ("ERROR: [Errno 13] Permission denied: '/x'", "No permission to write"),
        ("ERROR: something nobody has seen", "    ERROR: something nobody has seen"),
    ],
)
def test_what_pip_says_becomes_a_sentence(folder, log, sentence):
    change_the_lock(folder)
    pip_says(folder, log)
    code, out = finish(folder.run("setup"))
    assert code == 1
    assert sentence in out
    assert "Traceback" not in out


def test_interrupted_before_pip_changes_anything_the_old_set_up_stands(folder):
    code, out = interrupt(folder, "Collecting httpx\nWAIT")
    assert code == 128 + signal.SIGINT
    assert out.rstrip().endswith("Stopped.")
    assert folder.course.read_stamp()


def test_interrupted_while_pip_unpacks_it_is_known_to_be_half_done(folder):
    interrupt(folder, "Installing collected packages: httpx\nWAIT")
    assert folder.course.state_of_setup(tests=False) == (
        "update",
        "The set-up in .venv was not finished: going on with it.",
    )
    (folder.root / "pip-says").unlink()
    folder.course.set_up()
    assert folder.course.state_of_setup(tests=False)[0] == "none"


def interrupt(folder, pip_text):
    change_the_lock(folder)
    pip_says(folder, pip_text)
    child = folder.run("setup")
    log = folder.root / ".cache" / "logs" / "packages.log"
    wait_for(lambda: log.exists() and "WAIT" in log.read_text())
    child.send_signal(signal.SIGINT)
    return finish(child)


def test_two_set_ups_at_once_take_turns(folder):
    change_the_lock(folder)
    pip_says(folder, "WAIT")
    first = folder.run("setup")
    wait_for(lambda: pip_calls(folder))
    (folder.root / "pip-says").unlink()
    second = folder.run("setup")
    assert second.stdout.readline() == "Another course.py is at work in this folder. Waiting for it.\n"
    assert len(pip_calls(folder)) == 1
    first.send_signal(signal.SIGTERM)
    assert finish(first)[0] == 128 + signal.SIGTERM
    code, out = finish(second)
    assert code == 0
    assert out.startswith("requirements.txt changed"), "the first was stopped before it changed anything"


@pytest.mark.parametrize("name", ["venv", "ensurepip"])
def test_a_python_without_venv_names_the_package_to_install(bare, monkeypatch, name):
    find = bare.course.importlib.util.find_spec
    fake = SimpleNamespace(util=SimpleNamespace(find_spec=lambda asked: None if asked == name else find(asked)))
    monkeypatch.setattr(bare.course, "importlib", fake)
    with pytest.raises(bare.course.Stop, match=r"sudo apt install python3-venv"):
        bare.course.set_up()
    assert not (bare.root / ".venv").exists()


def test_the_first_set_up_from_the_venv_itself_uses_the_python_below(bare, monkeypatch):
    seen = []
    monkeypatch.setattr(bare.course, "step", lambda title, argv, log: seen.append(argv) or (0, "", ""))
    bare.course.make_venv()
    assert seen[0][0] == sys._base_executable


def test_a_disk_that_is_nearly_full_is_seen_before_anything_is_written(bare, monkeypatch):
    monkeypatch.setattr(bare.course.shutil, "disk_usage", lambda path: SimpleNamespace(free=20 * 10**6))
    with pytest.raises(bare.course.Stop, match=r"needs about \d+ MB, and .* has 20 MB"):
        bare.course.set_up()
    assert not (bare.root / ".venv").exists()


@pytest.mark.parametrize(("number", "sentence"), [(28, "The disk is full."), (13, "No permission to write")])
def test_an_error_of_the_disk_anywhere_is_a_sentence(bare, monkeypatch, capsys, number, sentence):
    def fail(tests=False):
        raise OSError(number, "as the system says it")

    monkeypatch.setattr(bare.course, "set_up", fail)
    monkeypatch.setattr(bare.course, "listen_for_signals", lambda: None)
    assert bare.course.main(["setup"]) == 1
    assert sentence in capsys.readouterr().err


def test_missing_packages_are_found_by_name_and_version(bare, monkeypatch):
    """Run by this Python, which has pytest and a pip; its own lock line is met, the others are not."""
    (bare.root / "lock.txt").write_text(
        f"pytest=={pytest.__version__} \\\n    --hash=sha256:00\n"
        "no-such-thing==1.0 \\\n    --hash=sha256:00\n    # via nothing\n"
        "pluggy==0.0.1 ; python_version >= '3' \\\n    --hash=sha256:00\n"
        "only-elsewhere==2.0 ; sys_platform == 'plan9' \\\n    --hash=sha256:00\n"
    )
    monkeypatch.setattr(bare.course, "PYTHON", sys.executable)
    assert bare.course.missing_packages(["lock.txt"]) == ["no-such-thing 1.0", "pluggy 0.0.1"]
