"""The network of one scenario: origins, how the way to each behaves, and what each responds."""

from __future__ import annotations

import collections
import itertools
import random
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx
import respx

from keepalive.faults import CloseDuringRequest, DropConnect, Fault, IdleClose, Refuse, StatusSequence, one_of_each
from keepalive.grading.asgi import App
from keepalive.grading.failures import FAILURES, Failing
from keepalive.grading.replies import ConnectPlan, F, Handshake, Network, Reply, accept, handshake_ok, reply
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
        """Respond to every request with `reply(status, ...)`."""
        return self.respond(reply(status, **kwargs))

    def respond(self, response: Reply | httpx.Response) -> Route:
        """Respond to every request with this. A `StatusSequence` among its faults counts the requests of this route."""
        sequence = response.fault(StatusSequence) if isinstance(response, Reply) else None
        if sequence is None:
            return self.calls(lambda request: response)
        otherwise = Reply(response.response, tuple(each for each in response.faults if each is not sequence))
        asked = itertools.count()

        def in_turn(request: httpx.Request) -> Reply:
            status = sequence.status(next(asked))
            return otherwise if status is None else Reply(httpx.Response(status), otherwise.faults)

        return self.calls(in_turn)

    def sequence(self, *responses: int | Reply | httpx.Response, last: str = "error", each_path: bool = False) -> Route:
        """Respond to the first request with the first, and so on; a number is a status.

        `last`: what follows when they are used up, "repeat" the last or "error" (a fault of the grader's). `each_path`:
        every path of the route has the whole sequence for itself.
        """
        given = [reply(each) if isinstance(each, int) else each for each in responses]
        seen: collections.Counter[str] = collections.Counter()

        def next_response(request: httpx.Request) -> Reply | httpx.Response:
            path = request.url.path if each_path else ""
            n, seen[path] = seen[path], seen[path] + 1
            if n >= len(given) and last != "repeat":
                raise LookupError(f"the sequence of {len(given)} responses is used up at request {n + 1}")
            return given[min(n, len(given) - 1)]

        return self.calls(next_response)

    def calls(self, effect: Callable[[httpx.Request], Reply | httpx.Response]) -> Route:
        """Let a function make each response.

        `request.extensions["wire"]` has the time `t`, the `connection`, which request it is on that connection (`nth`,
        from 1) and in the run (`number`, from 0).
        """

        def side_effect(request: httpx.Request) -> httpx.Response:
            answer = effect(request)
            if not isinstance(answer, Reply):
                return answer
            # respx hands on nothing but a Response, and reads its body; the reply travels in its extensions.
            return httpx.Response(599, extensions={"reply": answer})

        self.respx.mock(side_effect=side_effect)
        return self


class Origin:
    """One server. `network` is how the way to it behaves; a plain dataclass, to be replaced as a whole."""

    def __init__(self, url: str, network: Network | None = None) -> None:
        self.address = httpx.URL(url)
        self.network = network or Network()
        """How the way to it behaves: `net.network = Network(rtt=0.1)`."""
        self.router = respx.MockRouter(assert_all_called=False)
        """The respx router behind the routes, for any other pattern."""
        self.early_router = respx.MockRouter(assert_all_called=False)
        self.asgi_app: App | None = None
        self._connect_plans: tuple[ConnectPlan, ...] = (accept(),)
        self._handshakes: tuple[Handshake, ...] = (handshake_ok(),)
        self._faults: tuple[Fault, ...] = ()
        self.secured: Secured | None = None
        self._tls: ssl.SSLContext | None = None
        self._connects = self._shaken = self._asked = 0

    @property
    def url(self) -> str:
        """Its address, as a drive finds it in `run.url`."""
        return str(self.address)

    @property
    def port(self) -> int:
        return self.address.port or {"http": 80, "https": 443}[self.address.scheme]

    def route(self, method: str, path: str) -> Route:
        """A route by method and path. For other patterns use `router`, a respx router.

        Of routes that match the same request, the one that was declared first responds, `paths` among them. A second
        one of the same method and path takes the place of the first.
        """
        return Route(self.router.route(method=method, path=path))

    def paths(self, pattern: str) -> Route:
        """A route for every method, by a regular expression that the whole path must match."""
        return Route(self.router.route(path__regex=rf"^{pattern}$"))

    def early_route(self, method: str, path: str) -> Route:
        """A route whose response is sent before the request's body has arrived (RFC 9110, 10.1.1 and 15)."""
        return Route(self.early_router.route(method=method, path=path))

    def app(self, app: App) -> None:
        """Let an ASGI app respond to the requests that match no route."""
        self.asgi_app = app

    def faults(self, *faults: Fault) -> None:
        """What goes wrong with every response and every connection of this origin, out of `keepalive.faults`.

        A fault of a response's own takes the place of one of the same kind here.
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

    def connects(self, *plans: ConnectPlan | Refuse | DropConnect) -> None:
        """What happens to the first attempt to connect, the second and so on; the last is repeated."""
        self._connect_plans = tuple(ConnectPlan(each) if isinstance(each, Fault) else each for each in plans)

    def handshakes(self, *handshakes: Handshake) -> None:
        """What happens to the first TLS handshake, the second and so on; the last is repeated."""
        self._handshakes = handshakes

    def close_on_request(self, *numbers: int) -> None:
        """Let the server close a connection while its nth request (from 1) is on its way to it."""
        self.faults(CloseDuringRequest(numbers))

    # -- what the judge asks

    @property
    def tls(self) -> ssl.SSLContext | None:
        """The server's context, where TLS is done for real. Raises what reading its files raises."""
        if self._tls is None and self.secured is not None:
            self._tls = self.secured.context()
        return self._tls

    def next_connect_plan(self) -> ConnectPlan:
        nobody = self._fault(Refuse) or self._fault(DropConnect)
        if nobody is not None:
            return ConnectPlan(nobody)
        self._connects += 1
        return self._connect_plans[min(self._connects, len(self._connect_plans)) - 1]

    def next_handshake(self) -> Handshake:
        self._shaken += 1
        return self._handshakes[min(self._shaken, len(self._handshakes)) - 1]

    def closes_during(self, nth: int) -> bool:
        crossing = self._fault(CloseDuringRequest)
        return crossing is not None and crossing.applies_to(nth)

    def next_status(self) -> int | None:
        """The status that a sequence puts in the place of the response to the next request."""
        sequence = self._fault(StatusSequence)
        self._asked += 1
        return None if sequence is None else sequence.status(self._asked - 1)

    @property
    def response_faults(self) -> tuple[Fault, ...]:
        """What goes wrong with every response."""
        elsewhere = (CloseDuringRequest, IdleClose, Refuse, DropConnect, StatusSequence)
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
        self.scenario = scenario
        self.random = rng
        """Draws from the verdict's seed. No other chance may decide anything."""
        self.checks: list[Check] = []
        self.wall_jumps: list[tuple[float, float]] = []
        self._others: dict[str, Origin] = {}

    def origin(self, name: str, url: str, network: Network | None = None) -> Origin:
        """Another server, which a drive finds by `run.url_of(name)`."""
        self._others[name] = Origin(url, network)
        return self._others[name]

    def failures(
        self, methods: Iterable[str], names: Iterable[str], *, then: Reply | httpx.Response | None = None
    ) -> list[Failing]:
        """An origin for each method with each failure: its first attempt fails so, every further one gets `then`.

        The failures are those of `keepalive.grading.failures.FAILURES`. An origin is called as in "GET refused", and a
        drive finds it by `run.origins`. `then`: 200 with an empty object unless given.
        """
        made = [Failing(method, FAILURES[name]) for method in methods for name in names]
        for each in made:
            each.prepare(self.origin(each.name, each.url), then or reply(json={}))
        return made

    def wall_jump(self, *, at: float, seconds: float) -> None:
        """Let the wall clock jump, as NTP or a person may: `at` seconds after the beginning, by `seconds`."""
        self.wall_jumps.append((at, seconds))

    @property
    def origins(self) -> dict[str, Origin]:
        return {"depot": self, **self._others}

    def at(self, host: str, port: int) -> Origin | None:
        """The origin that listens there."""
        return next((each for each in self.origins.values() if (each.address.host, each.port) == (host, port)), None)
