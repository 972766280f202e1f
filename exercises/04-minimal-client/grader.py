"""Judges exercise 04 by what the server saw and by what the caller got."""

from keepalive.grading import Limits, check, close_during_request, diagnosed, expect, fail, hang, reply, scenario, words

FEW = Limits(virtual=120, requests=200, work=10)  # on a busy machine, for an answer that makes a client for each call
HOST = "http://depot.test"
BASE = f"{HOST}/v1"
ARRIVES, ONE, RETURNS = "in_a_row.requests_arrive", "in_a_row.one_connection", "in_a_row.responses_come_back"
SHARED, AGAIN, NEXT = "together.tasks_share", "together.second_round_reuses", "once_more.next_calls_work"
CLOSES, REFUSES, SAYS = "leaves_the_block.all_closed", "after_closing.refused", "after_closing.says_so"
LATE, BY_HAND = "closed_in_flight.late_call_refused", "closed_twice.all_closed"
RESPONSES = {
    "/fails": reply(json={"id": 1}, cut_at=3, then="reset"),
    "/closes": close_during_request(),
    "/cancelled": hang(),
    "/silent": hang(),
    "/moved": reply(302, headers={"location": "/slow"}),
    "/slow": reply(json={}, after=1.0),
    "/given": reply(json={}, after=1.0),
    "/slowest": reply(json={}, after=7.0),  # httpx's own timeout is five seconds
    "/302": reply(302, text="as sent", headers={"location": "/users/1"}),
    **{f"/{status}": reply(status, text="as sent") for status in (200, 400, 401, 404, 429, 500, 503)},
    **{f"/{status}": reply(status) for status in (204, 304)},
}
EVERY_ONE = "The server sees every connection closed by you."
ONCE = "One request for each call."


def depot(origin):
    """A server that responds to most paths after 50 ms; the others are those of RESPONSES."""
    usual = reply(json={}, after=0.05)
    origin.paths(".*").calls(lambda request: RESPONSES.get(request.url.path, usual))


def got(outcome):
    return f"the caller got {words.outcome_words(outcome)}"


def returned_none(outcomes):
    return all(each.get("type") == "NoneType" for each in outcomes)


def about_none(outcome):
    return "AttributeError" in outcome.get("raised", []) and "'NoneType'" in outcome["text"]


def all_refused(outcomes, name=None):
    """Each call raised Python's RuntimeError; with a name, its text says that the client of that name is closed."""
    mentions, required = (), "A `RuntimeError`: Python's own, or a class below it."
    if name:
        mentions, required = ("closed", name), "A text with the word `closed` and the base URL."
    for what, outcome in outcomes.items():
        expect.exception(outcome, "RuntimeError", when=f"{what} was called", required=required, mentions=mentions)


def closed_at(run, connections, mark, when):
    """The client had closed the connections by the time of a mark."""
    moment = run.moment(mark)
    connections = [each for each in connections if each.opened_at <= moment]
    late = [each for each in connections if each.closed_at is None or each.closed_at > moment]
    if late or not connections:
        left = f"{words.counted(len(late), 'connection')} of {len(connections)}"
        fail(observed=f"{when}, the server still saw {left} open.", required=EVERY_ONE)


# -- one-pool


@scenario(drive="in_a_row", limits=FEW)
def in_a_row(net):
    """Five calls, one after another"""
    depot(net)
    none_given = {"no-return": lambda run: returned_none(run.observed)}
    one_each = {"client-per-call": lambda run: len(run.connections) == 5 and not run.open_at_end}

    @check(task="one-pool", points=1, misconception={"module-client": diagnosed("client_made_early")})
    def requests_arrive(run):
        """Each call sends one request"""
        expect.count(len(run.requests), 5, "request", when="`request` was called five times", required=ONCE)

    @check(task="one-pool", points=1, needs=ARRIVES, misconception=none_given)
    def responses_come_back(run):
        """Each call returns its response"""
        for outcome in run.observed:
            expect.response(outcome, 200, when="The server sent a response", required="The `httpx.Response`.")

    @check(task="one-pool", points=2, needs=ARRIVES, misconception=one_each)
    def one_connection(run):
        """Five calls use one connection"""
        when = "`request` was called five times, each time with other arguments"
        required = "One connection that is kept and used again: each new one costs a round trip, more with TLS."
        expect.count(len(run.connections), 1, "connection", when=when, required=required)

    @check(task="one-pool", points=1, needs=ONE)
    def no_wait(run):
        """Each request is sent at once"""
        longest = max(run.requests[0].t - 0.02, *run.requests.waits)  # the first waits for its connection
        when, required = "A request was sent later than it could have been, by", "`request` adds no wait of its own."
        expect.between(longest, 0, 0.001, when=when, required=required, grace=0.0001)


@scenario(drive="slashes", limits=FEW)
def slashes(net):
    """A slash at the end of one, or at the beginning of the other"""
    depot(net)

    @check(task="one-pool", points=2, needs=ARRIVES)
    def paths_are_joined(run):
        """The path is joined to the base URL, whichever has a slash"""
        paths = [request.path for request in run.requests]
        if paths != ["/v1/users/1"] * 4:
            calls = "`/users/1` and `users/1` below `/v1`, then both below `/v1/`"
            fail(
                observed=f"Called with {calls}, the client sent requests for {words.listed(map(words.code, paths))}.",
                required="The path of the base URL, a slash, and the path of the call.",
            )


@scenario(drive="together", limits=FEW)
def together(net):
    """Twelve tasks at the same time, twice"""
    depot(net)
    serial = {"one-at-a-time": lambda run: len(run.connections) == 1}

    @check(task="one-pool", points=1, needs=ONE)
    def second_round_reuses(run):
        """The second twelve use the connections of the first"""
        expect.present(run, 24, required=ONCE)
        when, required = "Twelve calls were made at the same time, twice", "Twelve connections, used in both rounds."
        used = {request.connection for request in run.requests[:24]}
        expect.count(len(used), range(13), "connection", when=when, required=required)

    @check(task="one-pool", points=1, needs=ARRIVES, misconception=serial)
    def tasks_share(run):
        """No task waits for another"""
        expect.present(run, 24, required=ONCE)
        if run.in_flight < 12:
            fail(
                observed=f"Of twelve requests at most **{run.in_flight}** were in flight at the same time.",
                required="All twelve: tasks share the client without waiting for one another.",
            )

    @check(task="one-pool", points=1, needs=(SHARED, AGAIN, NEXT))
    def others_go_on(run):
        """A call that fails or is cancelled leaves the others, and their connections, alone"""
        required = "The other calls go on, and the connections that still work are used again."
        for outcome in run.observed:
            when = "A call failed or was cancelled beside one that takes 1 s"
            expect.response(outcome, 200, when=when, required=required)
        when = "Twelve connections were open, and three calls failed or were cancelled"
        expect.count(len(run.connections), range(13), "connection", when=when, required=required)


@scenario(drive="once_more", limits=FEW)
def once_more(net):
    """A call that fails, a call that is cancelled, and the calls after them"""
    depot(net)

    @check(task="one-pool", points=1, needs=RETURNS)
    def next_calls_work(run):
        """The next call works"""
        expect.each(
            expect.ONCE_MORE | {"/after-many": "a call after twenty that were cancelled"},
            lambda path: None if run.observed[path].get("status") == 200 else got(run.observed[path]),
            required="A call that failed or was cancelled has no effect on the next one.",
        )

    @check(task="closing", points=1, needs=(CLOSES, NEXT))
    def all_closed(run):
        """Every connection is closed after failed calls, too"""
        expect.nothing_open(run, requests=8, required=EVERY_ONE)


# -- closing


@scenario(drive="leaves_the_block", limits=FEW)
def leaves_the_block(net):
    """A block that works"""
    depot(net)
    none_ever = {"never-closed": lambda run: 0 < len(run.open_at_end) == len(run.connections)}

    @check(task="closing", points=2, needs=ARRIVES, misconception=none_ever)
    def all_closed(run):
        """Every connection is closed"""
        expect.present(run, 3, required=EVERY_ONE)
        closed_at(run, run.connections, "quiet", "When the block had ended")


@scenario(drive="block_raises", limits=FEW)
def block_raises(net):
    """Three blocks that raise"""
    depot(net)
    none_here = {"closed-on-success-only": lambda run: len(run.open_at_end) == len(run.connections) == 3}
    swallowed = {"swallowed": lambda run: not any(each["name"] for each in run.observed["caught"].values())}

    @check(task="closing", points=1, needs=CLOSES, misconception=none_here, even_if_stopped=True)
    def all_closed(run):
        """Every connection is closed after an exception, too"""
        closed_at(run, run.connections, "ended", "When the blocks had ended")

    @check(task="closing", points=1, needs=("block_raises.all_closed", REFUSES), even_if_stopped=True)
    def refused(run):
        """A call after a block that raised is refused, too"""
        all_refused(run.observed["late"])

    @check(task="closing", points=1, needs=ARRIVES, misconception=swallowed, even_if_stopped=True)
    def exception_goes_on(run):
        """The exception reaches the caller as it is"""
        for name, caught in run.observed["caught"].items():
            if not caught["same"]:
                what = f"another exception, of class `{caught['name']}`" if caught["name"] else "none"
                fail(
                    observed=f"The block raised a `{name}`, and the caller got {what}.",
                    required="The caller gets the exception that the block raised.",
                )


@scenario(drive="block_cancelled", limits=FEW)
def block_cancelled(net):
    """A block whose task is cancelled"""
    depot(net)

    @check(task="closing", points=1, needs=CLOSES)
    def all_closed(run):
        """Every connection is closed after a cancellation, too"""
        expect.nothing_open(run, requests=3, required=EVERY_ONE)

    @check(task="closing", points=1, needs=("block_raises.exception_goes_on", "block_cancelled.all_closed"))
    def cancellation_goes_on(run):
        """The cancellation reaches the caller"""
        expect.cancelled(run.observed, required="The `CancelledError` goes on to whoever awaits the task, at once.")


@scenario(drive="closed_twice", limits=FEW)
def closed_twice(net):
    """Closed without a block, and closed again"""
    depot(net)
    second = "The second `aclose()`"
    raises = {"close-raises-twice": lambda run: "RuntimeError" in run.observed[second].get("raised", [])}

    @check(task="closing", points=1, needs=ARRIVES, even_if_stopped=True)
    def all_closed(run):
        """`aclose()` closes every connection"""
        expect.nothing_open(run, requests=3, required=EVERY_ONE)
        closed_at(run, run.connections[:1], "closed", "After `aclose()`")

    # an AttributeError is one of the things that it looks for
    @check(task="closing", points=1, needs=ARRIVES, misconception=raises, even_if_stopped=True)
    def second_time_is_harmless(run):
        """Closing what is closed, or was never used, raises nothing"""
        expect.present(run, 3, required=ONCE)
        expect.each(
            list(run.observed),
            lambda what: got(run.observed[what]) if "raised" in run.observed[what] else None,
            required="Closing what is closed already raises nothing.",
        )


@scenario(drive="after_closing", limits=FEW)
def after_closing(net):
    """Calls after closing"""
    depot(net)
    cryptic = {"cryptic-outside": lambda run: any(map(about_none, run.observed.values()))}
    reopens = {"reopens": lambda run: len(run.connections) == 6}  # two, and one more for each client

    @check(task="closing", points=3, needs=ARRIVES, misconception=cryptic | reopens, even_if_stopped=True)
    def refused(run):
        """A call after closing raises a RuntimeError"""
        all_refused(run.observed)

    @check(task="closing", points=1, needs=REFUSES)
    def nothing_sent(run):
        """A call after closing sends nothing"""
        expect.present(run, 2, required=ONCE)
        late = sum(request.path.endswith("/late") for request in run.requests)
        when, required = "Closed clients were called", "A closed client sends nothing."
        expect.count(late, 0, "request", when=when, required=required)

    @check(task="closing", points=2, needs=REFUSES)
    def says_so(run):
        """The error says that the client is closed, and which client"""
        all_refused(run.observed, BASE)


@scenario(drive="closed_in_flight", limits=FEW)
def closed_in_flight(net):
    """Closed while requests are in flight"""
    depot(net)

    @check(task="closing", points=1, needs=(SHARED, REFUSES))
    def late_call_refused(run):
        """A call while the client is closing is refused"""
        expect.present(run, 5, required=ONCE)
        all_refused(run.observed["late"])
        when, required = "`request` was called while the client was closing", "A closed client sends nothing."
        expect.count(len(run.to("/late")), 0, "request", when=when, required=required)

    @check(task="closing", points=1, needs=(SAYS, LATE))
    def says_so(run):
        """The error says so while the client is closing, too"""
        all_refused(run.observed["late"], HOST)

    @check(task="closing", points=1, needs=(ONE, BY_HAND, LATE))
    def all_closed(run):
        """No connection is open afterwards"""
        closed_at(run, run.connections, "closed", "When `aclose()` was over, and a block's end")

    @check(task="closing", points=1, needs=(BY_HAND, LATE))
    def calls_end(run):
        """Each request in flight ends"""
        for outcome in run.observed["calls"]:
            if outcome.get("status") != 200 and not {"TransportError", "RuntimeError"} & {*outcome.get("raised", [])}:
                fail(
                    observed=f"The client was closed with two requests in flight. Of one of them {got(outcome)}.",
                    required="Each call returns its response, or raises an `httpx.TransportError` or a `RuntimeError`.",
                )


@scenario(drive="outside_the_block", limits=FEW)
def outside_the_block(net):
    """A call before the block"""
    depot(net)
    cryptic = {"cryptic-outside": lambda run: about_none(run.observed)}

    @check(task="closing", points=1, needs=CLOSES, misconception=cryptic, even_if_stopped=True)
    def works_or_says_why(run):
        """A call before the block works, and leaves nothing open, or says what is missing"""
        if "raised" in run.observed or not run.requests:
            when = "The client was called before its block"
            required = "A response, or a `RuntimeError` whose text contains `async with`."
            expect.exception(run.observed, "RuntimeError", when=when, required=required, mentions=("async with",))
        else:
            when = "The client was called before its block, and when the block had ended"
            expect.nothing_open(run, requests=1, when=when, required=EVERY_ONE)


@scenario(drive="two_clients", limits=FEW)
def two_clients(net):
    """Two clients, one block inside the other"""
    depot(net)
    depot(net.origin("other", "http://other.test"))

    @check(task="closing", points=1, needs=RETURNS)
    def other_goes_on(run):
        """Closing one leaves the other open"""
        expect.present(run, 2, required=ONCE)
        for when, outcome in zip(("was called then", "had a call in flight"), run.observed, strict=True):
            required = "Closing one client has no effect on another."
            expect.response(outcome, 200, when=f"One block ended, the other client {when}", required=required)

    @check(task="closing", points=1, needs=CLOSES)
    def each_closes_its_own(run):
        """The inner block closes the inner client's connection"""
        inner = [each for each in run.connections if each.host == "other.test"]
        closed_at(run, inner, "closed", "When the inner block had ended")


# -- methods


@scenario(drive="methods", limits=FEW)
def methods(net):
    """Each method once"""
    depot(net)
    none_given = {"no-return": lambda run: returned_none([run.observed["get"]])}

    @check(task="methods", points=1, needs=ARRIVES)
    def each_arrives(run):
        """Each method arrives as itself"""
        sent = [request.method for request in run.requests]
        if sent != ["GET", "POST", "PUT", "PATCH", "DELETE"]:
            shown = words.listed(f"`{method}`" for method in sent)
            fail(
                observed=f"`get`, `post`, `put`, `patch` and `delete` were called; the server saw {shown}.",
                required="One request for each call, by the method that was called.",
            )

    @check(task="methods", points=1, needs=(RETURNS, "methods.each_arrives"), misconception=none_given)
    def responses_come_back(run):
        """Each method returns the response"""
        for method, outcome in run.observed.items():
            when, required = f"The server responded to `{method}`", "The `httpx.Response` that `request` returns."
            expect.response(outcome, 200, when=when, required=required)


ARGUMENTS = {
    "both values in `params`": lambda request: request.url.endswith("?own=a%26b&own=2"),
    "both values in `headers`": lambda request: request.headers.get("x-own") == "1, 2",
    "`auth`": lambda request: request.headers.get("authorization", "").startswith("Basic "),
    "`extensions`": lambda request: request.path.endswith("-target"),
}
BODIES = {
    "`json`": lambda request: request.body == b"{}",
    "`content`": lambda request: request.body == b"parcel",
    "`data`": lambda request: b'name="parcel"' in request.body,
    "`files`": lambda request: b'name="label"' in request.body,
}


def all_arrive(run, methods, arguments):
    """Every argument of every method arrived. `arguments`: what holds of a request that has it."""
    lost = [
        f"{argument} of `{method}`"
        for method in methods
        for argument, holds in arguments.items()
        if not any(holds(request) for request in run.requests if request.path.startswith(f"/{method}-"))
    ]
    if lost:
        raised = [f" {what}: {got(outcome)}." for what, outcome in run.observed.items() if "raised" in outcome]
        fail(
            observed=f"The server did not get {words.listed(lost, 'nor')}.{raised[0] if raised else ''}",
            required="Each keyword argument is passed on to httpx.",
        )


@scenario(drive="arguments", limits=FEW)
def arguments(net):
    """Every keyword argument of every method"""
    depot(net)
    dropped = {"arguments-dropped": lambda run: not any("raised" in outcome for outcome in run.observed.values())}

    @check(task="methods", points=2, needs="methods.each_arrives", misconception=dropped, even_if_stopped=True)
    def arrive(run):
        """`params`, `headers`, `auth` and `extensions` arrive"""
        all_arrive(run, ("get", "post", "put", "patch", "delete", "request"), ARGUMENTS)

    @check(task="methods", points=1, needs="methods.each_arrives", misconception=dropped, even_if_stopped=True)
    def bodies_arrive(run):
        """`json`, `content`, `data` and `files` arrive"""
        all_arrive(run, ("post", "put", "patch", "request"), BODIES)


@scenario(drive="behaviour", limits=FEW)
def behaviour(net):
    """Arguments that say how a request is made"""
    depot(net)

    @check(task="methods", points=1, needs=(NEXT, "methods.responses_come_back"), even_if_stopped=True)
    def arguments_hold(run):
        """`follow_redirects` and `timeout` hold"""
        moved, unlimited = run.observed
        expect.each(
            list(moved),
            lambda what: None if "raised" in moved[what] else got(moved[what]),
            when="The server redirects to a page that takes 1 s",
            required="The redirect is followed, and the wait ends with `httpx.ReadTimeout`.",
        )
        when = "The server took 7 s for the response to `get` with `timeout=None`"
        expect.response(unlimited, 200, when=when, required="Without a timeout, the call waits for its response.")


@scenario(drive="own_arguments", limits=FEW)
def own_arguments(net):
    """Calls with arguments, and calls without beside them"""
    depot(net)

    @check(task="methods", points=1, needs=("arguments.arrive", "statuses.come_back", "together.others_go_on"))
    def stay_with_their_call(run):
        """What one call is given is not used for another"""
        own, required = ("x-own", "authorization"), "A call uses what it is given itself, and nothing else."
        for request in run.to("/slow"):
            strays = [name for name in own if name in request.headers] + ["params"] * bool(request.query)
            if strays:
                shown = words.listed(f"`{name}`" for name in strays)
                fail(observed=f"A call that was given nothing sent {shown} of another call.", required=required)
        for request in run.to("/given"):
            if not request.query or any(name not in request.headers for name in own):
                fail(observed="A call was sent without what it was given, another call beside it.", required=required)
        for where, (slow, moved) in run.observed:
            when = f"A call without arguments was made {where} one with"
            expect.response(slow, 200, when=f"{when} `timeout=0.5`", required=required)
            expect.response(moved, 302, when=f"{when} `follow_redirects=True`", required=required)


@scenario(drive="statuses", limits=FEW)
def statuses(net):
    """Responses with all kinds of status"""
    depot(net)
    raises = {"raises-for-status": lambda run: any("HTTPStatusError" in str(each) for each in run.observed.values())}

    @check(task="methods", points=1, needs="methods.responses_come_back", misconception=raises)
    def come_back(run):
        """A response comes back as it came, whatever its status"""
        for what, outcome in run.observed.items():
            method, status = what.split()
            sent = {"status": int(status), "text": "" if status in ("204", "304") else "as sent"}
            if outcome.get("value") != sent:
                fail(
                    observed=f"The server sent `{method}` a response with status {status}, and {got(outcome)}.",
                    required="The response as it came. What a status means is for the caller to decide.",
                )

    @check(task="methods", points=1, needs="statuses.come_back")
    def sent_once(run):
        """Each request is sent once, whatever the status"""
        calls = len(run.observed)
        expect.count(len(run.requests), calls, "request", when=f"{calls} calls were made", required=ONCE)


@scenario(drive="failures", limits=FEW)
def failures(net):
    """Calls that fail in httpx"""
    failing = net.failures(("GET",), ("refused", "dropped", "hung", "closed", "cut", "reset"))
    failing += net.failures(("POST",), ("refused", "reset"))

    @check(task="methods", points=1, needs=(NEXT, "methods.responses_come_back"))
    def exceptions_go_on(run):
        """What httpx raises reaches the caller"""
        for each in failing:
            raises, required = each.failure.raises, "The caller gets httpx's own exception, as it is."
            when = f"httpx raises `{raises}` for {each}"
            expect.unchanged(run.observed[each.name], raises, when=when, required=required)


# -- one-owner


@scenario(drive="entered_twice", limits=FEW)
def entered_twice(net):
    """Entered a second time"""
    depot(net)
    let_in = {"second-entry": lambda run: "raised" not in run.observed["while its block was open"]}

    @check(task="one-owner", points=2, needs=ARRIVES, misconception=let_in)
    def refused(run):
        """A second entry raises a RuntimeError that names the API"""
        for when in ("while its block was open", "after its block had ended"):
            again, required = f"The client was entered again {when}", "A `RuntimeError` with the base URL in its text."
            expect.exception(run.observed[when], "RuntimeError", when=again, required=required, mentions=(BASE,))

    @check(task="one-owner", points=1, needs=(RETURNS, "entered_twice.refused"))
    def block_goes_on(run):
        """The block that is open goes on working"""
        when, required = "A second entry was refused, the first block made a call", "A response: the block is open."
        expect.response(run.observed["still"], 200, when=when, required=required)
