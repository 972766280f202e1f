"""What the stand-ins share: a server on loopback that notes its process, so that a test can see it end."""

import http.server
import os
import sys
from pathlib import Path


def note_process() -> None:
    Path("pids").mkdir(exist_ok=True)
    Path("pids", str(os.getpid())).touch()


def break_if_asked(name: str) -> None:
    if Path(f"break-{name}").exists():
        sys.exit(f"{name}: something is wrong")


def serve(name: str, answers: set[str], token: str | None = None) -> None:
    """Answer 200 on the paths of `answers` (with the token, if there is one) until stopped."""
    note_process()
    break_if_asked(name)
    port = int(next(part for part in sys.argv if part.isdigit() or "port=" in part).rpartition("=")[2])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            allowed = token is None or self.headers["Authorization"] == f"token {token}"
            self.send_response((200 if allowed else 403) if self.path in answers else 404)
            self.end_headers()
            if self.path == "/die":
                os._exit(3)

        def log_message(self, *_):
            pass

    print(name, "on", port, flush=True)
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
