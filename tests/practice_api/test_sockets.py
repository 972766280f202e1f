"""The kernel's table of connections: its spellings on each system, and what it says of a Depot here."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys

import httpx
import pytest

from keepalive.practice_api import Behaviour, Depot, sockets
from keepalive.practice_api.sockets import DelayLine, Socket, Sockets, of_netstat, of_proc, paired, sockets_at
from practice_api.test_depot import open_client

PROC = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:83F3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19829 1 0000000073
 304: 0100007F:E7D2 0100007F:83F3 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 0000000038
   7: 0100007F:83F3 0100007F:B506 05 00000000:00000000 03:00001755 00000000     0        0 0 3 00000000d3
 708: 0100007F:B506 0100007F:83F3 08 00000000:00000001 00:00000000 00000000     0        0 19846 1 00000000b2
 604: 0100007F:83F3 0100007F:B50E 01 00000000:00000000 00:00000000 00000000     0        0 19855 2 0000000018
 709: 0100007F:B50E 0100007F:83F3 01 00000000:00000000 02:00000A7B 00000000     0        0 19854 2 00000000b2
"""
PROC6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   1: 00000000000000000000000001000000:B510 00000000000000000000000001000000:83F3 01 00000000:00000000 00:00000000 0 0
"""
MACOS = """\
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.59346        127.0.0.1.33779        TIME_WAIT
tcp4       1      0  127.0.0.1.46342        127.0.0.1.33779        CLOSE_WAIT
tcp4       0      0  127.0.0.1.33779        127.0.0.1.46342        FIN_WAIT_2
tcp6       0      0  ::1.46350              ::1.33779              ESTABLISHED
tcp6       0      0  ::1.33779              ::1.46350              ESTABLISHED
tcp4       0      0  127.0.0.1.33779        *.*                    LISTEN
udp4       0      0  *.5353                 *.*
Active LOCAL (UNIX) domain sockets
Address          Type   Recv-Q Send-Q            Inode             Conn             Refs          Nextref Addr
cd81c7a5e5e5b1a1 stream      0      0                0 cd81c7a5e5e5b2a1                0                0
"""
WINDOWS = """\

Active Connections

  Proto  Local Address          Foreign Address        State
  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING
  TCP    127.0.0.1:33779        0.0.0.0:0              LISTENING
  TCP    127.0.0.1:59346        127.0.0.1:33779        TIME_WAIT
  TCP    [::1]:46350            [::1]:33779            ESTABLISHED
  TCP    [::1]:33779            [::1]:46350            ESTABLISHED
  UDP    0.0.0.0:5353           *:*
"""


def test_linux_lists_both_ends_their_states_and_the_time_that_is_left():
    assert list(paired(of_proc(PROC, ticks=100), 33779)) == [
        Socket(46342, "CLOSE-WAIT", "FIN-WAIT-2", 59.73),
        Socket(46350, "ESTABLISHED", "ESTABLISHED"),
        Socket(59346, "TIME-WAIT", None, 59.99),
    ]
    assert list(of_proc(PROC6, ticks=100)) == [DelayLine(46352, 33779, "ESTABLISHED")]
    assert list(of_proc("", ticks=100)) == []


def test_macos_and_windows_list_the_same_by_other_names():
    assert list(paired(of_netstat(MACOS), 33779)) == [
        Socket(46342, "CLOSE-WAIT", "FIN-WAIT-2"),
        Socket(46350, "ESTABLISHED", "ESTABLISHED"),
        Socket(59346, "TIME-WAIT", None),
    ]
    assert list(paired(of_netstat(WINDOWS), 33779)) == [
        Socket(46350, "ESTABLISHED", "ESTABLISHED"),
        Socket(59346, "TIME-WAIT", None),
    ]


def test_it_prints_as_a_table():
    assert repr(paired(of_proc(PROC, ticks=100), 33779)) == (
        "port   client's end    server's end\n"
        "46342  CLOSE-WAIT      FIN-WAIT-2 60 s\n"
        "46350  ESTABLISHED     ESTABLISHED\n"
        "59346  TIME-WAIT 60 s  gone"
    )
    assert repr(Sockets()) == "no connections"
    assert repr(Sockets(known=False)) == "This system does not say which connections there are."


def test_a_system_that_says_nothing_is_no_error(monkeypatch, tmp_path):
    def missing(*args, **kwargs):
        raise FileNotFoundError("netstat")

    monkeypatch.setattr(sockets.sys, "platform", "darwin")
    monkeypatch.setattr(sockets.subprocess, "run", missing)
    assert sockets_at(80) == () and not sockets_at(80).known
    refused = subprocess.CompletedProcess(["netstat"], 1, stdout="", stderr="no")
    monkeypatch.setattr(sockets.subprocess, "run", lambda *args, **kwargs: refused)
    assert not sockets_at(80).known


def test_elsewhere_netstat_is_asked(monkeypatch):
    monkeypatch.setattr(sockets.sys, "platform", "win32")
    printed = subprocess.CompletedProcess(["netstat"], 0, stdout=WINDOWS, stderr="")
    monkeypatch.setattr(sockets.subprocess, "run", lambda *args, **kwargs: printed)
    assert [each.port for each in sockets_at(33779)] == [46350, 59346]


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux's own table")


@contextlib.contextmanager
def fresh_depot(*behaviour):
    """At a port of which no connection is remembered: the system gives ports out again within the minute."""
    for _ in range(100):
        with Depot(*behaviour) as depot:
            if not depot.sockets:
                yield depot
                return
    pytest.fail("every port that the system gave out has connections of before")


@linux
def test_a_connection_of_the_machine_is_found_and_followed():
    with fresh_depot() as depot:
        with open_client(depot) as http:
            http.get("/users/1")
            (held,) = depot.sockets
            assert (held.client, held.server, held.seconds_left) == ("ESTABLISHED", "ESTABLISHED", None)
        (over,) = depot.sockets
        assert (over.port, over.client, over.server) == (held.port, "TIME-WAIT", None)
        assert 50 < over.seconds_left <= 60


@linux
def test_a_depot_that_has_stopped_still_has_an_address_to_look_at():
    with fresh_depot(Behaviour(idle_timeout=0.05)) as depot, httpx.Client(base_url=depot.url, trust_env=False) as http:
        http.get("/users/1")
        depot.ledger.wait_until(lambda ledger: ledger.open == 0)
        (half,) = depot.sockets
        assert half.client == "CLOSE-WAIT"
        assert half.server in ("FIN-WAIT-1", "FIN-WAIT-2"), "the second when the client's kernel has acknowledged"
    assert [each.server for each in depot.sockets] == ["TIME-WAIT"]


@linux
def test_ipv6_is_looked_at_too():
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        depot = Depot(host="::1").start()
    except Exception as error:
        pytest.skip(f"no IPv6 here: {error}")
    with open_client(depot) as http:
        http.get("/users/1")
        assert [each.client for each in depot.sockets] == ["ESTABLISHED"]
    depot.stop()
