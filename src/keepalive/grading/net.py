"""The network of one scenario: origins, how the way to each behaves, and what is answered there."""

from __future__ import annotations

import itertools
import random
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx
import respx

from keepalive.faults import CrossingClose, Fault, IdleClose, Refuse, Silence, StatusSequence, one_of_each
from keepalive.grading.asgi import App
from keepalive.grading.replies import Dial, F, Handshake, Network, Reply, accept, reply, secure
from keepalive.grading.tls import Secured

if TYPE_CHECKING:
    from keepalive.grading.scenarios import Check

HOST = "depot.test"
"""The host of a scenario's first origin. `.test` is reserved: no name-server knows it (RFC 6761)."""


class Route:
    """A respx route whose effects may also be `Reply` objects."""

    def __init__(self, route: respx.Route) -> None:
        self.respx = route

    def reply(self, status: int = 200, **kwargs: Any) -> Route:
        """Answer every request with `reply(status, ...)`."""
        return self.answer(reply(status, **kwargs))

    def answer(self, answer: Reply | httpx.Response) -> Route:
        """Answer every request so. A `StatusSequence` among its faults counts the requests of this route."""
        sequence = answer.fault(StatusSequence) if isinstance(answer, Reply) else None
        if sequence is None:
            return self.calls(lambda request: answer)
        otherwise = Reply(answer.response, tuple(each for each in answer.faults if each is not sequence))
        asked = itertools.count()

        def in_turn(request: httpx.Request) -> Reply:
            status = sequence.status(next(asked))
            return otherwise if status is None else Reply(httpx.Response(status), otherwise.faults)

        return self.calls(in_turn)

    def sequence(self, *answers: int | Reply | httpx.Response, last: str = "error") -> Route:
        """Answer the first request with the first, and so on; a number is a status.

        `last`: what follows when they are used up, "repeat" the last or "error" (a fault of the grader's).
        """
        given = [reply(answer) if isinstance(answer, int) else answer for answer in answers]
        asked = itertools.count()

        def next_answer(request: httpx.Request) -> Reply | httpx.Response:
            n = next(asked)
            if n >= len(given) and last != "repeat":
                raise LookupError(f"the sequence of {len(given)} answers is used up at request {n + 1}")
            return given[min(n, len(given) - 1)]

        return self.calls(next_answer)

    def calls(self, effect: Callable[[httpx.Request], Reply | httpx.Response]) -> Route:
        """Let a function answer. `request.extensions["wire"]` holds time, connection and the nth request on it."""

        def side_effect(request: httpx.Request) -> httpx.Response:
            answer = effect(request)
            if not isinstance(answer, Reply):
                return answer
            # respx hands on nothing but a Response; the rest travels in its extensions.
            carried = answer.response or httpx.Response(599)
            return httpx.Response(
                carried.status_code, headers=carried.headers, stream=carried.stream, extensions={"reply": answer}
            )

        self.respx.mock(side_effect=side_effect)
        return self


class Origin:
    """One server. `network` is how the way to it behaves; a plain dataclass, to be replaced as a whole."""

    def __init__(self, url: str, network: Network | None = None) -> None:
        self.address = httpx.URL(url)
        self.network = network or Network()
        self.router = respx.MockRouter(assert_all_called=False)
        self.early_router = respx.MockRouter(assert_all_called=False)
        self.asgi_app: App | None = None
        self._dials: tuple[Dial, ...] = (accept(),)
        self._handshakes: tuple[Handshake, ...] = (secure(),)
        self._faults: tuple[Fault, ...] = ()
        self.secured: Secured | None = None
        self._tls: ssl.SSLContext | None = None
        self._dialled = self._shaken = self._asked = 0

    @property
    def url(self) -> str:
        return str(self.address)

    @property
    def port(self) -> int:
        return self.address.port or {"http": 80, "https": 443}[self.address.scheme]

    def route(self, method: str, path: str) -> Route:
        """A route by method and path. For other patterns use `router`, a respx router."""
        return Route(self.router.route(method=method, path=path))

    def paths(self, pattern: str) -> Route:
        """A route for every method, by a regular expression that the whole path must match."""
        return Route(self.router.route(path__regex=rf"^{pattern}$"))

    def early(self, method: str, path: str) -> Route:
        """A route that is answered at the request's head, before its body has arrived (RFC 9110, 10.1.1 and 15)."""
        return Route(self.early_router.route(method=method, path=path))

    def app(self, app: App) -> None:
        """Let an ASGI app answer what no route does."""
        self.asgi_app = app

    def faults(self, *faults: Fault) -> None:
        """What goes wrong with every answer and every connection of this origin, out of `keepalive.faults`.

        A fault of an answer's own takes the place of one of the same kind here.
        """
        self._faults = one_of_each((*self._faults, *faults))

    def https(
        self,
        certificate: Path | None = None,
        *,
        client_ca: Path | None = None,
        version: Literal["1.2", "1.3"] | None = None,
    ) -> None:
        """Put this origin behind TLS.

        Without a certificate the handshake is only played: it takes its time and ends as `handshakes` says. With one,
        a PEM file that holds key and certificate, client and server do it for real, and `client_ca`, a PEM file, has
        the server ask for a client certificate that is signed there. A Python without TLS, as in a web page, leaves
        such a scenario out and says so.
        """
        self.address = self.address.copy_with(scheme="https")
        self.secured = None if certificate is None else Secured(certificate, client_ca, version)

    def connects(self, *dials: Dial | Refuse | Silence) -> None:
        """What becomes of the first attempt to connect, the second and so on; the last is repeated."""
        self._dials = tuple(Dial(each) if isinstance(each, Fault) else each for each in dials)

    def handshakes(self, *handshakes: Handshake) -> None:
        """What becomes of the first TLS handshake, the second and so on; the last is repeated."""
        self._handshakes = handshakes

    def close_on_request(self, *numbers: int) -> None:
        """Let the server close a connection while its nth request (from 1) is on its way to it."""
        self.faults(CrossingClose(numbers))

    # -- what the judge asks

    @property
    def tls(self) -> ssl.SSLContext | None:
        """The server's context, where TLS is done for real. Raises what reading its files raises."""
        if self._tls is None and self.secured is not None:
            self._tls = self.secured.context()
        return self._tls

    def next_dial(self) -> Dial:
        nobody = self._fault(Refuse) or self._fault(Silence)
        if nobody is not None:
            return Dial(nobody)
        self._dialled += 1
        return self._dials[min(self._dialled, len(self._dials)) - 1]

    def next_handshake(self) -> Handshake:
        self._shaken += 1
        return self._handshakes[min(self._shaken, len(self._handshakes)) - 1]

    def crosses(self, nth: int) -> bool:
        crossing = self._fault(CrossingClose)
        return crossing is not None and crossing.strikes(nth)

    def next_status(self) -> int | None:
        """The status that a sequence puts in the place of the answer to the next request."""
        sequence = self._fault(StatusSequence)
        self._asked += 1
        return None if sequence is None else sequence.status(self._asked - 1)

    @property
    def answers_with(self) -> tuple[Fault, ...]:
        """What goes wrong with every answer."""
        elsewhere = (CrossingClose, IdleClose, Refuse, Silence, StatusSequence)
        return tuple(each for each in self._faults if not isinstance(each, elsewhere))

    @property
    def idle_timeout(self) -> float | None:
        idle = self._fault(IdleClose)
        return self.network.idle_timeout if idle is None else idle.after

    def _fault(self, kind: type[F]) -> F | None:
        return next((each for each in self._faults if isinstance(each, kind)), None)


class Net(Origin):
    """The network of one scenario; itself its first origin, `depot`. `random` draws from the verdict's seed."""

    def __init__(self, scenario: str, rng: random.Random) -> None:
        super().__init__(f"http://{HOST}")
        self.scenario, self.random = scenario, rng
        self.checks: list[Check] = []
        self.wall_jumps: list[tuple[float, float]] = []
        self._others: dict[str, Origin] = {}

    def origin(self, name: str, url: str, network: Network | None = None) -> Origin:
        """Another server, which a drive finds by `run.url_of(name)`."""
        self._others[name] = Origin(url, network)
        return self._others[name]

    def wall_jump(self, *, at: float, seconds: float) -> None:
        """Let the wall clock jump, as NTP or a person may: `at` seconds after the beginning, by `seconds`."""
        self.wall_jumps.append((at, seconds))

    @property
    def origins(self) -> dict[str, Origin]:
        return {"depot": self, **self._others}

    def at(self, host: str, port: int) -> Origin | None:
        """The origin that listens there."""
        return next((each for each in self.origins.values() if (each.address.host, each.port) == (host, port)), None)
