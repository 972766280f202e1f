"""A judge on real sockets: what the wire is calibrated against.

The same `ScenarioServer` that plays the server on the virtual clock gets what really arrives on loopback, and what it
asks for happens on a real clock. So any difference between the two comes from the wire.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import socket
import struct
from collections.abc import Callable
from typing import Any

from keepalive.faults import Refuse
from keepalive.grading.net import Net
from keepalive.grading.scenario_server import ScenarioServer
from keepalive.grading.scenarios import Limits


@dataclasses.dataclass
class RealRun:
    """What a drive is given; the names of `keepalive.grading.runner.Run`."""

    url: str


class _Stage:
    def __init__(self, net: Net) -> None:
        self.judge = ScenarioServer(net, Limits(virtual=3600, requests=10_000))
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.writers: dict[int, asyncio.StreamWriter] = {}
        self.ticks: dict[int, asyncio.TimerHandle] = {}
        self.count = 0

    def tell(self, say: str, **fields: Any) -> None:
        now = self.loop.time() - self.began
        for do in self.judge({"type": say, "t": now, "nonce": "", **fields}):
            if do["type"] == "cancel":
                self.ticks.pop(do["id"]).cancel()
            elif do["type"] == "tick":
                self.ticks[do["id"]] = self.loop.call_later(do["at"] - now, self.tick, do["id"])
            elif do["type"] != "accept":
                self.loop.call_later(max(0.0, do["at"] - now), self.act, do)

    def tick(self, tick: int) -> None:
        del self.ticks[tick]
        self.tell("tick", id=tick)

    def act(self, do: dict[str, Any]) -> None:
        writer = self.writers[do["conn"]]
        if do["type"] == "data":
            writer.write(do["bytes"])
        elif do["type"] == "eof":
            writer.close()
        elif do["type"] == "reset":
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conn, self.count = self.count, self.count + 1
        self.writers[conn] = writer
        self.tell("connect", conn=conn, host="depot.test", port=80)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(65536):
                self.tell("data", conn=conn, bytes=data)
        self.tell("close", conn=conn)
        writer.close()


async def on_sockets(main: Callable[[RealRun], Any], build: Callable[[Net], None]) -> tuple[Any, ScenarioServer]:
    """Run `async def main(run)` against a judge on loopback: what it returned, and the judge."""
    net = Net("probe", random.Random(1))
    build(net)
    net.network = dataclasses.replace(net.network, rtt=0.0)
    stage = _Stage(net)
    server = await asyncio.start_server(stage.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    if isinstance(net.next_connect_plan().fault, Refuse):
        server.close()
        await server.wait_closed()
    try:
        value = await main(RealRun(f"http://127.0.0.1:{port}"))
        await asyncio.sleep(0.05)  # the server's end hears of the last close
    finally:
        server.close()
        for writer in stage.writers.values():
            writer.close()
    return value, stage.judge
