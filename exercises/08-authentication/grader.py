"""Judges exercise 08 by which server got which secret."""

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
    """A call with the client's credentials, and a call with its own"""
    net.paths(r"/v1/(plain|own)").reply(json={})

    @check(task="credentials", points=3)
    def arrive(run):
        """Credentials are sent, and those of a call override them"""
        plain, own = [*run.requests, None, None][:2]
        if plain is None or own is None:
            fail(
                observed=f"Of two calls {counted(run.attempts, 'request')} arrived.",
                required="Both calls are sent, with credentials.",
            )
        seen = plain.headers.get("authorization", ""), plain.headers.get("x-api-key", "")
        if not seen[0].startswith("Basic ") or seen[1] != "k-secret":
            fail(
                observed="The client was made with `auth=` and with a key in `headers=`. It sent "
                f"`Authorization: {seen[0].partition(' ')[0]}` and a key of {len(seen[1])} characters.",
                required="Both are sent with every call.",
            )
        if own.headers.get("authorization") != "Bearer t-1" or own.headers.get("x-trace") != "t":
            fail(
                observed="A call had `auth=` and `headers=` of its own, and its request did not carry them.",
                required="What is given to a call overrides what the client has.",
            )

    @check(
        task="credentials",
        points=1,
        misconception={"mutated-headers": lambda run: set(run.observed["own"]) != {"X-Trace"}},
    )
    def callers_dictionary(run):
        """The caller's dictionary of headers is not changed"""
        more = sorted(set(run.observed["own"]) - {"X-Trace"})
        if more:
            fail(
                observed="After the call, the caller's dictionary of headers also has "
                f"{listed(f'`{name}`' for name in more)}.",
                required="The dictionary belongs to the caller and does not change.",
            )


@scenario(drive="elsewhere", limits=FEW)
def elsewhere(net):
    """Absolute URLs to other servers"""
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
        """No other server gets a secret"""
        if found := leaked(run):
            fail(
                observed=told(found) + ".",
                required="The request is refused, or sent without the secrets: they belong to one API.",
            )


@scenario(drive="climbs", limits=FEW)
def climbs(net):
    """Paths that lead out of the base URL"""
    net.paths(r"/.*").reply(json={})

    @check(task="origin", points=2, misconception={"path-escape": lambda run: bool(run.requests)})
    def stays_below(run):
        """No path takes a secret out of the API"""
        out = [request.url for request in run.requests if ".." in request.path or not request.path.startswith("/v1/")]
        told = [request for request in run.requests if request.url in out and secrets(request)]
        if told:
            fail(
                observed=f"The server got {told[0].method} `{told[0].url}`, with credentials.",
                required="The request is refused, or sent without the secrets: the API ends where its base URL ends.",
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
        """A redirect takes no secret to another host"""
        if found := leaked(run):
            fail(
                observed=f"After a redirect, {told(found)}.",
                required="The redirect is refused, or followed without any of the secrets.",
            )

    @check(task="origin", points=1)
    def inside_is_followed(run):
        """A redirect inside the API is followed, with the credentials"""
        last = run.requests[-1] if run.requests else None
        if run.observed["inside"].get("status") != 200 or last.path != "/v1/users" or len(secrets(last)) < 2:
            fail(
                observed="A redirect led to `/v1/users`, inside the API. "
                "No request with both credentials arrived there, or the caller got no 200.",
                required="The redirect is followed, with both credentials.",
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
