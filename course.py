#!/usr/bin/env python3
"""Keepalive: set the course up, start it, test it.

    python3 course.py                      set up what is missing, then start practice API, site and JupyterLab
    python3 course.py --no-browser         the same, and leave the browser alone
    python3 course.py setup                only set up
    python3 course.py setup --tests        only set up, with what tests and linters need: packages, and a Chromium
    python3 course.py test [pytest args]   set up what the tests need, then run them
    python3 course.py doctor               say what is wrong with this installation, and how to mend it
    python3 course.py clean                remove what was built; your work and your progress stay

Standard library only: this file runs before anything is installed.
"""

# Python 2.7 and 3.6 must be able to read this file, to say that they are too old: no f-strings, no annotations, ASCII.
# ruff: noqa: E402, RUF005, UP010, UP031
from __future__ import print_function

import os
import sys

MINIMUM = (3, 11)


def newer_python():
    """The name of a Python on PATH that is new enough and does start, or None."""
    import subprocess

    for minor in range(19, MINIMUM[1] - 1, -1):
        name = "python3.%d" % minor
        try:
            child = subprocess.Popen([name, "-c", ""], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            child.communicate()
        except OSError:
            continue
        if child.returncode == 0:
            return name
    return None


if sys.version_info[:2] < MINIMUM:
    NEWER = newer_python()
    sys.exit(
        "Keepalive needs Python %d.%d or later; this is Python %s.\n" % (MINIMUM + (sys.version.split()[0],))
        + (
            "There is a newer one here. Run: " + " ".join([NEWER] + sys.argv)
            if NEWER
            else "Install one with your system's package manager or from https://www.python.org/downloads/"
        )
    )

import contextlib
import errno
import hashlib
import http.client
import importlib.util
import json
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

WINDOWS = os.name == "nt"
ROOT = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
PYTHON = os.path.join(BIN, "python.exe" if WINDOWS else "python")
STAMP = os.path.join(VENV, "keepalive-setup.json")
CACHE = os.path.join(ROOT, ".cache")
LOGS = os.path.join(CACHE, "logs")
STATE = os.path.join(CACHE, "running.json")
LOCK = os.path.join(CACHE, "course.lock")
ADDRESS = os.path.join(CACHE, "address.json")

LEARNER_LOCK, TEST_LOCK, PAGES_LOCK = "requirements.txt", "requirements-test.txt", "web/package-lock.json"
DISK_NEEDED_MB = 1000  # .venv takes 500 for a learner, 800 with what the tests need; pip unpacks beside it
PORTS = {"site": 8000, "api": 8001, "lab": 8888}
RUN = secrets.token_hex(8)  # marks every process that comes from this one, so that none is left when it ends
DISK_ENOUGH_MB = 100  # to run: the site is built anew after a pull, logs grow
LONGEST = 175  # letters of the longest path that the set-up makes below this folder; 166 is the longest in the locks
START_SECONDS = 90  # for all three to answer; on two idle cores they need 3
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Stop(Exception):
    """What the person at the keyboard has to know. main() prints it; the exit code is 1."""


class Interrupted(Exception):
    """Ctrl-C, SIGTERM, or the terminal was closed."""


# ---------------------------------------------------------------- talking


def say(text="", end="\n"):
    try:
        sys.stdout.write(text + end)
        sys.stdout.flush()
    except OSError:
        # The terminal is gone. What has to be stopped must still be stopped, and Python's own last flush must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def tail(path, lines=12):
    """The last lines of a log, indented, and where the rest is."""
    kept = [line.rstrip() for line in read(path).splitlines() if line.strip()][-lines:]
    return "\n".join(["    " + line[:300] for line in kept] + ["The whole log: " + path])


def log_path(name):
    # 0700: JupyterLab's log may name addresses that hold its token.
    os.makedirs(LOGS, mode=0o700, exist_ok=True)
    return os.path.join(LOGS, name + ".log")


# ---------------------------------------------------------------- signals and processes

RECEIVED = []  # signals so far. nap() looks at it; an exception from anywhere could lose a child that is being started


def listen_for_signals():
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        # `nohup python3 course.py` asks us not to hear the terminal close.
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            signal.signal(number, lambda number, frame: RECEIVED.append(number))


def nap(seconds):
    if not RECEIVED:
        time.sleep(seconds)
    if RECEIVED:
        raise Interrupted()


def environment(**more):
    """What every child gets: the caller's environment, without what bends a Python, a pip or a Jupyter out of shape."""
    bending = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"}
    env = {k: v for k, v in os.environ.items() if k not in bending and not k.startswith("JUPYTER")}
    jupyter = os.path.join(CACHE, "jupyter")
    os.makedirs(jupyter, exist_ok=True)  # IPython warns of a folder that is not there
    env.update(
        KEEPALIVE_RUN=RUN,
        VIRTUAL_ENV=VENV,
        PATH=BIN + os.pathsep + env.get("PATH", os.defpath),  # so that JupyterLab's terminal knows `keepalive`
        PYTHONNOUSERSITE="1",
        PYTHONIOENCODING="utf-8",
        PIP_USER="0",  # a pip.conf with `user = true` would refuse to install into .venv
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        JUPYTER_CONFIG_DIR=os.path.join(jupyter, "config"),
        JUPYTER_DATA_DIR=os.path.join(jupyter, "data"),
        JUPYTER_RUNTIME_DIR=os.path.join(jupyter, "runtime"),
        IPYTHONDIR=os.path.join(jupyter, "ipython"),
    )
    # Behind a company's proxy, requests to this machine must not be sent to it: not ours, not the learner's httpx.
    local = "127.0.0.1,localhost"
    env["NO_PROXY"] = env["no_proxy"] = ",".join(
        part for part in (env.get("no_proxy") or env.get("NO_PROXY"), local) if part
    )
    env.update(more)
    return env


def die_with_parent():
    """Linux: have the kernel send SIGTERM to this child when course.py is killed with no chance to stop it."""
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def spawn(argv, out, env=None):
    """A child in a process group of its own: a Ctrl-C reaches only us, and we stop the children in order."""
    options = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.STDOUT, "cwd": ROOT}
    options["env"] = env or environment()
    if WINDOWS:
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    if sys.platform.startswith("linux") and importlib.util.find_spec("_ctypes"):
        options["preexec_fn"] = die_with_parent
    return subprocess.Popen(argv, **options)


def family(pids):
    """These processes and all that came from them. Kernels and shells of JupyterLab leave its process group."""
    if sys.platform.startswith("linux"):
        # Each carries our mark, also one whose parent has gone. Who has ended shows an empty environment.
        found = set()
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError), open("/proc/%s/environ" % entry, "rb") as environ:
                    if ("KEEPALIVE_RUN=" + RUN).encode() in environ.read().split(b"\0"):
                        found.add(int(entry))
        return found
    parents = {}
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        table = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], timeout=5)
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in table.splitlines())}
    found, more = set(), set(pids)
    while more:
        found |= more
        more = {pid for pid, parent in parents.items() if parent in found} - found
    return found


def stop(children, patience=8.0):
    """Stop children and their children: politely, then, after `patience` seconds, not."""
    children = list(children)
    alive = [child for child in children if child.poll() is None]
    if WINDOWS:
        for child in alive:
            succeeds(["taskkill", "/F", "/T", "/PID", str(child.pid)])
        return
    pids = [child.pid for child in alive]
    everyone = family(pids)  # now, while the parents of all are there
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while time.monotonic() < until and any(child.poll() is None for child in alive):
        time.sleep(0.05)
    pids = [child.pid for child in alive if child.poll() is None]
    for pid in family(pids) | everyone - {child.pid for child in children if child.poll() is not None}:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    for child in children:
        child.wait()


class Progress:
    """One line that says what goes on and for how long: redrawn on a terminal, seldom repeated anywhere else."""

    def __init__(self, title):
        self.title, self.began, self.turn = title, time.monotonic(), 0
        self.tty = sys.stdout.isatty()
        if not self.tty:
            say(title + " ...")

    def draw(self, line, end=""):
        width = shutil.get_terminal_size().columns - 1
        say("\r" + line[:width].ljust(width), end)

    def tick(self, remark=lambda: ""):
        """Wait a tenth of a second; `remark` gives a few words on how far it is."""
        nap(0.1)
        self.turn += 1
        if not self.tty and self.turn % 300:
            return
        parts = [part for part in (remark(), "%d s" % (time.monotonic() - self.began)) if part]
        line = "%s: %s" % (self.title, ", ".join(parts))
        if self.tty:
            self.draw("|/-\\"[self.turn % 4] + " " + line)
        else:
            say("  " + line)

    def end(self, outcome):
        line = "%s: %s %.0f s" % (self.title, outcome, time.monotonic() - self.began)
        if self.tty:
            self.draw(line, "\n")
        else:
            say("  " + line)


def step(title, argv, log, remark=lambda text: "", env=None):
    """Run one long step. Its own words go to a log, ours say what it does and for how long.

    `remark` makes a few words from the log so far. Returns (exit code, text of the log, path of the log).
    """
    path = log_path(log)
    progress = Progress(title)
    outcome = "stopped after"
    with open(path, "wb") as out:
        child = spawn(argv, out, env)
        try:
            while child.poll() is None:
                progress.tick(lambda: remark(read(path)))
            outcome = "failed after" if child.returncode else "done in"
        finally:
            if child.poll() is None:
                stop([child], patience=3.0)
            progress.end(outcome)
    return child.returncode, read(path), path


# ---------------------------------------------------------------- one at a time


def lock_or_false(handle):
    """Take the lock without waiting. The system frees it when its holder dies, however it dies."""
    try:
        if WINDOWS:
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Some network file systems know no locks; then we go on without.
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def take_turn():
    """Wait until no other course.py sets up or starts in this folder.

    Returns (open lock file, None); closing the file gives the turn back. Or (None, state) of the one that runs.
    """
    os.makedirs(CACHE, exist_ok=True)
    handle = open(LOCK, "a")  # noqa: SIM115 - the caller holds it
    told = False
    while not lock_or_false(handle):
        state = running()
        if state:
            handle.close()
            return None, state
        if not told:
            say("Another course.py is at work in this folder. Waiting for it.")
            told = True
        nap(0.3)
    return handle, None


# ---------------------------------------------------------------- setting up


def digest(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def read_stamp():
    try:
        with open(STAMP, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def venv_version():
    """The version of the Python in .venv ("3.11.2"), or None when it does not start."""
    try:
        code = "import sys, pip; print('%d.%d.%d' % sys.version_info[:3])"
        out = subprocess.check_output([PYTHON, "-c", code], env=environment(), stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return out.decode("ascii").strip()


def wanted(tests):
    locks = [LEARNER_LOCK] + [TEST_LOCK] * tests
    return {
        "folder": ROOT,  # the commands in .venv/bin and the link to src/ hold it
        "files": {name: digest(name) for name in locks + ["pyproject.toml", PAGES_LOCK]},
    }


def state_of_setup(tests):
    """What is to be done, as (action, sentence). Action: "none", "update" (keep .venv) or "make" (a new one)."""
    if not os.path.exists(VENV):
        return "make", "Setting up for the first time. This takes a minute or two and needs a network."
    version = venv_version()
    if version is None:
        return "make", "The Python in .venv does not start (interrupted, moved or upgraded): making .venv anew."
    stamp, want = read_stamp(), wanted(tests)
    if not stamp:
        return "update", "The set-up in .venv was not finished: going on with it."
    if stamp.get("python") != version.rpartition(".")[0]:
        return "make", "The Python in .venv is now %s, it was %s: making .venv anew." % (version, stamp.get("python"))
    if stamp.get("folder") != ROOT:
        return "make", "This folder was %s when .venv was made: making .venv anew." % stamp.get("folder")
    changed = [name for name, value in want["files"].items() if stamp["files"].get(name, value) != value]
    if changed:
        return "update", "%s changed since the last set-up: bringing .venv up to date." % " and ".join(sorted(changed))
    new = set(want["files"]) - set(stamp["files"])
    if new:
        return "update", "Adding what the %s need." % ("pages" if PAGES_LOCK in new else "tests")
    return "none", ""


def set_up(tests=False):
    """Set up, unless it is done. Waits for another course.py that is setting up."""
    if state_of_setup(tests)[0] == "none":
        return
    turn, state = take_turn()
    if state:
        raise Stop(
            "The course is running from this folder, and its set-up has to change first.\n"
            "Stop it (Ctrl-C in its terminal), then run this again."
        )
    with turn:
        bring_up_to_date(tests)


def bring_up_to_date(tests=False):
    """The set-up itself; the caller holds the lock."""
    action, sentence = state_of_setup(tests)
    if action == "none":
        return
    say(sentence)
    earlier = read_stamp()
    # Once a contributor's .venv, always one: both locks stay in step.
    locks = [LEARNER_LOCK] + [TEST_LOCK] * (tests or TEST_LOCK in earlier.get("files", {}))
    if action == "make":
        earlier = {}
        make_venv()
    else:
        drop_half_installed()
    # No stamp while things change, so that an end halfway, however it comes, is seen the next time.
    with contextlib.suppress(FileNotFoundError):
        os.remove(STAMP)
    pip = [PYTHON, "-m", "pip", "--no-input", "install", "--no-warn-script-location"]
    argv = pip + ["--require-hashes"] + [part for name in locks for part in ("-r", os.path.join(ROOT, name))]
    try:
        code, text, path = step("Installing the packages", argv, "packages", pip_remark)
        if code:
            raise Stop(pip_trouble(text, path, locks, earlier and untouched(text)))
    except (Stop, Interrupted):
        if earlier and untouched(read(log_path("packages"))):
            write_stamp(earlier)
        raise
    argv = pip + ["--no-deps", "--no-build-isolation", "--no-index", "-e", ROOT]
    code, text, path = step("Installing the course itself", argv, "course")
    if code:
        raise Stop(trouble_with_disk(text) or "The course's own package could not be installed.\n" + tail(path))
    fetch_for_pages(len(locks) > 1)
    write_stamp(dict(wanted(len(locks) > 1), python=venv_version().rpartition(".")[0]))


def fetch_for_pages(tests):
    """What npm brings: the Python and the editor of the pages, and what bundles them. With it, later builds need no
    network.
    """
    argv = [PYTHON, "-m", "keepalive.website", "fetch"] + ["--tests"] * tests
    code, text, path = step("Fetching what the pages need", argv, "pages")
    if code:
        raise Stop(
            trouble_with_disk(text)
            or "What the pages need could not be fetched from the npm registry. The last lines:\n"
            + tail(path)
            + "\nRun this again with a network; what is there already is not fetched again. Where another host stands"
            "\nin for the registry: npm config set registry ADDRESS, with the npm in .venv/bin."
        )


def write_stamp(stamp):
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
    os.replace(STAMP + ".new", STAMP)


def untouched(pip_log):
    """Whether pip ended before it changed anything: it fetches everything first."""
    return "Installing collected packages" not in pip_log


def modules_missing():
    """What Debian splits off into python3-venv."""
    return [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]


def make_venv():
    free = shutil.disk_usage(ROOT).free // 10**6
    if free < DISK_NEEDED_MB:
        raise Stop("Not enough room: the set-up needs about %d MB, and %s has %d MB." % (DISK_NEEDED_MB, ROOT, free))
    missing = modules_missing()
    if missing:
        raise Stop(
            "This Python (%s) comes without its module %s, which makes .venv.\n"
            "On Debian and Ubuntu: sudo apt install python3-venv   (or python%d.%d-venv)\n"
            "Then run this again." % ((sys.executable, missing[0]) + sys.version_info[:2])
        )
    # Not sys.executable: that may be the very .venv that is made anew.
    python = getattr(sys, "_base_executable", None) or sys.executable
    argv = [python, "-m", "venv", "--clear", "--prompt", "keepalive", VENV]
    code, text, path = step("Making .venv with Python %s" % sys.version.split()[0], argv, "venv")
    if code:
        raise Stop(trouble_with_disk(text) or "Making .venv failed.\n" + tail(path))


def half_installed():
    """What describes packages that an interrupted pip left half unpacked: it writes RECORD and INSTALLER last."""
    half = []
    for folder, names, _ in os.walk(VENV):
        if os.path.basename(folder) == "site-packages":
            for name in names:
                info = os.path.join(folder, name)
                if name.endswith(".dist-info") and not all(
                    os.path.exists(os.path.join(info, last)) for last in ("RECORD", "INSTALLER")
                ):
                    half.append(info)
            names[:] = []
    return half


def drop_half_installed():
    """Forget such packages, so that pip installs them again; it would take them for installed."""
    for info in half_installed():
        shutil.rmtree(info)


def pip_remark(log):
    if not untouched(log):
        return "unpacking"
    if "Retrying" in log[-2000:]:
        return "the index does not answer, trying again"
    fetched = len(re.findall(r"^(?:Collecting|Processing) ", log, re.M))
    return "%d fetched" % fetched if fetched else ""


def trouble_with_disk(log):
    if NO_ROOM in log:
        return "The disk is full. Make room (%s and the folder for temporary files), then run this again." % ROOT
    if re.search(r"Permission denied|Read-only file system", log):
        return "No permission to write in %s. Make it yours, or copy the course to a folder that is." % ROOT
    return None


NO_ROOM = "No space left on device"
NO_NETWORK = r"connection broken|NewConnectionError|Could not fetch URL|ConnectTimeout|ReadTimeout|ProxyError"


def pip_trouble(log, path, locks, untouched_setup):
    """pip's failure as what happened, what is missing and what to do."""
    if "DO NOT MATCH THE HASHES" in log:
        lines = [
            "A package that was fetched is not the one that the lock names, so it was not installed.",
            "A damaged download or a proxy that rewrites files does this; run this again, or from another network.",
        ]
    elif NO_ROOM not in log and re.search(NO_NETWORK, log):
        lines = ["The packages could not be fetched: the package index does not answer (no network?)."]
        missing = missing_packages(locks)
        if missing:
            more = "" if len(missing) <= 6 else " and %d more" % (len(missing) - 6)
            lines.append("Missing: " + ", ".join(missing[:6]) + more + ".")
        if untouched_setup:
            lines += [
                ".venv is as it was: the set-up for an earlier version of the course, which this version cannot use.",
                "Run this again with a network, or go back to the version you had. Right after a pull:",
                "    git switch --detach ORIG_HEAD",
            ]
        else:
            lines.append("Run this again with a network. After that the course needs none.")
    else:
        return trouble_with_disk(log) or "pip could not install the packages. Its last lines:\n" + tail(path)
    return "\n".join(lines + ["The whole log: " + path])


def missing_packages(locks):
    """Names and versions that the locks ask for on this machine and .venv has not, by pip's own reading of a lock."""
    code = (
        "import importlib.metadata as m, re, sys\n"
        "from pip._vendor.packaging.requirements import Requirement as R\n"
        "key = lambda name: re.sub(r'[-_.]+', '-', name).lower()\n"
        "have = {key(d.name): d.version for d in m.distributions() if d.name}\n"
        "for path in sys.argv[1:]:\n"
        "    for line in open(path, encoding='utf-8'):\n"
        "        if re.match(r'[A-Za-z0-9]', line):\n"
        "            r = R(line.strip().rstrip(chr(92)))\n"
        "            if (not r.marker or r.marker.evaluate()) and r.specifier != '==' + have.get(key(r.name), '0'):\n"
        "                print(r.name, str(r.specifier)[2:])\n"
    )
    try:
        argv = [PYTHON, "-c", code] + [os.path.join(ROOT, name) for name in locks]
        out = subprocess.check_output(argv, env=environment(), stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return []
    return out.decode("utf-8", "replace").splitlines()


# ---------------------------------------------------------------- starting


def answers(url, token=None):
    """Whether `url` answers 200. Asked directly: a proxy in the environment has no business on loopback."""
    request = urllib.request.Request(url, headers={"Authorization": "token " + token} if token else {})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=3) as reply:
            return reply.status == 200
    except (OSError, ValueError, http.client.HTTPException):  # nobody there, or somebody who speaks something else
        return False


def running():
    """The state of the course that runs from this folder, found by asking its servers, or None."""
    try:
        with open(STATE, encoding="utf-8") as file:
            state = json.load(file)
        asked = [(state["ask"][name], state["token"] if name == "lab" else None) for name in PORTS]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return state if all(answers(url, token) for url, token in asked) else None


def is_free(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as probe:
        if not WINDOWS:  # there it would let us share a port that is in use; here it passes over closed connections
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports(place):
    """A free port for each server. The site's are those where it was before, if they can be had."""
    chosen = {}
    for name, preferred in PORTS.items():
        others = (set(PORTS.values()) - {preferred}) | set(chosen.values())
        before = [place[key] for key in ("site", "away") if name == "site" and place[key]]
        for port in before + list(range(preferred, preferred + 200)):
            if port not in others and is_free(port):
                break
        else:
            raise Stop("No free port from %d to %d." % (preferred, port))
        wanted = (before + [preferred])[0]
        if port != wanted:
            say("Port %d is in use by another program; taking %d." % (wanted, port))
        chosen[name] = port
    return chosen


# A browser keeps what is written in the page by address, port and all: at another port the work seems gone. So the site
# comes back to the port where it was first, and to the same other one for as long as that is taken.

NOWHERE = {"site": None, "away": None, "moved_at": None}


def known_place():
    """Where the site was: "site", the port where it is at home; "away", the latest that stood in for it; "moved_at", if
    it was away at the last start: since when, in seconds since 1970. None for what is not known."""
    try:
        with open(ADDRESS, encoding="utf-8") as file:
            found = json.load(file)
        place = {key: found[key] for key in NOWHERE}
    except (OSError, ValueError, KeyError, TypeError):
        return dict(NOWHERE)
    ports = [place["site"], place["away"] or place["site"]]
    well = all(type(port) is int and 0 < port < 65536 for port in ports) and type(place["moved_at"] or 0) is int
    return place if well else dict(NOWHERE)


def place_with(place, port):
    """The same after a start at `port`."""
    if place["site"] in (None, port):
        return dict(place, site=port, moved_at=None)
    return dict(place, away=port, moved_at=place["moved_at"] or int(time.time()))


def write_place(place):
    """In one step: a half-written file would forget where the work is."""
    with open(ADDRESS + ".new", "w", encoding="utf-8") as file:
        json.dump(place, file)
    os.replace(ADDRESS + ".new", ADDRESS)


def where_work_is(before, now):
    """What to say of work that was written in the page at another port, or "". Nobody but the browser knows of any."""
    kept = "What you wrote in the page is kept at http://127.0.0.1:%d/: a browser keeps it by address.\n"
    serve = os.path.relpath(PYTHON, ROOT) + " -m keepalive.website serve --port %d"
    bring = "  %s\nbeside the course. Press Export below the course map there, then Import below the course map here."
    if now["moved_at"]:
        home = now["site"]
        return (
            kept % home
            + "To have it back, end the program that uses port %d, then start the course again.\n" % home
            + "To go on here instead, end that program and run\n"
            + bring % (serve % home)
        )
    if before["moved_at"]:
        away = before["away"]
        back = "Port %d is free again, so the course is back there. " % now["site"]
        said = kept.replace("in the page is", "in the page meanwhile is") % away
        return back + said + "To bring it here, run\n" + bring % (serve % away)
    return ""


def site_command(port, place):
    argv = [PYTHON, "-m", "keepalive.website", "serve", "--port", str(port)]
    if place["moved_at"]:
        argv += ["--moved", str(place["site"]), str(place["moved_at"])]
    return argv


def work_folder():
    return os.path.join(ROOT, os.environ.get("KEEPALIVE_WORK") or "work")


def lab_command(port):
    argv = [PYTHON, "-m", "jupyterlab", "--no-browser"]
    argv += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=%d" % port, "--ServerApp.port_retries=0"]
    argv += ["--ServerApp.root_dir=" + work_folder()]
    # No question about news, no request for news, updates or extensions: the course speaks with nobody outside.
    argv += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    argv += ["--LabApp.extension_manager=readonly"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container
        argv += ["--allow-root"]
    return argv


def quiet_lab():
    """JupyterLab asks every newcomer whether to fetch news. A flag stops the fetching; only this stops the asking."""
    folder = os.path.join(environment()["JUPYTER_CONFIG_DIR"], "labconfig")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "page_config.json"), "w", encoding="utf-8") as file:
        json.dump({"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}, file)


def build_site():
    code, text, path = step("Building the site", [PYTHON, "-m", "keepalive.website", "build"], "site-build")
    if code:
        raise Stop(trouble_with_disk(text) or "The site could not be built. Its last lines:\n" + tail(path))


def put_copies():
    code, text, path = step("Bringing your folder work up to date", [PYTHON, "-m", "keepalive", "work"], "work")
    if code:
        raise Stop(trouble_with_disk(text) or "That failed. Its last lines:\n" + tail(path))
    for line in text.splitlines():
        if not line.endswith(": new"):  # at the first start all are
            say("  " + line)


TITLES = {"site": "Course", "lab": "JupyterLab", "api": "Practice API"}


def start(browser=True):
    """Start everything and stay until Ctrl-C. Returns the exit code."""
    turn, state = take_turn()
    if state:
        say("The course runs already (process %d). Ctrl-C in its terminal stops it." % state["pid"])
        show(state, browser)
        return 0
    with turn:
        bring_up_to_date()
        build_site()
        put_copies()
        quiet_lab()
        before = known_place()
        ports = choose_ports(before)
        place = place_with(before, ports["site"])
        state = dict(describe(ports), work=where_work_is(before, place))
        commands = {
            "site": site_command(ports["site"], place),
            "api": [PYTHON, "-m", "keepalive", "api", "--port", str(ports["api"])],
            "lab": lab_command(ports["lab"]),
        }
        children = {}
        up = False
        try:
            for name, argv in commands.items():
                # The token travels in the environment: other users of the machine can read a command line.
                env = environment(JUPYTER_TOKEN=state["token"]) if name == "lab" else None
                with open(log_path(name), "wb") as out:
                    children[name] = spawn(argv, out, env)
            wait_until_up(children, state)
            up = True
            write_place(place)
            write_state(state)
            say("\nThe course is running. Ctrl-C stops it.")
            show(state, browser)
            while True:
                nap(0.2)
                check_alive(children)
        except Interrupted:
            if not up:
                raise
            return 0
        finally:
            say("\nStopping ...")
            with contextlib.suppress(FileNotFoundError):
                os.remove(STATE)
            stop(children.values())
            say("Everything is stopped.")


def describe(ports):
    """Who runs where; what a second start reads. The addresses to ask differ from those for people."""
    token = secrets.token_hex(16)
    base = {name: "http://127.0.0.1:%d/" % port for name, port in ports.items()}
    return {
        "pid": os.getpid(),
        "token": token,
        "show": dict(base, lab=base["lab"] + "lab?token=" + token),
        "ask": dict(base, lab=base["lab"] + "api/status", api=base["api"] + "_depot/ledger"),
    }


def write_state(state):
    with contextlib.suppress(FileNotFoundError):
        os.remove(STATE)  # its mode would stay as it was
    with open(os.open(STATE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)


def wait_until_up(children, state):
    progress = Progress("Starting practice API, site and JupyterLab")
    waiting = list(children)
    while waiting:
        name = waiting[0]
        check_alive(children)
        if time.monotonic() - progress.began > START_SECONDS:
            raise Stop(
                "%s does not answer after %d s. The last lines of its log:\n%s"
                % (TITLES[name], START_SECONDS, tail(log_path(name)))
            )
        progress.tick(lambda name=name: "waiting for " + TITLES[name])
        if answers(state["ask"][name], name == "lab" and state["token"]):
            waiting.remove(name)
    progress.end("done in")


def check_alive(children):
    for name, child in children.items():
        if child.poll() is not None:
            raise Stop(
                "%s ended by itself (exit code %d), so the others were stopped. The last lines of its log:\n%s"
                % (TITLES[name], child.returncode, tail(log_path(name)))
            )


def show(state, browser):
    say("")
    for name in ("site", "lab", "api"):
        say("  %-13s %s" % (TITLES[name], state["show"][name]))
    say("")
    if state.get("work"):
        say(state["work"] + "\n")
    screen = WINDOWS or sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if browser and screen and not os.environ.get("CI") and not os.environ.get("SSH_CONNECTION"):
        # A process of its own: a browser that talks, waits or fails is no matter of ours.
        argv = [sys.executable, "-m", "webbrowser", "-t", state["show"]["site"]]
        subprocess.Popen(argv, start_new_session=not WINDOWS, **QUIET)


# ---------------------------------------------------------------- testing


def apt_get(packages):
    """Install Debian packages, if there is an apt-get that we may use without a password. Returns whether it worked."""
    if not shutil.which("apt-get"):
        return False
    argv = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    if os.geteuid() != 0:
        if not succeeds(["sudo", "-n", "true"]):
            return False
        argv = ["sudo", "-n"] + argv
    step("Reading Debian's package lists", argv + ["update"], "apt-update")
    title = "Installing %s with apt-get" % " ".join(packages)
    return step(title, argv + ["install", "-y", "--no-install-recommends"] + packages, "apt-install")[0] == 0


def system_chromium():
    places = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
    places += ["/Applications/%s.app/Contents/MacOS/%s" % (name, name) for name in ("Chromium", "Google Chrome")]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        places.append(os.path.join(os.environ.get(variable, ""), "Google", "Chrome", "Application", "chrome.exe"))
    for place in places:
        path = shutil.which(place)
        # Ubuntu's may be a script that only says where to get a browser. (On Windows --version opens a window.)
        if path and (WINDOWS or succeeds([path, "--version"])):
            return path
    return None


def succeeds(argv):
    try:
        return subprocess.call(argv, timeout=60, **QUIET) == 0
    except (OSError, subprocess.SubprocessError):
        return False


def have_driver():
    """Playwright drives the browser through a Node of its own, which asks for a library that a small Debian has not."""
    argv = [PYTHON, "-m", "playwright", "--version"]
    if not succeeds(argv) and not (apt_get(["libatomic1"]) and succeeds(argv)):
        raise Stop(
            "Playwright, which drives the browser in the tests, does not start here. Its Node needs the library\n"
            "libatomic (Debian and Ubuntu: sudo apt install libatomic1). What it says: .venv/bin/playwright --version"
        )


def playwright_chromium():
    """The path of the Chromium that Playwright keeps, there or not."""
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    return subprocess.check_output([PYTHON, "-c", code], env=environment(), cwd=ROOT).decode("utf-8").strip()


def chromium():
    """A Chromium for the tests: the one that is named, the system's, Debian's, or Playwright's."""
    given = os.environ.get("KEEPALIVE_CHROMIUM")
    if given:
        if not shutil.which(given):
            raise Stop("KEEPALIVE_CHROMIUM is %r, and there is no program of that name." % given)
        return given
    path = system_chromium()
    if not path and apt_get(["chromium"]):
        path = system_chromium()
    if path:
        return path
    path = playwright_chromium()
    if not os.path.exists(path):
        argv = [PYTHON, "-m", "playwright", "install", "chromium"]
        code, _, log = step("Fetching Chromium with Playwright", argv, "chromium")
        if code:
            raise Stop(
                "The tests drive a real browser, and no Chromium was found or could be fetched.\n"
                "Install Chromium or Chrome with your system's package manager, or set KEEPALIVE_CHROMIUM to one.\n"
                + tail(log, 4)
            )
    return path


def firefox():
    """Try to have a Firefox, too, where that takes one command. Without it one file of the tests is skipped."""
    there = os.environ.get("KEEPALIVE_FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    if not there and succeeds(["grep", "-q", "^ID=debian$", "/etc/os-release"]):
        apt_get(["firefox-esr"])


def set_up_tests():
    """Install what tests and linters need, and nothing more. Returns the path of the Chromium that tests drive."""
    if modules_missing() and not os.path.exists(PYTHON):
        apt_get(["python3-venv"])
        importlib.invalidate_caches()
    set_up(tests=True)
    have_driver()
    path = chromium()
    firefox()
    return path


def say_ready_for_tests(path):
    say("What tests and linters need is installed. One file of tests: .venv/bin/pytest tests/course/test_gaps.py")
    names = ["chromium", "chromium-browser", "google-chrome"]  # as tests/browser/conftest.py looks for one
    if path != next(filter(None, map(shutil.which, names)), None):
        say("Browser tests started like this need the variable KEEPALIVE_CHROMIUM=%s" % path)


def test(arguments):
    """Set up what the tests need and run them all. Returns pytest's exit code."""
    env = environment(KEEPALIVE_CHROMIUM=set_up_tests())
    build_site()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # -P: this folder is not a place to import from; course.py is no module of the tests.
    # A file's tests share what its fixtures have built or started: they go to one worker. Long files are begun first,
    # as tests/conftest.py sorts them. One worker more than cores, because many tests wait for a browser or a child.
    order = ["--dist", "loadfile", "--no-loadscope-reorder"]
    argv = [PYTHON, "-P", "-m", "pytest", "-n", str(cores + 1)] + order + arguments
    # In our own process group, with the terminal: colours, --pdb and Ctrl-C work as usual.
    child = subprocess.Popen(argv, cwd=ROOT, env=env)
    try:
        while child.poll() is None:
            nap(0.1)
    except Interrupted:
        # A Ctrl-C has reached pytest too. Anything else it hears as one, so that fixtures stop what they started.
        if RECEIVED[0] != signal.SIGINT and not WINDOWS:
            child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=15)
        stop([child], patience=0)
        raise
    return child.returncode


# ---------------------------------------------------------------- looking for what is wrong


def ask(argv, seconds=120):
    """Run a small program of the set-up's; (whether it went well, what it said last)."""
    try:
        child = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
            env=environment(), timeout=seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False, "no answer within %d s" % seconds
    except OSError as error:
        return False, str(error)
    lines = child.stdout.decode("utf-8", "replace").strip().splitlines()
    return child.returncode == 0, lines[-1].strip() if lines else ""


# Each check gives (True, what is well), (False, what is wrong, how to mend it), or None: there is nothing to say.


def check_python():
    return True, "Python %s (%s)" % (sys.version.split()[0], sys.executable)


def check_venv_module():
    missing = modules_missing()
    if not missing:
        return True, "Python has the modules that make .venv"
    said = "Python comes without its module " + missing[0]
    if os.path.exists(PYTHON):
        return True, said + "; .venv is made already, so it is not needed now"
    return False, said + ", which makes .venv", "Debian and Ubuntu: sudo apt install python3-venv"


def check_writable():
    for folder in [ROOT, CACHE, work_folder()]:
        if not os.path.isdir(folder):
            continue
        probe = os.path.join(folder, ".keepalive-%d" % os.getpid())
        try:
            with open(probe, "wb") as file:
                file.write(b"x")
            os.remove(probe)
        except OSError as error:
            mend = "make room, or make the folder yours, or copy the course to a folder that is"
            return False, "%s cannot be written to: %s" % (folder, error.strerror or error), mend
    return True, "The folder can be written to: " + ROOT


def check_path():
    if os.pathsep in ROOT:
        return False, "The folder's path holds %r, with which .venv cannot be made" % os.pathsep, "rename the folder"
    most = 259 if WINDOWS and not long_paths() else 1023
    if len(ROOT) + LONGEST > most:
        said = "The folder's path has %d letters; with what is installed below it, more than %d" % (len(ROOT), most)
        return False, said, "move the course to a shorter path, e.g. " + ("C:\\keepalive" if WINDOWS else "~/keepalive")
    return True, "The folder's path is short enough"


def long_paths():
    """Whether this Windows takes paths of more than 259 letters."""
    with contextlib.suppress(ImportError, OSError):
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    return False


def check_disk():
    free = shutil.disk_usage(ROOT).free // 10**6
    need = DISK_ENOUGH_MB if state_of_setup(is_contributors())[0] == "none" else DISK_NEEDED_MB
    if free < need:
        return False, "The disk has %d MB free, and %d are needed" % (free, need), "make room"
    return True, "The disk has %d MB free" % free


def is_contributors():
    """Whether .venv holds what the tests need, too."""
    return TEST_LOCK in read_stamp().get("files", {})


def check_setup():
    tests = is_contributors()
    if not os.path.exists(VENV):
        return False, "There is no .venv yet", "python3 course.py setup"
    action, sentence = state_of_setup(tests)
    if action == "none":
        return True, ".venv is complete and matches the locks%s" % (", with what the tests need" if tests else "")
    return False, sentence.partition(": ")[0], "python3 course.py setup"


def check_unpacked():
    half = half_installed() if os.path.exists(VENV) else []
    if half:
        names = ", ".join(sorted(os.path.basename(info).rpartition(".")[0] for info in half)[:6])
        return False, "Half unpacked, by an installation that was cut off: " + names, repair()
    return None


def repair():
    """How to have packages installed again. Without its stamp a set-up counts as unfinished, and goes on."""
    return "delete %s, then: python3 course.py setup" % os.path.join(".venv", os.path.basename(STAMP))


ANEW = "python3 course.py clean, then: python3 course.py setup"


def check_packages():
    if venv_version() is None:
        return None  # said by check_setup
    locks = [LEARNER_LOCK] + [TEST_LOCK] * is_contributors()
    missing = missing_packages(locks)
    if missing:
        more = "" if len(missing) <= 6 else " and %d more" % (len(missing) - 6)
        return False, "Not in .venv as the lock says: " + ", ".join(missing[:6]) + more, repair()
    return True, "Every package of %s is there" % " and ".join(locks)


def check_pip():
    if venv_version() is None:
        return None
    well, said = ask([PYTHON, "-m", "pip", "check"])
    return (True, "pip finds no conflict") if well else (False, "pip check: " + said, ANEW)


IMPORTED = ["httpx", "h11", "respx", "uvicorn", "starlette", "rich", "jupyterlab", "ipykernel", "keepalive.cli"]


def check_imports():
    if venv_version() is None:
        return None
    code = (
        "import importlib, os, sys\n"
        "for name in sys.argv[2:]:\n"
        "    try: importlib.import_module(name)\n"
        "    except Exception as e: sys.exit('%s cannot be imported: %s: %s' % (name, type(e).__name__, e))\n"
        "here = os.path.realpath(sys.modules['keepalive'].__file__)\n"
        "inside = here.startswith(os.path.join(sys.argv[1], 'src') + os.sep)\n"
        "sys.exit(0 if inside else 'the package keepalive comes from ' + here + ', not from this folder')\n"
    )
    well, said = ask([PYTHON, "-c", code, ROOT] + IMPORTED)
    return (True, "The packages can be imported") if well else (False, said, ANEW)


def check_kernel():
    if venv_version() is None:
        return None
    code = (
        "import os, sys\n"
        "from jupyter_client.kernelspec import KernelSpecManager\n"
        "program = KernelSpecManager().get_kernel_spec('python3').argv[0]\n"
        "own = os.path.dirname(program) in ('', os.path.dirname(sys.executable))\n"
        "sys.exit(0 if own else 'the kernel python3 starts ' + program)\n"
    )
    well, said = ask([PYTHON, "-c", code])
    if well:
        return True, "JupyterLab finds .venv's own kernel"
    return False, "JupyterLab does not find .venv's own kernel: " + said, ANEW


def check_running():
    """The course that runs, or what is left of one that was killed."""
    state = running()
    if state:
        return True, "The course runs (process %d): %s" % (state["pid"], state["show"]["site"])
    if os.path.exists(LOCK):
        with open(LOCK, "a") as handle:
            if not lock_or_false(handle):
                mend = "wait for it, or stop it with Ctrl-C in its terminal"
                return False, "A course.py is at work in this folder and does not answer (yet)", mend
    if os.path.exists(STATE):
        said = ".cache/running.json speaks of a course that does not run any more"
        return False, said, "start the course again: python3 course.py, or delete that file"
    return True, "The course does not run"


def check_ports():
    if running():
        return None
    ports = dict(PORTS, site=known_place()["site"] or PORTS["site"])
    busy = [port for port in ports.values() if not is_free(port)]
    for port in busy:
        if not any(is_free(other) for other in range(port, port + 200)):
            return False, "No port is free from %d to %d" % (port, port + 199), "end the programs that hold them"
    if busy:
        return True, "In use by other programs: port %s; the course takes the next" % ", ".join(map(str, busy))
    return True, "The ports %s are free" % ", ".join(str(port) for port in ports.values())


def check_chromium():
    given = os.environ.get("KEEPALIVE_CHROMIUM")
    if given and not shutil.which(given):
        return False, "KEEPALIVE_CHROMIUM is %r, and there is no program of that name" % given, "correct it or unset it"
    path = given or system_chromium()
    if path:
        return True, "Chromium for the tests: " + path
    return True, "No Chromium here; only the tests need one, and python3 course.py test fetches it"


CHECKS = (
    check_python, check_venv_module, check_writable, check_path, check_disk, check_setup, check_unpacked,
    check_packages, check_pip, check_imports, check_kernel, check_running, check_ports, check_chromium,
)  # fmt: skip


def doctor():
    """Say of each thing whether it is well, or how to mend it. Changes nothing. Returns 1 if something is wrong."""
    wrong = 0
    try:
        for check in CHECKS:
            try:
                found = check()
            except OSError as error:
                found = (
                    False,
                    "%s: %s" % (check.__name__.replace("_", " "), error),
                    "look at the disk and at who may write to the folder",
                )
            if found is None:
                continue
            say(("ok  " if found[0] else "!!  ") + found[1])
            if not found[0]:
                wrong += 1
                say("      mend: " + found[2])
    finally:
        with contextlib.suppress(OSError):  # environment() made these by asking; they stay where they hold anything
            os.removedirs(os.path.join(CACHE, "jupyter"))
    say()
    if wrong:
        count = "1 thing is wrong" if wrong == 1 else "%d things are wrong" % wrong
        say(count + ". Mend the first, then ask again: python3 course.py doctor")
    else:
        say("Nothing is wrong here.")
    return 1 if wrong else 0


# ---------------------------------------------------------------- removing what was built

BUILT = (".venv", ".cache", "build", "site", "web/node_modules", ".pytest_cache", ".ruff_cache", ".hypothesis")
NOT_OURS = (".git", ".venv", "work")  # where nobody looks for caches


def built():
    """What course.py, pip, pytest and Python have made here, as paths. Nothing that a person wrote."""
    found = [os.path.join(ROOT, *name.split("/")) for name in BUILT]
    found = [path for path in found if os.path.lexists(path) and not (path == CACHE and holds_only_the_place())]
    own = os.path.realpath(work_folder())
    for folder, names, _ in os.walk(ROOT):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name == "__pycache__" or (name.endswith(".egg-info") and folder in (ROOT, os.path.join(ROOT, "src"))):
                found.append(path)
        names[:] = [
            name
            for name in names
            if os.path.join(folder, name) not in found
            and not (folder == ROOT and name in NOT_OURS)
            and os.path.realpath(os.path.join(folder, name)) != own
        ]
    return found


def holds_only_the_place():
    """Whether .cache is as clean() leaves it: the port is remembered there, since work in a browser is found by it."""
    return os.path.exists(ADDRESS) and set(os.listdir(CACHE)) <= {os.path.basename(each) for each in (ADDRESS, LOCK)}


def size_of(path):
    """Megabytes in all; of a link none."""
    total = 0
    if not os.path.islink(path):
        for folder, _, names in os.walk(path):
            for name in names:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(folder, name)).st_size
    return total / 1e6


def precious():
    """The folders of the learner that an environment variable may have put anywhere."""
    named = [os.environ.get("KEEPALIVE_HOME"), work_folder()]
    return [os.path.realpath(os.path.join(ROOT, folder)) for folder in named if folder]


def remove(path):
    if os.path.islink(path) or not os.path.isdir(path):
        os.remove(path)  # the link, never what it leads to
    else:
        shutil.rmtree(path)


def clean():
    """Remove what was built, saying what. Returns the exit code."""
    handle = None
    if os.path.isdir(CACHE):
        handle = open(LOCK, "a")  # noqa: SIM115 - closed below, before its folder goes
        if not lock_or_false(handle):
            handle.close()
            state = running()
            who = "The course is running (process %d)" % state["pid"] if state else "A course.py is at work here"
            raise Stop(who + ", and would lose its ground.\nStop it (Ctrl-C in its terminal), then run this again.")
    try:
        place, paths = known_place(), built()
        for path in paths:
            for kept in precious():
                if (kept + os.sep).startswith(os.path.realpath(path) + os.sep):
                    raise Stop(
                        "%s lies in %s, which is to be removed, and it is yours. Nothing was removed.\n"
                        "Move it, and set KEEPALIVE_HOME or KEEPALIVE_WORK to its new place." % (kept, path)
                    )
        if not paths:
            say("Nothing was built here.")
        caches = [path for path in paths if os.path.basename(path) == "__pycache__"]
        for path in paths:
            if path not in caches:
                say("  removing %s (%.0f MB)" % (os.path.relpath(path, ROOT), size_of(path)))
                if handle and path == CACHE:
                    handle.close()
                remove(path)
        if caches:
            say("  removing %d folders __pycache__ (%.0f MB)" % (len(caches), sum(size_of(path) for path in caches)))
            for path in caches:
                remove(path)
        if CACHE in paths and place["site"]:
            os.makedirs(CACHE, exist_ok=True)
            write_place(place)
    finally:
        if handle:
            handle.close()
    say("The folder work and your progress are as they were. To set up again: python3 course.py")
    return 0


# ---------------------------------------------------------------- the command line


def run(argv):
    if argv and argv[0] in ("-h", "--help", "help"):
        say(__doc__.strip())
        return 0
    if argv in ([], ["--no-browser"]):
        return start(browser=not argv)
    if argv == ["setup"]:
        set_up()
        say("The set-up in .venv is complete. Start the course with: python3 course.py")
        return 0
    if argv == ["setup", "--tests"]:
        say_ready_for_tests(set_up_tests())
        return 0
    if argv[0] == "test":
        return test(argv[1:])
    if argv == ["doctor"]:
        return doctor()
    if argv == ["clean"]:
        return clean()
    sys.stderr.write("course.py does not know: %s\n\n%s\n" % (" ".join(argv), __doc__.strip()))
    return 2


def main(argv):
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a path may hold letters that the terminal has not
    listen_for_signals()
    try:
        return run(argv)
    except Interrupted:
        say("\nStopped.")
        return 128 + RECEIVED[0]
    except Stop as stopped:
        message = str(stopped)
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            message = trouble_with_disk(NO_ROOM)
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            message = "%s\n(%s)" % (trouble_with_disk("Permission denied"), error)
        else:
            raise
    sys.stdout.flush()
    sys.stderr.write("\n%s\n" % message)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
