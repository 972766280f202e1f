"""TLS on the spot: a private CA, a certificate for this machine, and the server's end of a connection."""

from __future__ import annotations

import contextlib
import ipaddress
import ssl

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def certify(host: str, version: str) -> tuple[bytes, ssl.SSLContext]:
    """A new CA's certificate as PEM, and a server's context that speaks only that version, "1.2" or "1.3".

    The server's certificate holds for `localhost`, for loopback and for `host`. Nobody keeps the CA's key, so nothing
    else is ever signed with it. Raises ImportError where trustme is not installed.
    """
    import trustme  # here, because it brings `cryptography`: nobody loads that for plain HTTP

    ca = trustme.CA(organization_name="Depot", organization_unit_name="practice API, for this machine only")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*dict.fromkeys(["localhost", "127.0.0.1", "::1", _name(host)])).configure_cert(context)
    context.minimum_version = context.maximum_version = VERSIONS[version]
    # Nobody resumes a session here, and a ticket that arrives between two requests would make a kept connection look
    # as if the server had closed it.
    context.num_tickets = 0
    return ca.cert_pem.bytes(), context


def _name(host: str) -> str:
    """The host as a certificate can hold it. One that listens everywhere is reached as localhost."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return "localhost" if address.is_unspecified else str(address)


class ServersTls:
    """One connection's TLS, on two buffers: records in, what they say out, and the other way round.

    failed: the handshake, or a record after it, was not to be understood. ended: the client has said that it closes.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)
        self._shaken = False
        self.failed = self.ended = False

    def read(self, records: bytes) -> bytes:
        """What the client's records say. A flight of the handshake that answers them lies in `take()`."""
        self._in.write(records)
        said = bytearray()
        try:
            if not self._shaken:
                self._tls.do_handshake()
                self._shaken = True
            while piece := self._tls.read(65536):
                said += piece
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError:
            self.failed = True
        return bytes(said)

    def write(self, data: bytes) -> None:
        """Say something: the records are in `take()`."""
        if data:
            self._tls.write(data)

    def close(self) -> None:
        """Say that the connection is about to be closed."""
        if self._shaken:
            with contextlib.suppress(ssl.SSLError):  # it waits for the client to say so too, which nobody has to
                self._tls.unwrap()

    def take(self) -> bytes:
        """The records that are to be sent. To be sent in the order of the calls."""
        return self._out.read()
