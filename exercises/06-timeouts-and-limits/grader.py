"""Judges exercise 06 by the clock and by the connections: which waits are waited out, and which calls fail when."""

import re

from keepalive.grading import (
    Limits,
    Network,
    accept,
    check,
    close_during_request,
    drop,
    expect,
    fail,
    hang,
    refuse,
    reply,
    scenario,
)
from keepalive.grading.words import code, outcome_words, seconds, took

FEW = Limits(virtual=3000, requests=60)
GRACE = 0.045  # seconds: two round trips. A timeout of 3.05 s is not one of 3 s
STUCK = Network(window=50_000)  # it reads so many bytes of a connection, and no more
USUAL, LIMITS, REPORT = "usual.responds", "given_limits.hold", "report.is_requested"
ENDS = ("answering.waits_for_slow", "answering.gives_up")


def lasting(silence):
    """How long the server works on a response for a silence that is 5 ms longer than so many seconds."""
    return silence - 0.02 + 0.005


def away(net):
    net.origin("away", "http://away.test").connects(drop())


def endless(seen):
    return "still_waiting" in seen


def equal(*calls):
    """Whether these calls failed, and after the same time."""
    lengths = [took(seen) for seen in calls]
    return all("raised" in seen for seen in calls) and max(lengths) - min(lengths) <= GRACE


def got(seen):
    """What the caller got and when, as the end of a sentence."""
    after = "" if endless(seen) else f" after **{seconds(took(seen))}**"
    return f"the caller got {outcome_words(seen)}{after}."


def calls(run, what, when):
    """A call of the drive by its name, or one by each method; of those, `when` has `{}` for the method."""
    for name, seen in run.observed.items():
        if name == what or name.startswith(f"{what} "):
            yield seen, when.format(name.rpartition(" ")[2].upper())


def arrives(run, *names, when):
    for seen, said in (pair for name in names for pair in calls(run, name, when)):
        if seen.get("status") != 200:
            fail(observed=f"{said}, and {got(seen)}", required="The response, with status 200.")


def fails(run, name, *, within, when):
    required = f"An exception after {within} s at the latest."
    for seen, said in calls(run, name, when):
        expect.given_up(seen, 0, within, when=said, required=required, grace=GRACE)


def ends_after(run, name, length, *, when):
    required = f"An exception after {length} s: what is given holds."
    expect.given_up(run.observed[name], length, length, when=when, required=required, grace=GRACE)


@scenario(drive="usual", limits=FEW)
def usual(net):
    """One call"""
    net.route("GET", "/users/1").reply(json={})

    @check(held=True)
    def responds(run):
        """A call is sent, and its response comes back"""
        expect.count(len(run.requests), 1, "request", when="After one call", required="One request.")
        arrives(run, "call", when="The server responded with 200")


@scenario(drive="connecting", limits=FEW)
def connecting(net):
    """Connections that take 1 s, and connections that do not come up"""
    net.connects(accept(1.005))
    net.paths("/slow/.*").reply(json={}, headers={"connection": "close"})
    away(net)

    @check(task="numbers", points=1, needs=USUAL)
    def waits_for_slow(run):
        """A connection that takes 1 s is waited for"""
        arrives(run, "slow", when="The connection for a {} was to come up after 1 s")

    @check(task="numbers", points=1, needs=USUAL)
    def gives_up(run):
        """A connection that does not come up is given up within 3 s"""
        fails(run, "never", within=3, when="Nobody accepted the connection for a {}")


@scenario(drive="silences", limits=FEW)
def answering(net):
    """Responses that take 8 s, and some that never come"""
    net.paths("/(slow/.*|long)").reply(json={}, after=lasting(8))
    net.paths("/silent/.*").respond(hang())

    as_a_report = {"patient-with-everyone": lambda run: 40 < took(run.observed["silent get"]) < 90 + GRACE}

    @check(task="numbers", points=1, needs=USUAL)
    def waits_for_slow(run):
        """A response that takes 8 s is waited for"""
        arrives(run, "slow", when="The response to a {} was to come after 8 s of silence")

    @check(task="numbers", points=1, needs=USUAL, misconception=as_a_report)
    def gives_up(run):
        """A response that never comes is given up within 15 s"""
        fails(run, "silent", within=15, when="The server took a {} and sent nothing")


@scenario(drive="silences", limits=FEW)
def mid_response(net):
    """Silences of 8 s before a response and in it, and responses that stop in the middle"""
    net.paths("/slow/.*").reply(after=lasting(8), chunks=[(8.005, b"{"), (0.5, b"}")])
    net.paths("/silent/.*").reply(chunks=[(0, b"{"), (1000, b"}")])
    net.route("GET", "/long").reply(chunks=[(8.005, b"x")] * 12)

    second = {"total-limit": lambda run: 8.1 < took(run.observed["slow get"]) < 16}  # silence, as long as the first

    @check(task="numbers", points=1, needs=USUAL, misconception=second)
    def waits_for_slow(run):
        """A response with two silences of 8 s is waited for"""
        arrives(run, "slow", when="The response to a {} was to come in two parts, each after 8 s of silence")

    @check(task="numbers", points=1, needs=USUAL)
    def gives_up(run):
        """A response that stops in the middle is given up within 15 s"""
        fails(run, "silent", within=15, when="The server stopped in the middle of its response to a {}")

    @check(task="numbers", points=1, needs="mid_response.waits_for_slow")
    def limits_no_call(run):
        """A response with twelve silences of 8 s is waited for"""
        arrives(run, "long", when="The response was to come in twelve parts, each after 8 s of silence")


@scenario(drive="uploading", limits=FEW)
def uploading(net):
    """Uploads that pause for 2 s, and some that nobody reads"""
    net.network = Network(window=50_000, drain=25_000)  # with the headers it pauses for a little longer than 2 s
    net.paths("/(whole|labels)/.*").reply(200)
    net.origin("stuck", "http://stuck.test", STUCK)

    @check(task="numbers", points=1, needs=USUAL)
    def waits_for_slow(run):
        """An upload that pauses for 2 s goes on"""
        arrives(run, "whole", "pieces", when="The server was to read on after each pause of 2 s in an upload")

    @check(task="numbers", points=1, needs=USUAL)
    def gives_up(run):
        """An upload that nobody reads is given up within 10 s"""
        fails(run, "stuck", within=10, when="The server stopped reading in the middle of a {}")


@scenario(drive="given_limits", limits=FEW)
def given_limits(net):
    """Limits that the caller gives: 3 connections, of which 1 is kept, for 2 s"""
    net.paths(r"/users/\d").reply(json={}, after=0.1)

    @check(task="numbers", points=1, needs=USUAL, misconception={"arguments-ignored": lambda run: run.peak == 4})
    def hold(run):
        """A given limit of connections is used"""
        arrives(run, *run.observed, when="Seven calls were to take 0.1 s each")
        when, required = "With four calls at once on `limits=` of 3 connections", "3 connections open at a time."
        expect.count(run.peak, 3, "open connection", when=when, required=required)

    @check(task="numbers", points=1, needs=LIMITS)
    def kept(run):
        """Given limits of kept connections are used"""
        when = "`limits=` said that 1 of the 3 connections is kept, for 2 s. During two more calls at once"
        later = len(run.connects_after("after 3 s"))
        begun = len(run.connects_after("second round")) - later
        expect.count(begun, 1, "new connection", when=when, required="1 beside the one that was kept.")
        when = "`limits=` said that a connection is kept for 2 s. During a call after a pause of 3 s"
        expect.count(later, 1, "new connection", when=when, required="1: none was kept for so long.")


@scenario(drive="given_no_limits", limits=FEW)
def given_no_limits(net):
    """Limits of None that the caller gives"""
    net.paths(r"/users/\d+").reply(json={}, after=0.1)

    @check(task="numbers", points=1, needs=LIMITS)
    def hold(run):
        """A given limit of None is no limit"""
        when = "With 21 calls at once on `limits=` of `None`"
        expect.count(run.peak, 21, "open connection", when=when, required="21: what is given holds.")
        when = "During a call a minute later, with `keepalive_expiry=None`"
        begun = len(run.connects_after("after 60 s"))
        expect.count(begun, 0, "new connection", when=when, required="None: what is given holds.")


@scenario(drive="short_queue", limits=FEW)
def short_queue(net):
    """Four calls at once on two connections; after 1.5 s each is closed, and another comes up in 1 s"""
    net.connects(accept(1.005))
    net.paths(r"/(users|queued)/.*").reply(json={}, after=0.48, headers={"connection": "close"})

    @check(task="numbers", points=1, needs=(LIMITS, "connecting.waits_for_slow"))
    def waits_for_a_slot(run):
        """A place in the pool that is free after 1.5 s is waited for"""
        arrives(run, "queued", when="A {} was to have a place in the pool after 1.5 s, and a new connection 1 s later")


@scenario(drive="queueing", limits=FEW)
def queueing(net):
    """Calls for which no connection is free for a minute"""
    net.network = STUCK
    net.route("GET", "/busy").reply(chunks=[(5, b"x")] * 12)
    net.route("GET", "/silent").respond(hang())
    away(net)

    def waits(run):
        """What was waited for: the pool, a connection, the response, and the upload."""
        return [run.observed[name] for name in ("queued get", "never", "silent", "stuck")]

    def filled_in(run):
        pool, connection, response, _ = waits(run)
        return equal(pool, response) and not equal(pool, connection)

    def but_connecting(run):
        pool, connection, *others = waits(run)
        return took(pool) > 59 and all(map(endless, others)) and not endless(connection)

    beliefs = {"defaults": lambda run: equal(*waits(run)) and abs(took(run.observed["silent"]) - 5) < GRACE}
    beliefs |= {"one-number": lambda run: equal(*waits(run))}
    beliefs |= {"pool-forgotten": filled_in, "connect-alone": but_connecting}

    @check(task="numbers", points=1, needs=LIMITS, misconception=beliefs)
    def gives_up(run):
        """After 3 s without a free connection a call is given up"""
        fails(run, "queued", within=3, when="The pool's one connection was in use when a {} was made")


@scenario(drive="workers", limits=Limits(virtual=3000, requests=200, work=10))  # on a busy machine
def workers(net):
    """85 calls of one worker, 16 workers at once, four again 0.95 s later; then 22 calls and a report at once"""
    net.paths("/(first|again)").reply(json={})
    net.paths("/(labels|users|reports|own).*").reply(json={}, after=0.1)

    def closed(run):
        """When connections were closed, before all calls were done."""
        return [each.closed_at for each in run.connections if (each.closed_at or 1e9) < run.marks["all done"]]

    @check(task="numbers", points=1, needs=USUAL)
    def none_waits(run):
        """No worker waits for the connection of another"""
        began = run.moment("16 workers")
        when, seen = f"16 workers called at once, {GRACE} s went by", len(run.requests.between(began, began + GRACE))
        expect.count(seen, 16, "request", when=when, required="16: a connection for each worker.")

    below = {"keepalive-below": lambda run: any(end < run.marks["16 workers"] + 0.5 for end in closed(run))}

    @check(task="numbers", points=1, needs="workers.none_waits", misconception=below)
    def kept(run):
        """Connections are kept for the next call"""
        when, required = "16 workers made 105 calls, each within a second of its last", "16 connections, each kept."
        expect.present(run, 105, required="105 requests.", when=when)
        opened = len([each for each in run.connections if each.began_at < run.marks["all done"]])
        if closed(run) or opened > 16:
            observed = f"{when}. The client opened **{opened}** connections, and closed **{len(closed(run))}** of them."
            fail(observed=observed, required=required)

    @check(task="numbers", points=1, needs=USUAL, misconception={"one-cap": lambda run: run.peak >= 22})
    def capped(run):
        """Never more than 20 connections"""
        required = "20 at most: Depot refuses the 21st."
        when = "With 22 calls at once, one of them with a `timeout=` of its own, and a report"
        expect.count(run.peak, range(21), "open connection", when=when, required=required)
        arrives(run, "user", "own", when="22 calls at once were to take 0.1 s each")


@scenario(drive="given", limits=FEW)
def given(net):
    """Short timeouts that the caller gives"""
    net.network = STUCK
    net.route("GET", "/silent").respond(hang())
    net.route("GET", "/busy").reply(json={}, after=0.9)
    net.route("GET", "/users/1").reply(json={})
    away(net)

    least = {"silent": 8, "never": 1, "stuck": 2}  # with numbers of the class's own
    as_without = {"arguments-ignored": lambda run: all(took(run.observed[name]) > least[name] for name in least)}

    @check(task="numbers", points=1, needs=USUAL, misconception=as_without)
    def holds(run):
        """Given timeouts are used as they are"""
        ends_after(run, "silent", 1.0, when="The client was made with `read=1.0`, the server sent no response")
        ends_after(run, "never", 0.5, when="The client was made with `connect=0.5`, nobody accepted the connection")
        ends_after(run, "stuck", 0.7, when="The client was made with `write=0.7`, the server stopped reading an upload")

    @check(task="numbers", points=1, needs=LIMITS)
    def holds_in_the_queue(run):
        """A given pool timeout is used as it is"""
        ends_after(run, "queued", 0.4, when="The client was made with `pool=0.4`, its one connection was in use")


@scenario(drive="given_none", limits=FEW)
def given_none(net):
    """Timeouts of None that the caller gives, and 20 s for the response"""
    net.network = Network(window=50_000, drain=50_000 / 15)
    net.connects(accept(10))
    net.paths("/(users|labels)/1").reply(json={})
    net.route("GET", "/slow").reply(json={}, after=19)
    net.route("GET", "/silent").respond(hang())
    net.route("GET", "/busy").reply(json={}, after=10)

    @check(task="numbers", points=1, needs=USUAL)
    def holds(run):
        """A given timeout of None is no limit, and a longer one is longer"""
        arrives(run, "connection", when="The client was made with `connect=None`, a connection was to take 10 s")
        arrives(run, "slow", when="The client was made with `read=20.0`, the response was to come after 19 s")
        ends_after(run, "silent", 20, when="The client was made with `read=20.0`, the server sent no response")
        arrives(run, "upload", when="The client was made with `write=None`, the server was to read on after 15 s")

    @check(task="numbers", points=1, needs=(LIMITS, "given_none.holds"))
    def holds_in_the_queue(run):
        """A given pool timeout of None is no limit"""
        arrives(run, "queued", when="The client was made with `pool=None`, its connection was to be free after 10 s")


@scenario(drive="given_one", limits=FEW)
def given_one(net):
    """A client that was given limits and no timeout"""
    net.route("GET", "/slow").reply(json={}, after=lasting(8))
    net.route("GET", "/silent").respond(hang())
    net.paths(r"/users/\d").reply(json={})

    @check(task="numbers", points=1, needs=ENDS)
    def leaves_the_other(run):
        """Timeouts that are not given stay yours"""
        made = "The client was made with `limits=` and `timeout=None`"
        arrives(run, "slow", when=f"{made}, the response was to come after 8 s of silence")
        fails(run, "silent", within=15, when=f"{made}, the server sent no response")

    @check(task="numbers", points=1, needs=USUAL)
    def next_calls_work(run):
        """A call after one that failed or was cancelled works"""
        for name, before in (("after_failure", "failed"), ("after_cancel", "was cancelled")):
            arrives(run, name, when=f"On one connection, a call after one that {before} was to succeed at once")


@scenario(drive="on_a_call", limits=FEW)
def on_a_call(net):
    """Timeouts of single calls, at the same time and one after another"""
    net.paths(r"/slow/\d").reply(json={}, after=20)
    net.paths(r"/silent/\d").respond(hang())
    net.route("GET", "/usual").reply(json={}, after=lasting(8))

    @check(task="numbers", points=1, needs=USUAL)
    def holds(run):
        """The timeout of a single call holds for that call"""
        for name, timeout in (("none", "None"), ("longer", "httpx.Timeout(25.0)")):
            arrives(run, name, when=f"The response to a call with `timeout={timeout}` was to come after 20 s")
        ends_after(run, "number", 3, when="A call with `timeout=3.0` got no response")
        ends_after(run, "shorter", 3, when="A call with `timeout=httpx.Timeout(5.0, read=3.0)` got no response")

    @check(task="numbers", points=1, needs=("on_a_call.holds", *ENDS))
    def and_no_other(run):
        """The timeout of a single call holds for no other"""
        when = "After calls with timeouts of their own, one without was to get its response after 8 s"
        arrives(run, "usual", when=when)
        for name, which in (("beside", "Beside"), ("after", "After")):
            fails(run, name, within=15, when=f"{which} calls with timeouts of their own, one without got no response")


@scenario(drive="report", limits=FEW)
def report(net):
    """Reports: eight that come at once, two that break off, one that takes 40 s, and one that never comes"""
    net.route("GET", "/reports/3").reply(json={})
    redirect = {"location": "/reports/3"}
    net.paths(r"/reports/\d{3}").calls(lambda request: reply(int(request.url.path[-3:]), headers=redirect))
    net.route("GET", "/reports/7").reply(json={}, after=lasting(40))
    net.route("GET", "/reports/9").respond(hang())
    net.route("GET", "/reports/1").respond(close_during_request())
    net.route("GET", "/reports/2").reply(text="all", cut_at=1, then="reset")
    statuses = 302, 404, 409, 500, 502, 503, 504
    wanted = [f"GET /reports/{number}" for number in (3, *statuses, 1, 2, 7, 9)]

    def sent(run):
        return [f"{each.method} {each.path}" for each in run.requests]

    @check(task="slow-report", points=1, needs=USUAL)
    def is_requested(run):
        """A report is requested by GET at its path, and its response returned"""
        if missing := set(wanted) - set(sent(run)):
            seen = code(", ".join(sent(run)) or "nothing")
            observed = f"{len(wanted)} reports were requested. The server saw {seen}."
            fail(observed=observed, required=f"`{min(missing)}`.")
        arrives(run, "report 3", when="The server responded to a report with 200")

    @check(task="slow-report", points=1, needs=REPORT)
    def comes_back_as_it_is(run):
        """The response comes back whatever its status"""
        for status in statuses:
            when = f"The server responded to a report with {status}"
            expect.response(run.observed[f"report {status}"], status, when=when, required="That response.")

    @check(task="slow-report", points=1, needs=REPORT)
    def is_sent_once(run):
        """A report is requested once, whatever comes of it"""
        when, required = "For 12 reports, of which two broke off", "12 requests, one for each."
        expect.count(len(sent(run)), 12, "request", when=when, required=required)

    @check(task="slow-report", points=1, needs=REPORT)
    def is_waited_for(run):
        """A report that takes 40 s arrives"""
        arrives(run, "slow", when="The report was to come after 40 s of silence")

    no_end = {"no-end": lambda run: endless(run.observed["silent"])}

    @check(task="slow-report", points=1, needs=REPORT, misconception=no_end)
    def has_an_end(run):
        """A report that never comes is given up within 90 s"""
        fails(run, "silent", within=90, when="The server took the request for a report and sent nothing")


@scenario(drive="report_body", limits=FEW)
def report_body(net):
    """Silences of 40 s before a report and in it, and a report that stops in the middle"""
    net.route("GET", "/reports/7").reply(after=lasting(40), chunks=[(0, b"{"), (40.005, b"}")])
    net.route("GET", "/reports/9").reply(chunks=[(0, b"{"), (1000, b"}")])
    net.route("GET", "/reports/8").reply(chunks=[(40.005, b"x")] * 4)

    @check(task="slow-report", points=1, needs=REPORT)
    def is_waited_for(run):
        """A report with two silences of 40 s arrives"""
        arrives(run, "slow", when="The report was to come in two parts, each after 40 s of silence")

    @check(task="slow-report", points=1, needs=REPORT)
    def has_an_end(run):
        """A report that stops in the middle is given up within 90 s"""
        fails(run, "silent", within=90, when="The server stopped in the middle of a report")

    @check(task="slow-report", points=1, needs="report_body.is_waited_for")
    def limits_no_call(run):
        """A report with four silences of 40 s arrives"""
        arrives(run, "long", when="The report was to come in four parts, each after 40 s of silence")


@scenario(drive="report_waits", limits=FEW)
def report_waits(net):
    """Reports that wait for the pool, for a connection, and for their request to be read"""
    net.route("GET", "/busy").reply(json={}, after=7)
    net.paths(r"/(users|reports)/\d").reply(json={})
    net.origin("stuck", "http://stuck.test").connects(accept(window=0))
    away(net)

    def as_usual(run, name, when):
        """Fail unless a report failed after as long as an ordinary call."""
        usual, report = run.observed[name], run.observed[f"report_{name}"]
        if not equal(usual, report) and not (endless(usual) and endless(report)):
            observed = f"{when}. An ordinary call: {got(usual)} A call for a report: {got(report)}"
            fail(observed=observed, required="The same time for both: only the wait for the response is longer.")

    def all_four(run):
        """The waits for a connection and for the request are equal for a report, and not for an ordinary call."""
        seen = run.observed
        return equal(seen["report_away"], seen["report_stuck"]) and not equal(seen["away"], seen["stuck"])

    @check(task="slow-report", points=1, needs=REPORT, misconception={"override-changes-all": all_four})
    def connects_as_ever(run):
        """A connection for a report is waited for no longer than usual"""
        as_usual(run, "away", "Nobody accepted the connection")

    @check(task="slow-report", points=1, needs=REPORT)
    def writes_as_ever(run):
        """The request for a report is written for no longer than usual"""
        as_usual(run, "stuck", "The server read nothing of the request")

    at_once = {"second-pool": lambda run: took(run.observed["report_queued"]) < 0.1}

    @check(task="slow-report", points=1, needs=(REPORT, "queueing.gives_up"), misconception=at_once)
    def queues_as_ever(run):
        """A free connection of the pool is waited for no longer than usual"""
        as_usual(run, "queued", "The pool's one connection was in use")


@scenario(drive="reports_at_once", limits=FEW)
def reports_at_once(net):
    """21 reports at once, on 21 connections; three calls 0.9 s later"""
    net.paths(r"/reports/\d+").reply(json={}, after=lasting(40))
    net.paths(r"/users/\d").reply(json={}, after=0.1)

    @check(task="slow-report", points=1, needs=("report.is_waited_for", "given_no_limits.hold"))
    def none_waits(run):
        """Reports at the same time are requests of their own, and do not wait for each other"""
        when = "After 21 reports at once, two of them for the same number"
        sent = len(run.between(0, "all reports done"))
        expect.count(sent, 21, "request", when=when, required="21: one for each report.")
        when = "Each of 21 reports at once, on as many connections, was to come after 40 s"
        arrives(run, "report", when=when)
        slowest = max(took(seen) for seen, _ in calls(run, "report", when))
        expect.between(slowest, 40, 41, when=f"{when}. The slowest call took", required="40 s for each of them.")

    @check(task="slow-report", points=1, needs=("reports_at_once.none_waits", "workers.capped"))
    def keep_connections(run):
        """The connection of a report is kept for the next call"""
        when, begun = "During three calls 0.9 s after 21 reports", len(run.connects_after("all reports done"))
        expect.present(run, 24, required="24 requests.", when="With 21 reports and three calls after them")
        expect.count(begun, 0, "new connection", when=when, required="None: those of the reports are still open.")


@scenario(drive="report_given", limits=FEW)
def report_given(net):
    """Reports of clients that are made with other timeouts"""
    net.route("GET", "/reports/7").reply(json={}, after=lasting(40))
    net.route("GET", "/reports/9").respond(hang())
    net.route("GET", "/busy").reply(json={}, after=0.9)
    net.origin("stuck", "http://stuck.test").connects(accept(window=0))
    away(net)

    @check(task="slow-report", points=1, needs=("report.is_waited_for", "report.has_an_end", "given.holds"))
    def reads_as_a_report(run):
        """A report has its own wait for the response, whatever timeouts the client was given"""
        arrives(run, "slow", when="The client was made with `read=1.0`, the report was to come after 40 s")
        when = "The client was made with `httpx.Timeout(None)`, the server never sent the report"
        fails(run, "silent", within=90, when=when)

    others = "report_waits.connects_as_ever", "report_waits.writes_as_ever"

    @check(task="slow-report", points=1, needs=(*others, "given.holds"))
    def connects_as_given(run):
        """The other waits of a report are those that the client was given"""
        ends_after(run, "away", 0.5, when="The client was made with `connect=0.5`, nobody accepted the connection")
        ends_after(run, "stuck", 0.7, when="The client was made with `write=0.7`, the server read no request")

    @check(task="slow-report", points=1, needs=("report_waits.queues_as_ever", "given.holds_in_the_queue"))
    def queues_as_given(run):
        """A report waits for the pool as long as the client was given"""
        ends_after(run, "queued", 0.4, when="The client was made with `pool=0.4`, its one connection was in use")

    @check(task="slow-report", points=1, needs=(REPORT, "given_one.next_calls_work"))
    def next_call_works(run):
        """A call after a report that was cancelled works"""
        when = "On one connection, a call after a cancelled report was to arrive after 0.9 s"
        arrives(run, "after_cancel", when=when)


@scenario(drive="beside_reports", limits=FEW)
def beside_reports(net):
    """Calls before, during and after reports"""
    net.paths(r"/reports/[123]").reply(json={}, after=lasting(40))
    net.paths(r"/(silent/\d|reports/9)").respond(hang())
    net.route("GET", "/slow").reply(json={}, after=lasting(8))
    names = "before", "during", "after", "after_cancel_of", "after_failure_of"
    as_a_report = {"shared-timeout": lambda run: any(equal(run.observed[n], run.observed["failed"]) for n in names)}

    @check(task="slow-report", points=1, needs=(REPORT, *ENDS), misconception=as_a_report)
    def keeps_its_end(run):
        """A call beside a report is given up as ever"""
        for name in names:
            fails(run, name, within=15, when=f"A call {name.replace('_', ' ')} a report got no response")
        arrives(run, "slow", when="A call after reports was to get its response after 8 s")


def must_say_so(seen, path):
    """Fail unless a call that found no free connection ended with an ApiError that says so."""
    when = f"The pool's one connection was in use when the call for `{path}` was made"
    expect.exception(seen, "ApiError", when=when, required="An `ApiError`, or a class below it.")
    if not re.search(r"\bpool\b", seen["text"], re.IGNORECASE):
        fail(observed=f"{when}, and {got(seen)}", required="A text with `pool` as a word of its own.")


def must_name(seen, path):
    when, required = f"The call for `{path}` found no free connection", "A text with the path of the call."
    expect.exception(seen, "ApiError", mentions=[path], when=when, required=required)


@scenario(drive="own_queue", limits=FEW)
def own_queue(net):
    """Eight calls for which no connection is free, and one afterwards, which gets one after 1 s"""
    net.route("GET", "/busy").reply(json={}, after=7)
    net.route("GET", "/users/8").reply(json={})

    def waited(run):
        """Each ordinary call that waited, with its path."""
        return [(seen, "/" + name.replace(" ", "/")) for name, seen in run.observed.items() if name.startswith("users")]

    as_they_are = {"no-text": lambda run: all("PoolTimeout" in seen.get("raised", []) for seen, _ in waited(run))}

    @check(task="own-queue", points=2, needs="queueing.gives_up", misconception=as_they_are)
    def says_so(run):
        """The error is an ApiError, and says that the pool was full"""
        for seen, path in waited(run):
            must_say_so(seen, path)

    @check(task="own-queue", points=1, needs="own_queue.says_so")
    def names_the_call(run):
        """The error names the path of the call"""
        for seen, path in waited(run):
            must_name(seen, path)

    @check(task="own-queue", points=1, needs=("own_queue.says_so", "short_queue.waits_for_a_slot"))
    def works_afterwards(run):
        """After the error the next call waits for a connection as before"""
        when = "Right after calls that found no free connection, another was to get one after 1 s"
        arrives(run, "afterwards", when=when)

    @check(task="own-queue", points=1, needs=("own_queue.names_the_call", "report_waits.queues_as_ever"))
    def report_says_so(run):
        """The error of a report says so, too"""
        must_say_so(run.observed["report"], "/reports/1")
        must_name(run.observed["report"], "/reports/1")


@scenario(drive="other_exceptions", limits=FEW)
def other_exceptions(net):
    """Seven calls that fail for another reason"""
    net.network = STUCK
    net.paths("/(silent|reports/9)").respond(hang())
    net.route("GET", "/closed").respond(close_during_request())
    net.route("GET", "/reset").reply(text="all", cut_at=1, then="reset")
    net.origin("refused", "http://refused.test").connects(refuse())
    away(net)
    timeouts = {"away": "ConnectTimeout", "silent": "ReadTimeout", "stuck": "WriteTimeout"}
    others = {"refused": "ConnectError", "closed": "RemoteProtocolError", "reset": "ReadError"}

    def must_go_on(seen, kind, when):
        """Fail unless this is the exception that httpx raised, of httpcore's, and not one made anew of it."""
        required = f"The very `{kind}` that httpx raised."
        expect.unchanged(seen, kind, when=when, required=required)
        if seen["context"] != f"httpcore.{kind}":
            fail(observed=f"{when}, and the caller got another `{kind}`, made in its place.", required=required)

    every = {"every-timeout": lambda run: all("ApiError" in run.observed[n].get("raised", []) for n in timeouts)}

    @check(task="own-queue", points=1, needs=USUAL, misconception=every)
    def go_on(run):
        """Every other exception stays httpx's"""
        for name, kind in (timeouts | others).items():
            must_go_on(run.observed[name], kind, f"httpx ended a call with `{kind}`")

    @check(task="own-queue", points=1, needs="report.has_an_end")
    def go_on_from_a_report(run):
        """A report that never comes ends with httpx's exception"""
        must_go_on(run.observed["report"], "ReadTimeout", "The server never sent the report")
