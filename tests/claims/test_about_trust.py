"""Claims about whom a client trusts, and what it shows of itself. TLS is done for real, on the judge's wire."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from claims.libraries import differs
from grading.bench import on_wire

KEYS = Path(__file__).parents[1] / "grading" / "tls"
COMPANY_CA, DEPOT, OTHER, CLIENT = (KEYS / f"{name}.pem" for name in ("ca", "server", "other", "client"))
"""`DEPOT` is depot.test and `OTHER` is other.test, both signed by the company's CA, as `CLIENT` is."""
PUBLIC = Path(__file__).with_name("depot.test.pem")
"""Is depot.test too, and its own CA: it stands for one that is trusted by everybody."""


async def outcome(client: httpx.AsyncClient, url: str) -> str:
    try:
        return str((await client.get(url)).status_code)
    except (
        httpx.TransportError,
        ssl.SSLError,
    ) as error:  # with TLS 1.3 a refusal may come after the handshake
        return f"{type(error).__name__}: {error}"


def test_mounted_transport_ignores_the_clients_verify():
    """A transport that is mounted does not get the client's `verify`: it refuses a certificate that the client's own
    transport takes. Made with the same context it takes it.
    """

    def build(net):
        net.https(DEPOT)
        net.paths(".*").reply()
        other = net.origin("other", "https://other.test")
        other.https(OTHER)
        other.paths(".*").reply()

    async def main(run):
        context = ssl.create_default_context(cafile=COMPANY_CA)
        seen = []
        for options in ({}, {"verify": context}):
            mounts = {"https://other.test": httpx.AsyncHTTPTransport(**options)}
            async with httpx.AsyncClient(verify=context, mounts=mounts) as client:
                seen += [await outcome(client, "https://depot.test/"), await outcome(client, "https://other.test/")]
        return seen

    depot, other, *with_context = on_wire(main, build).value
    assert depot == "200"
    assert other.startswith("ConnectError") and "CERTIFICATE_VERIFY_FAILED" in other
    assert with_context == ["200", "200"]


def client_that_is_refused():
    with pytest.raises(TypeError, match="`verify=<str>` cannot be combined with `cert="):
        httpx.AsyncClient(verify=str(COMPANY_CA), cert=(str(CLIENT), str(CLIENT)))


@differs(
    httpx="The client is made, and its certificate left out.",
    httpx2="`TypeError` when the client is made: a path in `verify` cannot be combined with `cert`.",
    shown_by=client_that_is_refused,
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_verify_as_text_drops_the_client_certificate():
    """With a path in `verify` the client's `cert` is left out without an exception: a server that asks for a client
    certificate is shown none. Loaded into a context it is shown.
    """

    def build(net):
        net.https(DEPOT, client_ca=COMPANY_CA)
        net.paths(".*").reply()

    async def main(run):
        context = ssl.create_default_context(cafile=COMPANY_CA)
        context.load_cert_chain(CLIENT)
        seen = []
        for options in ({"verify": str(COMPANY_CA), "cert": (str(CLIENT), str(CLIENT))}, {"verify": context}):
            async with httpx.AsyncClient(**options) as client:
                seen.append(await outcome(client, "https://depot.test/"))
        return seen

    played = on_wire(main, build)
    refused, taken = played.value
    assert refused != "200" and taken == "200"
    without, showing = played.judge.connect_attempts
    assert (without.certificate, showing.certificate) == (None, "parcel-client")
    assert "did not return a certificate" in without.tls_failure


def test_only_added_ca_leaves_the_public_ones(monkeypatch):
    """`create_default_context(cafile=...)` trusts that CA alone, and so does a client with `SSL_CERT_FILE`; a CA that
    is added with `load_verify_locations` leaves the ones that were there.
    """

    def build(net):
        net.https(PUBLIC)
        net.paths(".*").reply()
        inside = net.origin("inside", "https://other.test")
        inside.https(OTHER)
        inside.paths(".*").reply()

    def reaches(**options) -> tuple[bool, bool]:
        """Whether a client with these options can call the server of the public CA, and that of the company's."""

        async def main(run):
            async with httpx.AsyncClient(**options) as client:
                return [await outcome(client, url) for url in ("https://depot.test/", "https://other.test/")]

        public, company = on_wire(main, build).value
        return public == "200", company == "200"

    alone = ssl.create_default_context(cafile=COMPANY_CA)
    assert reaches(verify=alone) == (False, True)

    monkeypatch.setenv("SSL_CERT_FILE", str(PUBLIC))  # the system's store, as OpenSSL looks for it
    system = ssl.create_default_context()
    assert reaches(verify=system) == (True, False)
    system.load_verify_locations(COMPANY_CA)
    assert reaches(verify=system) == (True, True)

    # What a client makes for itself where it is given no context.
    assert reaches(verify=httpx.create_ssl_context()) == (True, False)
    monkeypatch.setenv("SSL_CERT_FILE", str(COMPANY_CA))
    assert reaches(verify=httpx.create_ssl_context()) == (False, True)
    with_file, without = (httpx.create_ssl_context(trust_env=trust).get_ca_certs() for trust in (True, False))
    assert len(with_file) == 1 < len(without)


def test_verify_as_text_warns_where_nobody_sees():
    """A path in `verify` is taken with a `DeprecationWarning` that Python does not show unless asked to."""
    program = ["-c", f"import httpx; httpx.AsyncClient(verify={str(COMPANY_CA)!r})"]
    as_it_comes = {name: value for name, value in os.environ.items() if name not in ("PYTHONWARNINGS", "PYTHONDEVMODE")}

    def says(*asked):
        command = [sys.executable, *asked, *program]
        return subprocess.run(command, env=as_it_comes, capture_output=True, text=True, check=True).stderr

    said = [says(), says("-W", "default")]
    assert said[0] == ""
    assert "DeprecationWarning: `verify=<str>` is deprecated" in said[1]
