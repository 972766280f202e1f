"""Plays the neutral drives. The one check of each says what the caller got; what the server saw is in the timeline."""

import ast
from pathlib import Path

from keepalive.grading import Limits, check, fail, hang, reply, scenario
from keepalive.grading.failures import FAILURES

FEW = Limits(virtual=3000, requests=300, work=8)
STATUSES = (200, 502, 503, 504)


def routes(net):
    """What each drive may ask for."""
    net.route("GET", "/text").reply(200, text="[1]", headers={"content-type": "text/plain"})
    net.route("GET", "/list").reply(404, json=["no"])
    problem = {"content-type": "application/problem+json"}
    net.route("GET", "/problem").reply(200, json={"title": "No", "detail": "More"}, headers=problem)
    net.route("GET", "/bare").reply(200, content=b"[1]")
    net.route("GET", "/empty").reply(204)
    net.paths("/silent|/reports/1").respond(hang())
    net.paths("/echo/[0-9]").reply(json={}, after=0.7)
    net.paths("/down").reply(503)
    for status in STATUSES:
        net.paths(f"/{status}").reply(status)
    net.failures(("GET", "POST"), FAILURES)


def neutral(name):
    """A scenario of its own for a function of drive.py."""

    def played(net):
        """Asked without an expectation"""
        routes(net)
        net.paths("/.*").respond(reply(json={}, after=0.2))

        @check(task="any", points=1, even_if_stopped=True)
        def tells(run):
            """What the caller got"""
            fail(observed=repr((run.ended, run.returned, run.error)), required="Nothing.")

    played.__name__ = name
    return scenario(drive=name, limits=FEW)(played)


DRIVES = ast.parse(Path(__file__).with_name("drive.py").read_text("utf-8")).body
globals().update({each.name: neutral(each.name) for each in DRIVES if isinstance(each, ast.AsyncFunctionDef)})
