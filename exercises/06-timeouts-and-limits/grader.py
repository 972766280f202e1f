"""Judges exercise 06 by the clock: what was waited for, and what was given up when."""

from keepalive.grading import Limits, Network, accept, check, drop, fail, hang, reply, scenario
from keepalive.grading.words import outcome_words, took

FEW = Limits(virtual=600, requests=80)
A_LITTLE = 0.2  # seconds of grace: round trips, and numbers that are exact


def ended(outcome):
    """What became of a call, as the end of "the call ..."."""
    return f"ended with {outcome_words(outcome)}"


def length(run, name):
    """Seconds that this call took."""
    return took(run.observed[name])


def endless(name):
    """A predicate: this call was never given up."""
    return lambda run: "still_waiting" in run.observed[name]


@scenario(drive="connecting", limits=FEW)
def connecting(net):
    """A connection that takes 1 s, and one that never comes"""
    net.connects(accept(1.0), drop())
    net.paths(r"/users/\d+").reply(json={}, headers={"connection": "close"})

    @check(task="numbers", points=1)
    def waits_for_slow(run):
        """A connection that takes 1 s is waited for"""
        if run.observed["slow"].get("status") != 200:
            fail(
                observed=f"The connection came up after 1 s, and the call {ended(run.observed['slow'])} "
                f"at {length(run, 'slow'):.2f} s.",
                required="A connection on a bad day takes 1 s, and is used.",
            )

    @check(task="numbers", points=1, misconception={"one-number": lambda run: not endless("silent")(run)})
    def gives_up(run):
        """A connection that does not come is given up within 3 s"""
        waited = length(run, "silent")
        if waited > 3 + A_LITTLE:
            fail(
                observed=f"Nobody answered the attempt to connect, and the call waited **{waited:.1f} s** for it.",
                required="After 3 s it will not come: give it up, and tell the caller.",
            )


@scenario(drive="answering", limits=FEW)
def answering(net):
    """An answer that takes 8 s, and one that never comes"""
    net.route("GET", "/slow").reply(json={}, after=8)
    net.route("GET", "/silent").respond(hang())

    @check(task="numbers", points=2, misconception={"defaults": lambda run: 4.9 < length(run, "slow") < 5.2})
    def waits_for_slow(run):
        """An answer that takes 8 s is waited for"""
        if run.observed["slow"].get("status") != 200:
            fail(
                observed=f"The server thought for 8 s, and the call {ended(run.observed['slow'])} "
                f"at {length(run, 'slow'):.1f} s.",
                required="Ordinary answers may take 8 s.",
            )

    @check(
        task="numbers",
        points=2,
        misconception={
            "connect-alone": endless("silent"),
            "patient-with-everyone": lambda run: length(run, "silent") > 40,
        },
    )
    def gives_up(run):
        """A silence of 15 s is given up"""
        waited = length(run, "silent")
        if waited > 15 + A_LITTLE:
            fail(
                observed=f"The server took the request and said nothing. The call waited **{waited:.0f} s**.",
                required="After 15 s of silence nothing will come. Whoever waits on, waits with a connection in hand.",
            )


@scenario(drive="uploading", limits=FEW)
def uploading(net):
    """An upload that pauses for 2 s, and one that nobody reads"""
    net.network = Network(window=50_000, drain=25_000)
    net.route("PUT", "/labels/1").reply(204)
    net.origin("stuck", "http://stuck.test", Network(window=50_000, drain=0))

    @check(task="numbers", points=1)
    def waits_for_slow(run):
        """An upload that pauses for 2 s goes on"""
        if run.observed["slow"].get("status") != 204:
            fail(
                observed=f"The server paused for 2 s in the middle of an upload, and the call "
                f"{ended(run.observed['slow'])}.",
                required="A pause of 2 s is waited out.",
            )

    @check(task="numbers", points=1, misconception={"connect-alone": endless("stuck")})
    def gives_up(run):
        """An upload that nobody reads is given up within 10 s"""
        waited = length(run, "stuck")
        if waited > 10 + A_LITTLE:
            fail(
                observed=f"The server stopped reading in the middle of an upload. The call waited **{waited:.0f} s**.",
                required="After 10 s it is given up.",
            )


def ignored(run):
    """The client opened a third connection, where `limits=` said two."""
    return run.peak > 2


@scenario(drive="short_queue", limits=FEW)
def short_queue(net):
    """Three calls at once on two connections, free after 1.5 s"""
    net.paths(r"/users/\d").reply(json={}, after=1.5)

    @check(task="numbers", points=1, misconception={"arguments-ignored": ignored})
    def waits_for_a_slot(run):
        """A connection that is free after 1.5 s is waited for"""
        if ignored(run):
            fail(
                observed=f"Made with `limits=` of 2 connections, the client opened **{run.peak}**.",
                required="Limits that the caller gives hold.",
            )
        if len(run.requests) < 3:
            unserved = [each for each in run.observed if each.get("status") != 200] or run.observed
            fail(
                observed=f"A connection became free after 1.5 s, and the call that waited for it {ended(unserved[0])} "
                f"after **{took(unserved[0]):.1f} s**.",
                required="A call waits 1.5 s for a connection, if it must.",
            )


@scenario(drive="queueing", limits=FEW)
def queueing(net):
    """Three calls at once on two connections, in use for 7 s"""
    net.paths(r"/users/\d").reply(json={}, after=7)

    def waited(run):
        return took(run.observed[2])

    @check(
        task="numbers",
        points=2,
        misconception={"pool-forgotten": lambda run: waited(run) > 3 and not ignored(run)},
    )
    def gives_up(run):
        """After 3 s in the queue a call is given up"""
        if ignored(run):
            fail(
                observed="Three calls found a connection each, where the pool was to have two.",
                required="With both connections in use, the third call waits, for 3 s at most.",
            )
        if waited(run) > 3 + A_LITTLE or len(run.requests) > 2:
            fail(
                observed=f"Both connections were in use for 7 s. The third call {ended(run.observed[2])} "
                f"after **{waited(run):.1f} s**; the queue has a timeout of its own, and here it is longer.",
                required="A call that has waited 3 s for a connection is given up: its caller has gone.",
            )


@scenario(drive="at_once", limits=FEW)
def at_once(net):
    """24 calls at once"""
    net.paths(r"/users/\d+").reply(json={}, after=0.1)

    @check(task="numbers", points=2, misconception={"one-cap": lambda run: run.peak > 20})
    def capped(run):
        """Never more than 20 connections"""
        if run.peak > 20:
            fail(
                observed=f"24 calls at once opened **{run.peak}** connections. The server refuses the 21st.",
                required="20 at most; the other calls wait for one of them.",
            )
        if run.peak < 16:
            fail(
                observed=f"24 calls at once were given **{run.peak}** connections. You have 16 workers: some of them "
                "would stand in a queue on an ordinary day.",
                required="A connection for each of the 16 workers.",
            )
        failed = [each for each in run.observed if each.get("status") != 200]
        if failed:
            fail(
                observed=f"Of 24 calls at once, {len(failed)} were not answered. The first {ended(failed[0])}.",
                required="All of them are answered: a connection is free after 0.1 s.",
            )


@scenario(drive="workers", limits=FEW)
def workers(net):
    """16 workers, three calls each"""
    net.paths(r"/users/\d+-\d").calls(lambda request: reply(json={}, after=net.random.uniform(0.05, 0.4)))

    @check(
        task="numbers", points=2, misconception={"keepalive-below": lambda run: run.peak <= 16 < len(run.connections)}
    )
    def kept(run):
        """Connections are kept for all of them"""
        if len(run.connections) > 16:
            fail(
                observed=f"16 workers made 48 calls, and the server accepted **{len(run.connections)}** connections. "
                "Some were thrown away while the next call was waiting for one.",
                required="16, each kept for the next call of its worker.",
            )


@scenario(drive="given", limits=FEW)
def given(net):
    """Timeouts that the caller gives"""
    net.route("GET", "/silent").respond(hang())

    @check(task="numbers", points=1, misconception={"arguments-ignored": lambda run: length(run, "own") > 1.2})
    def holds(run):
        """Given to the client, or to a call, they hold"""
        seen = length(run, "own"), length(run, "call")
        if not (seen[0] <= 1 + A_LITTLE and 3 - A_LITTLE <= seen[1] <= 3 + A_LITTLE):
            fail(
                observed=f"Made with `timeout=httpx.Timeout(1.0)` and asked with `timeout=3.0`, the calls gave up "
                f"after {seen[0]:.1f} s and {seen[1]:.1f} s.",
                required="1 s and 3 s: whoever gives numbers has another server in mind.",
            )


@scenario(drive="report", limits=FEW)
def report(net):
    """A report that takes 40 s, one without a connection, one that never comes"""
    net.connects(accept(), drop(), accept())
    net.route("GET", "/reports/7").reply(json={}, after=40, headers={"connection": "close"})
    net.route("GET", "/reports/9").respond(hang())

    @check(task="slow-report", points=2)
    def is_waited_for(run):
        """A report that takes 40 s arrives"""
        if run.observed["slow"].get("status") != 200:
            fail(
                observed=f"The server thought about a report for 40 s, and the call {ended(run.observed['slow'])} "
                f"at {length(run, 'slow'):.0f} s.",
                required="Reports take 40 s, and are worth it.",
            )

    @check(
        task="slow-report",
        points=2,
        misconception={
            "override-changes-all": lambda run: length(run, "unconnected") > 15,
            "one-number": lambda run: length(run, "unconnected") > 3,
        },
    )
    def connects_as_ever(run):
        """A connection for it is not waited for any longer"""
        waited = length(run, "unconnected")
        if waited > 3 + A_LITTLE:
            fail(
                observed=f"Nobody answered the attempt to connect, and the call for a report waited "
                f"**{waited:.0f} s** for it.",
                required="3 s, as for every call: only the thinking takes longer.",
            )

    @check(task="slow-report", points=1, misconception={"no-end": endless("silent")})
    def has_an_end(run):
        """A report that never comes is given up within 90 s"""
        waited = length(run, "silent")
        if waited > 90 + A_LITTLE:
            fail(
                observed=f"The server never answered, and the call for a report waited **{waited:.0f} s**.",
                required="An end after 90 s: slow is not for ever.",
            )


@scenario(drive="own_queue", limits=FEW)
def own_queue(net):
    """Three calls on two connections, and a server that does not answer"""
    net.paths(r"/silent/\d").respond(hang())

    def queued(run):
        return run.attempts == 2

    @check(
        task="own-queue",
        points=2,
        misconception={"no-text": lambda run: "PoolTimeout" in run.observed[2].get("raised", [])},
    )
    def says_so(run):
        """The error says that the pool was full"""
        third = run.observed[2]
        if not queued(run):
            fail(
                observed=f"Made with `limits=` of 2 connections, the client sent {run.attempts} requests at once.",
                required="The third call finds the pool full, and says so.",
            )
        if "ApiError" not in third.get("raised", []) or not third["text"].strip():
            fail(
                observed=f"The call that found no free connection {ended(third)}.",
                required="An `ApiError` with a text: it was our own queue, and nothing was sent.",
            )

    @check(
        task="own-queue",
        points=1,
        misconception={"every-timeout": lambda run: "ApiError" in run.observed[0].get("raised", [])},
    )
    def theirs_goes_on(run):
        """A timeout of the server's stays httpx's"""
        if "ReadTimeout" not in run.observed[0].get("raised", []):
            fail(
                observed=f"The request was sent and not answered, and the call {ended(run.observed[0])}.",
                required="httpx's `ReadTimeout`: this one may have been carried out.",
            )
