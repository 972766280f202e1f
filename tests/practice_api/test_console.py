"""`keepalive api` without the command line round it."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys

import httpx
import pytest

from keepalive.practice_api import Depot, console, main

PROGRAM = """
import signal, sys
from keepalive.practice_api import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have been told to ignore it
sys.exit(main(port=0, {}))
"""


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_it_says_where_it_is_and_ends_on_ctrl_c():
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format("")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        url = re.fullmatch(
            r"Depot, the practice API, answers at (http://127\.0\.0\.1:\d+)\n", running.stdout.readline()
        )[1]
        ledger, stop = running.stdout.readline(), running.stdout.readline()
        assert f"{url}/_depot/ledger" in ledger and "Ctrl-C" in stop
        assert httpx.get(url, trust_env=False).json()["name"] == "Depot"
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=60) == ("Depot has stopped.\n", "")
        assert running.returncode == 0
    finally:
        running.kill()
        running.wait()


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_with_tls_and_faults_it_says_which_ca_to_trust():
    program = PROGRAM.format("tls='1.3', rtt=0.001, faults=['status_sequence statuses=[503]', 'cut after_bytes=3']")
    running = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        url = re.search(r"https://127\.0\.0\.1:\d+", running.stdout.readline())[0]
        ca = re.search(r": (\S.*ca\.pem)\n$", running.stdout.readline())[1]
        with httpx.Client(verify=ssl.create_default_context(cafile=ca), trust_env=False, timeout=60) as http:
            with pytest.raises(httpx.RemoteProtocolError, match="received 3 bytes"):
                http.get(url)
            assert http.get(f"{url}/_depot/ledger").json()["requests"][0]["status"] == 503
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=60)[1] == ""
        assert running.returncode == 0 and not os.path.exists(ca)
    finally:
        running.kill()
        running.wait()


def test_a_port_in_use_is_exit_code_2_and_a_way_out():
    said = []
    with Depot() as depot:
        assert main(port=depot.port, out=said.append) == 2
    assert said == [
        f"Port {depot.port} is in use by another program. "
        "Choose another one with --port, or --port 0 for any that is free."
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"port": 0, "faults": ["earthquake"]}, "--fault: there is no fault 'earthquake'; there are latency, "),
        ({"port": 0, "faults": ["hang", "hang"]}, "Hang is given twice"),
        ({"port": 70000}, "a port is a number from 0 to 65535; got 70000"),
        ({"host": "192.0.2.1", "port": 0}, "cannot listen on 192.0.2.1"),
    ],
)
def test_what_cannot_be_is_exit_code_2(given, sentence):
    said = []
    assert main(**given, out=said.append) == 2
    assert len(said) == 1 and sentence in said[0]


def test_a_server_that_dies_by_itself_is_noticed(monkeypatch):
    said = []
    started = []
    monkeypatch.setattr(console.time, "sleep", lambda seconds: started[0].stop())
    monkeypatch.setattr(console, "Depot", lambda **how: started.append(Depot(**how)) or started[0])
    assert main(port=0, out=said.append) == 1
    assert "by itself" in said[-1]
