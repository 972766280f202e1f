"""A Firefox that is driven over WebDriver BiDi, the protocol that browsers share: what a test needs of it."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websocket

PREFERENCES = {
    # Firefox's own conversations with its maker's hosts:
    "app.normandy.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.systemAddon.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,nothing",
    # A script may put something on the clipboard; pasting it is left to the keyboard.
    "dom.events.testing.asyncClipboard": True,
}
PATIENCE = 120.0  # seconds without a word after which the browser counts as gone


class Firefox:
    """A Firefox without a window, with a new profile in `folder`. `close` ends it.

    Raises RuntimeError where it does not start, or where it answers a command with an error.
    """

    def __init__(self, program: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        (folder / "user.js").write_text("".join(lines), encoding="utf-8")
        self.hearers: list[Callable[[str, dict], object]] = []
        """Called with the name and the parameters of every event that was subscribed to."""
        self._number = 0
        self._log = folder / "firefox.log"
        command = [program, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", str(folder)]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            address = f"{self._address()}/session"
            self._socket = websocket.create_connection(address, timeout=PATIENCE, suppress_origin=True)
            self.command("session.new", capabilities={})
        except BaseException:
            self._end()
            raise

    def _address(self) -> str:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            if found := re.search(rb"WebDriver BiDi listening on (ws://\S+)\n", self._log.read_bytes()):
                return found[1].decode()
            time.sleep(0.05)
        raise RuntimeError(f"Firefox did not start.\n{self._log.read_bytes().decode(errors='replace')}")

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers. Events that come before the answer are told to `hearers`."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._socket.recv())
            if said["type"] == "event":
                for hear in self.hearers:
                    hear(said["method"], said["params"])
            elif said.get("id") == self._number:
                if said["type"] == "error":
                    raise RuntimeError(f"{method}: {said['error']}: {said['message']}")
                return said["result"]

    def tab(self) -> Tab:
        """A new tab, which shares storage with no other."""
        user = self.command("browser.createUserContext")["userContext"]
        return Tab(self, self.command("browsingContext.create", type="tab", userContext=user)["context"])

    def close(self) -> None:
        try:
            self.command("browser.close")
        finally:
            self._socket.close()
            self._end(patience=10)

    def _end(self, patience: float = 0) -> None:
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


SECONDS = 60
"""After which something counts as broken."""


class Tab:
    """A tab of `firefox`."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self.firefox, self.context = firefox, context

    def go(self, url: str) -> None:
        """Open an address, until the page and what belongs to it are loaded."""
        self._leave("browsingContext.navigate", url=url)

    def reload(self) -> None:
        self._leave("browsingContext.reload")

    def _leave(self, method: str, **parameters: Any) -> None:
        """Until another document is there, loaded: the answer to the command may come while the old one still is."""
        self.js("window.left = true")
        self.firefox.command(method, context=self.context, wait="complete", **parameters)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                if self.js("return !window.left && document.readyState === 'complete' && !!document.body"):
                    return
            except (RuntimeError, AssertionError):  # it went while it was asked
                pass
            time.sleep(0.05)
        raise AssertionError(f"{method}: no other page came in {SECONDS} s")

    def js(self, body: str, *values: Any) -> Any:
        """What an async function with this body returns in the page, as JSON; `values` are its `values`.

        Raises AssertionError with what was thrown there.
        """
        function = (
            "async (given) => { const values = JSON.parse(given); "
            f"const answer = await (async () => {{ {body} }})(); return JSON.stringify(answer ?? null); }}"
        )
        answer = self.firefox.command(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": json.dumps(values)}],
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def press(self, *keys: str, holding: str = "") -> None:
        """Keys as WebDriver names them, one after another, with another one held down meanwhile."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        if holding:
            actions = [{"type": "keyDown", "value": holding}, *actions, {"type": "keyUp", "value": holding}]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.firefox.command("input.performActions", context=self.context, actions=[source])
