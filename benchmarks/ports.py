"""Use up the local ports of a small network of its own: unshare -rn .venv/bin/python benchmarks/ports.py

Linux only. The network has ten local ports instead of 28 232, so that ten calls do what many thousand do elsewhere.
What is printed stands in chapter 03 as a recorded run, and tests/claims holds it to this file.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import ssl
import struct
from pathlib import Path

import httpx

from keepalive.practice_api import Depot

TLS = ssl.create_default_context()
IPV4 = Path("/proc/sys/net/ipv4")


def small_network() -> None:
    """Ten local ports on loopback, treated like a network to another machine."""
    with socket.socket() as any_socket:  # loopback is down in a new network
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running
    (IPV4 / "ip_local_port_range").write_text("40000 40009")
    # By default Linux lets a new connection have the port of a TIME-WAIT a second later, on loopback only.
    (IPV4 / "tcp_tw_reuse").write_text("0")


def client(depot: Depot) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=depot.url, verify=TLS, trust_env=False)


async def call(http: httpx.AsyncClient) -> str:
    try:
        return str((await http.get("/users/1")).status_code)
    except httpx.ConnectError as error:
        return f"ConnectError: {error}\n{'':10}because of {innermost(error)}"


def innermost(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    if isinstance(error, BaseExceptionGroup):
        return innermost(error.exceptions[0])
    return error


async def main() -> None:
    with Depot(port=30001) as one, Depot(port=30002) as other:
        print("One client for 100 calls")
        async with client(other) as http:
            answers = [await call(http) for _ in range(100)]
        print(f"  100 x {answers.pop()}, connections: {other.ledger.connections}")
        print("A client for each call")
        for number in range(1, 12):
            async with client(one) as http:
                said = await call(http)
            if number in (1, 10, 11):
                print(f"  call {number:2}: {said}")
        states = [each.client for each in one.sockets]
        print(f"  open: {one.ledger.open}, in TIME-WAIT: {states.count('TIME-WAIT')}")
        async with client(other) as http:
            print(f"A call to another port: {await call(http)}")


if __name__ == "__main__":
    small_network()
    asyncio.run(main())
