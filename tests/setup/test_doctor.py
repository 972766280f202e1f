"""`course.py doctor`: one line for each thing, how to mend what is wrong, and nothing changed by asking."""

import json
import os
import shutil
import signal
import socket
import sys
from types import SimpleNamespace

import pytest

from setup.processes import wait_for


def doctor(folder, capsys):
    """(exit code, the lines)."""
    code = folder.course.doctor()
    return code, capsys.readouterr().out.splitlines()


def wrong(lines):
    """What is wrong, with how to mend it."""
    return {line[4:]: lines[at + 1].strip() for at, line in enumerate(lines) if line.startswith("!!")}


@pytest.fixture
def well(folder, monkeypatch):
    """The folder set up, and whatever the set-up's own programs are asked goes well."""
    monkeypatch.setattr(folder.course, "PORTS", folder.ports)
    monkeypatch.setattr(folder.course, "missing_packages", lambda locks: [])
    monkeypatch.setattr(folder.course, "ask", lambda argv: (True, ""))
    monkeypatch.setattr(folder.course, "system_chromium", lambda: "/somewhere/chromium")
    monkeypatch.delenv("KEEPALIVE_CHROMIUM", raising=False)
    return folder


def test_all_is_well(well, capsys):
    code, lines = doctor(well, capsys)
    assert code == 0 and lines[-1] == "Nothing is wrong here."
    said = [line for line in lines[:-2]]
    assert all(line.startswith("ok  ") for line in said) and len(said) >= 12
    assert "ok  .venv is complete and matches the locks" in said
    assert f"ok  The folder can be written to: {well.root}" in said


def test_with_nothing_set_up_it_says_the_one_thing_to_do(bare, capsys):
    before = sorted(bare.root.rglob("*"))
    child = bare.run("doctor")
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert wrong(out.splitlines()) == {"There is no .venv yet": "mend: python3 course.py setup"}
    assert "1 thing is wrong." in out and "Traceback" not in out
    assert sorted(bare.root.rglob("*")) == before, "asking leaves nothing behind"


def half_unpacked(folder):
    info = folder.site_packages / "httpx-0.28.1.dist-info"
    info.mkdir()
    (info / "METADATA").touch()


def move_stamp(folder):
    path = folder.root / ".venv" / "keepalive-setup.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"folder": "/elsewhere"}))


@pytest.mark.parametrize(
    ("spoil", "said", "mend"),
    [
        (
            lambda folder: (folder.root / "requirements.txt").write_text("x==1\n"),
            "requirements.txt changed since the last set-up",
            "python3 course.py setup",
        ),
        (
            lambda folder: (folder.root / ".venv/keepalive-setup.json").unlink(),
            "The set-up in .venv was not finished",
            "python3 course.py setup",
        ),
        (move_stamp, "was /elsewhere when", "python3 course.py setup"),
        (lambda folder: (folder.root / ".venv/bin/python").unlink(), "does not start", "python3 course.py setup"),
        (half_unpacked, "cut off: httpx-0.28.1", "keepalive-setup.json, then: python3 course.py setup"),
        (
            lambda folder: (folder.root / ".cache").mkdir() or (folder.root / ".cache/running.json").write_text("{}"),
            "a course that does not run any more",
            "python3 course.py, or delete that file",
        ),
    ],
)
def test_what_is_wrong_in_the_folder(well, capsys, spoil, said, mend):
    spoil(well)
    code, lines = doctor(well, capsys)
    ((line, way),) = wrong(lines).items()
    assert code == 1 and said in line and way.startswith("mend: ") and mend in way


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("pip", "pip check: httpx has trouble"),
        ("importlib", "httpx has trouble"),
        ("KernelSpecManager", "does not find .venv's own kernel: httpx has trouble"),
    ],
)
def test_what_the_set_up_says_of_itself(well, capsys, monkeypatch, asked, said):
    monkeypatch.setattr(well.course, "ask", lambda argv: (asked not in str(argv[1:]), "httpx has trouble"))
    code, lines = doctor(well, capsys)
    ((line, way),) = wrong(lines).items()
    assert code == 1 and said in line
    assert way == "mend: python3 course.py clean, then: python3 course.py setup"


def test_packages_that_are_not_as_locked(well, capsys, monkeypatch):
    monkeypatch.setattr(well.course, "missing_packages", lambda locks: [f"p{n} 1.0" for n in range(8)])
    _, lines = doctor(well, capsys)
    assert [line for line in wrong(lines)] == [
        "Not in .venv as the lock says: p0 1.0, p1 1.0, p2 1.0, p3 1.0, p4 1.0, p5 1.0 and 2 more"
    ]


def test_the_real_programs_are_asked(folder):
    """Of stand-ins: they are no httpx and no Jupyter, and doctor says so."""
    assert folder.course.check_pip() == (True, "pip finds no conflict")
    well, said, _ = folder.course.check_imports()
    assert not well and said.startswith("httpx cannot be imported: ModuleNotFoundError")
    well, said, _ = folder.course.check_kernel()
    assert not well and "jupyter_client" in said
    assert folder.course.ask([sys.executable, "-c", "import time; time.sleep(60)"], 0.2)[0] is False
    assert folder.course.ask([str(folder.root / "no-such-program")])[0] is False


def test_this_very_set_up_can_be_imported(folder, monkeypatch):
    """The programs of the checks are right: run by the Python of these tests, in the real course's folder."""
    real = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
    for name, value in (("ROOT", real), ("PYTHON", sys.executable)):
        monkeypatch.setattr(folder.course, name, value)
    monkeypatch.setattr(folder.course, "venv_version", lambda: "3.11")
    assert folder.course.check_imports() == (True, "The packages can be imported")
    assert folder.course.check_kernel() == (True, "JupyterLab finds .venv's own kernel")
    monkeypatch.setattr(folder.course, "ROOT", str(folder.root))
    assert "not from this folder" in folder.course.check_imports()[1]


@pytest.mark.parametrize(("made", "right"), [(False, False), (True, True)])
def test_a_python_without_venv(well, capsys, monkeypatch, made, right):
    monkeypatch.setattr(well.course, "modules_missing", lambda: ["ensurepip"])
    if not made:
        shutil.rmtree(well.root / ".venv")
    _, lines = doctor(well, capsys)
    said = next(line for line in lines if "ensurepip" in line)
    assert said.startswith("ok" if right else "!!")
    assert right or "sudo apt install python3-venv" in wrong(lines)[said[4:]]


@pytest.mark.parametrize(("made", "free", "right"), [(True, 300, True), (True, 50, False), (False, 300, False)])
def test_room_to_run_is_less_than_room_to_set_up(well, capsys, monkeypatch, made, free, right):
    monkeypatch.setattr(well.course.shutil, "disk_usage", lambda path: SimpleNamespace(free=free * 10**6))
    if not made:
        shutil.rmtree(well.root / ".venv")
    _, lines = doctor(well, capsys)
    assert (f"ok  The disk has {free} MB free" in lines) is right


def test_a_folder_that_cannot_be_written_to(well, capsys, monkeypatch):
    real = open

    def refuse(path, *args, **kwargs):
        if ".keepalive-" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(well.course, "open", refuse, raising=False)
    _, lines = doctor(well, capsys)
    ((line, way),) = wrong(lines).items()
    assert line == f"{well.root} cannot be written to: Permission denied" and "copy the course" in way


@pytest.mark.parametrize(
    ("root", "windows", "said"),
    [
        ("/a:b", False, "The folder's path holds ':'"),
        ("/" + "x" * 900, False, "has 901 letters"),
        ("C" * 120, True, "has 120 letters"),
    ],
)
def test_a_path_that_does_not_serve(well, monkeypatch, root, windows, said):
    monkeypatch.setattr(well.course, "ROOT", root)
    monkeypatch.setattr(well.course, "WINDOWS", windows)
    right, line, _ = well.course.check_path()
    assert not right and said in line


def test_the_longest_path_that_is_installed_is_known():
    """Measured on the .venv of these tests: a package with a longer one has to be known to the check."""
    from setup.conftest import COURSE, load

    below = os.path.dirname(sys.prefix)
    # Caches apart: Python goes without, where it cannot write them.
    longest = max(
        len(os.path.join(folder, name)) - len(below)
        for folder, _, names in os.walk(sys.prefix)
        if "__pycache__" not in folder
        for name in names
    )
    assert longest <= load(COURSE).LONGEST


def test_busy_ports_are_no_fault(well, capsys):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the test itself holds the port
        other.bind(("127.0.0.1", well.ports["api"]))
        other.listen()
        code, lines = doctor(well, capsys)
    assert code == 0
    assert f"ok  In use by other programs: port {well.ports['api']}; the course takes the next" in lines


def test_no_port_at_all(well, capsys, monkeypatch):
    monkeypatch.setattr(well.course, "is_free", lambda port: False)
    _, lines = doctor(well, capsys)
    assert "No port is free from" in next(iter(wrong(lines)))


def test_a_course_that_runs(well, capsys, monkeypatch):
    state = {"pid": 7, "show": {"site": "http://127.0.0.1:8000/"}}
    monkeypatch.setattr(well.course, "running", lambda: state)
    code, lines = doctor(well, capsys)
    assert code == 0 and "ok  The course runs (process 7): http://127.0.0.1:8000/" in lines
    assert not [line for line in lines if "ports" in line.lower()]


def test_another_that_is_at_work(well, capsys):
    turn, _ = well.course.take_turn()
    with turn:
        _, lines = doctor(well, capsys)
    assert "does not answer (yet)" in next(iter(wrong(lines)))


def test_a_browser_is_for_the_tests_only(well, capsys, monkeypatch):
    monkeypatch.setattr(well.course, "system_chromium", lambda: None)
    code, lines = doctor(well, capsys)
    assert code == 0 and "ok  No Chromium here; only the tests need one" in "\n".join(lines)
    monkeypatch.setenv("KEEPALIVE_CHROMIUM", "/no/such/browser")
    _, lines = doctor(well, capsys)
    assert "there is no program of that name" in next(iter(wrong(lines)))


def test_a_check_that_cannot_be_made_is_said_and_the_others_follow(well, capsys, monkeypatch):
    def fail():
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(well.course.shutil, "disk_usage", lambda path: fail())
    code, lines = doctor(well, capsys)
    assert code == 1 and "Input/output error" in next(iter(wrong(lines))) and "Chromium" in lines[-3]


# ---- a set-up that was cut off ---------------------------------------------------------------------------------------


def test_a_set_up_that_was_killed_goes_on(folder):
    """Killed outright, so that nothing can be put in order: the doctor knows, the next set-up goes on."""
    (folder.root / "requirements.txt").write_text("httpx==0.29 \\\n    --hash=sha256:00\n")
    (folder.root / "pip-says").write_text("Installing collected packages: httpx\nWAIT")
    child = folder.run("setup")
    log = folder.root / ".cache" / "logs" / "packages.log"
    wait_for(lambda: log.exists() and "WAIT" in log.read_text())
    half_unpacked(folder)
    child.send_signal(signal.SIGKILL)
    child.wait()
    out, _ = (asked := folder.run("doctor")).communicate(timeout=120)
    assert asked.returncode == 1
    assert "!!  The set-up in .venv was not finished" in out and "cut off: httpx-0.28.1" in out
    (folder.root / "pip-says").unlink()
    out, _ = (again := folder.run("setup")).communicate(timeout=120)
    assert again.returncode == 0 and "not finished: going on with it." in out
    assert folder.course.state_of_setup(tests=False)[0] == "none"
    assert folder.course.check_unpacked() is None


def test_a_venv_that_was_cut_off_is_made_anew(bare):
    (bare.root / ".venv" / "bin").mkdir(parents=True)
    action, sentence = bare.course.state_of_setup(tests=False)
    assert action == "make" and "interrupted" in sentence
    assert bare.course.check_setup()[1].startswith("The Python in .venv does not start")
