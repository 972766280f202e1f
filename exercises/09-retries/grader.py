"""Judges exercise 09 by what the server was sent again, and when."""

from itertools import pairwise

from keepalive.grading import (
    Limits,
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
from keepalive.grading.words import counted, outcome_words, times

FEW = Limits(virtual=120, requests=30)
A_LITTLE = 0.1  # seconds of grace for round trips
LONGEST = 8.0


@scenario(drive="recovers", limits=FEW)
def recovers(net):
    """503, 503, then the shipment"""
    net.route("GET", "/shipments/7").sequence(503, 503, reply(json={"id": 7}), last="repeat")

    @check(task="again", points=2, misconception={"transport-retries": lambda run: run.attempts == 1})
    def asks_again(run):
        """After a 503 it asks again"""
        if run.attempts != 3 or run.observed.get("status") != 200:
            fail(
                observed="The third request would have been answered. The server saw "
                f"{counted(run.attempts, 'request')}, and the caller got {outcome_words(run.observed)}.",
                required="Another request after each 503, and the answer of the third.",
            )


@scenario(drive="stays_down", limits=FEW)
def stays_down(net):
    """503 again and again"""
    net.paths(r"/(three|one)").reply(503, json={"title": "Later"})

    def waited(run):
        """Seconds between the last response of each call and the call's end."""
        return sum(run.wait_after(path, outcome["ended"]) or 0.0 for path, outcome in run.observed.items())

    @check(
        task="again",
        points=2,
        misconception={
            "off-by-one": lambda run: (len(run.to("/three")), len(run.to("/one"))) == (4, 2),
            "transport-retries": lambda run: (len(run.to("/three")), len(run.to("/one"))) == (1, 1),
        },
    )
    def counts(run):
        """As many attempts as were asked for"""
        seen = len(run.to("/three")), len(run.to("/one"))
        if seen != (3, 1):
            fail(
                observed=f"With `attempts=3` the server saw {counted(seen[0], 'request')}, with `attempts=1` "
                f"{counted(seen[1], 'request')}.",
                required="3 and 1: the first one counts.",
            )

    @check(
        task="again",
        points=1,
        misconception={
            "raise-none": lambda run: any("TypeError" in each.get("raised", []) for each in run.observed.values()),
        },
    )
    def last_answer_comes_back(run):
        """The last answer comes back"""
        other = [each for each in run.observed.values() if each.get("status") != 503]
        if other:
            fail(
                observed=f"Every attempt was answered 503, and the caller got {outcome_words(other[0])}.",
                required="The last answer: what to make of it is the caller's to say.",
            )

    @check(task="again", points=1, misconception={"sleeps-after-last": lambda run: True})
    def no_wait_after_the_last(run):
        """No wait after the last attempt"""
        if waited(run) > A_LITTLE:
            fail(
                observed=f"After the last answers of two calls the callers waited {waited(run):.2f} s for nothing.",
                required="What the last attempt came to goes to the caller at once.",
            )


@scenario(drive="their_mistakes", limits=FEW)
def their_mistakes(net):
    """400, 404 and 422"""
    net.paths(r"/\d+").calls(lambda request: reply(int(request.url.path[1:]), json={}))

    @check(task="again", points=1, misconception={"client-errors": lambda run: run.attempts > 3})
    def asked_once(run):
        """What the caller did wrong is asked once"""
        if run.attempts != 3:
            fail(
                observed=f"Three calls that the server refuses for good made {counted(run.attempts, 'request')}.",
                required="One each: the same request is wrong the second time, too.",
            )


@scenario(drive="one_deadline", limits=FEW)
def one_deadline(net):
    """503 after 3 s, with a deadline of 4 s"""
    net.route("GET", "/slow").reply(503, json={}, after=3)

    @check(task="again", points=2, misconception={"deadline-per-attempt": lambda run: run.marks["over"] > 6})
    def over_all_attempts(run):
        """One deadline over all attempts"""
        if run.marks["over"] > 4 + A_LITTLE:
            fail(
                observed=f"The call had 4 s, and took **{run.marks['over']:.1f} s** for "
                f"{counted(run.attempts, 'request')}.",
                required="4 s for all of it: attempts, and the waits between them.",
            )


@scenario(drive="herd", limits=Limits(virtual=200, requests=130, wall=8))
def herd(net):
    """Twelve clients that failed together"""
    net.paths(r"/parcels/\d+").reply(503, json={})

    def paces(run):
        """The waits of each client; an empty list where there are too few to look at."""
        found = []
        for number in range(12):
            found.append(run.to(f"/parcels/{number}").waits[:7])
        return found if min(map(len, found)) >= 6 else []

    def widths(paces):
        """How far the clients are apart at each of the first four waits, as a share of the longest."""
        columns = list(zip(*paces, strict=False))[:4]
        return [(max(column) - min(column)) / max(*column, 1e-9) for column in columns]

    def late(paces):
        return [wait for waits in paces for wait in waits[4:]]

    def alike(paces):
        return bool(paces) and max(widths(paces)) < 1e-3

    def steady(paces):
        """Each waits for the same time each time, and all for the same."""
        waits = [wait for waits in paces for wait in waits]
        return bool(paces) and min(waits) > 0.01 and max(waits) - min(waits) < 1e-3

    def doubles(paces):
        first = paces[0]
        return all(abs(later - 2 * sooner) < 0.02 * later for sooner, later in pairwise(first[:4]))

    def drawn(paces):
        """Waits that no rule gives: some not in hundredths, and neither by equal steps nor by one factor."""
        first = paces[0][:4]
        steps = [later - sooner for sooner, later in pairwise(first)]
        factors = [later / max(sooner, 1e-9) for sooner, later in pairwise(first)]
        uneven = any(abs(wait * 100 - round(wait * 100)) > 1e-3 for wait in first)
        return uneven and min(max(steps) - min(steps), max(factors) - min(factors)) > 1e-3

    def apart(paces):
        return bool(paces) and sum(width < 0.2 for width in widths(paces)) < 3

    def at_the_cap_together(paces):
        return bool(paces) and max(late(paces)) - min(late(paces)) < 1e-3

    def after(first):
        shortest, longest = f"{min(first):.2f} s", f"{max(first):.2f} s"
        return f"{shortest} later, all of them" if shortest == longest else f"{shortest} to {longest} later"

    def few(run):
        return f"Called with `attempts=8`, some of twelve clients made fewer than 7 requests, {run.attempts} in all."

    @check(
        task="backoff",
        points=2,
        misconception={
            "no-cap": lambda run: any(wait > 2 * LONGEST for waits in paces(run) for wait in waits),
        },
    )
    def is_capped(run):
        """No wait is longer than it may be"""
        if not paces(run):
            fail(observed=few(run), required="Waits between eight attempts, none longer than 8 s.")
        for waits in paces(run):
            for nth, wait in enumerate(waits):
                most = min(LONGEST, 0.5 * 3 ** (nth + 1))
                if wait > most + A_LITTLE:
                    fail(
                        observed=f"Wait {nth + 1} of a client was **{wait:.1f} s**.",
                        required=f"{most:g} s at most, chance included. Waits grow from 0.5 s, and end at 8 s.",
                    )

    @check(
        task="backoff",
        points=3,
        misconception={
            "fixed-wait": lambda run: steady(paces(run)),
            "no-jitter": lambda run: alike(paces(run)) and doubles(paces(run)),
            "seeded-alike": lambda run: alike(paces(run)) and drawn(paces(run)),
            "cap-after-jitter": lambda run: at_the_cap_together(paces(run)) and not alike(paces(run)),
        },
    )
    def is_spread(run):
        """Clients that failed together come back apart"""
        found = paces(run)
        if not found:
            fail(observed=few(run), required="Waits that differ from client to client.")
        if not apart(found):
            fail(
                observed="Twelve clients failed at the same moment, and came back "
                f"{after([waits[0] for waits in found])}, and close together again after each later wait. A thousand "
                "would do the same.",
                required="Chance over half of each wait or more, so that they are spread.",
            )
        if at_the_cap_together(found):
            fail(
                observed=f"Each client's waits from the fifth on are **{late(found)[0]:.1f} s**, all alike: twelve "
                "clients at the cap come back together, again and again.",
                required="Waits at the cap that differ, too: chance works on what is capped already.",
            )

    @check(
        task="backoff",
        points=2,
        misconception={
            "fixed-wait": lambda run: steady(paces(run)),
            "never-grows": lambda run: apart(paces(run)),
        },
    )
    def grows(run):
        """Waits grow"""
        found = paces(run)
        if not found:
            fail(observed=few(run), required="Waits that grow from attempt to attempt.")
        if max(late(found)) <= 2:
            fail(
                observed=f"From the fifth wait on the longest was {max(late(found)):.2f} s. A server that is down for "
                "longer than a moment is asked as often as before.",
                required="Twice as long each time, up to 8 s, before chance.",
            )


@scenario(drive="never_sent", limits=FEW)
def never_sent(net):
    """A POST whose connection is refused, then not answered, then made"""
    net.connects(refuse(), drop(), accept())
    net.route("POST", "/charges").reply(201, json={"id": 1})

    @check(task="may-repeat", points=2, misconception={"post-never": lambda run: len(run.connect_attempts) == 1})
    def is_repeated(run):
        """What was never sent is sent again"""
        if run.attempts != 1 or run.observed.get("status") != 201:
            fail(
                observed="No connection comes up at the first two attempts, so nothing is sent. The client tried to "
                f"connect {times(len(run.connect_attempts))}, and the caller got {outcome_words(run.observed)}.",
                required="Another attempt, a POST too: the server has seen nothing of it.",
            )


@scenario(drive="maybe_sent", limits=FEW)
def maybe_sent(net):
    """Requests that got no whole answer, by methods that may be repeated"""
    for method, path, first in (
        ("GET", "/crossed", close_during_request()),
        ("GET", "/cut", reply(json={"id": 1}, cut_at=3)),
        ("GET", "/reset", reply(json={"id": 1}, cut_at=3, then="reset")),
        ("GET", "/hung", hang()),
        ("PUT", "/replaced", close_during_request()),
        ("DELETE", "/deleted", close_during_request()),
    ):
        net.route(method, path).sequence(first, reply(json={}), last="repeat")
    what = {
        "/crossed": "a GET whose connection was closed while it was on its way",
        "/cut": "a GET whose answer was cut",
        "/reset": "a GET whose answer ended in a reset",
        "/hung": "a GET that was not answered in time",
        "/replaced": "a PUT whose connection was closed",
        "/deleted": "a DELETE whose connection was closed",
    }

    def once(run):
        return [path for path in what if len(run.to(path)) < 2]

    @check(
        task="may-repeat",
        points=2,
        misconception={
            "only-get": lambda run: once(run) == ["/replaced", "/deleted"],
            "few-exceptions": lambda run: "/crossed" in once(run) and "/hung" not in once(run),
            "statuses-only": lambda run: len(once(run)) == len(what),
        },
    )
    def is_repeated(run):
        """GET, PUT and DELETE are repeated when the connection fails them"""
        if missing := once(run):
            fail(
                observed=f"Asked once and given up: {'; '.join(what[path] for path in missing)}.",
                required="Each of them is asked again: it does no harm to be carried out twice.",
            )
        if other := [path for path in what if run.observed[path].get("status") != 200]:
            fail(
                observed="The second attempt was answered 200, and the caller was given "
                f"{outcome_words(run.observed[other[0]])}.",
                required="The answer of the last attempt.",
            )


@scenario(drive="once_only", limits=FEW)
def once_only(net):
    """POST and PATCH that may have been carried out"""
    net.route("POST", "/hung").respond(hang())
    net.route("PATCH", "/crossed").respond(close_during_request())
    net.route("POST", "/answered").reply(503, json={})

    @check(
        task="may-repeat",
        points=2,
        misconception={"post-maybe-sent": lambda run: len(run.to("/hung")) > 1 or len(run.to("/crossed")) > 1},
    )
    def not_after_maybe(run):
        """POST and PATCH are not repeated once they may have arrived"""
        seen = len(run.to("/hung")), len(run.to("/crossed"))
        if seen != (1, 1):
            fail(
                observed=f"A POST that was not answered in time arrived {times(seen[0])}, a PATCH whose connection was "
                f"closed {times(seen[1])}. Each of them may have been carried out.",
                required="Once each: the caller decides about a second charge.",
            )

    @check(task="may-repeat", points=1, misconception={"post-answered": lambda run: len(run.to("/answered")) > 1})
    def not_after_an_answer(run):
        """A POST that was answered 503 is not repeated"""
        seen = len(run.to("/answered"))
        if seen != 1:
            fail(
                observed=f"A POST was answered 503, and arrived {times(seen)}. A proxy says 503 for a server that may "
                "have done the work.",
                required="Once, until a key makes it safe (chapter 10).",
            )


@scenario(drive="cancelled", limits=FEW)
def cancelled(net):
    """A caller who cancels"""
    net.route("GET", "/silent").respond(hang())

    @check(task="may-repeat", points=2, misconception={"cancel-repeated": lambda run: run.attempts > 1})
    def ends(run):
        """A cancel ends the call"""
        required = "A cancel is no failure: nothing more is sent, and it goes on to the caller at once."
        expect.cancelled(run.observed, required=required)
        expect.count(run.attempts, 1, "request", when="The caller cancelled the call", required=required)


@scenario(drive="bodies", limits=FEW)
def bodies(net):
    """A body that can be read once, and one that can be read again"""
    for number in (1, 2):
        net.route("PUT", f"/labels/{number}").sequence(503, 200, last="repeat")

    @check(
        task="bodies",
        points=2,
        misconception={"empty-body": lambda run: b"" in [each.body for each in run.to("/labels/1")]},
    )
    def never_sent_empty(run):
        """A body that can be read once is not sent empty"""
        sent = [request.body for request in run.to("/labels/1")]
        if not sent or any(body != b"one label, in two pieces" for body in sent):
            fail(
                observed=f"A label came from a generator. Its bodies as they arrived: "
                f"{', '.join(f'{len(body)} bytes' for body in sent) or 'none'}; the caller was given "
                f"{outcome_words(run.observed['stream'])}.",
                required="The whole of it each time, or no second attempt.",
            )

    @check(task="bodies", points=1)
    def bytes_are_repeated(run):
        """A body of bytes is sent again"""
        sent = [request.body for request in run.to("/labels/2")]
        if sent != [b"a whole label"] * 2:
            fail(
                observed=f"A label of 13 bytes was answered 503, and arrived {times(len(sent))}.",
                required="Again, whole: bytes can be read as often as you like.",
            )
