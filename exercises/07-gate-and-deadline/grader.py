"""Judges exercise 07 by the clock, and by what the pool can still do after a burst."""

from keepalive.faults import Drip
from keepalive.grading import Limits, check, fail, hang, scenario

FEW = Limits(virtual=120, requests=100)
A_LITTLE = 0.1  # seconds of grace for round trips


def came(outcome):
    return f"answered {outcome['status']}" if "status" in outcome else f"`{outcome['raised'][0]}`"


def passed(outcome):
    return "TimeoutError" in outcome.get("raised", [])


@scenario(drive="drips", limits=FEW)
def drips(net):
    """An answer that drips"""
    net.route("GET", "/drips").reply(content=b"x" * 40, faults=[Drip("body", 1, 0.3)])

    @check(task="deadline", points=2, misconception={"per-operation": lambda run: run.marks["over"] > 5})
    def ends_at_the_deadline(run):
        """The call ends at its deadline"""
        if run.marks["over"] > 1 + A_LITTLE:
            fail(
                observed=f"A byte came each 0.3 s. With a deadline of 1 s the call ended after "
                f"**{run.marks['over']:.1f} s**.",
                required="1 s, whatever the call is waiting for.",
            )
        if not passed(run.observed):
            fail(
                observed=f"At its deadline the call came to: {came(run.observed)}.",
                required="A `TimeoutError`, or a class below it.",
            )


@scenario(drive="queue", limits=FEW)
def queue(net):
    """Six calls at once on two connections"""
    net.paths(r"/users/\d").reply(json={}, after=0.7)

    @check(task="deadline", points=2, misconception={"queue-outside": lambda run: 1.5 < max(run.marks.values()) < 3})
    def is_inside(run):
        """The queue is inside the deadline"""
        last = max(run.marks.values())
        if last > 1 + A_LITTLE:
            fail(
                observed=f"Each call may take 1 s, and the last of them ended after **{last:.1f} s**.",
                required="A call that waits for its turn is ended at its deadline, too.",
            )
        other = [each for each in run.observed if "status" not in each and not passed(each)]
        if other:
            fail(
                observed=f"A call that waited too long came to: {came(other[0])}.",
                required="A `TimeoutError`, or a class below it: the deadline has passed, in the queue as elsewhere.",
            )


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
                observed="A client with a deadline of 3 s was made, and used 5 s later. Calls of 2 s each came to: "
                f"{', '.join(map(came, run.observed))}.",
                required="Each call has 3 s from its own beginning.",
            )


@scenario(drive="cancelled", limits=FEW)
def cancelled(net):
    """A caller who cancels"""
    net.route("GET", "/silent").respond(hang())

    @check(task="deadline", points=1, misconception={"swallows-cancel": lambda run: not run.observed["cancelled"]})
    def stays_a_cancel(run):
        """A cancel stays a cancel"""
        late = run.marks["ended"] - run.marks["cancelled"]
        if not run.observed["cancelled"] or late > A_LITTLE:
            fail(
                observed=f"The caller cancelled the call. It ended {late:.1f} s later, "
                f"{'cancelled' if run.observed['cancelled'] else 'with something else'}.",
                required="A `CancelledError` that goes on to the caller, at once.",
            )


@scenario(drive="as_before", limits=FEW)
def as_before(net):
    """A silent server, and a report"""
    net.route("GET", "/silent").respond(hang())
    net.route("GET", "/reports/7").reply(json={}, after=40)

    @check(task="deadline", points=2)
    def four_waits(run):
        """What ends a wait before the deadline is told as before, and a report arrives"""
        if "ReadTimeout" not in run.observed["silent"].get("raised", []):
            fail(
                observed=f"With 2 s for an answer, 30 for the call, silence came to {came(run.observed['silent'])}.",
                required="httpx's own `ReadTimeout`: there was time left.",
            )
        if run.observed["report"].get("status") != 200:
            fail(
                observed=f"A report that takes 40 s came to {came(run.observed['report'])}.",
                required="It arrives: a report has more time.",
            )


@scenario(drive="burst", limits=FEW)
def burst(net):
    """Sixty calls at once on five connections, and five calls later"""
    net.paths(r"/(users|well)/\d+").reply(json={}, headers={"connection": "close"})

    @check(task="gate", points=4, misconception={"no-gate": lambda run: True})
    def slots_come_back(run):
        """Every slot comes back"""
        lost = [each for each in run.observed if each.get("status") != 200]
        if lost:
            fail(
                observed="The burst was over and the server well. Of five calls at once, "
                f"**{len(lost)}** came to {came(lost[0])}: that many of five connections are in use for good.",
                required="Five connections, five answers: nothing that a deadline cut off keeps its place.",
            )
