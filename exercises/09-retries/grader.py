"""Judges exercise 09 by what the server was sent, when it was sent, and what the caller got."""

from itertools import count, cycle, pairwise

from keepalive.grading import (
    Limits,
    Network,
    accept,
    check,
    close_during_request,
    drop,
    fail,
    hang,
    refuse,
    reply,
    scenario,
)
from keepalive.grading.backoff import Backoff
from keepalive.grading.replies import ROUND_TRIP

FEW = Limits(virtual=400, requests=100)
AT_ONCE = 0.1  # seconds of grace for round trips
A_MOMENT = 0.001
QUICK = Network(connect=A_MOMENT)  # a connection is refused a moment after it was asked for
SILENT = "http://depot.test:8001"  # where connecting takes the client's two seconds, and fails


# -- what the record says


def to(run, path):
    """The requests to a path, in order."""
    return [request for request in run.requests if request.path == path]


def connects(run, name, port=80):
    """The attempts to connect that one call made, or several between the same two marks."""
    began, ended = run.marks[f"{name} called"], run.marks.get(f"{name} ended", run.end)
    return [each for each in run.connect_attempts if began <= each.attempted_at < ended and each.port == port]


def later(seen):
    """When an attempt was over: with its response, or with its connection."""
    return max(seen.t, seen.response_at or 0.0)


def got(outcome):
    """What a caller got, in words."""
    if "status" in outcome:
        return f"status {outcome['status']}" if outcome["status"] else "no response"
    text = outcome["text"].partition("\n")[0]
    return f"`{outcome['raised'][0]}: {text}`" if text else f"a bare `{outcome['raised'][0]}`"


def raised(outcome, *kinds):
    """Whether the caller got an exception of exactly one of these kinds."""
    return outcome.get("raised", [None])[0] in kinds


def counted(number, noun="request"):
    return f"**{number}** {noun}" + ("" if number == 1 else "s")


def times(number):
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def listed(seconds):
    return ", ".join(f"{each:.2f}" for each in seconds) + " s"


# -- task again


@scenario(drive="recovers", limits=FEW)
def recovers(net):
    """503, 502, 504, then the shipment; a connection refused, one that never comes up, then the shipment"""
    net.route("GET", "/shipments/7").sequence(503, 502, 504, reply(json={"id": 7}), last="repeat")
    starting = net.origin("starting", SILENT)
    starting.connects(refuse(), drop(), accept())
    starting.route("GET", "/shipments/8").reply(json={"id": 8})

    def by_the_transport(run):
        """Whether connecting alone was repeated, and after the waits of httpx's own transport: 0 s, then 0.5 s."""
        tried = [each.attempted_at for each in connects(run, "connecting", 8001)]
        waits = len(tried) == 3 and (tried[1] - tried[0] - ROUND_TRIP, tried[2] - tried[1] - 2.5)
        return len(to(run, "/shipments/7")) == 1 and waits and max(map(abs, waits)) < 1e-3

    def seen(run):
        return len(to(run, "/shipments/7")), len(connects(run, "connecting", 8001))

    @check(task="again", points=2, misconception={"transport-retries": by_the_transport})
    def asks_again(run):
        """After a 503 it tries again"""
        if seen(run)[0] < 2:
            fail(
                observed=f"The first response was 503. The server saw {counted(seen(run)[0])}, and the caller got "
                f"{got(run.observed['statuses'])}.",
                required="Another request after a 503.",
            )

    @check(task="again", points=1)
    def connects_again(run):
        """After a `ConnectError` it tries again"""
        if seen(run)[1] < 2:
            fail(
                observed=f"The first connection was refused. The client tried to connect {times(seen(run)[1])}, and the "
                f"caller got {got(run.observed['connecting'])}.",
                required="Another attempt after a `ConnectError`.",
            )

    @check(task="again", points=1, needs=("recovers.asks_again", "recovers.connects_again"))
    def asks_until_it_has_a_response(run):
        """After a 502, a 504 and a `ConnectTimeout`, too, until it has another response"""
        got_both = [got(run.observed[name]) for name in ("statuses", "connecting")]
        if seen(run) != (4, 3) or got_both != ["status 200", "status 200"]:
            fail(
                observed=f"One call had the responses 503, 502, 504 and 200: {counted(seen(run)[0])}, and the caller got "
                f"{got_both[0]}. Another one had a `ConnectError`, a `ConnectTimeout` and a connection: "
                f"{counted(seen(run)[1], 'attempt')}, and the caller got {got_both[1]}.",
                required="4 and 3 attempts, and the last response of each call.",
            )


@scenario(drive="stays_down", limits=FEW)
def stays_down(net):
    """503 again and again"""
    numbers = {path: count(1) for path in ("/three", "/one")}
    net.paths(r"/(three|one)").calls(lambda request: reply(503, text=f"response {next(numbers[request.url.path])}"))

    def seen(run):
        return len(to(run, "/three")), len(to(run, "/one"))

    @check(
        task="again",
        points=1,
        misconception={
            "off-by-one": lambda run: seen(run) == (4, 2),
            "transport-retries": lambda run: seen(run) == (1, 1),
        },
    )
    def counts(run):
        """As many attempts as were asked for"""
        if seen(run) != (3, 1):
            fail(
                observed=f"Without `attempts=` the server saw {counted(seen(run)[0])}, with `attempts=1` "
                f"{counted(seen(run)[1])}.",
                required="3 and 1: the first one counts.",
            )

    @check(
        task="again",
        points=1,
        misconception={"raise-none": lambda run: any(raised(each, "TypeError") for each in run.observed.values())},
    )
    def last_answer_comes_back(run):
        """The last response comes back"""
        for name, outcome in run.observed.items():
            sent = len(to(run, f"/{name}"))
            if outcome.get("status") != 503 or outcome["text"] != f"response {sent}":
                body = f", with the text {outcome['text']!r}" if outcome.get("status") == 503 else ""
                fail(
                    observed=f"The server sent {counted(sent, 'response')} of 503, numbered from 1. The caller got "
                    f"{got(outcome)}{body}.",
                    required="The last response. What to make of it is up to the caller.",
                )

    @check(task="again", points=1, needs="recovers.asks_again", misconception={"sleeps-after-last": lambda run: True})
    def no_wait_after_the_last(run):
        """No wait after the last attempt"""
        waited = sum(run.marks[f"{name} ended"] - later(to(run, f"/{name}")[-1]) for name in run.observed)
        if waited > AT_ONCE:
            fail(
                observed=f"After the last responses of two calls the callers waited {waited:.2f} s in vain.",
                required="The caller gets the outcome of the last attempt at once.",
            )


@scenario(drive="unreachable", limits=FEW)
def unreachable(net):
    """A server that refuses every connection, and one that never accepts any"""
    net.network = QUICK
    net.connects(refuse())
    net.origin("silent", SILENT).connects(drop())

    def seen(run):
        return tuple(len(connects(run, name)) for name in ("three", "five", "one 0"))

    def ones(run):
        """Of sixteen calls of one attempt each, seconds before the attempt and after it."""
        tried = [connects(run, f"one {n}") for n in range(16)]
        times = [
            (run.marks[f"one {n} called"], run.marks[f"one {n} ended"], each) for n, each in enumerate(tried) if each
        ]
        return [(each[0].attempted_at - called, ended - each[-1].attempted_at) for called, ended, each in times]

    @check(task="again", points=1, needs=("recovers.connects_again", "stays_down.counts"))
    def counts(run):
        """As many attempts to connect as were asked for"""
        if seen(run) != (3, 5, 1) or len(connects(run, "silent", 8001)) != 4:
            fail(
                observed="Every connection is refused. Without `attempts=` the client tried to connect "
                f"{times(seen(run)[0])}, with `attempts=5` {times(seen(run)[1])}, with `attempts=1` {times(seen(run)[2])}; "
                f"where connecting takes too long, with `attempts=4`, {times(len(connects(run, 'silent', 8001)))}.",
                required="3, 5, 1 and 4: the first one counts.",
            )

    @check(task="again", points=1, needs="recovers.connects_again")
    def waits_between(run):
        """There is a wait between two attempts"""
        gaps = [after.attempted_at - before.attempted_at for before, after in pairwise(connects(run, "five"))]
        if sum(gaps) < 0.02:
            fail(
                observed=f"Each connection is refused at once, and the client tried to connect {times(len(gaps) + 1)} within "
                f"{sum(gaps):.3f} s.",
                required="A wait between two attempts.",
            )

    @check(task="again", points=1)
    def last_exception_comes_out(run):
        """The last exception comes out"""
        for name, outcome in run.observed.items():
            kind = "ConnectTimeout" if name == "silent" else "ConnectError"
            if not raised(outcome, kind):
                fail(
                    observed=f"Each attempt ends in a `{kind}`. The caller got {got(outcome)}.",
                    required="The exception of the last attempt, as httpx raised it.",
                )

    @check(task="again", points=1)
    def no_wait_before_the_first(run):
        """No wait before the first attempt"""
        waits = [before for before, _ in ones(run)]
        if not waits or max(waits) > AT_ONCE:
            fail(
                observed=f"Sixteen calls began with up to {max(waits, default=0):.2f} s in which nothing was sent."
                if waits
                else "Sixteen calls were made, and the client did not try to connect.",
                required="The first attempt at once.",
            )

    @check(
        task="again",
        points=1,
        needs=("recovers.connects_again", "stays_down.no_wait_after_the_last"),
        misconception={"sleeps-after-last": lambda run: True},
    )
    def no_wait_after_the_last(run):
        """No wait after the last attempt to connect"""
        waits = [after for _, after in ones(run)]
        if not waits or max(waits) > AT_ONCE:
            fail(
                observed=f"With `attempts=1` each of sixteen callers got the exception up to {max(waits, default=0):.2f} s "
                "after the attempt had failed.",
                required="The caller gets the outcome of the last attempt at once.",
            )


@scenario(drive="their_mistakes", limits=FEW)
def their_mistakes(net):
    """Nine statuses that end a call"""
    net.paths(r"/\d+").calls(lambda request: reply(int(request.url.path[1:])))

    def repeated(run):
        return [status for status in run.observed if len(to(run, f"/{status}")) > 1]

    @check(
        task="again",
        points=1,
        needs="recovers.asks_again",
        misconception={"client-errors": lambda run: any(status.startswith("4") for status in repeated(run))},
    )
    def asked_once(run):
        """Every other status ends the call after one attempt"""
        if found := repeated(run):
            sent = [f"{len(to(run, f'/{status}'))} requests for {status}" for status in found]
            fail(
                observed=f"The server saw {', '.join(sent)}.",
                required="One each: these responses would be the same the second time.",
            )
        for status, outcome in run.observed.items():
            if outcome.get("status") != int(status):
                fail(
                    observed=f"The server responded {status}. The caller got {got(outcome)}.", required="The response."
                )


@scenario(drive="one_deadline", limits=FEW)
def one_deadline(net):
    """503 after 3 s, with a deadline of 4 s"""
    net.route("GET", "/slow").reply(503, after=3)

    @check(
        task="again",
        points=1,
        needs=("recovers.asks_again", "cancelled.ends"),
        misconception={"deadline-per-attempt": lambda run: run.marks["over"] > 6},
    )
    def over_all_attempts(run):
        """One deadline over all attempts"""
        if run.marks["over"] > 4 + AT_ONCE:
            fail(
                observed=f"The call had 4 s, and took **{run.marks['over']:.1f} s** for {counted(run.attempts)}.",
                required="4 s for all of it: attempts, and the waits between them.",
            )
        end_is_right(run.observed, status=503)


def end_is_right(outcome, **response):
    """Fails for a call that its deadline ended, and that came to neither the one nor the other of the right outcomes."""
    if not raised(outcome, "DeadlineExceeded", *(["ConnectError"] if not response else [])) and outcome.get(
        "status"
    ) != response.get("status", 0):
        fail(
            observed=f"The deadline ended the call. The caller got {got(outcome)}.",
            required="`DeadlineExceeded`, or the outcome of the last attempt.",
        )


@scenario(drive="out_of_time", limits=Limits(virtual=120, requests=200))
def out_of_time(net):
    """Refused connections, on a client with a deadline of 5 s"""
    net.network = QUICK
    net.connects(refuse())

    @check(task="again", points=1, needs=("one_deadline.over_all_attempts", "cancelled_in_a_wait.ends"))
    def ends_the_waits(run):
        """The deadline ends the waits, too"""
        took, last = run.marks["call ended"], run.connect_attempts[-1].attempted_at
        if max(took, last) > 5 + AT_ONCE:
            fail(
                observed=f"The client's calls have 5 s. This one ended after **{took:.1f} s**, and the last attempt came "
                f"at {last:.1f} s.",
                required="5 s for attempts and waits, and no attempt after that.",
            )
        end_is_right(run.observed)


@scenario(drive="waiting", limits=FEW)
def waiting(net):
    """Two calls on a client with one connection, while the first waits"""
    net.paths(r"/(first|second)").reply(503)

    @check(task="again", points=1, needs=("recovers.asks_again", "unreachable.no_wait_before_the_first"))
    def holds_no_permit(run):
        """A call that waits lets others pass"""
        called, sent = run.marks["second called"], to(run, "/second")
        if not sent or sent[0].t - called > AT_ONCE:
            when = f"{sent[0].t - called:.1f} s later" if sent else "never"
            fail(
                observed="A client with one connection had one call that was between its attempts. The first request of "
                f"another call was sent {when}; the first call made {counted(len(to(run, '/first')), 'attempt')}.",
                required="At once: no permit is held during a wait.",
            )


@scenario(drive="together", limits=Limits(virtual=400, requests=150))
def together(net):
    """Eight calls at once on one client: first of all, after a failed call, and after a cancelled one"""
    net.network = QUICK
    net.connects(refuse())
    names = "at the same time", "after a failed call", "after a cancelled call"

    def tried(run, name):
        began, over = run.marks[f"{name} 0 called"], run.marks[f"{name} over"]
        return [each.attempted_at - began for each in run.connect_attempts if began <= each.attempted_at < over]

    @check(task="again", points=1, needs=("recovers.connects_again", "cancelled_in_a_wait.ends"))
    def counts_for_itself(run):
        """Each call counts its own attempts"""
        alone = len(connects(run, "alone"))
        for name in names:
            if len(tried(run, name)) != 8 * alone:
                fail(
                    observed=f"One call with `attempts=2` tried to connect {times(alone)}. Eight such calls, {name} on the "
                    f"same client, tried to connect {len(tried(run, name))} times in all.",
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
        for name in names:
            waits = [each - A_MOMENT for each in tried(run, name)[8:]]
            first = Backoff([[wait] for wait in waits])
            if waits and max(waits) > (1.5 if first.decorrelated else 0.5) + 0.01:
                fail(
                    observed=f"Eight calls with `attempts=2`, {name} on one client, waited {listed(waits)}.",
                    required="Up to 0.5 s (decorrelated jitter: from 0.5 s to 1.5 s), whatever other calls do or did.",
                )
            if len({round(wait, 5) for wait in waits}) < min(6, len(waits)):
                fail(
                    observed=f"Eight calls, {name} on one client, waited {listed(waits)}: some of them for the same time.",
                    required="A new draw for each wait.",
                )


# -- task backoff


@scenario(drive="herd", limits=Limits(virtual=500, requests=300, wall=8))
def herd(net):
    """Eight clients whose connections are refused at the same moment"""
    clients = [net.origin(f"client {n}", f"http://depot.test:{8100 + n}", QUICK) for n in range(8)]
    for each in clients:
        each.connects(refuse())

    def backoff(run):
        times = [[each.attempted_at for each in run.connect_attempts if each.port == 8100 + n] for n in range(8)]
        return Backoff([[after - before - A_MOMENT for before, after in pairwise(row)] for row in times])

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
        misconception={"no-cap": about(lambda found: max(found.all) > 2 * found.cap)},
    )
    def is_capped(run):
        """No wait is longer than its limit"""
        found = backoff(run)
        if over := found.too_long():
            number, wait, limit = over
            fail(
                observed=f"Wait {number} of a client was **{wait:.2f} s**. The first waits of eight clients were "
                f"{listed(found.columns[0])}.",
                required=f"At most {limit:.2f} s. Limits are 0.5, 1, 2, 4, 8, 8 … s; with decorrelated jitter, which never "
                "waits less than 0.5 s, three times the previous wait or 8 s.",
            )

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
        found = backoff(run)
        if found.together or found.narrow:
            fail(
                observed=f"Eight clients failed at the same moment. They came back after {listed(found.columns[0])}, and "
                f"then after {listed(found.columns[1])}.",
                required="Different times, from zero or half of the limit up to the limit.",
            )
        if found.at_the_cap:
            fail(
                observed=f"From the fifth on, **{len(found.at_the_cap)}** of {len(found.late)} waits were 8 s exactly. "
                "Clients at the cap come back together, again and again.",
                required="Waits at the cap that differ: the cap limits the range, and then the wait is drawn.",
            )
        if found.in_steps:
            kinds = len({round(wait, 4) for wait in found.late})
            fail(
                observed=f"From the fifth on there were {len(found.late)} waits, and {kinds} different times among them.",
                required="Any time in the range, not rounded to a step.",
            )

    @check(
        task="backoff",
        points=2,
        needs="herd.goes_on",
        misconception={
            "fixed-wait": about(lambda found: found.steady),
            "never-grows": about(lambda found: not found.alike and max(found.late) < 2),
        },
    )
    def grows(run):
        """Limits double, up to 8 s"""
        found = backoff(run)
        if found.too_short():
            fail(
                observed="The longest first wait of eight clients, the longest second one and so on were "
                f"{listed(found.longest[:7])}; the longest of all {len(found.late)} from the fifth on was "
                f"{max(found.late):.2f} s.",
                required="Waits drawn up to 0.5, 1, 2, 4, 8, 8 … s, or with decorrelated jitter up to 8 s.",
            )


# -- task may-repeat


@scenario(drive="never_sent", limits=FEW)
def never_sent(net):
    """A POST whose connection is refused, then never comes up, then is accepted"""
    net.connects(refuse(), drop(), accept())
    net.route("POST", "/charges").reply(201, json={"id": 1})

    @check(
        task="may-repeat",
        points=1,
        needs="recovers.connects_again",
        misconception={"post-never": lambda run: len(run.connect_attempts) == 1},
    )
    def is_repeated(run):
        """What was never sent is sent again"""
        if run.attempts != 1 or run.observed.get("status") != 201:
            fail(
                observed="No connection comes up at the first two attempts, so nothing is sent. The client tried to "
                f"connect {times(len(run.connect_attempts))}, the server saw {counted(run.attempts)}, and the caller got "
                f"{got(run.observed)}.",
                required="Another attempt, for a POST too: the server has seen nothing of it.",
            )


@scenario(drive="not_connected", limits=FEW)
def not_connected(net):
    """Eight methods, and no connection comes up"""
    ports, ends = {"refused": 8000, "silent": 8001}, {"refused": "`ConnectError`", "silent": "`ConnectTimeout`"}
    for name, fault in (("refused", refuse()), ("silent", drop())):
        net.origin(name, f"http://depot.test:{ports[name]}").connects(fault)
    net.connects(refuse(), accept())
    net.route("POST", "/charges").reply(503)

    @check(task="may-repeat", points=1, needs=("recovers.connects_again", "never_sent.is_repeated"))
    def is_repeated(run):
        """Every method is retried when it was never sent"""
        if found := wrong(run):
            fail(
                observed=f"No connection comes up. With `attempts=2` there was no retry: {', '.join(found.values())}.",
                required="A retry for every method: the server has seen nothing of the request.",
            )

    @check(
        task="may-repeat",
        points=1,
        needs=("never_sent.is_repeated", "once_only.not_after_an_answer"),
        misconception={"post-answered": lambda run: run.attempts > 1},
    )
    def counts_the_last_outcome(run):
        """After a refused connection, a POST ends with a 503"""
        if run.attempts != 1 or run.observed["charge"].get("status") != 503:
            fail(
                observed="The first connection is refused, and the response on the second is 503. The server saw "
                f"{counted(run.attempts)}, and the caller got {got(run.observed['charge'])}.",
                required="One request, and its response: each outcome is looked at for itself.",
            )

    def wrong(run):
        found = {}
        for name in run.observed.keys() - {"charge"}:
            origin, method = name.split()
            tried = len(connects(run, name, ports[origin]))
            if tried < 2:
                found[name] = f"{method} ({ends[origin]}): {counted(tried, 'attempt')}"
        return found


@scenario(drive="maybe_sent", limits=FEW)
def maybe_sent(net):
    """Six methods that may be repeated, and what can fail after a request was sent"""
    cut, reset = reply(json={"id": 1}, cut_at=3), reply(json={"id": 1}, cut_at=3, then="reset")
    every = {
        "a 503": reply(503),
        "a `ReadTimeout`": hang(),
        "a connection closed during the request": close_during_request(),
        "a response that was cut off": cut,
        "a reset connection": reset,
    }
    some = {each: every[each] for each in ("a 503", "a connection closed during the request", "a `ReadTimeout`")}
    failures = {"GET": every} | dict.fromkeys(("HEAD", "OPTIONS", "QUERY", "PUT", "DELETE"), some)
    for method, each in failures.items():
        net.route(method, f"/{method.lower()}").sequence(*each.values(), reply(json={}), last="repeat")

    def stopped(run, methods):
        """Those methods that were not retried to the end, each with the failure after which nothing came."""
        sent = {method: len(to(run, f"/{method.lower()}")) for method in methods}
        return {
            method: [*failures[method]][sent[method] - 1] if sent[method] else "nothing: it was never sent"
            for method in methods
            if sent[method] <= len(failures[method])
        }

    def looked_at(run, methods):
        if found := stopped(run, methods):
            fail(
                observed="Nothing was sent again "
                + "; ".join(f"for {method}, after {failure}" for method, failure in found.items())
                + ".",
                required="A retry for each of them: carrying them out twice does no harm.",
            )
        for method in methods:
            sent, outcome = len(to(run, f"/{method.lower()}")), run.observed[method]
            if outcome.get("status") != 200 or sent > len(failures[method]) + 1:
                fail(
                    observed=f"The last response to {method} was 200, after {counted(sent)}. The caller got {got(outcome)}.",
                    required="That response, and no further request.",
                )

    def stopped_at(failure):
        return lambda run: stopped(run, ["GET"]).get("GET") == failure

    @check(
        task="may-repeat",
        points=2,
        needs="recovers.asks_again",
        misconception={
            "statuses-only": stopped_at("a `ReadTimeout`"),
            "few-exceptions": stopped_at("a connection closed during the request"),
        },
    )
    def get_is_repeated(run):
        """A GET is retried after each exception of the table"""
        looked_at(run, ["GET"])

    @check(
        task="may-repeat",
        points=2,
        needs="maybe_sent.get_is_repeated",
        misconception={"only-get": lambda run: {"PUT", "DELETE"} <= set(stopped(run, failures))},
    )
    def is_repeated(run):
        """HEAD, OPTIONS, QUERY, PUT and DELETE are retried as well"""
        looked_at(run, [method for method in failures if method != "GET"])

    @check(task="may-repeat", points=1, needs="maybe_sent.get_is_repeated")
    def is_the_same_request(run):
        """Each attempt sends the same request"""
        for method in ("GET", "PUT", "QUERY"):
            first, *others = to(run, f"/{method.lower()}")
            for number, other in enumerate(others, 2):
                if (other.method, other.body, other.query) != (first.method, first.body, first.query) or (
                    other.headers != first.headers
                ):
                    fail(
                        observed=f"The first {first.method} had {len(first.body)} bytes of body, the query {first.query} "
                        f"and {len(first.headers)} headers. Attempt {number} had {len(other.body)} bytes, "
                        f"{other.query} and {len(other.headers)} headers.",
                        required="The request that the caller asked for, each time.",
                    )
            body = {} if method == "GET" else {"cents": 500}
            if (first.json() or {}, first.query, first.headers.get("x-trace")) != (body, {"page": "2"}, "7f"):
                fail(
                    observed=f"{first.method} had {len(first.body)} bytes of body and the query {first.query}.",
                    required="The body, the query and the headers that the caller gave.",
                )


@scenario(drive="once_only", limits=FEW)
def once_only(net):
    """POST and PATCH that may have been carried out"""
    kinds = {
        "/hung": (hang(), "ReadTimeout"),
        "/crossed": (close_during_request(), "RemoteProtocolError"),
        "/cut": (reply(json={"id": 1}, cut_at=3), "RemoteProtocolError"),
        "/reset": (reply(json={"id": 1}, cut_at=3, then="reset"), "ReadError"),
    }
    statuses = ("502", "503", "504")
    for path, (failure, _) in kinds.items():
        net.paths(path).respond(failure)
    net.paths(r"/\d+").calls(lambda request: reply(int(request.url.path[1:])))

    def sent(run):
        """Requests by call, as in `POST /hung`."""
        return {
            name: sum(each.method == name.split()[0] and each.path == f"/{name.split()[1]}" for each in run.requests)
            for name in run.observed
        }

    def repeated(run, after_status):
        return {
            name: number
            for name, number in sent(run).items()
            if number != 1 and (name.split()[1] in statuses) == after_status
        }

    def told(found):
        return ", ".join(f"{name.replace(' ', ' /')}: {number}" for name, number in found.items())

    @check(
        task="may-repeat",
        points=2,
        needs="recovers.asks_again",
        misconception={"post-maybe-sent": lambda run: any(number > 1 for number in repeated(run, False).values())},
    )
    def not_after_maybe(run):
        """POST and PATCH are not retried once they may have arrived"""
        if found := repeated(run, False):
            fail(
                observed=f"Requests that arrived, where one may have been carried out: {told(found)}.",
                required="One each: the caller decides about a second charge.",
            )
        for name, outcome in run.observed.items():
            kind = kinds.get(f"/{name.split()[1]}", (None, None))[1]
            if kind and not raised(outcome, kind):
                fail(
                    observed=f"The attempt ended in a `{kind}`. The caller got {got(outcome)}.",
                    required="That exception, as httpx raised it.",
                )

    @check(
        task="may-repeat",
        points=1,
        needs="recovers.asks_again",
        misconception={"post-answered": lambda run: any(number > 1 for number in repeated(run, True).values())},
    )
    def not_after_an_answer(run):
        """POST and PATCH are not retried after a 502, 503 or 504"""
        if found := repeated(run, True):
            fail(
                observed=f"Requests that arrived, where each had a response: {told(found)}. A proxy says 503 for a server "
                "that may have done the work.",
                required="One each, until a key makes a second one safe (chapter 10).",
            )
        for name, outcome in run.observed.items():
            if name.split()[1] in statuses and str(outcome.get("status")) != name.split()[1]:
                fail(
                    observed=f"The server responded {name.split()[1]}. The caller got {got(outcome)}.",
                    required="That response.",
                )


@scenario(drive="uploads", limits=FEW)
def uploads(net):
    """A server that stops reading in the middle of a body"""
    net.network = Network(window=1000)

    def tried(run):
        return {method: len(connects(run, method)) for method in ("PUT", "POST", "PATCH")}

    @check(task="may-repeat", points=1, needs="maybe_sent.is_repeated")
    def is_repeated(run):
        """After a `WriteTimeout` a PUT is retried"""
        if tried(run)["PUT"] < 2:
            fail(
                observed="The server reads 1 000 bytes of a PUT's 5 000, and then no more. With `attempts=2` there was one "
                "attempt.",
                required="A retry.",
            )

    @check(task="may-repeat", points=1, needs="once_only.not_after_maybe")
    def not_after_maybe(run):
        """After a `WriteTimeout` POST and PATCH are not retried"""
        for method in ("POST", "PATCH"):
            if tried(run)[method] != 1 or not raised(run.observed[method], "WriteTimeout"):
                fail(
                    observed=f"The server reads 1 000 bytes of a {method}'s 5 000, and then no more. With `attempts=2` "
                    f"there were {counted(tried(run)[method], 'attempt')}, and the caller got "
                    f"{got(run.observed[method])}.",
                    required="One attempt, since part of it has arrived, and its `WriteTimeout`.",
                )


@scenario(drive="gives_up", limits=FEW)
def gives_up(net):
    """Attempts that fail in different ways, to the last"""
    cut, reset = reply(json={"id": 1}, cut_at=3), reply(json={"id": 1}, cut_at=3, then="reset")
    turn, number = cycle((hang(), reset, close_during_request())), count(1)
    net.route("GET", "/mixed").calls(
        lambda request: next(turn) if (n := next(number)) % 10 else reply(503, text=f"response {n}")
    )
    net.route("GET", "/then-cut").sequence(503, reset, cut, last="repeat")
    net.route("GET", "/hung").respond(hang())
    net.route("GET", "/reset").respond(reset)
    expected = {"mixed": 10, "then-cut": 3, "hung": 1, "reset": 1}

    def ends(run):
        """When each attempt of the mixed call was over: a second after it was sent, or with its connection."""
        closed = {each.number: each.closed_at for each in run.connections}
        return [min(each.t + 1.0, closed[each.connection] or each.t + 1.0) for each in to(run, "/mixed")]

    @check(task="may-repeat", points=1, needs=("stays_down.counts", "unreachable.counts", "maybe_sent.get_is_repeated"))
    def counts(run):
        """All kinds of failure count together"""
        sent = {path: len(to(run, f"/{path}")) for path in expected}
        if sent != expected:
            fail(
                observed="Calls with `attempts=10`, 3, 1 and 1 fail each time, in different ways. The server saw "
                f"{', '.join(map(str, sent.values()))} requests.",
                required="10, 3, 1 and 1.",
            )

    @check(
        task="may-repeat",
        points=1,
        needs=("maybe_sent.get_is_repeated", "unreachable.waits_between", "unreachable.no_wait_after_the_last"),
    )
    def waits(run):
        """There is a wait after each kind of failure, and none after the last attempt"""
        over, sent = ends(run), [each.t for each in to(run, "/mixed")]
        gaps = [after - before for before, after in zip(over, sent[1:], strict=False)]
        for kind, name in enumerate(("`ReadTimeout`", "`ReadError`", "`RemoteProtocolError`")):
            if gaps[kind::3] and max(gaps[kind::3]) < 0.025:
                fail(
                    observed=f"After each `{name.strip('`')}` the next request was sent at once.",
                    required="A wait, as after a 503.",
                )
        late = run.marks["mixed ended"] - later(to(run, "/mixed")[-1])
        if len(sent) == 10 and late > AT_ONCE:
            fail(observed=f"The caller got the last of ten responses after {late:.1f} s.", required="At once.")

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
        kinds = {"then-cut": "RemoteProtocolError", "hung": "ReadTimeout", "reset": "ReadError"}
        for path, outcome in run.observed.items():
            sent = to(run, f"/{path}")
            if path == "mixed" and len(sent) != 10:
                continue
            if path == "mixed":
                right = outcome.get("status") == 503 and outcome["text"] == "response 10"
                last = "a 503"
            else:
                right, last = raised(outcome, kinds[path]), f"a `{kinds[path]}`"
            if not right:
                fail(
                    observed=f"The last of {counted(len(sent), 'attempt')} came to {last}. The caller got {got(outcome)}.",
                    required="The outcome of the last attempt: the response, or the exception as httpx raised it.",
                )


@scenario(drive="others", limits=FEW)
def others(net):
    """Exceptions that are not in the table"""

    @check(task="may-repeat", points=1, needs=("maybe_sent.get_is_repeated", "unreachable.no_wait_before_the_first"))
    def end_the_call(run):
        """Every other exception ends the call"""
        for name, kind in (("wrong", "LocalProtocolError"), ("elsewhere", "OtherOrigin")):
            outcome, took = run.observed[name], run.marks[f"{name} ended"] - run.marks[f"{name} called"]
            if took > AT_ONCE or not raised(outcome, kind):
                fail(
                    observed=f"The first attempt ends in `{kind}`. With `attempts=8` the call took {took:.1f} s, and the "
                    f"caller got {got(outcome)}.",
                    required="That exception, at once and without a retry.",
                )


@scenario(drive="cancelled", limits=FEW)
def cancelled(net):
    """A caller who cancels"""
    net.route("GET", "/silent").respond(hang())

    @check(task="may-repeat", points=1, misconception={"cancel-repeated": lambda run: run.attempts > 1})
    def ends(run):
        """A cancel ends the call"""
        late = run.marks["ended"] - run.marks["cancelled"]
        if not run.observed["cancelled"] or late > AT_ONCE or run.attempts != 1:
            fail(
                observed=f"The caller cancelled the call. {late:.1f} s later it "
                f"{'had ended' if run.observed['cancelled'] else 'had not been cancelled'}, and the server had seen "
                f"{counted(run.attempts)}.",
                required="A cancel is no failure: the caller gets it at once, and nothing more is sent.",
            )


@scenario(drive="cancelled_in_a_wait", limits=Limits(virtual=120, requests=300))
def cancelled_in_a_wait(net):
    """Calls that wait, and a block around one that waits: a cancel"""
    net.network = QUICK
    net.connects(refuse())

    @check(task="may-repeat", points=1, needs=("recovers.asks_again", "unreachable.waits_between", "cancelled.ends"))
    def ends(run):
        """A cancel ends the waits, and nothing is sent in the minute after it"""
        late = [each for each in run.connect_attempts if each.attempted_at > run.marks["cancelled"] + AT_ONCE]
        if late or not run.observed["cancelled"]:
            fail(
                observed="Four calls, and a block with a fifth one, were cancelled while they waited. A second later "
                f"{'they' if run.observed['cancelled'] else 'not all of them'} had ended with `CancelledError`, and in the "
                f"minute after it there were {counted(len(late), 'attempt')} to connect.",
                required="A cancel goes on to the caller at once, and nothing more is sent.",
            )


# -- task bodies


@scenario(drive="bodies", limits=FEW)
def bodies(net):
    """Bodies that can be read once, and others"""
    for path in ("stream", "bytes", "text", "form"):
        net.route("PUT", f"/{path}").sequence(503, 200, last="repeat")
    starting = net.origin("starting", SILENT)
    starting.connects(refuse(), accept())
    starting.route("PUT", "/unread").reply(200)

    @check(
        task="bodies",
        points=2,
        misconception={"empty-body": lambda run: b"" in [each.body for each in to(run, "/stream")]},
    )
    def never_sent_empty(run):
        """A body that can be read once is not sent empty"""
        sent = [request.body for path in ("/stream", "/unread") for request in to(run, path)]
        if not to(run, "/stream") or any(body != b"one label, in two pieces" for body in sent):
            fail(
                observed="A label of 24 bytes came from a generator. Its bodies as they arrived: "
                f"{', '.join(f'{len(body)} bytes' for body in sent) or 'none'}; the caller got "
                f"{got(run.observed['stream'])}.",
                required="The whole of it each time, or no second attempt.",
            )

    @check(task="bodies", points=1, needs="maybe_sent.is_repeated")
    def bytes_are_repeated(run):
        """Bodies of bytes, text and form data are sent again"""
        for path, whole in (("bytes", b"a whole label"), ("text", b"a whole label"), ("form", b"label=whole")):
            sent = [request.body for request in to(run, f"/{path}")]
            if sent != [whole] * 2:
                fail(
                    observed=f"A body of {path}, {len(whole)} bytes, had a 503 as its first response. What arrived: "
                    f"{', '.join(f'{len(body)} bytes' for body in sent) or 'nothing'}.",
                    required="Twice the whole of it.",
                )
