"""Judges exercise 09 by what the server was sent, when it was sent, and what the caller got."""

from itertools import count, pairwise

import httpx

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
from keepalive.grading.backoff import Backoff, growing, listed, spread, within_limits
from keepalive.grading.failures import FAILURES
from keepalive.grading.replies import ROUND_TRIP, Reply
from keepalive.grading.words import counted, outcome_words, seconds, times, took

FEW = Limits(virtual=400, requests=100)
MANY = range(2, 100)
AT_ONCE = 0.1  # seconds of grace for round trips
INSTANT = 1e-6  # two clocks tell the same moment, to so many seconds
A_MOMENT = 0.001
QUICK = Network(connect=A_MOMENT)  # a connection is refused a moment after it was asked for
CLOSED = "a connection closed too soon"
CUT, RESET = reply(json={"id": 1}, cut_at=3), reply(json={"id": 1}, cut_at=3, then="reset")
AS_RAISED = "The exception of the last attempt, as httpx raised it."


def origin(net, name, *plans, network=None):
    """Another server, and what happens to the attempts to connect to it."""
    found = net.origin(name, f"http://{name}.test", network)
    found.connects(*plans)
    return found


def tried(run, *outcomes):
    """When each attempt to connect began that these calls made, the first of which began first."""
    begin, end = outcomes[0]["began"] - INSTANT, max(each["ended"] for each in outcomes) - INSTANT
    return [each.began_at for each in run.connect_attempts if begin <= each.began_at < end]


def between(began):
    """The waits between attempts whose connections are refused after a moment."""
    return [after - before - A_MOMENT for before, after in pairwise(began)]


def raised(outcome):
    """The exception that the caller got: the name of its class, or None."""
    return outcome.get("raised", [None])[0]


# -- task again


@scenario(drive="recovers", limits=FEW)
def recovers(net):
    """503, 502, 504, then the shipment; a connection refused, one that never comes up, then the shipment"""
    net.route("GET", "/shipments/7").sequence(503, 502, 504, reply(json={"id": 7}), last="repeat")
    starting = origin(net, "starting", refuse(), drop(), accept())
    starting.route("GET", "/shipments/7").reply(json={"id": 7})

    def seen(run):
        return len(run.requests.at("depot.test")), len(tried(run, run.observed["connecting"]))

    def by_the_transport(run):
        """Whether connecting alone was repeated, and after the waits of httpx's own transport: 0 s, then 0.5 s."""
        began = tried(run, run.observed["connecting"])
        waits = len(began) == 3 and (began[1] - began[0] - ROUND_TRIP, began[2] - began[1] - 2.5)
        return seen(run)[0] == 1 and waits and max(map(abs, waits)) < 1e-3

    @check(task="again", points=2, misconception={"transport-retries": by_the_transport})
    def asks_again(run):
        """After a 503 it tries again"""
        when = f"The first response was 503. The caller got {outcome_words(run.observed['statuses'])}"
        expect.count(seen(run)[0], MANY, "request", when=when, required="Another request after a 503.")

    @check(task="again", points=1)
    def connects_again(run):
        """After a `ConnectError` it tries again"""
        when = f"The first connection was refused. The caller got {outcome_words(run.observed['connecting'])}"
        required = "Another attempt after a `ConnectError`."
        expect.count(seen(run)[1], MANY, "attempt", when=when, required=required)

    @check(task="again", points=1, needs=("recovers.asks_again", "recovers.connects_again"))
    def asks_until_it_has_a_response(run):
        """After a 502, a 504 and a `ConnectTimeout`, too, until it has another response"""
        statuses, connecting = run.observed["statuses"], run.observed["connecting"]
        if seen(run) != (4, 3) or (statuses.get("status"), connecting.get("status")) != (200, 200):
            fail(
                observed="The responses to one call are 503, 502, 504 and 200: the server saw "
                f"{counted(seen(run)[0], 'request')}, and the caller got {outcome_words(statuses)}. For another call a "
                f"connection is refused, one never comes up, and the third does: the client tried "
                f"{times(seen(run)[1])}, and the caller got {outcome_words(connecting)}.",
                required="Four and three attempts, and the last response of each call.",
            )


@scenario(drive="stays_down", limits=FEW)
def stays_down(net):
    """503 again and again"""
    numbers = {"/three": count(1), "/one": count(1)}
    net.paths(r"/(three|one)").calls(lambda request: reply(503, text=f"response {next(numbers[request.url.path])}"))
    net.route("GET", "/eleven").reply(503)

    def seen(run):
        return len(run.to("/three")), len(run.to("/one"))

    @check(
        task="again",
        points=1,
        needs="recovers.asks_again",
        misconception={"off-by-one": lambda run: seen(run) == (4, 2)},
    )
    def counts(run):
        """As many attempts as were asked for"""
        if seen(run) != (3, 1):
            fail(
                observed=f"Without `attempts=` the server saw {counted(seen(run)[0], 'request')}, with `attempts=1` "
                f"{counted(seen(run)[1], 'request')}.",
                required="3 and 1: the first one counts.",
            )

    @check(
        task="again",
        points=1,
        misconception={"raise-none": lambda run: "TypeError" in map(raised, run.observed.values())},
    )
    def last_answer_comes_back(run):
        """The last response comes back"""
        for path, outcome in run.observed.items():
            sent = len(run.to(path))
            if outcome.get("value") != f"response {sent}":
                fail(
                    observed=f"The server sent {counted(sent, 'response')} of 503, with the texts `response 1` to "
                    f"`response {sent}`. The caller got {outcome_words(outcome)}.",
                    required="The last response. What to make of it is up to the caller.",
                )

    @check(task="again", points=1, needs="recovers.asks_again", misconception={"sleeps-after-last": lambda run: True})
    def no_wait_after_the_last(run):
        """No wait after the last attempt"""
        waited = sum(run.wait_after(path, outcome["ended"]) or 0.0 for path, outcome in run.observed.items())
        if waited > AT_ONCE:
            fail(
                observed=f"After the last responses of two calls the callers waited {seconds(waited)} in vain.",
                required="The caller gets the outcome of the last attempt at once.",
            )

    @check(task="backoff", points=1, needs=("recovers.asks_again", "herd.grows", "together.starts_anew"))
    def waits_are_drawn(run):
        """Waits after a 503 are drawn like the others"""
        found = Backoff([run.to("/eleven").waits])
        alike = max(found.late) - min(found.late) < 2 * INSTANT
        if found.too_long() or alike or max(found.all) <= found.first:
            fail(
                observed=f"After each 503 of a call with `attempts=11` the client waited {listed(found.all)}.",
                required="Waits as after a refused connection: drawn, up to 0.5, 1, 2, 4, 8 s, or decorrelated.",
            )


@scenario(drive="unreachable", limits=FEW)
def unreachable(net):
    """A server that refuses every connection, and one that never accepts any"""
    net.network = QUICK
    net.connects(refuse())
    origin(net, "silent", drop())

    def ones(run):
        """The calls of one attempt, each with the moments at which its attempts began."""
        return [(outcome, tried(run, outcome)) for outcome in run.observed["ones"]]

    @check(task="again", points=1, needs=("recovers.connects_again", "stays_down.counts"))
    def counts(run):
        """As many attempts to connect as were asked for"""
        three, five, silent = (len(tried(run, run.observed[name])) for name in ("three", "five", "silent"))
        one = max(len(began) for _, began in ones(run))
        if (three, five, silent, one) != (3, 5, 4, 1):
            fail(
                observed=f"Every connection is refused. Without `attempts=` the client tried {times(three)}, with "
                f"`attempts=5` {times(five)}, with `attempts=1` {times(one)}; where no connection comes up, with "
                f"`attempts=4`, {times(silent)}.",
                required="3, 5, 1 and 4: the first one counts.",
            )

    @check(task="again", points=1, needs="recovers.connects_again")
    def waits_between(run):
        """There is a wait between two attempts"""
        began = tried(run, run.observed["five"])
        if began[-1] - began[0] < 0.01:
            fail(
                observed=f"Each connection is refused at once, and the client tried {times(len(began))} within "
                f"{began[-1] - began[0]:.3f} s.",
                required="A wait between two attempts.",
            )

    @check(
        task="backoff",
        points=1,
        needs=("unreachable.counts", "unreachable.waits_between", "herd.is_spread"),
        misconception={"seeded-alike": lambda run: True},
    )
    def draws_anew(run):
        """A client draws other waits than the one before it"""
        first, second = (between(tried(run, run.observed[name]))[:2] for name in ("three", "five"))
        if all(abs(one - other) < INSTANT * 10 for one, other in zip(first, second, strict=True)):
            fail(
                observed=f"Two clients, made one after the other, waited {listed(first)} and {listed(second)}.",
                required="Different waits: clients in two processes begin alike, and must not come back together.",
            )

    @check(task="again", points=1)
    def last_exception_comes_out(run):
        """The last exception comes out"""
        outcomes = [(name, run.observed[name]) for name in ("three", "five", "silent")]
        for name, outcome in [*outcomes, ("one", run.observed["ones"][0])]:
            kind = "ConnectTimeout" if name == "silent" else "ConnectError"
            expect.unchanged(outcome, kind, when=f"Each attempt ends in a `{kind}`", required=AS_RAISED)

    @check(task="again", points=1)
    def no_wait_before_the_first(run):
        """No wait before the first attempt"""
        waits = [began[0] - outcome["began"] for outcome, began in ones(run) if began]
        if not waits:
            fail(observed="Sixteen calls were made, and the client did not connect.", required="An attempt for each.")
        when = "Sixteen calls were made. The longest time from the beginning of one to its first attempt was"
        expect.between(max(waits), 0, 0, when=when, required="The first attempt at once.")

    @check(
        task="again",
        points=1,
        needs=("recovers.connects_again", "stays_down.no_wait_after_the_last"),
        misconception={"sleeps-after-last": lambda run: True},
    )
    def no_wait_after_the_last(run):
        """No wait after the last attempt to connect"""
        waits = [outcome["ended"] - began[-1] for outcome, began in ones(run) if began]
        when = "Sixteen calls had `attempts=1`. The longest time from an attempt to the exception of its call was"
        expect.between(max(waits), 0, 0, when=when, required="The caller gets the outcome of the last attempt at once.")


@scenario(drive="their_mistakes", limits=FEW)
def their_mistakes(net):
    """Statuses that end a call"""
    net.paths(r"/\d+").calls(lambda request: reply(int(request.url.path[1:])))

    def problem(run, path):
        sent, outcome = len(run.to(path)), run.observed[path]
        if sent > 1:
            return counted(sent, "request")
        return None if outcome.get("status") == int(path[1:]) else f"the caller got {outcome_words(outcome)}"

    def every_4xx(run):
        return all(len(run.to(path)) > 1 for path in run.observed if path.startswith("/4"))

    @check(task="again", points=1, needs="recovers.asks_again", misconception={"client-errors": every_4xx})
    def asked_once(run):
        """Every other status ends the call after one attempt"""
        expect.each(
            {path: f"status {path[1:]}" for path in run.observed},
            lambda path: problem(run, path),
            required="One request each, and its response: a second one would come to the same.",
        )


@scenario(drive="one_deadline", limits=Limits(virtual=700, requests=200))
def one_deadline(net):
    """503 after 3 s, with a deadline of 4 s; one attempt that hangs, with 1 s; refused connections, with 5 s"""
    net.route("GET", "/slow").reply(503, after=3)
    net.route("GET", "/hung").respond(hang())
    origin(net, "refused", refuse(), network=QUICK)

    def ends(outcome, within, *others):
        """The call ended in time, with the deadline's exception or one of these."""
        fine = outcome.get("status", raised(outcome)) in ("DeadlineExceeded", *others)
        if took(outcome) > within + AT_ONCE or not fine:
            fail(
                observed=f"A call had {within} s. It took **{seconds(took(outcome))}**, and the caller got "
                f"{outcome_words(outcome)}.",
                required=f"{within} s for all of it, attempts and waits. Then `DeadlineExceeded`, or the outcome of "
                "the last attempt where it had one.",
            )

    @check(
        task="again",
        points=1,
        needs=("recovers.asks_again", "cancelled.ends"),
        misconception={
            "deadline-per-attempt": lambda run: took(run.observed["slow"]) > 6 and took(run.observed["hung"]) < 2
        },
    )
    def over_all_attempts(run):
        """One deadline over all attempts"""
        ends(run.observed["slow"], 4, 503)
        ends(run.observed["hung"], 1)

    @check(task="again", points=1, needs=("one_deadline.over_all_attempts", "cancelled.ends_a_wait"))
    def ends_the_waits(run):
        """The deadline ends the waits, too, and nothing is sent after it"""
        ends(run.observed["refused"], 5, "ConnectError")
        expect.quiet(run, required="No attempt after the deadline.", after="When the calls had ended")

    @check(task="backoff", points=1, needs=("one_deadline.ends_the_waits", "herd.is_spread"))
    def waits_to_the_end(run):
        """There are waits up to the deadline"""
        waits = between(tried(run, run.observed["refused"]))
        at_once = sum(wait < 1e-4 for wait in waits)
        if at_once > 2:
            fail(
                observed=f"The call made {counted(len(waits) + 1, 'attempt')} in 5 s, {at_once} of them at once.",
                required="A wait between two attempts, up to the deadline.",
            )


@scenario(drive="waiting", limits=FEW)
def waiting(net):
    """A call that waits on a client with one connection, and eight others meanwhile"""
    net.network = QUICK
    net.connects(refuse())

    @check(task="again", points=1, needs=("recovers.connects_again", "unreachable.no_wait_before_the_first"))
    def holds_no_permit(run):
        """A call that waits lets others pass"""
        began = [each.began_at + INSTANT for each in run.connect_attempts]
        calls = [outcome["began"] for outcome in run.observed]
        late = [call for call in calls if not any(0 <= each - call <= AT_ONCE for each in began)]
        if late:
            fail(
                observed="On a client with one connection, a call tried to connect again and again. Of eight other "
                f"calls meanwhile, **{len(late)}** began no attempt within {seconds(AT_ONCE)}, the first of them at "
                f"{seconds(late[0])}.",
                required="At once: a call holds no permit during a wait.",
            )


@scenario(drive="limited", limits=FEW)
def limited(net):
    """A 503 and a response after 4 s, on a client with one connection; two calls that are cancelled after 1 s"""
    net.route("GET", "/first").sequence(503, 200, last="repeat")
    net.paths(r"/(second|third)").reply(200, after=4)
    origin(net, "slow", accept(1.5)).route("GET", "/").reply(200)

    @check(held=True, needs=("stays_down.counts", "unreachable.no_wait_before_the_first"))
    def still_holds(run):
        """The concurrency limit of chapter 07 still holds"""
        when = "On a client with one connection, a call got a 503, and then another waited 4 s for its response"
        required = "A 200 for both in the end: each attempt waits for a permit, and no request waits in the pool."
        for outcome in run.observed[:2]:
            expect.response(outcome, 200, when=when, required=required)

    @check(task="may-repeat", points=1, needs=("limited.still_holds", "cancelled.ends_a_wait"))
    def cancel_ends_the_queue(run):
        """A call that is cancelled before it was sent is never sent"""
        for outcome in run.observed[2:]:
            expect.cancelled(outcome, required="A cancel goes on to the caller at once.")
        expect.count(
            len(run.to("/third")) + len(run.to("/")),
            0,
            "request",
            when="Of two calls that were cancelled, one while it waited for a permit and one while it connected",
            required="None: nothing is sent after a cancel.",
        )


@scenario(drive="together", limits=Limits(virtual=600, requests=400))
def together(net):
    """Eight calls at once on one client: first of all, after a failed call, and after cancelled ones"""
    net.network = QUICK
    net.connects(refuse())
    when = "at the same time", "after a call that failed", "after twenty calls that were cancelled"

    @check(task="again", points=1, needs=("recovers.connects_again", "cancelled.ends_a_wait"))
    def counts_for_itself(run):
        """Each call counts its own attempts"""
        alone = len(tried(run, *run.observed["alone"]))
        for name in when:
            if (number := len(tried(run, *run.observed[name]))) != 8 * alone:
                fail(
                    observed=f"One call with `attempts=2` tried to connect {times(alone)}. Eight such calls, {name} on "
                    f"the same client, tried {times(number)} in all.",
                    required="As often for each call, whatever other calls of the client do or did.",
                )

    @check(
        task="backoff",
        points=1,
        needs=(
            "unreachable.counts",
            "unreachable.no_wait_before_the_first",
            "together.counts_for_itself",
            "herd.is_capped",
            "herd.is_spread",
        ),
    )
    def starts_anew(run):
        """Each call begins with the first wait"""
        for name in when:
            calls = run.observed[name]
            waits = [each - calls[0]["began"] - A_MOMENT for each in tried(run, *calls)[8:]]
            most = 1.5 if Backoff([[wait] for wait in waits]).decorrelated else 0.5
            if max(waits) > most + AT_ONCE / 10 or len({round(wait, 5) for wait in waits}) < 6:
                fail(
                    observed=f"Eight calls with `attempts=2`, {name} on one client, waited {listed(waits)}.",
                    required="A draw for each, up to 0.5 s (decorrelated jitter: from 0.5 s to 1.5 s), whatever other "
                    "calls do or did.",
                )


# -- task backoff


@scenario(drive="herd", limits=Limits(virtual=500, requests=500, work=8))
def herd(net):
    """Eight clients whose connections are refused, or never come up, at the same moments"""
    hosts = [f"client-{number}.test" for number in range(8)]
    for host in hosts:
        net.origin(host, f"http://{host}", QUICK).connects(*(refuse(), drop()) * 13)

    def backoff(run):
        rows = ([each for each in run.connect_attempts if each.host == host] for host in hosts)
        return Backoff([[after.began_at - before.ended_at for before, after in pairwise(row)] for row in rows])

    def about(holds):
        return lambda run: holds(backoff(run))

    @check(task="backoff", points=1, needs=("recovers.asks_again", "unreachable.waits_between"))
    def goes_on(run):
        """Many attempts have waits that go on"""
        fewest = min(map(len, backoff(run).waits))
        if fewest < 6:
            fail(
                observed=f"With `attempts=25` and a deadline of 400 s, a client made {counted(fewest + 1, 'attempt')}.",
                required="25, with waits of at most 8 s.",
            )

    @check(
        task="backoff",
        points=2,
        needs="herd.goes_on",
        misconception={"no-cap": about(lambda found: max(found.all) > 5 * found.cap)},
    )
    def is_capped(run):
        """No wait is longer than its limit"""
        within_limits(backoff(run))

    @check(
        task="backoff",
        points=2,
        needs="herd.goes_on",
        misconception={
            "fixed-wait": about(lambda found: found.steady),
            "no-jitter": about(lambda found: found.alike and found.doubles),
            "seeded-alike": about(lambda found: found.alike and not found.by_rule),
            "cap-after-jitter": about(lambda found: found.at_the_cap and not found.together),
        },
    )
    def is_spread(run):
        """Clients that failed together come back apart"""
        spread(backoff(run))

    @check(
        task="backoff",
        points=2,
        needs="herd.is_spread",
        misconception={"never-grows": about(lambda found: max(found.late) < 2)},
    )
    def grows(run):
        """Limits double, up to 8 s"""
        growing(backoff(run))


# -- task may-repeat


@scenario(drive="never_sent", limits=FEW)
def never_sent(net):
    """Eight methods, and no connection comes up; three POSTs that are refused a connection, and then sent"""
    origin(net, "refused", refuse())
    origin(net, "silent", drop())
    then = {name: (each.words, each.responds) for name, each in FAILURES.items() if name in ("hung", "reset")}
    then["503"] = "that got a 503", reply(503)
    for name, (_, response) in then.items():
        origin(net, name, refuse(), accept()).route("POST", "/").respond(response)

    def once(run):
        """The calls that made fewer than two attempts, of those whose connections never come up."""
        return [name for name in run.observed if " " in name and len(tried(run, run.observed[name])) < 2]

    def post_and_patch(run):
        return once(run) == [f"{method} {how}" for how in ("refused", "silent") for method in ("POST", "PATCH")]

    @check(task="may-repeat", points=2, needs="recovers.connects_again", misconception={"post-never": post_and_patch})
    def is_repeated(run):
        """Every method is retried when it was never sent"""
        expect.each(
            {name: f"{name.split()[0]} (connection {name.split()[1]})" for name in once(run)},
            lambda name: counted(len(tried(run, run.observed[name])), "attempt"),
            when="No connection comes up, and `attempts=2`",
            required="A retry for every method: the server has seen nothing of the request.",
        )

    @check(task="may-repeat", points=1, needs=("never_sent.is_repeated", "once_only.not_after_an_answer"))
    def counts_the_last_outcome(run):
        """After a refused connection, a POST ends once it may have arrived"""
        sent = {name: len(run.requests.at(f"{name}.test")) for name in then}
        expect.each(
            {name: f"a POST {words}" for name, (words, _) in then.items()},
            lambda name: None if sent[name] == 1 else counted(sent[name], "request"),
            when="The first connection was refused, and the second accepted",
            required="One request: each outcome is looked at for itself.",
        )


@scenario(drive="maybe_sent", limits=FEW)
def maybe_sent(net):
    """Six methods that may be repeated, and what can fail after a request was sent"""
    busy, late, closed = {"a 503": reply(503)}, {"a `ReadTimeout`": hang()}, {CLOSED: close_during_request()}
    reset = {"a reset connection": RESET}
    failures = {
        "GET": reset | busy | late | closed | {"a response that was cut off": CUT},
        "DELETE": reset | busy | closed | late,
        "HEAD": closed | busy | late,
        "OPTIONS": closed | busy | late,
        "QUERY": late | busy | closed,
        "PUT": late | busy | closed,
    }
    for method, each in failures.items():
        net.route(method, f"/{method.lower()}").sequence(*each.values(), reply(json={}), last="repeat")
    unread = net.failures(["PUT"], ["unread"])

    def sent(run, method):
        return run.to(f"/{method.lower()}", method)

    def stopped(run, method):
        """The failure after which a method was not sent again; None for none."""
        after = len(sent(run, method)) - 1
        return [*failures[method], None][after] if after <= len(failures[method]) else None

    def problem(run, method):
        if failure := stopped(run, method):
            return f"not sent again after {failure}"
        outcome, requests = run.observed[method], len(sent(run, method))
        if outcome.get("status") == 200 and requests == len(failures[method]) + 1:
            return None
        return f"{counted(requests, 'request')}, and the caller got {outcome_words(outcome)}"

    def firsts(run):
        """Where three methods stopped that begin with three different exceptions."""
        return [stopped(run, method) for method in ("GET", "HEAD", "PUT")]

    required = "A retry after each failure, until there is a response: carrying it out twice does no harm."

    @check(
        task="may-repeat",
        points=2,
        needs="recovers.asks_again",
        misconception={
            "statuses-only": lambda run: firsts(run) == ["a reset connection", CLOSED, "a `ReadTimeout`"],
            "few-exceptions": lambda run: firsts(run) == ["a reset connection", CLOSED, CLOSED],
        },
    )
    def get_is_repeated(run):
        """A GET is retried after each exception of the table"""
        expect.each(["GET"], lambda method: problem(run, method), required=required)

    @check(
        task="may-repeat",
        points=3,
        needs="maybe_sent.get_is_repeated",
        misconception={"only-get": lambda run: all(len(sent(run, method)) == 1 for method in ("PUT", "DELETE"))},
    )
    def is_repeated(run):
        """HEAD, OPTIONS, QUERY, PUT and DELETE are retried as well, and after a `WriteTimeout`"""
        methods = [method for method in failures if method != "GET"]
        expect.each(methods, lambda method: problem(run, method), required=required)
        expect.each(
            unread,
            lambda case: None if case.attempts(run) > 1 else "one attempt",
            required="A retry after a `WriteTimeout`.",
        )

    @check(task="may-repeat", points=1, needs=("maybe_sent.is_repeated", "unreachable.waits_between", "herd.grows"))
    def waits(run):
        """There is a wait after a first failure of each kind, too"""
        for one, other in (("GET", "DELETE"), ("HEAD", "OPTIONS"), ("QUERY", "PUT")):
            first, second = (sent(run, method).waits for method in (one, other))
            at_once = max(first[0], second[0]) < ROUND_TRIP + 2 * INSTANT
            alike = all(abs(a - b) < 2 * INSTANT for a, b in zip(first[::2], second[::2], strict=False))
            if at_once or alike:
                fail(
                    observed=f"The first failure of a {one} and of a {other} was {next(iter(failures[one]))}. The next "
                    f"attempt came {listed([first[0]])} and {listed([second[0]])} later, with the time to connect.",
                    required="A wait that is drawn, as after every other failure.",
                )

    @check(task="may-repeat", points=1, needs="maybe_sent.get_is_repeated")
    def is_the_same_request(run):
        """Each attempt sends the same request"""
        for method in ("GET", "PUT", "QUERY"):
            asked = {} if method == "GET" else {"cents": 500}, {"page": "2"}, "7f"
            for number, each in enumerate(sent(run, method), 1):
                if (each.json() or {}, each.query, each.headers.get("x-trace")) != asked or (
                    each.headers != sent(run, method)[0].headers
                ):
                    fail(
                        observed=f"Attempt {number} of the {method} had {len(each.body)} bytes of body, the query "
                        f"{each.query} and the headers {', '.join(each.headers)}.",
                        required="The body, the query and the headers of the first attempt, which the caller gave.",
                    )


@scenario(drive="once_only", limits=FEW)
def once_only(net):
    """POST and PATCH that may have been carried out"""
    for name in ("hung", "closed", "cut", "reset"):
        net.paths(f"/{name}").respond(FAILURES[name].responds)
    net.paths(r"/\d+").calls(lambda request: reply(int(request.url.path[1:])))
    unread = {case.name: case for case in net.failures(["POST", "PATCH"], ["unread"])}

    def attempts(run, name):
        method, path = name.split()
        return unread[name].attempts(run) if name in unread else len(run.to(path, method))

    def looked_at(run, responded, required):
        """The calls that got a response, or those that did not: one attempt each, and its outcome."""
        cases, wanted = {}, {}
        for name in run.observed:
            method, how = name.replace("/", "").split()
            if (how not in FAILURES) == responded:
                cases[name] = f"a {method} {f'that got a {how}' if responded else FAILURES[how].words}"
                wanted[name] = int(how) if responded else FAILURES[how].raises

        def problem(name):
            outcome = run.observed[name]
            if attempts(run, name) != 1:
                return counted(attempts(run, name), "attempt")
            fine = outcome.get("status", raised(outcome)) == wanted[name]
            return None if fine else f"the caller got {outcome_words(outcome)}"

        expect.each(cases, problem, required=required)

    def all_sent_again(run):
        return all(attempts(run, f"POST /{name}") > 1 for name in ("hung", "closed", "cut", "reset"))

    @check(task="may-repeat", points=3, needs="recovers.asks_again", misconception={"post-maybe-sent": all_sent_again})
    def not_after_maybe(run):
        """POST and PATCH are not retried once they may have arrived"""
        looked_at(run, False, "One attempt, and the exception as httpx raised it: it may have been carried out.")

    @check(
        task="may-repeat",
        points=1,
        needs="once_only.not_after_maybe",
        misconception={"post-answered": lambda run: attempts(run, "POST /503") > 1},
    )
    def not_after_an_answer(run):
        """POST and PATCH are not retried after a 502, 503 or 504"""
        looked_at(
            run,
            True,
            "One request, and its response, until a key makes a second one safe (chapter 10): a proxy responds like "
            "that for a server that may have done the work.",
        )


@scenario(drive="different", limits=FEW)
def different(net):
    """Three calls at once: one attempt that takes 1 s, two attempts, and 0.2 s for a server that hangs"""
    net.route("GET", "/slow").reply(503, after=1)
    net.route("PUT", "/put").reply(503)
    net.route("GET", "/hung").respond(hang())

    @check(
        task="may-repeat",
        points=1,
        needs=(
            "stays_down.counts",
            "stays_down.last_answer_comes_back",
            "unreachable.no_wait_before_the_first",
            "one_deadline.over_all_attempts",
            "maybe_sent.is_repeated",
            "maybe_sent.is_the_same_request",
        ),
    )
    def keeps_its_own(run):
        """Calls at the same time keep their own arguments"""
        slow, put, hung = run.observed
        seen = [len(run.to(*each)) for each in (("/slow", "GET"), ("/put", "PUT"), ("/hung", "GET"))]
        whole = all((each.json(), each.query) == ({"cents": 500}, {"page": "2"}) for each in run.to("/put"))
        if seen != [1, 2, 1] or run.attempts != 4 or not whole:
            fail(
                observed="Three calls at once: a GET with `attempts=1`, a PUT with `attempts=2`, a body and a query, "
                f"and a GET with a deadline of 0.2 s. The server saw {seen[0]}, {seen[1]} and {seen[2]} requests of "
                f"these, {run.attempts} in all{'' if whole else ', not every PUT with its body and query'}.",
                required="1, 2 and 1, each with what its caller gave.",
            )
        for outcome in (slow, put):
            expect.response(outcome, 503, when="The last response was 503", required="That response.")
        when, required = "The call with 0.2 s, on a server that hangs, ended", "`DeadlineExceeded` after 0.2 s."
        expect.exception(hung, "DeadlineExceeded", when=when, required=required)
        expect.given_up(hung, 0.2, 0.2, when=when, required=required)


@scenario(drive="gives_up", limits=FEW)
def gives_up(net):
    """Attempts that fail in different ways, to the last"""
    mixed = *(RESET, close_during_request()) * 3, *[hang()] * 8, reply(503, text="response 15")
    net.route("GET", "/mixed").sequence(*mixed, last="repeat")
    net.route("GET", "/last-cut").sequence(503, RESET, CUT, last="repeat")
    net.route("GET", "/hung").respond(hang())
    net.route("GET", "/reset").respond(RESET)
    unconnected = {
        "refused-first": (refuse(), accept(), refuse(), accept(), drop(), accept()),
        "response-first": (accept(), drop(), refuse(), accept()),
    }
    for name, plans in unconnected.items():
        origin(net, name, *plans).route("GET", "/").sequence(reply(503, then="close"), RESET, CUT, last="repeat")
    wanted = {"/mixed": 15, "/last-cut": 3, "/hung": 1, "/reset": 1, "refused-first": 6, "response-first": 4}
    lasts = {"/last-cut": "RemoteProtocolError", "/hung": "ReadTimeout", "/reset": "ReadError"}

    def made(run, name):
        return len(tried(run, run.observed[name]) if name in unconnected else run.to(name))

    @check(task="may-repeat", points=1, needs=("unreachable.counts", "herd.is_capped", "maybe_sent.get_is_repeated"))
    def counts(run):
        """All kinds of failure count together"""
        expect.each(
            {name: f"a call with `attempts={number}`" for name, number in wanted.items()},
            lambda name: None if made(run, name) == wanted[name] else counted(made(run, name), "attempt"),
            when="Attempts failed in different ways, to the last",
            required="As many attempts as were asked for, those included that never sent the request.",
        )

    @check(
        task="may-repeat", points=1, needs=("gives_up.counts", "maybe_sent.waits", "unreachable.no_wait_after_the_last")
    )
    def waits(run):
        """There are waits that grow after each kind of failure, and none after the last attempt"""
        waited = [wait - ROUND_TRIP for wait in run.to("/mixed").waits]
        kinds = {"ReadError": waited[:6:2], "RemoteProtocolError": waited[1:6:2], "ReadTimeout": waited[6:]}
        for name, after in kinds.items():
            if max(after) - min(after) < 1e-4 or (len(after) > 3 and max(after) < 0.5 + AT_ONCE / 10):
                fail(
                    observed=f"In a call with `attempts=15`, the waits after a `{name}` were {listed(after)}.",
                    required="Waits that are drawn and grow, as after every other failure.",
                )
        late = run.wait_after("/mixed", run.observed["/mixed"]["ended"])
        expect.between(late, 0, 0, when="The caller got the last of 15 outcomes after", required="That one at once.")

    @check(
        task="may-repeat",
        points=1,
        needs=(
            "stays_down.last_answer_comes_back",
            "unreachable.last_exception_comes_out",
            "maybe_sent.get_is_repeated",
        ),
    )
    def last_outcome_comes_back(run):
        """The caller gets the outcome of the last attempt"""
        for path, kind in lasts.items():
            when = f"The last of {counted(len(run.to(path)), 'attempt')} ended in a `{kind}`"
            expect.unchanged(run.observed[path], kind, when=when, required=AS_RAISED)
        mixed = run.observed["/mixed"]
        if len(run.to("/mixed")) == 15 and mixed.get("value") != "response 15":
            fail(
                observed="The last of **15** attempts had a 503, with the text `response 15`. The caller got "
                f"{outcome_words(mixed)}.",
                required="That response.",
            )


@scenario(drive="others", limits=FEW)
def others(net):
    """Exceptions that are not in the table"""
    garbled = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip"))
    net.route("GET", "/garbled").respond(Reply(garbled))

    @check(task="may-repeat", points=1, needs=("maybe_sent.get_is_repeated", "unreachable.no_wait_before_the_first"))
    def end_the_call(run):
        """Every other exception ends the call"""
        for name, outcome in run.observed.items():
            method, kind = name.split()
            when = f"The first of 8 attempts of a {method} ends in `{kind}`; the call took {seconds(took(outcome))}"
            required = "That exception, at once and without a retry."
            expect.unchanged(outcome, kind, when=when, required=required)
            if took(outcome) > AT_ONCE:
                fail(observed=f"{when}.", required=required)


@scenario(drive="cancelled", limits=Limits(virtual=400, requests=300))
def cancelled(net):
    """Calls that are cancelled: in an attempt, in waits, and in the wait of a call inside a block"""
    net.route("GET", "/silent").respond(hang())
    origin(net, "refused", refuse(), network=QUICK)

    @check(
        task="may-repeat",
        points=1,
        misconception={"cancel-repeated": lambda run: run.attempts > 1 and run.requests[1].t < 3},
    )
    def ends(run):
        """A cancel ends the call"""
        expect.present(run, 1, required="A request.")
        expect.cancelled(run.observed["attempt"], required="A cancel is no failure: the caller gets it at once.")
        expect.count(run.attempts, 1, "request", when="Cancelled after 1 s", required="One: nothing more is sent.")

    @check(task="may-repeat", points=1, needs=("recovers.asks_again", "unreachable.waits_between", "cancelled.ends"))
    def ends_a_wait(run):
        """A cancel ends the waits, and nothing is sent after it"""
        required = "A cancel goes on to the caller at once, during a wait too, and nothing more is sent."
        for outcome in run.observed["waits"]:
            expect.cancelled(outcome, required=required)
        expect.quiet(run, required=required, after="When every call had ended")


# -- task bodies


@scenario(drive="bodies", limits=FEW)
def bodies(net):
    """Bodies that can be read once, and others"""
    once = dict.fromkeys(("/stream", "/closed", "/unread"), b"one label, in two pieces") | {"/picture": bytes(3000)}
    whole = {"/bytes": b"a whole label", "/text": b"a whole label", "/form": b"label=whole"}
    for path in ("/stream", *whole):
        net.route("PUT", path).sequence(503, 200, last="repeat")
    net.route("PUT", "/closed").sequence(close_during_request(), 200, last="repeat")
    origin(net, "starting", refuse(), accept()).route("PUT", "/unread").reply(200)
    origin(net, "narrow", accept(window=1200), accept()).route("PUT", "/picture").reply(200)

    def sizes(requests):
        return ", ".join(f"{len(each.body)} bytes" for each in requests) or "nothing"

    def problem(run, path):
        sent = run.to(path)
        wrong = any(each.body != once[path] for each in sent) or (path == "/stream" and not sent)
        return f"{sizes(sent)} arrived" if wrong else None

    def empty(run):
        return any(not each.body for path in once for each in run.to(path))

    @check(task="bodies", points=2, misconception={"empty-body": empty})
    def never_sent_empty(run):
        """A body that can be read once is not sent empty"""
        expect.each(
            {path: f"a body of {len(body)} bytes, in pieces" for path, body in once.items()},
            lambda path: problem(run, path),
            required="The whole of it each time, or no second attempt.",
        )

    @check(task="bodies", points=1, needs="maybe_sent.is_repeated")
    def bytes_are_repeated(run):
        """Bodies of bytes, text and form data are sent again"""
        expect.each(
            {path: f"a body of {path[1:]} with {len(body)} bytes" for path, body in whole.items()},
            lambda path: sizes(run.to(path)) if [each.body for each in run.to(path)] != [whole[path]] * 2 else None,
            when="The first response was 503",
            required="Twice the whole of it.",
        )
