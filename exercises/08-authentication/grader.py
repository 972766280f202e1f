"""Judges exercise 08 by which secrets arrived where."""

from keepalive.grading import Limits, check, expect, fail, scenario
from keepalive.grading.words import counted, listed

FEW = Limits(virtual=60, requests=30)


def secrets(request):
    return [name for name in ("authorization", "x-api-key") if name in request.headers]


def leaked(run):
    """Secrets that arrived elsewhere: (where, which)."""
    found = []
    for request in run.requests:
        host = request.url.partition("://")[2].partition("/")[0]
        if host != "depot.test" and secrets(request):
            found.append((host, secrets(request)))
    return found


def told(found):
    return "; ".join(f"`{host}` was sent {listed(f'`{name}`' for name in names)}" for host, names in found)


@scenario(drive="credentials", limits=FEW)
def credentials(net):
    """A call with the client's credentials, and one with its own"""
    net.paths(r"/v1/(plain|own)").reply(json={})

    @check(task="credentials", points=3)
    def arrive(run):
        """They arrive, and a call's own go before them"""
        plain, own = [*run.requests, None, None][:2]
        if plain is None or own is None:
            fail(
                observed=f"Of two calls {counted(run.attempts, 'request')} arrived.", required="Both, with credentials."
            )
        seen = plain.headers.get("authorization", ""), plain.headers.get("x-api-key", "")
        if not seen[0].startswith("Basic ") or seen[1] != "k-secret":
            fail(
                observed="Made with `auth=` and a key in `headers=`, the client sent "
                f"`Authorization: {seen[0].partition(' ')[0]}` and a key of {len(seen[1])} characters.",
                required="Both, with every call.",
            )
        if own.headers.get("authorization") != "Bearer t-1" or own.headers.get("x-trace") != "t":
            fail(
                observed="A call with `auth=` and `headers=` of its own did not arrive with them.",
                required="What a call gives goes before what the client has.",
            )

    @check(
        task="credentials",
        points=1,
        misconception={"mutated-headers": lambda run: set(run.observed["own"]) != {"X-Trace"}},
    )
    def callers_dictionary(run):
        """The caller's dictionary stays as it is"""
        more = sorted(set(run.observed["own"]) - {"X-Trace"})
        if more:
            fail(
                observed="After the call the caller's dictionary of headers also holds "
                f"{listed(f'`{name}`' for name in more)}.",
                required="It is theirs, and stays as it is.",
            )


@scenario(drive="elsewhere", limits=FEW)
def elsewhere(net):
    """Absolute URLs to other places"""
    net.paths(r"/v1/users").reply(json={})
    for name, url in (
        ("evil", "http://evil.test"),
        ("alike", "http://depot.test.evil.test"),
        ("port", "http://depot.test:8080"),
    ):
        net.origin(name, url).paths(r"/v1/users").reply(json={})

    @check(
        task="origin",
        points=2,
        misconception={
            "startswith": lambda run: not any(host == "evil.test" for host, _ in leaked(run)),
            "absolute-url": lambda run: True,
        },
    )
    def no_secret_leaves(run):
        """No secret goes along"""
        if found := leaked(run):
            fail(observed=told(found) + ".", required="Refused, or sent without them: they belong to one API.")


@scenario(drive="climbs", limits=FEW)
def climbs(net):
    """Paths that climb out of the base URL's"""
    net.paths(r"/.*").reply(json={})

    @check(task="origin", points=2, misconception={"path-escape": lambda run: bool(run.requests)})
    def stays_below(run):
        """No path leads out of the API with a secret"""
        out = [request.url for request in run.requests if ".." in request.path or not request.path.startswith("/v1/")]
        told = [request for request in run.requests if request.url in out and secrets(request)]
        if told:
            fail(
                observed=f"The server was sent {told[0].method} `{told[0].url}`, with credentials.",
                required="Refused, or sent without them: the API ends where its base URL does.",
            )


@scenario(drive="redirects", limits=FEW)
def redirects(net):
    """Redirects to another host, and inside"""
    net.origin("evil", "http://evil.test").paths(r"/.*").reply(json={})
    net.route("GET", "/v1/away").reply(307, headers={"location": "http://evil.test/v1/users"})
    net.route("GET", "/v1/inside").reply(307, headers={"location": "/v1/users"})
    net.route("GET", "/v1/users").reply(json={})

    @check(task="origin", points=2, misconception={"redirect-keeps": lambda run: True})
    def no_secret_leaves(run):
        """A redirect to another host gets no secret"""
        if found := leaked(run):
            fail(observed=f"Redirected, {told(found)}.", required="Refused, or followed without any of the secrets.")

    @check(task="origin", points=1)
    def inside_is_followed(run):
        """A redirect inside the API is followed, with them"""
        last = run.requests[-1] if run.requests else None
        if run.observed["inside"].get("status") != 200 or last.path != "/v1/users" or len(secrets(last)) < 2:
            fail(
                observed="A redirect inside the API did not arrive where it led, with both credentials.",
                required="It stays inside: followed as before.",
            )


@scenario(drive="without", limits=FEW)
def without(net):
    """A client without credentials"""
    net.route("GET", "/users/1").reply(json={})

    @check(held=True)
    def still_works(run):
        """Without credentials the client works as before"""
        when = "A call without credentials was sent"
        expect.response(run.observed, 200, when=when, required="The response, as before.")
