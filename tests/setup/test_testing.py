"""`course.py test` and `setup --tests`: what pytest is given, what is installed, and where a browser is found."""

import json
import os
import sys

import pytest

BROWSERS = {"KEEPALIVE_CHROMIUM": sys.executable, "KEEPALIVE_FIREFOX": sys.executable}


def test_arguments_go_to_pytest_and_its_exit_code_comes_back(folder):
    folder.stamp(tests=True)
    child = folder.run("test", "tests/grading", "-k", "a or b", env=BROWSERS)
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert out.splitlines()[-1] == "1 failed, 2 passed", "pytest's closing line is the last"
    seen = json.loads((folder.root / "pytest.json").read_text())
    assert seen["chromium"] == sys.executable
    assert seen["argv"][0] == "-n"
    assert int(seen["argv"][1]) >= 1
    assert seen["argv"][-3:] == ["tests/grading", "-k", "a or b"]


def test_without_a_site_no_tests(folder):
    folder.stamp(tests=True)
    (folder.root / "break-build").touch()
    child = folder.run("test", env=BROWSERS)
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "a link leads nowhere" in out
    assert not (folder.root / "pytest.json").exists()


def test_what_tests_need_can_be_installed_without_running_one(folder):
    (folder.root / "break-build").touch()  # a build of the site would end with an error
    child = folder.run("setup", "--tests", env=BROWSERS)
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 0, out
    assert "Adding what the tests need." in out
    assert "requirements-test.txt" in (folder.root / "pip-calls").read_text()
    assert folder.course.state_of_setup(tests=True)[0] == "none"
    assert f"KEEPALIVE_CHROMIUM={sys.executable}" in out, "which the tests do not find by themselves"
    assert not (folder.root / "pytest.json").exists()
    assert not (folder.root / "site").exists()


def test_without_a_browser_the_set_up_for_tests_says_what_is_missing(folder):
    child = folder.run("setup", "--tests", env=BROWSERS | {"KEEPALIVE_CHROMIUM": "/no/such/browser"})
    out, _ = child.communicate(timeout=120)
    assert child.returncode == 1
    assert "KEEPALIVE_CHROMIUM is '/no/such/browser', and there is no program of that name." in out


@pytest.fixture
def machine(bare, monkeypatch, tmp_path):
    """A machine with an empty PATH, no Debian and no browser; what is asked of it is noted in `machine.steps`."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("KEEPALIVE_CHROMIUM", "KEEPALIVE_FIREFOX", "PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    bare.steps = []

    def step(title, argv, log, **_):
        bare.steps.append(argv)
        return bare.on_step(argv), "", bare.course.log_path(log)

    bare.on_step = lambda argv: 1
    monkeypatch.setattr(bare.course, "step", step)
    monkeypatch.setattr(bare.course, "playwright_chromium", lambda: str(tmp_path / "playwright" / "chrome"))
    bare.bin = tmp_path
    return bare


def program(folder, name, code=0):
    path = folder.bin / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def test_the_browser_that_is_named(machine, monkeypatch):
    monkeypatch.setenv("KEEPALIVE_CHROMIUM", program(machine, "mine"))
    assert machine.course.chromium().endswith("mine")
    monkeypatch.setenv("KEEPALIVE_CHROMIUM", "/no/such/browser")
    with pytest.raises(machine.course.Stop, match="no program of that name"):
        machine.course.chromium()


def test_the_systems_browser_if_it_starts(machine):
    program(machine, "chromium-browser", code=1)  # Ubuntu's: a script that says where to get one
    chrome = program(machine, "google-chrome")
    assert machine.course.chromium() == chrome
    assert not machine.steps


def test_debians_browser_when_apt_may_be_used(machine, monkeypatch):
    program(machine, "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def install(argv):
        if "install" in argv:
            program(machine, "chromium")
        return 0

    machine.on_step = install
    assert machine.course.chromium() == str(machine.bin / "chromium")


def test_no_apt_without_the_right_to(machine, monkeypatch):
    program(machine, "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not machine.course.apt_get(["chromium"])
    program(machine, "sudo", code=1)  # asks for a password
    assert not machine.course.apt_get(["chromium"])
    assert not machine.steps


@pytest.mark.parametrize("there", ["nothing", "Debian", "Debian with apt-get", "Debian with apt-get and a Firefox"])
def test_a_firefox_is_asked_for_where_debian_has_it_and_may_be_missing(machine, monkeypatch, there):
    program(machine, "grep", code=0 if "Debian" in there else 1)  # looks into /etc/os-release
    for name in ["apt-get"] * ("apt-get" in there) + ["firefox"] * ("Firefox" in there):
        program(machine, name)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    machine.course.firefox()  # each step fails here, and that stops nobody
    assert [argv[-1] for argv in machine.steps if "install" in argv] == (
        ["firefox-esr"] if there == "Debian with apt-get" else []
    )


def test_playwrights_browser_when_there_is_no_other(machine):
    def fetch(argv):
        assert argv[1:] == ["-m", "playwright", "install", "chromium"]
        (machine.bin / "playwright").mkdir()
        return 0

    machine.on_step = fetch
    assert machine.course.chromium().endswith("chrome")
    (machine.bin / "playwright" / "chrome").touch()
    machine.steps.clear()
    assert machine.course.chromium().endswith("chrome")
    assert not machine.steps, "already there"


def test_the_library_that_a_small_debian_lacks(machine, monkeypatch):
    asked = []
    works = []
    monkeypatch.setattr(machine.course, "succeeds", lambda argv: asked.append(argv[1:]) or bool(works))
    monkeypatch.setattr(machine.course, "apt_get", lambda packages: works.extend(packages) or True)
    machine.course.have_driver()
    assert works == ["libatomic1"]
    assert asked == [["-m", "playwright", "--version"]] * 2
    works.clear()
    monkeypatch.setattr(machine.course, "apt_get", lambda packages: False)
    with pytest.raises(machine.course.Stop, match="sudo apt install libatomic1"):
        machine.course.have_driver()


def test_no_browser_to_be_had(machine):
    with open(machine.course.log_path("chromium"), "w", encoding="utf-8") as log:
        log.write("getaddrinfo ENOTFOUND\n")
    with pytest.raises(machine.course.Stop) as stop:
        machine.course.chromium()
    assert "set KEEPALIVE_CHROMIUM to one" in str(stop.value)
    assert "ENOTFOUND" in str(stop.value)


def test_help_and_wrong_use(folder):
    out, _ = (child := folder.run("--help")).communicate(timeout=120)
    assert child.returncode == 0
    assert "python3 course.py test" in out
    for wrong in ("sutup", "setup now", "setup --nonsense", "setup --tests x", "--no-browser x"):
        out, _ = (child := folder.run(*wrong.split())).communicate(timeout=120)
        assert child.returncode == 2
        assert "course.py does not know: " + wrong in out
        assert "python3 course.py setup" in out
