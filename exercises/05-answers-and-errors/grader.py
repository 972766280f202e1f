"""Judges exercise 05: what the caller got for each response."""

from keepalive.grading import Limits, check, expect, fail, refuse, scenario
from keepalive.grading.words import code, counted, listed, outcome_words

FEW = Limits(virtual=60, requests=30)
LONG = "<p>" + "out of order " * 100


def attribute(outcome, name):
    """What the exception of a call carries under a name; None where there is no exception."""
    return outcome.get("attributes", {}).get(name)


def retry_after(outcome):
    """The header on the error; its headers may be httpx's or a dictionary."""
    headers = attribute(outcome, "headers")
    headers = headers if isinstance(headers, dict) else {}
    return {name.lower(): value for name, value in headers.items()}.get("retry-after")


def is_api_error(outcome):
    return "ApiError" in outcome.get("raised", [])


@scenario(drive="failure", limits=FEW)
def failure(net):
    """A failure with a problem document, and one with a long page"""
    problem = {"title": "No such user", "detail": "User 9 was deleted", "status": 404}
    net.route("GET", "/v1/users/9").reply(
        404, json=problem, headers={"x-request-id": "r-17", "content-type": "application/problem+json"}
    )
    net.route("GET", "/v1/users/10").reply(503, text=LONG, headers={"retry-after": "7"})

    @check(
        task="errors",
        points=2,
        misconception={"body-dropped": lambda run: "No such user" not in str(attribute(run.observed[0], "body"))},
    )
    def carries_the_answer(run):
        """The error carries status, headers, body and request id"""
        first, second = run.observed
        for outcome, status in ((first, 404), (second, 503)):
            when = f"The server responded with {status}"
            expect.exception(outcome, "ApiError", when=when, required="An `ApiError`, or a class below it, for each.")
        lacks = [
            name
            for name, right in {
                "`status`": (attribute(first, "status"), attribute(second, "status")) == (404, 503),
                "`headers`": retry_after(second) == "7",
                "`body`": "No such user" in str(attribute(first, "body"))
                and str(attribute(second, "body")).startswith("<p>out of order"),
                "`request_id`": attribute(first, "request_id") == "r-17" and attribute(second, "request_id") is None,
            }.items()
            if not right
        ]
        if lacks:
            fail(
                observed=f"The error does not carry {listed(lacks, 'or')} as the response had it.",
                required="Each of them as it was in the response. Nobody can ask the server again later.",
            )

    @check(task="errors", points=1)
    def body_is_short(run):
        """A long body is cut to 500 characters"""
        length = len(str(attribute(run.observed[1], "body") or ""))
        if length > 500:
            fail(
                observed=f"Of {len(LONG)} characters, `body` on the error has {counted(length, 'character')}.",
                required="At most 500 characters, because errors end up in logs.",
            )

    @check(
        task="errors",
        points=1,
        misconception={"error-without-text": lambda run: not run.observed[0].get("text", "").strip()},
    )
    def text_says_something(run):
        """The text of the error names the status and what the server said"""
        text = run.observed[0].get("text", "")
        if "404" not in text or "No such user" not in text:
            fail(
                observed=f"The text of the error about the missing user is {code(text)}.",
                required="A text that names the status, and the title that the server sent.",
            )


@scenario(drive="answers", limits=FEW)
def answers(net):
    """Ten responses"""
    net.route("GET", "/v1/json").reply(json={"id": 1}, headers={"x-request-id": "r-1"})
    net.route("GET", "/v1/vendor").reply(content=b"[1]", headers={"content-type": "application/vnd.depot+json; v=2"})
    net.route("GET", "/v1/none").reply(204)
    net.route("GET", "/v1/problem").reply(
        content=b'{"title": "Not today"}', headers={"content-type": "application/problem+json"}
    )
    net.route("GET", "/v1/page").reply(content=b"<p>down", headers={"content-type": "text/html"})
    net.route("GET", "/v1/empty").reply(content=b"", headers={"content-type": "application/json"})
    net.route("GET", "/v1/cut").reply(content=b'{"id": ', headers={"content-type": "application/json"})
    net.route("GET", "/v1/moved").reply(302, headers={"location": "/v1/json"})
    net.route("GET", "/v1/gone").reply(410, json={"id": 1})
    net.route("GET", "/v1/image").reply(content=b"\x89PNG\xff\xfe", headers={"content-type": "image/png"})
    failures = ("problem", "page", "empty", "cut", "moved", "gone", "image")

    @check(
        task="get-json",
        points=2,
        misconception={"substring": lambda run: "raised" in run.observed["vendor"]},
    )
    def json_comes_back(run):
        """JSON is returned, whatever its media type is called"""
        wanted = {"json": {"id": 1}, "vendor": [1], "none": None}

        def problem(name):
            outcome = run.observed[name]
            right = "type" in outcome and outcome["value"] == wanted[name]
            return None if right else f"the caller got {outcome_words(outcome)}"

        required = "The parsed JSON of each successful response that holds JSON, and `None` for 204."
        expect.each({name: f"`/{name}`" for name in wanted}, problem, required=required)

    @check(
        task="get-json",
        points=3,
        misconception={
            "text-returned": lambda run: isinstance(run.observed["page"].get("value"), str),
            "substring": lambda run: "value" in run.observed["problem"],
            "trusts-the-type": lambda run: "JSONDecodeError" in run.observed["empty"].get("raised", []),
        },
    )
    def failures_raise(run):
        """Every other response raises an ApiError"""

        def problem(name):
            outcome = run.observed[name]
            return None if is_api_error(outcome) else f"the caller got {outcome_words(outcome)}"

        required = "An `ApiError` for each response that is not successful or holds no JSON."
        expect.each({name: f"`/{name}`" for name in failures}, problem, required=required)


@scenario(drive="unanswered", limits=FEW)
def unanswered(net):
    """No response at all"""
    net.connects(refuse())

    @check(task="get-json", points=1)
    def goes_on(run):
        """httpx's own exception reaches the caller"""
        required = "httpx's own exception, unchanged."
        expect.exception(run.observed, "TransportError", when="The connection was refused", required=required)


@scenario(drive="as_before", limits=FEW)
def as_before(net):
    """A 404 by `get`"""
    net.route("GET", "/v1/users/404").reply(404, json={})

    @check(held=True)
    def still_an_answer(run):
        """`get` still returns every response as it arrived"""
        required = "The response. Only `get_json` raises for a status."
        expect.response(run.observed, 404, when="The server responded with 404", required=required)
