"""Judges exercise 07 by the clock, and by what the pool can still do after a burst."""

from keepalive.faults import Drip
from keepalive.grading import Limits, check, expect, fail, hang, scenario
from keepalive.grading.words import counted, listed, outcome_words, seconds, took

FEW = Limits(virtual=120, requests=100)
A_LITTLE = 0.1  # seconds of grace for round trips
TIMEOUT = "A `TimeoutError`, or a class below it: the deadline has passed."


@scenario(drive="drips", limits=FEW)
def drips(net):
    """A response that arrives a byte at a time"""
    net.route("GET", "/drips").reply(content=b"x" * 40, faults=[Drip("body", 1, 0.3)])

    @check(task="deadline", points=2, misconception={"per-operation": lambda run: run.marks["over"] > 5})
    def ends_at_the_deadline(run):
        """The call ends at its deadline"""
        ended = run.marks["over"]
        if ended > 1 + A_LITTLE:
            fail(
                observed=f"With a deadline of 1 s and a byte every 0.3 s, the call ended after **{seconds(ended)}**.",
                required="The call ends after 1 s, whatever it is waiting for.",
            )
        expect.exception(run.observed, "TimeoutError", when="The call reached its deadline", required=TIMEOUT)


@scenario(drive="queue", limits=FEW)
def queue(net):
    """Six calls at once on two connections"""
    net.paths(r"/users/\d").reply(json={}, after=0.7)

    def longest(run):
        return max(took(outcome) for outcome in run.observed)

    @check(task="deadline", points=2, misconception={"queue-outside": lambda run: 1.5 < longest(run) < 3})
    def is_inside(run):
        """The queue is inside the deadline"""
        if longest(run) > 1 + A_LITTLE:
            fail(
                observed=f"Each call had a deadline of 1 s. The slowest ended after **{seconds(longest(run))}**.",
                required="A call that waits in the queue ends at its deadline too.",
            )
        for outcome in run.observed:
            if "status" not in outcome:
                when = "A call was not over at its deadline"
                expect.exception(outcome, "TimeoutError", when=when, required=TIMEOUT)


@scenario(drive="later", limits=FEW)
def later(net):
    """Two calls, long after the client was made"""
    net.paths(r"/users/\d").reply(json={}, after=2)

    @check(
        task="deadline",
        points=1,
        misconception={"fixed-at-construction": lambda run: any("raised" in each for each in run.observed)},
    )
    def each_call_has_its_own(run):
        """Each call has a deadline of its own"""
        if any(each.get("status") != 200 for each in run.observed):
            fail(
                observed="A client with a deadline of 3 s was used 5 s after it was made. From two calls of 2 s each "
                f"the caller got {listed(map(outcome_words, run.observed))}.",
                required="Each call has 3 s, counted from its own start.",
            )


@scenario(drive="cancelled", limits=FEW)
def cancelled(net):
    """A caller who cancels"""
    net.route("GET", "/silent").respond(hang())

    @check(task="deadline", points=1, misconception={"swallows-cancel": lambda run: "cancelled" not in run.observed})
    def stays_a_cancel(run):
        """A cancelled call ends at once, as cancelled"""
        expect.cancelled(run.observed, required="The call ends at once with `CancelledError`.")


@scenario(drive="as_before", limits=FEW)
def as_before(net):
    """A silent server, and a report"""
    net.route("GET", "/silent").respond(hang())
    net.route("GET", "/reports/7").reply(json={}, after=40)

    @check(task="deadline", points=2)
    def four_waits(run):
        """A timeout that fires before the deadline is unchanged, and a report still has its time"""
        when = "With 2 s for a response and 30 s for the call, the server was silent"
        required = "httpx's own `ReadTimeout`, because the deadline had not passed."
        expect.exception(run.observed["silent"], "ReadTimeout", when=when, required=required)
        when = "The server took 40 s for a report"
        expect.response(run.observed["report"], 200, when=when, required="The response: a report has more time.")


@scenario(drive="burst", limits=FEW)
def burst(net):
    """Sixty calls at once on five connections, then five more"""
    net.paths(r"/(users|well)/\d+").reply(json={}, headers={"connection": "close"})

    @check(task="gate", points=4, misconception={"no-gate": lambda run: True})
    def slots_come_back(run):
        """Every connection can be used again"""
        lost = [each for each in run.observed if each.get("status") != 200]
        if lost:
            fail(
                observed=f"After the burst the server was healthy. Of five new calls, {counted(len(lost), 'call')} "
                f"got no response: {outcome_words(lost[0])}.",
                required="Five responses on five connections: a call that a deadline ended holds no connection.",
            )
