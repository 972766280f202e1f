"""course.py starts real processes here, small ones: stand-ins for practice API, site and JupyterLab."""

import contextlib
import json
import os
import pty
import signal
import socket
import stat
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from setup.processes import is_alive, wait_for

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at processes through /proc")

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def status(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})
    try:
        with OPENER.open(request, timeout=5) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def test_three_addresses_that_answer(folder):
    child = folder.run("--no-browser")
    state = folder.state()
    assert {name: int(url.split(":")[2].split("/")[0]) for name, url in state["ask"].items()} == folder.ports
    assert status(state["ask"]["site"]) == status(state["ask"]["api"]) == 200
    assert status(state["ask"]["lab"]) == 403
    assert status(state["ask"]["lab"], state["token"]) == 200
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=120)
    for url in state["show"].values():
        assert url in out
    assert "Port" not in out


def test_only_the_owner_reads_the_token(folder):
    folder.run("--no-browser")
    state = folder.state()
    assert stat.S_IMODE(os.stat(folder.root / ".cache" / "running.json").st_mode) == 0o600
    lab = json.loads((folder.root / "lab.json").read_text())
    assert state["token"] not in " ".join(lab["argv"]), "everybody can read a command line"


def test_the_lab_asks_nobody_outside_and_no_configuration_of_the_user(folder):
    folder.run("--no-browser", env={"JUPYTER_CONFIG_DIR": "/elsewhere", "PYTHONPATH": "/elsewhere", "no_proxy": "a.b"})
    folder.state()
    lab = json.loads((folder.root / "lab.json").read_text())
    assert "--LabApp.news_url=None" in lab["argv"]
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in lab["argv"]
    assert "--ServerApp.ip=127.0.0.1" in lab["argv"]
    assert f"--ServerApp.root_dir={folder.root / 'work'}" in lab["argv"]
    assert lab["env"]["JUPYTER_CONFIG_DIR"].startswith(str(folder.root))
    config = json.loads((Path(lab["env"]["JUPYTER_CONFIG_DIR"]) / "labconfig" / "page_config.json").read_text())
    assert config["disabledExtensions"]["@jupyterlab/apputils-extension:announcements"]
    assert "PYTHONPATH" not in lab["env"]
    assert lab["env"]["no_proxy"] == "a.b,127.0.0.1,localhost"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(folder, number):
    """Also the kernel's stand-in, which has a session of its own and does not hear SIGTERM."""
    child = folder.run("--no-browser")
    folder.state()
    pids = wait_for(lambda: len(folder.pids()) == 4 and folder.pids())
    child.send_signal(number)
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    assert out.rstrip().endswith("Everything is stopped.")
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    assert not (folder.root / ".cache" / "running.json").exists()


def test_a_terminal_that_is_closed_stops_everything(folder):
    """A real terminal: course.py draws its progress there, and loses it while it runs."""
    try:
        master, slave = pty.openpty()
    except OSError:
        pytest.skip("this machine has no terminals to lend")
    child = folder.run("--no-browser", terminal=slave)
    os.close(slave)
    drawn = b""
    while b"Practice API  http" not in drawn:
        drawn += os.read(master, 4096)
    assert b"\r/ Starting practice API, site and JupyterLab" in drawn
    pids = wait_for(lambda: len(folder.pids()) == 4 and folder.pids())
    os.close(master)
    assert child.wait(timeout=120) == 0
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def test_killed_outright_it_leaves_no_server(folder):
    child = folder.run("--no-browser")
    state = folder.state()
    child.kill()
    child.wait()
    for url in state["ask"].values():
        port = int(url.split(":")[2].split("/")[0])
        wait_for(lambda port=port: socket.socket().connect_ex(("127.0.0.1", port)) != 0)
    # What it left on disk does not fool the next start.
    again = folder.run("--no-browser")
    assert wait_for(lambda: folder.state()["pid"] == again.pid)


def test_a_second_start_prints_the_addresses_of_the_first(folder):
    first = folder.run("--no-browser")
    state = folder.state()
    second = folder.run("--no-browser")
    out, _ = second.communicate(timeout=120)
    assert second.returncode == 0
    assert f"The course runs already (process {first.pid})" in out
    for url in state["show"].values():
        assert url in out
    assert first.poll() is None


def test_two_starts_at_once_become_one(folder):
    children = [folder.run("--no-browser") for _ in range(2)]
    folder.state()
    second = wait_for(lambda: next((child for child in children if child.poll() is not None), None))
    assert "The course runs already" in second.communicate(timeout=120)[0]
    assert len(folder.pids()) <= 4


def test_no_set_up_under_a_running_course(folder):
    folder.run("--no-browser")
    folder.state()
    (folder.root / "requirements.txt").write_text("httpx==0.29 \\\n    --hash=sha256:00\n")
    out, _ = (child := folder.run("setup")).communicate(timeout=120)
    assert child.returncode == 1
    assert "The course is running from this folder" in out
    assert not (folder.root / "pip-calls").exists()


def test_a_busy_port_is_said_and_passed_over(folder):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the test itself holds the port
        other.bind(("127.0.0.1", folder.ports["site"]))
        other.listen()
        child = folder.run("--no-browser")
        state = folder.state()
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=120)
    taken = int(state["show"]["site"].split(":")[2].rstrip("/"))
    assert taken > folder.ports["site"]
    assert f"Port {folder.ports['site']} is in use by another program; taking {taken}." in out


@contextlib.contextmanager
def taken(port):
    """Another program listens there."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the test itself holds the port
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


def started_and_stopped(folder):
    """Start the course, and stop it once it runs. The site's port, what was printed, how the site was started."""
    child = folder.run("--no-browser")
    state = wait_for(lambda: (state := folder.state())["pid"] == child.pid and state)
    argv = json.loads((folder.root / "site.json").read_text())
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=120)
    return int(state["show"]["site"].split(":")[2].rstrip("/")), out, argv


def test_the_site_comes_back_to_the_port_where_the_work_is(folder):
    """A browser keeps what was written in the page by address. At another port the learner is told where it is."""
    home = folder.ports["site"]
    port, out, argv = started_and_stopped(folder)
    assert (port, "kept" in out, "--moved" in argv) == (home, False, False)

    with taken(home):
        away, out, argv = started_and_stopped(folder)
        assert away != home
        assert f"What you wrote in the page is kept at http://127.0.0.1:{home}/" in out
        assert f"end the program that uses port {home}" in out and f"keepalive.website serve --port {home}\n" in out
        assert "Export" in out and "Import" in out
        moved = argv[argv.index("--moved") + 1 :]
        assert moved[0] == str(home)
        again, out, argv = started_and_stopped(folder)
        assert again == away, "what was written there in the meantime is found"
        assert argv[argv.index("--moved") + 1 :] == moved, "the same move: a notice that was dismissed stays away"

    port, out, argv = started_and_stopped(folder)
    assert (port, "--moved" in argv) == (home, False)
    assert f"What you wrote in the page meanwhile is kept at http://127.0.0.1:{away}/" in out
    assert f"keepalive.website serve --port {away}\n" in out
    port, out, argv = started_and_stopped(folder)
    assert (port, "kept" in out, "--moved" in argv) == (home, False, False)


def test_the_first_port_is_the_one_to_come_back_to(folder):
    """Also when it is not the usual one, and the usual one is free again."""
    with taken(folder.ports["site"]):
        first, out, argv = started_and_stopped(folder)
    assert ("kept" in out, "--moved" in argv) == (False, False), "nothing was written anywhere before"
    port, out, argv = started_and_stopped(folder)
    assert (port, "kept" in out, "--moved" in argv) == (first, False, False)
    assert "in use" not in out


def test_a_second_start_says_where_the_work_is_too(folder):
    started_and_stopped(folder)
    with taken(folder.ports["site"]):
        folder.run("--no-browser")
        folder.state()
        out, _ = folder.run("--no-browser").communicate(timeout=120)
    assert "The course runs already" in out
    assert f"What you wrote in the page is kept at http://127.0.0.1:{folder.ports['site']}/" in out


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"site": "8000", "away": null, "moved_at": null}', '{"site": 0, "away": null, "moved_at": null}',
     '{"site": 8000, "away": 70000, "moved_at": null}', '{"site": 8000, "away": 8002, "moved_at": "now"}'],
)  # fmt: skip
def test_a_place_that_cannot_be_read_is_none(folder, text):
    (folder.root / ".cache").mkdir(exist_ok=True)
    (folder.root / ".cache" / "address.json").write_text(text)
    assert folder.course.known_place() == folder.course.NOWHERE


@pytest.mark.parametrize(("name", "title"), [("site", "Course"), ("api", "Practice API"), ("lab", "JupyterLab")])
def test_a_server_that_does_not_start(folder, name, title):
    (folder.root / f"break-{name}").touch()
    child = folder.run("--no-browser")
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert f"{title} ended by itself" in out
    assert f"{name}: something is wrong" in out
    assert str(folder.root / ".cache" / "logs" / f"{name}.log") in out
    wait_for(lambda: not any(is_alive(pid) for pid in folder.pids()))


@pytest.mark.parametrize(("name", "title"), [("api", "Practice API"), ("lab", "JupyterLab")])
def test_a_server_that_dies_later_takes_the_others_along(folder, name, title):
    """Also the kernel's stand-in when its parent, the lab, is the one that died."""
    child = folder.run("--no-browser")
    folder.state()
    pids = wait_for(lambda: len(folder.pids()) == 4 and folder.pids())
    with contextlib.suppress(OSError):
        OPENER.open(f"http://127.0.0.1:{folder.ports[name]}/die", timeout=120).read()
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert f"{title} ended by itself (exit code 3), so the others were stopped." in out
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def test_a_site_that_does_not_build(folder):
    (folder.root / "break-build").touch()
    child = folder.run("--no-browser")
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "The site could not be built." in out
    assert "a link leads nowhere" in out


def test_a_state_file_of_another_program_is_no_running_course(folder):
    (folder.root / ".cache").mkdir()
    for text in ("", "{", "[]", '{"ask": {}}', json.dumps(folder.course.describe(folder.ports))):
        (folder.root / ".cache" / "running.json").write_text(text)
        assert folder.course.running() is None


def test_the_browser_is_left_alone_where_nobody_looks(folder, monkeypatch):
    opened = []
    monkeypatch.setattr(folder.course.subprocess, "Popen", lambda argv, **_: opened.append(argv))
    for name in ("CI", "SSH_CONNECTION", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    state = folder.course.describe(folder.ports)
    folder.course.show(state, browser=False)
    monkeypatch.setenv("CI", "true")
    folder.course.show(state, browser=True)
    monkeypatch.delenv("CI")
    monkeypatch.delenv("DISPLAY")
    folder.course.show(state, browser=True)
    assert not opened
    monkeypatch.setenv("DISPLAY", ":0")
    folder.course.show(state, browser=True)
    assert opened[0][-1] == state["show"]["site"]
