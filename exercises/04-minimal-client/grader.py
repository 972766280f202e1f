"""Judges exercise 04 by what the server saw."""

from keepalive.grading import Limits, Network, check, diagnosed, expect, fail, reply, scenario
from keepalive.grading.words import counted, outcome_words

FEW = Limits(virtual=60, requests=60)


def users(net):
    """A server that knows some users and takes 50 ms over each answer."""
    net.network = Network(rtt=0.02)

    def one(request):
        return reply(json={"id": int(request.url.path.rpartition("/")[2])}, after=0.05)

    net.paths(r"/v1/users/\d+").calls(one)


def opened(run):
    return len(run.connections)


def unsent(run):
    """No request at all: the call was most likely not awaited inside."""
    if not run.requests:
        fail(
            observed="No request arrived at the server. `request` came back before anything was sent.",
            required="`request` awaits the answer and then returns it.",
        )


@scenario(drive="in_a_row", limits=FEW)
def in_a_row(net):
    """Five calls, one after another"""
    users(net)

    @check(
        task="one-pool",
        points=2,
        misconception={
            "module-client": diagnosed("client_made_early"),
            "client-per-call": lambda run: opened(run) > 1,
        },
    )
    def one_connection(run):
        """Five calls use one connection"""
        unsent(run)
        if opened(run) != 1:
            fail(
                observed=f"The server accepted {counted(opened(run), 'connection')} for five calls. Each new one costs "
                "the caller a round trip before the request can even be sent, more with TLS.",
                required="One connection that is kept and used again.",
            )

    @check(task="one-pool", points=1)
    def paths_are_joined(run):
        """Paths are joined to the base URL"""
        unsent(run)
        paths = [request.path for request in run.requests]
        if paths != [f"/v1/users/{number}" for number in range(1, 6)]:
            shown = ", ".join(f"`{path}`" for path in paths[:5]) or "none"
            fail(
                observed=f"Asked for `/users/1` to `/users/5`, the server was sent: {shown}.",
                required="The base URL's own path comes first: the API lives under `/v1`.",
            )


@scenario(drive="not_found", limits=FEW)
def not_found(net):
    """A call that is answered 404"""
    net.paths(r"/v1/users/404").reply(404, json={"title": "no such user"})

    @check(
        task="one-pool",
        points=1,
        misconception={
            "raises-for-status": lambda run: "HTTPStatusError" in run.observed["answer"].get("raised", []),
            "no-return": lambda run: run.observed["answer"].get("type") == "NoneType",
        },
    )
    def comes_back(run):
        """The answer comes back as it came"""
        answer = run.observed["answer"]
        if "raised" in answer:
            fail(
                observed=f"Asked for a user that does not exist, `request` raised {outcome_words(answer)}.",
                required="The `httpx.Response`, whatever its status. What to make of a 404 is the caller's to say.",
            )
        if answer.get("status") != 404:
            fail(
                observed=f"The server answered 404, and `request` gave back {outcome_words(answer)}.",
                required="The `httpx.Response` as it came.",
            )


@scenario(drive="together", limits=FEW)
def together(net):
    """Ten tasks at once, twice"""
    users(net)

    @check(
        task="one-pool",
        points=1,
        misconception={
            "module-client": diagnosed("client_made_early"),
            "client-per-call": lambda run: opened(run) > 10,
        },
    )
    def second_round_reuses(run):
        """The second ten use the connections of the first"""
        unsent(run)
        if opened(run) > 10:
            fail(
                observed=f"The server accepted {counted(opened(run), 'connection')} for two rounds of ten.",
                required="No more connections than requests that are under way at once: ten.",
            )

    @check(task="one-pool", points=1, misconception={"one-at-a-time": lambda run: 0 < opened(run) < 10})
    def tasks_share(run):
        """Ten tasks are served at the same time"""
        unsent(run)
        if run.peak < 10:
            fail(
                observed=f"At most {counted(run.peak, 'connection')} carried requests at the same time, and the twenty "
                f"calls took {run.end:.2f} s. Something makes tasks wait for one another.",
                required="Ten requests under way at once: the client is shared, not queued for.",
            )


@scenario(drive="methods", limits=FEW)
def methods(net):
    """One request by each method"""
    net.paths(r"/v1/users(/\d+)?").reply(json={})

    @check(task="methods", points=1)
    def each_arrives(run):
        """Each method arrives as itself"""
        sent = [f"{request.method} {request.path}" for request in run.requests]
        wanted = ["GET /v1/users", "POST /v1/users", "PUT /v1/users/7", "PATCH /v1/users/7", "DELETE /v1/users/7"]
        if sent != wanted:
            fail(
                observed="The server was sent: " + (", ".join(f"`{each}`" for each in sent) or "nothing") + ".",
                required="The method that was called, to the path that was given.",
            )

    @check(task="methods", points=2, misconception={"arguments-dropped": lambda run: len(run.requests) == 5})
    def arguments_arrive(run):
        """Every argument arrives"""
        if len(run.requests) != 5:
            fail(
                observed=f"Five methods were called, and the server saw {counted(len(run.requests), 'request')}.",
                required="One request for each call.",
            )
        get, post, put, patch, delete = run.requests
        arrived = {
            "`params` of `get`": get.query == {"page": "2", "q": "a&b"},
            "`json` of `post`": post.json() == {"name": "Ada"},
            "`headers` of `post`": post.headers.get("x-request-id") == "r-1",
            "`json` of `put`": put.json() == {"name": "Grace"},
            "`json` of `patch`": patch.json() == {"city": "Hull"},
            "`headers` of `delete`": delete.headers.get("x-request-id") == "r-2",
        }
        missing = [what for what, is_there in arrived.items() if not is_there]
        if missing:
            fail(
                observed=f"The server did not get: {', '.join(missing)}.",
                required="Whatever httpx takes, the caller may give.",
            )

    @check(
        task="methods",
        points=1,
        misconception={
            "no-return": lambda run: all(answer.get("type") == "NoneType" for answer in run.observed["answers"]),
        },
    )
    def answers_come_back(run):
        """Each gives back the answer"""
        statuses = [answer.get("status") for answer in run.observed["answers"]]
        if statuses != [200] * 5:
            shown = ", ".join(outcome_words(answer) for answer in run.observed["answers"])
            fail(
                observed=f"`get`, `post`, `put`, `patch` and `delete` gave back: {shown}.",
                required="What `request` returns: the `httpx.Response` as it came.",
            )


@scenario(drive="leaves_the_block", limits=FEW)
def leaves_the_block(net):
    """The block is left"""
    users(net)

    @check(
        task="closing",
        points=2,
        misconception={"never-closed": lambda run: len(run.open_at_end) == opened(run) > 0},
    )
    def all_closed(run):
        """Every connection is closed"""
        required = "The server sees every connection closed by you."
        expect.nothing_open(run, requests=3, when="After the block", required=required)


@scenario(drive="block_raises", limits=FEW)
def block_raises(net):
    """A block that works, and one that raises"""
    users(net)

    @check(
        task="closing",
        points=1,
        misconception={
            "never-closed": lambda run: len(run.open_at_end) == 2,
            "closed-on-success-only": lambda run: len(run.open_at_end) == 1,
        },
    )
    def closed_all_the_same(run):
        """A block that raises leaves nothing open"""
        if run.open_at_end:
            fail(
                observed="After a block that worked and one that raised, "
                f"{counted(len(run.open_at_end), 'connection')} stayed open. Errors come in bursts; each would leave "
                "one behind.",
                required="The same closing, with and without an exception.",
            )

    @check(task="closing", points=1, misconception={"swallowed": lambda run: run.observed["caught"] is None})
    def exception_goes_on(run):
        """The caller's exception goes on to the caller"""
        if run.observed["caught"] != "the caller's own mistake":
            fail(
                observed="The block raised a `ValueError`, and nobody heard of it.",
                required="Closing does not hide what went wrong.",
            )


@scenario(drive="closed_twice", limits=FEW)
def closed_twice(net):
    """Closed without a block, then once more"""
    users(net)

    @check(
        task="closing",
        points=1,
        misconception={"close-raises-twice": lambda run: "raised" in run.observed["again"]},
        even_if_stopped=True,  # an AttributeError of the learner's is what it looks for
    )
    def second_time_is_harmless(run):
        """`aclose()` closes, and a second one does nothing"""
        again = run.observed["again"]
        if "raised" in again:
            fail(
                observed=f"The second `aclose()` raised {outcome_words(again)}.",
                required="Closing what is closed is no mistake.",
            )
        if run.open_at_end:
            fail(
                observed=f"After `aclose()` {counted(len(run.open_at_end), 'connection')} stayed open.",
                required="`aclose()` closes, with or without a block.",
            )


@scenario(drive="after_closing", limits=FEW)
def after_closing(net):
    """A request after closing"""
    users(net)

    @check(
        task="closing",
        points=2,
        misconception={
            "cryptic-outside": lambda run: "AttributeError" in run.observed["late"].get("raised", []),
            "never-closed": lambda run: opened(run) == 1 and len(run.open_at_end) == 1,
            "client-per-call": lambda run: opened(run) == 2 and not run.open_at_end,
            "reopens": lambda run: opened(run) == 2,
        },
        even_if_stopped=True,
    )
    def refused(run):
        """A request after closing is refused, and nothing is sent"""
        late = run.observed["late"]
        sent = [request for request in run.requests if request.t >= run.marks["closed"]]
        if "raised" not in late or sent:
            fail(
                observed="The client was closed, and the next request was sent all the same, on "
                + ("the old connection." if opened(run) == 1 else "a new connection."),
                required="A closed client refuses.",
            )
        if "RuntimeError" not in late["raised"] or not late["text"].strip():
            fail(
                observed=f"The request was refused with {outcome_words(late)}.",
                required="A `RuntimeError` whose text says that the client is closed.",
            )


@scenario(drive="outside_the_block", limits=FEW)
def outside_the_block(net):
    """A request before the block"""
    users(net)

    @check(
        task="closing",
        points=1,
        misconception={"cryptic-outside": lambda run: "AttributeError" in run.observed["early"].get("raised", [])},
        even_if_stopped=True,
    )
    def works_or_says_why(run):
        """A request before the block works, or says why not"""
        early = run.observed["early"]
        if "raised" in early and ("RuntimeError" not in early["raised"] or not early["text"].strip()):
            fail(
                observed=f"Used without `async with`, the client raised {outcome_words(early)}.",
                required="An answer, or a `RuntimeError` that names what is missing.",
            )


@scenario(drive="entered_twice", limits=FEW)
def entered_twice(net):
    """Entered a second time"""
    users(net)

    @check(
        task="one-owner",
        points=2,
        misconception={"second-entry": lambda run: "raised" not in run.observed["second"]},
    )
    def refused(run):
        """A second entry is refused, and the first block goes on"""
        for moment, outcome in (("while it was open", "second"), ("after it was closed", "after")):
            seen = run.observed[outcome]
            if "raised" not in seen:
                fail(
                    observed=f"Entered again {moment}, the client let it happen.",
                    required="A `RuntimeError`: one block, one owner.",
                )
            if "RuntimeError" not in seen["raised"] or not seen["text"].strip():
                fail(
                    observed=f"Entered again {moment}, the client raised {outcome_words(seen)}.",
                    required="A `RuntimeError` whose text says what is wrong.",
                )
        if run.observed["still"].get("status") != 200:
            fail(
                observed="After the refused second entry a request in the first block came to "
                f"{outcome_words(run.observed['still'])}.",
                required="The block that is open goes on working.",
            )
