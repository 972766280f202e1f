"""Judges exercise $number by what the server saw."""

from keepalive.grading import Limits, check, expect, fail, scenario
from keepalive.grading.words import outcome_words

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
        required = "One request, for the parcel that the caller named."
        sent = run.to("/parcels/7", "GET")
        expect.count(len(sent), 1, "request", when="The caller asked for parcel 7", required=required)
        if run.observed.get("value") != {"id": 7, "state": "sorted"}:
            fail(
                observed=f"The server sent a parcel, and the caller got {outcome_words(run.observed)}.",
                required="What the server sent, as Python's own types.",
            )
