"""The server's end of TLS, without a socket: OpenSSL on two buffers, whose records travel as messages.

The learner's end is their own SSLContext on anyio's TLS stream, as over a socket (`wire.Stream.start_tls`). So what is
wrong with trust store, host name or client certificate shows as it does there, in OpenSSL's words.
"""

from __future__ import annotations

import dataclasses
import ssl
import sys
from pathlib import Path
from typing import Literal

NOT_HERE = (
    "This needs TLS, and the Python in a web page has none. `keepalive check` on your own machine looks at it, too."
)


def available() -> bool:
    """Whether this Python can do TLS. In a web page `ssl` is a stand-in."""
    return sys.platform != "emscripten" and hasattr(ssl, "MemoryBIO")


@dataclasses.dataclass(frozen=True)
class Secured:
    """How an origin proves who it is, and what it asks of a client.

    `certificate`: a PEM file with the server's key and certificate. `client_ca`: a PEM file; a client must show a
    certificate that one of these has signed. `version`: the only one that is spoken, if not the newest in common.
    """

    certificate: Path
    client_ca: Path | None = None
    version: Literal["1.2", "1.3"] | None = None

    def context(self) -> ssl.SSLContext:
        """The server's context. Raises what reading the files raises."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        if self.client_ca is not None:
            context.load_verify_locations(self.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        if self.version is not None:
            version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[self.version]
            context.minimum_version = context.maximum_version = version
        # Nobody resumes a session here, and a ticket that arrives between two requests would make a connection look
        # as if the server had closed it.
        context.num_tickets = 0
        return context


class ServerEnd:
    """One connection. `shaken`: the handshake is done. `failure`: why it, or a record after it, went wrong."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self.shaken = False
        self.failure: str | None = None

    def receive(self, records: bytes) -> bytes:
        """What the client's records say. What is to go back first, a flight of the handshake, lies in `take()`."""
        self._in.write(records)
        said = bytearray()
        try:
            if not self.shaken:
                self._tls.do_handshake()
                self.shaken = True
            while piece := self._tls.read(65536):
                said += piece
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:  # the client says that it is about to close
            pass
        except ssl.SSLError as error:
            self.failure = str(error)
        return bytes(said)

    def send(self, data: bytes) -> bytes:
        """The records that say it. To be sent in the order of the calls."""
        self._tls.write(data)
        return self.take()

    def take(self) -> bytes:
        """What is ready to go."""
        return self._out.read()

    @property
    def common_name(self) -> str | None:
        """Whom the client's certificate names, if it was asked for one."""
        shown = self._tls.getpeercert() if self.shaken else None
        names = [value for part in (shown or {}).get("subject", ()) for key, value in part if key == "commonName"]
        return str(names[0]) if names else None
