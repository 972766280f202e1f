"""Judges exercise 06 by the clock and by the connections: which waits are waited out, and which calls fail when."""

import re

from keepalive.grading import Limits, Network, accept, check, cross, fail, hang, refuse, reply, scenario, silence

FEW = Limits(virtual=3000, requests=60)
GRACE = 0.06  # seconds: round trips, and numbers that are exact
STUCK = Network(window=50_000, drain=0)
DEAF = Network(window=10, drain=0)
USUAL, LIMITS, REPORT = "usual.responds", "given_limits.hold", "report.is_requested"


def lasting(seconds):
    """How long the server works on a response, for a silence that is 5 ms longer than so many seconds."""
    return seconds - 0.02 + 0.005


def took(seen):
    return seen["ended"] - seen["began"]


def endless(seen):
    """Whether the call was still waiting when the drive left it."""
    return seen.get("raised") == []


def equal(*waits):
    """Whether calls failed, and after the same time."""
    return all(seen.get("raised") for seen in waits) and max(map(took, waits)) - min(map(took, waits)) <= GRACE


def end(seen):
    """How a call ended, in words."""
    if "status" in seen:
        what = "something that is no response" if seen["status"] is None else f"a response with {seen['status']}"
        return f"returned {what} after **{took(seen):.2f} s**"
    if endless(seen):
        return "was **still waiting after 120 s**"
    return f"failed with `{seen['raised'][0]}` after **{took(seen):.2f} s**"


def must_arrive(seen, *, when, required):
    if seen.get("status") != 200:
        fail(observed=f"{when} The call {end(seen)}.", required=required)


def must_fail(seen, *, within, when, required):
    if not seen.get("raised") or took(seen) > within + GRACE:
        fail(observed=f"{when} The call {end(seen)}.", required=required)


def must_fail_after(seen, seconds, *, when, required):
    if not seen.get("raised") or abs(took(seen) - seconds) > GRACE:
        fail(observed=f"{when} The call {end(seen)}.", required=required)


def alike(seen, usual, *, when):
    """Fail unless a report failed after as long as another call."""
    if not equal(seen, usual) and not (endless(seen) and endless(usual)):
        fail(
            observed=f"{when} An ordinary call {end(usual)}; the call for a report {end(seen)}.",
            required="Both end after the same time: only the wait for the response is longer for a report.",
        )


def requests_for(run, path):
    return [each for each in run.requests if each.path == path]


def away(net):
    """An origin to which no connection comes up."""
    net.origin("away", "http://away.test").connects(silence())


@scenario(drive="usual", limits=FEW)
def usual(net):
    """One call"""
    net.route("GET", "/users/1").reply(json={})

    @check(held=True)
    def responds(run):
        """A call is sent, and its response comes back"""
        if not requests_for(run, "/users/1"):
            fail(
                observed=f"The server saw no request for `/users/1`. The call {end(run.observed)}.",
                required="`get` sends the request.",
            )
        must_arrive(run.observed, when="The server responded with 200.", required="The caller gets the response.")


@scenario(drive="connecting", limits=FEW)
def connecting(net):
    """Connections that take 1 s, and connections that do not come up"""
    net.connects(accept(1.005))
    net.paths(r"/users/\d+").reply(json={}, headers={"connection": "close"})
    away(net)

    @check(task="numbers", points=1, needs=USUAL)
    def waits_for_slow(run):
        """A connection that takes 1 s is waited for"""
        for name in ("slow", "slow_again"):
            must_arrive(
                run.observed[name],
                when="The connection takes 1 s to come up.",
                required="A response: 1 s is waited for a connection.",
            )

    @check(task="numbers", points=1, needs=USUAL)
    def gives_up(run):
        """A connection that does not come up is given up within 3 s"""
        for name in ("silent", "again"):
            must_fail(
                run.observed[name],
                within=3,
                when="Nobody accepts the connection.",
                required="An exception, 3 s after the beginning at the latest.",
            )


@scenario(drive="answering", limits=FEW)
def answering(net):
    """A response that takes 8 s, and one that never comes"""
    net.route("GET", "/slow").reply(json={}, after=lasting(8))
    net.route("GET", "/silent").answer(hang())

    @check(task="numbers", points=1, needs=USUAL)
    def waits_for_slow(run):
        """A response that takes 8 s is waited for"""
        must_arrive(
            run.observed["slow"],
            when="The server sends nothing for 8 s, and then its response.",
            required="The response: usual ones may take 8 s.",
        )

    @check(
        task="numbers",
        points=1,
        needs=USUAL,
        misconception={"patient-with-everyone": lambda run: 40 < took(run.observed["silent"]) < 90 + GRACE},
    )
    def gives_up(run):
        """A response that never comes is given up within 15 s"""
        must_fail(
            run.observed["silent"],
            within=15,
            when="The server takes the request and sends nothing.",
            required="An exception after 15 s at the latest. Until then the call holds a connection.",
        )


@scenario(drive="mid_response", limits=FEW)
def mid_response(net):
    """Silences of 8 s before a response and in it, and a response that stops in the middle"""
    net.route("GET", "/slow").reply(after=lasting(8), chunks=[(8.005, b"{"), (0.5, b"}")])
    net.route("GET", "/silent").reply(chunks=[(0, b"{"), (1000, b"}")])

    def in_the_second(run):
        """The first silence was waited out, and the second, as long, was not."""
        return bool(run.observed["slow"].get("raised")) and 8.1 < took(run.observed["slow"]) < 16

    @check(task="numbers", points=1, needs=USUAL, misconception={"total-limit": in_the_second})
    def waits_for_slow(run):
        """A response with two silences of 8 s is waited for"""
        must_arrive(
            run.observed["slow"],
            when="The server sends nothing for 8 s, then a part of its response, and the rest after another 8 s.",
            required="The response: each number limits one wait.",
        )

    @check(task="numbers", points=1, needs=USUAL)
    def gives_up(run):
        """A response that stops in the middle is given up within 15 s"""
        must_fail(
            run.observed["silent"],
            within=15,
            when="The server stops in the middle of its response.",
            required="An exception after 15 s of silence at the latest.",
        )


@scenario(drive="uploading", limits=FEW)
def uploading(net):
    """Uploads that pause for 2 s, and one that nobody reads"""
    net.network = Network(window=50_000, drain=50_000 / 2.005)
    net.paths("/labels(/1)?").reply(200)
    net.origin("stuck", "http://stuck.test", STUCK)

    @check(task="numbers", points=1, needs=USUAL)
    def waits_for_slow(run):
        """An upload that pauses for 2 s goes on"""
        must_arrive(
            run.observed["slow"],
            when="The server stops reading for 2 s in the middle of an upload.",
            required="The rest of the upload after the pause, and the response.",
        )
        must_arrive(
            run.observed["pieces"],
            when="The server stops reading for 2 s after each piece of an upload, five times.",
            required="The whole upload, and the response: each number limits one wait.",
        )

    @check(task="numbers", points=1, needs=USUAL)
    def gives_up(run):
        """An upload that nobody reads is given up within 10 s"""
        must_fail(
            run.observed["stuck"],
            within=10,
            when="The server stops reading in the middle of an upload.",
            required="An exception after 10 s at the latest.",
        )


@scenario(drive="given_limits", limits=FEW)
def given_limits(net):
    """Limits that the caller gives: 3 connections, 1 of them kept for 2 s"""
    net.paths(r"/users/\d+").reply(json={}, after=0.1)

    def opened(run, since, until=float("inf")):
        return sum(since <= each.opened_at < until for each in run.connections)

    @check(task="numbers", points=1, needs=USUAL, misconception={"arguments-ignored": lambda run: run.peak == 4})
    def hold(run):
        """A given limit of connections is used"""
        failed = [seen for seen in run.observed if seen.get("status") != 200]
        if failed:
            fail(
                observed=f"The server responds to each of seven calls after 0.1 s. One of them {end(failed[0])}.",
                required="Seven responses.",
            )
        if run.peak != 3:
            fail(
                observed=f"Made with `limits=` of 3 connections, the client had **{run.peak}** open for four calls at once.",
                required="3: limits that are given hold.",
            )

    @check(task="numbers", points=1, needs=LIMITS)
    def kept(run):
        """Given limits of kept connections are used"""
        second, third = run.marks["second round"], run.marks["after 3 s"]
        counted = opened(run, second, third), opened(run, third)
        if counted != (1, 1):
            fail(
                observed="Made with `limits=` of 3 connections, of which 1 is kept, for 2 s. Two calls after the first "
                f"ones opened **{counted[0]}** new connections, and a call after a pause of 3 s opened **{counted[1]}**.",
                required="1 new beside the one that was kept, and then 1 new: limits that are given hold.",
            )


@scenario(drive="short_queue", limits=FEW)
def short_queue(net):
    """Three calls at once on two connections, which are in use for 1.5 s"""
    net.paths(r"/users/\d").reply(json={}, after=lasting(1.48))

    @check(task="numbers", points=1, needs=LIMITS)
    def waits_for_a_slot(run):
        """A connection that is free after 1.5 s is waited for"""
        must_arrive(
            run.observed[2],
            when="Both connections of the pool are in use for 1.5 s. A third call waits for one of them.",
            required="A connection after 1.5 s, and then a response.",
        )


@scenario(drive="queueing", limits=FEW)
def queueing(net):
    """Three calls at once on two connections, which are in use for a minute"""
    net.network = STUCK
    net.paths(r"/users/\d").reply(chunks=[(5, b"x")] * 12)
    net.route("GET", "/silent").answer(hang())
    away(net)

    def waits(run):
        """What was waited for: the pool, a connection, the response, and the upload."""
        seen = run.observed
        return seen["three"][2], seen["no_connection"], seen["no_response"], seen["stuck"]

    def fives(run):
        return equal(*waits(run)) and abs(took(run.observed["no_response"]) - 5) < GRACE

    def filled_in(run):
        pool, connection, response, _ = waits(run)
        return equal(pool, response) and not equal(pool, connection)

    def but_connecting(run):
        pool, connection, *others = waits(run)
        return took(pool) > 59 and all(map(endless, others)) and not endless(connection)

    @check(
        task="numbers",
        points=1,
        needs=LIMITS,
        misconception={
            "defaults": fives,
            "one-number": lambda run: equal(*waits(run)),
            "pool-forgotten": filled_in,
            "connect-alone": but_connecting,
        },
    )
    def gives_up(run):
        """After 3 s without a free connection a call is given up"""
        must_fail(
            run.observed["three"][2],
            within=3,
            when="Both connections of the pool are in use for a minute. A third call waits for one of them.",
            required="An exception after 3 s at the latest.",
        )


@scenario(drive="at_once", limits=FEW)
def at_once(net):
    """22 calls at once, of a client that was given a timeout and no limits"""
    net.paths(r"/users/\d+").reply(json={}, after=0.1)

    @check(task="numbers", points=1, needs=USUAL, misconception={"one-cap": lambda run: run.peak == 22})
    def capped(run):
        """Never more than 20 connections"""
        if run.peak > 20:
            fail(
                observed=f"22 calls at once opened **{run.peak}** connections.",
                required="20 at most: Depot refuses the 21st.",
            )
        failed = [seen for seen in run.observed if seen.get("status") != 200]
        if failed:
            fail(
                observed=f"The server responds to each of 22 calls after 0.1 s. One of them {end(failed[0])}.",
                required="22 responses: a connection is free after 0.1 s.",
            )


@scenario(drive="workers", limits=FEW)
def workers(net):
    """16 workers at once; four of them call again 0.95 s after their first response"""
    net.paths(r"/users/\d+-\d").calls(lambda request: reply(json={}, after=net.random.uniform(0.05, 0.4)))

    @check(task="numbers", points=1, needs=USUAL)
    def none_waits(run):
        """No worker waits for the connection of another"""
        there = sum(seen.path.endswith("-0") and seen.t <= GRACE for seen in run.requests)
        if there < 16:
            fail(
                observed=f"16 workers called at once. The server saw **{there}** of their requests within {GRACE} s.",
                required="16: a connection for each of them.",
            )

    def thrown_away(run):
        return [each for each in run.connections if each.closed_by and each.closed_at < run.marks["all done"]]

    @check(
        task="numbers",
        points=1,
        needs="workers.none_waits",
        misconception={"keepalive-below": lambda run: any(each.closed_at < 0.5 for each in thrown_away(run))},
    )
    def kept(run):
        """Connections are kept for the next call"""
        closed, repeated = thrown_away(run), len(run.requests) - 16
        if closed or len(run.connections) > 16 or repeated < 4:
            fail(
                observed=f"16 workers called at once, and four of them again within a second. The client opened "
                f"**{len(run.connections)}** connections and closed **{len(closed)}** of them meanwhile; the server saw "
                f"{repeated} of the 4 later requests.",
                required="16 connections, each kept for the next call.",
            )


@scenario(drive="given_no_limits", limits=FEW)
def given_no_limits(net):
    """Limits of None that the caller gives"""
    net.paths(r"/users/\d+").reply(json={}, after=0.1)

    @check(task="numbers", points=1, needs=LIMITS)
    def hold(run):
        """A given limit of None is no limit"""
        if run.peak < 21:
            fail(
                observed=f"Made with `limits=` of `None` and `None`, the client had **{run.peak}** connections for 21 "
                "calls at once.",
                required="21: what is given is used as it is, higher or lower than your numbers.",
            )


@scenario(drive="given", limits=FEW)
def given(net):
    """Short timeouts that the caller gives"""
    net.network = STUCK
    net.route("GET", "/silent").answer(hang())
    net.route("GET", "/busy").reply(json={}, after=0.9)
    net.route("GET", "/users/1").reply(json={})
    away(net)

    def none_holds(run):
        """Each wait lasts as long as it may with numbers of one's own."""
        least = {"no_response": 8, "unconnected": 1, "stuck": 2}
        return all(endless(run.observed[name]) or took(run.observed[name]) > number for name, number in least.items())

    @check(task="numbers", points=1, needs=USUAL, misconception={"arguments-ignored": none_holds})
    def holds(run):
        """Given timeouts are used as they are"""
        for name, seconds, when in (
            ("no_response", 1.0, "Made with `read=1.0`. The server sends no response."),
            ("unconnected", 0.5, "Made with `connect=0.5`. Nobody accepts the connection."),
            ("stuck", 0.7, "Made with `write=0.7`. The server stops reading an upload."),
        ):
            required = f"An exception after {seconds} s: timeouts that are given hold."
            must_fail_after(run.observed[name], seconds, when=when, required=required)

    @check(task="numbers", points=1, needs=(USUAL, LIMITS))
    def holds_in_the_queue(run):
        """A given pool timeout is used as it is"""
        must_fail_after(
            run.observed["queued"],
            0.4,
            when="Made with `pool=0.4` and one connection, which is in use. A second call waits for it.",
            required="An exception after 0.4 s: timeouts that are given hold.",
        )


@scenario(drive="given_none", limits=FEW)
def given_none(net):
    """Timeouts of None that the caller gives, and 20 s for the response"""
    net.network = Network(window=50_000, drain=50_000 / 15)
    net.connects(accept(10))
    net.route("GET", "/users/1").reply(json={})
    net.route("GET", "/slow").reply(json={}, after=19)
    net.route("PUT", "/labels/1").reply(200)
    net.route("GET", "/silent").answer(hang())
    net.route("GET", "/busy").reply(json={}, after=10)

    @check(task="numbers", points=1, needs=USUAL)
    def holds(run):
        """A given timeout of None is no limit, and a longer one is longer"""
        for name, when in (
            ("connection", "Made with `connect=None`. The connection takes 10 s to come up."),
            ("response", "Made with `read=20.0`. The server sends its response after 19 s."),
            ("upload", "Made with `write=None`. The server stops reading an upload for 15 s."),
        ):
            must_arrive(run.observed[name], when=when, required="A response: timeouts that are given hold.")
        must_fail_after(
            run.observed["no_response"],
            20,
            when="Made with `read=20.0`. The server sends no response.",
            required="An exception after 20 s: timeouts that are given hold.",
        )

    @check(task="numbers", points=1, needs=(USUAL, LIMITS))
    def holds_in_the_queue(run):
        """A given pool timeout of None is no limit"""
        must_arrive(
            run.observed["queued"],
            when="Made with `pool=None` and one connection, which is in use for 10 s. A second call waits for it.",
            required="The second call waits until it is free, and gets a response.",
        )


@scenario(drive="given_one", limits=FEW)
def given_one(net):
    """A client that was given limits and no timeout"""
    net.route("GET", "/slow").reply(json={}, after=lasting(8))
    net.route("GET", "/silent").answer(hang())

    @check(task="numbers", points=1, needs=("answering.waits_for_slow", "answering.gives_up"))
    def leaves_the_other(run):
        """Timeouts that are not given stay yours"""
        must_arrive(
            run.observed["slow"],
            when="Made with `limits=` and `timeout=None`. The server sends its response after 8 s.",
            required="The response: `None` is the same as not given.",
        )
        must_fail(
            run.observed["silent"],
            within=15,
            when="Made with `limits=` and `timeout=None`. The server sends no response.",
            required="An exception after 15 s at the latest: `None` is the same as not given.",
        )


@scenario(drive="on_a_call", limits=FEW)
def on_a_call(net):
    """Timeouts of single calls, at the same time and one after another"""
    net.paths(r"/slow/\d").reply(json={}, after=20)
    net.paths(r"/silent/\d").answer(hang())
    net.route("GET", "/usual").reply(json={}, after=lasting(8))

    @check(task="numbers", points=1, needs=USUAL)
    def holds(run):
        """The timeout of a single call holds for that call"""
        for name, given in (("none", "None"), ("longer", "httpx.Timeout(25.0)")):
            if run.observed[name].get("raised") is not None:
                fail(
                    observed=f"A call with `timeout={given}`. The server sends its response after 20 s. The call "
                    f"{end(run.observed[name])}.",
                    required="The response: the call's own `timeout=` holds.",
                )
        for name, given in (("number", "3.0"), ("timeout", "httpx.Timeout(5.0, read=3.0)")):
            must_fail_after(
                run.observed[name],
                3,
                when=f"A call with `timeout={given}`. The server sends no response.",
                required="An exception after 3 s: the call's own `timeout=` holds.",
            )

    @check(task="numbers", points=1, needs=("answering.waits_for_slow", "answering.gives_up", "on_a_call.holds"))
    def and_no_other(run):
        """The timeout of a single call holds for no other"""
        must_arrive(
            run.observed["usual"],
            when="After calls with a `timeout=` of their own, one without. The server sends its response after 8 s.",
            required="The response: your own timeouts hold for this call.",
        )
        for name, when in (("beside", "Beside"), ("after", "After")):
            must_fail(
                run.observed[name],
                within=15,
                when=f"{when} calls with a `timeout=` of their own, one without. The server sends no response.",
                required="An exception after 15 s at the latest: your own timeouts hold for this call.",
            )


@scenario(drive="report", limits=FEW)
def report(net):
    """Reports: one that takes 40 s, one that never comes, and a 503"""
    net.route("GET", "/reports/7").reply(json={}, after=lasting(40))
    net.route("GET", "/reports/9").answer(hang())
    net.route("GET", "/reports/5").reply(503)

    @check(task="slow-report", points=1, needs=USUAL)
    def is_requested(run):
        """A report is requested by GET at its path, and its response returned"""
        asked = [(each.method, each.path) for each in run.requests]
        if asked != [("GET", f"/reports/{number}") for number in (7, 9, 5)]:
            listed = ", ".join(f"`{method} {path}`" for method, path in asked) or "no request"
            fail(
                observed=f"`report(7)`, `report(9)` and `report(5)` were called. The server saw {listed}.",
                required="`GET /reports/7`, `GET /reports/9` and `GET /reports/5`, each once.",
            )
        if run.observed["failing"].get("status") != 503:
            fail(
                observed=f"The server responded to `report(5)` with 503. The call {end(run.observed['failing'])}.",
                required="The response, whatever its status.",
            )

    @check(task="slow-report", points=1, needs=REPORT)
    def is_waited_for(run):
        """A report that takes 40 s arrives"""
        must_arrive(
            run.observed["slow"],
            when="The server sends nothing for 40 s, and then the report.",
            required="The report: it may take 40 s.",
        )

    @check(
        task="slow-report",
        points=1,
        needs=REPORT,
        misconception={"no-end": lambda run: endless(run.observed["silent"])},
    )
    def has_an_end(run):
        """A report that never comes is given up within 90 s"""
        must_fail(
            run.observed["silent"],
            within=90,
            when="The server takes the request for a report and sends nothing.",
            required="An exception after 90 s at the latest.",
        )


@scenario(drive="report_body", limits=FEW)
def report_body(net):
    """Reports that stop in the middle: for 40 s, and for ever"""
    net.route("GET", "/reports/7").reply(after=lasting(40), chunks=[(0, b"{"), (40.005, b"}")])
    net.route("GET", "/reports/9").reply(chunks=[(0, b"{"), (1000, b"}")])

    @check(task="slow-report", points=1, needs=REPORT)
    def is_waited_for(run):
        """A report that stops for 40 s in the middle arrives"""
        must_arrive(
            run.observed["slow"],
            when="The server sends nothing for 40 s, then a part of the report, and the rest after another 40 s.",
            required="The report: each number limits one wait.",
        )

    @check(task="slow-report", points=1, needs=REPORT)
    def has_an_end(run):
        """A report that stops in the middle is given up within 90 s"""
        must_fail(
            run.observed["silent"],
            within=90,
            when="The server stops in the middle of a report.",
            required="An exception after 90 s of silence at the latest.",
        )


@scenario(drive="report_waits", limits=FEW)
def report_waits(net):
    """Reports that wait for the pool, for a connection, and for their request to be read"""
    net.route("GET", "/busy").reply(json={}, after=7)
    net.paths(r"/(users|reports)/\d").reply(json={})
    net.origin("deaf", "http://deaf.test", DEAF)
    away(net)

    def all_four(run):
        """The waits for a connection and for the request are equal for a report, and not for an ordinary call."""
        seen = run.observed
        usual = equal(seen["usual_unconnected"], seen["usual_unread"])
        return equal(seen["unconnected"], seen["unread"]) and not usual

    @check(task="slow-report", points=1, needs=REPORT, misconception={"override-changes-all": all_four})
    def connects_as_ever(run):
        """A connection for a report is waited for no longer than usual"""
        alike(run.observed["unconnected"], run.observed["usual_unconnected"], when="Nobody accepts the connection.")

    @check(task="slow-report", points=1, needs=(REPORT, LIMITS, "queueing.gives_up"))
    def queues_as_ever(run):
        """A free connection of the pool is waited for no longer than usual"""
        seen = run.observed
        alike(seen["report_queued"], seen["queued"], when="The pool's one connection is in use for 7 s.")

    @check(task="slow-report", points=1, needs=REPORT)
    def writes_as_ever(run):
        """The request for a report is written for no longer than usual"""
        alike(run.observed["unread"], run.observed["usual_unread"], when="The server reads nothing of a request.")


@scenario(drive="report_pool", limits=FEW)
def report_pool(net):
    """Two calls and two reports at once, on two connections"""
    net.paths(r"/(users|reports)/\d").reply(json={}, after=0.1)

    @check(
        task="slow-report", points=1, needs=(REPORT, LIMITS), misconception={"second-pool": lambda run: run.peak == 4}
    )
    def is_shared(run):
        """Reports use the connections of the client's pool"""
        if run.peak > 2 or len(run.requests) < 4:
            fail(
                observed=f"Made with `limits=` of 2 connections. Two calls and two reports at once opened **{run.peak}**, "
                f"and the server saw {len(run.requests)} requests.",
                required="Four requests on 2 connections: those of reports count, too.",
            )


@scenario(drive="report_given", limits=FEW)
def report_given(net):
    """Reports of clients that are made with other timeouts"""
    net.route("GET", "/reports/7").reply(json={}, after=lasting(40))
    net.route("GET", "/reports/9").answer(hang())
    net.origin("deaf", "http://deaf.test", DEAF)
    away(net)

    @check(task="slow-report", points=1, needs=("report.is_waited_for", "report.has_an_end", "given.holds"))
    def reads_as_a_report(run):
        """A report has its own wait for the response, whatever timeouts the client was given"""
        must_arrive(
            run.observed["slow"],
            when="The client was made with `read=1.0`. The server sends a report after 40 s.",
            required="The report: it may take 40 s with every client.",
        )
        must_fail(
            run.observed["silent"],
            within=90,
            when="The client was made with `httpx.Timeout(None)`. The server never sends the report.",
            required="An exception after 90 s at the latest, with every client.",
        )

    @check(
        task="slow-report",
        points=1,
        needs=("report_waits.connects_as_ever", "report_waits.writes_as_ever", "given.holds"),
    )
    def connects_as_given(run):
        """The other waits of a report are those that the client was given"""
        for name, seconds, when in (
            ("unconnected", 0.5, "The client was made with `connect=0.5`. Nobody accepts the connection for a report."),
            (
                "unread",
                0.7,
                "The client was made with `write=0.7`. The server reads nothing of the request for a report.",
            ),
        ):
            must_fail_after(run.observed[name], seconds, when=when, required=f"An exception after {seconds} s.")


@scenario(drive="beside_reports", limits=FEW)
def beside_reports(net):
    """Calls before, during and after reports"""
    net.paths(r"/reports/[123]").reply(json={}, after=lasting(40))
    net.route("GET", "/reports/9").answer(hang())
    net.paths("/silent/.*").answer(hang())
    net.route("GET", "/slow").reply(json={}, after=lasting(8))

    def as_a_report(run):
        """A later call had the end of a report."""
        later = (run.observed[name] for name in ("after", "after_a_cancel", "after_a_failure"))
        return any(equal(seen, run.observed["failed"]) for seen in later)

    @check(
        task="slow-report",
        points=1,
        needs=("answering.waits_for_slow", "answering.gives_up", REPORT),
        misconception={"shared-timeout": as_a_report},
    )
    def keeps_its_end(run):
        """A call beside a report is given up as ever"""
        for name, which in (
            ("before", "made before a report"),
            ("during", "made while two reports were under way"),
            ("after", "made after two reports"),
            ("after_a_cancel", "made after a report was cancelled"),
            ("after_a_failure", "made after a report failed"),
        ):
            must_fail(
                run.observed[name],
                within=15,
                when=f"A call {which}. The server sends no response.",
                required="An exception after 15 s at the latest.",
            )
        must_arrive(
            run.observed["slow"],
            when="A call made after reports. The server sends its response after 8 s.",
            required="The response: usual ones may take 8 s.",
        )

    @check(task="slow-report", points=1, needs="report.is_waited_for")
    def both_arrive(run):
        """Two reports at the same time do not wait for each other"""
        for name in ("first", "second"):
            when = "Two reports at the same time. The server sends each 40 s after its request."
            must_arrive(run.observed[name], when=when, required="Both reports.")
            if took(run.observed[name]) > 41:
                required = "Each report after 40 s: the two have a connection each."
                fail(observed=f"{when} One of the calls {end(run.observed[name])}.", required=required)


@scenario(drive="own_queue", limits=FEW)
def own_queue(net):
    """Seven calls for which no connection is free, and one afterwards"""
    net.paths(r"/busy/\d").reply(json={}, after=7)
    net.route("GET", "/users/9").reply(json={})

    def raised_as_they_are(run):
        return all("PoolTimeout" in seen.get("raised", []) for seen in run.observed["queued"])

    @check(task="own-queue", points=2, needs="queueing.gives_up", misconception={"no-text": raised_as_they_are})
    def says_so(run):
        """The error is an ApiError, and says that the pool was full"""
        for seen in run.observed["queued"]:
            must_say_so(seen)

    @check(task="own-queue", points=1, needs="own_queue.says_so")
    def names_the_call(run):
        """The error names the path of the call"""
        for number, seen in enumerate(run.observed["queued"], 1):
            must_name(seen, f"/users/{number}")

    @check(task="own-queue", points=1, needs="own_queue.says_so")
    def works_afterwards(run):
        """After the error the client works as before"""
        must_arrive(
            run.observed["later"],
            when="Seven calls found no free connection. A call is made when both connections are free.",
            required="A response.",
        )


def must_say_so(seen):
    """Fail unless a call that found no free connection ended with an ApiError that says so."""
    when = "The connections of the pool were in use."
    if "ApiError" not in seen.get("raised", []):
        fail(observed=f"{when} Another call {end(seen)}.", required="An `ApiError`, or a class below it.")
    if not re.search(r"\bpool\b", seen["text"], re.IGNORECASE):
        fail(
            observed=f"{when} Another call failed with `{seen['raised'][0]}`, whose text is `{seen['text'] or ' '}`.",
            required="A text with `pool` as a word of its own.",
        )


def must_name(seen, path):
    if path not in seen["text"]:
        fail(
            observed=f"The error of the call for `{path}` has the text `{seen['text']}`.",
            required="A text with the path of the call.",
        )


@scenario(drive="queued_report", limits=FEW)
def queued_report(net):
    """A report for which no connection is free"""
    net.route("GET", "/busy").reply(json={}, after=7)

    @check(task="own-queue", points=1, needs=("own_queue.names_the_call", "report_waits.queues_as_ever"))
    def says_so(run):
        """The error of a report says so, too"""
        must_say_so(run.observed["report_queued"])
        must_name(run.observed["report_queued"], "/reports/1")


OTHERS = {
    "no_connection": "ConnectTimeout",
    "no_response": "ReadTimeout",
    "stuck": "WriteTimeout",
    "refused": "ConnectError",
    "closed": "RemoteProtocolError",
    "reset": "ReadError",
}


@scenario(drive="other_exceptions", limits=FEW)
def other_exceptions(net):
    """Six calls that fail for another reason"""
    net.network = STUCK
    net.route("GET", "/silent").answer(hang())
    net.route("GET", "/closed").answer(cross())
    net.route("GET", "/reset").reply(text="all", cut_at=1, then="reset")
    net.origin("closed", "http://closed.test").connects(refuse())
    away(net)

    def all_timeouts(run):
        timeouts = (run.observed[name] for name in list(OTHERS)[:3])
        return all("ApiError" in seen.get("raised", []) for seen in timeouts)

    @check(task="own-queue", points=1, needs=USUAL, misconception={"every-timeout": all_timeouts})
    def go_on(run):
        """Every other exception stays httpx's"""
        for name, kind in OTHERS.items():
            seen = run.observed[name]
            if not seen.get("raised") or seen["raised"][0] != kind:
                fail(
                    observed=f"httpx ends a call with `{kind}`. The call {end(seen)}.",
                    required=f"`{kind}`, as httpx raises it.",
                )
