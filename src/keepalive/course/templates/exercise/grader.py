"""Judges exercise $number by what the server saw."""

from keepalive.grading import Limits, check, fail, scenario

# For the author: the made-up route of your exercise, and one check for each thing that the brief asks for.


@scenario(drive="one_parcel", limits=Limits(virtual=30, requests=20))
def one_parcel(net):
    """One parcel is asked for"""
    net.route("GET", "/parcels/7").reply(json={"id": 7, "state": "sorted"})

    @check(
        task="first-task",
        points=2,
        misconception={
            "first-mistake": lambda run: run.attempts > 1,
            "second-mistake": lambda run: run.attempts == 0,
        },
    )
    def asked_for_once(run):
        """The parcel is asked for once, and handed to the caller"""
        sent = [f"{request.method} {request.path}" for request in run.requests]
        if sent != ["GET /parcels/7"]:
            fail(
                observed="The server was sent: " + (", ".join(f"`{each}`" for each in sent) or "nothing") + ".",
                required="One request, for the parcel that the caller named.",
            )
        if run.observed["parcel"] != {"id": 7, "state": "sorted"}:
            fail(
                observed=f"The server sent a parcel, and the caller got `{run.observed['parcel']!r}`.",
                required="What the server sent, as Python's own types.",
            )
