"""Judges exercise 05: what became of each answer."""

from keepalive.grading import Limits, check, fail, refuse, scenario

FEW = Limits(virtual=60, requests=30)
LONG = "<p>" + "out of order " * 100


def shown(outcome):
    if "value" in outcome:
        return f"the value `{outcome['value']!r}`"[:80]
    text = outcome["text"].partition("\n")[0][:80]
    return f"`{outcome['raised'][0]}: {text}`" if text else f"a bare `{outcome['raised'][0]}`"


def is_api_error(outcome):
    return "ApiError" in outcome.get("raised", [])


@scenario(drive="failure", limits=FEW)
def failure(net):
    """An answer that says what went wrong, and one that has little to say"""
    problem = {"title": "No such user", "detail": "User 9 was deleted", "status": 404}
    net.route("GET", "/v1/users/9").reply(
        404, json=problem, headers={"x-request-id": "r-17", "content-type": "application/problem+json"}
    )
    net.route("GET", "/v1/users/10").reply(503, text=LONG, headers={"retry-after": "7"})

    @check(
        task="errors",
        points=2,
        misconception={"body-dropped": lambda run: "No such user" not in str(run.observed[0].get("body"))},
    )
    def carries_the_answer(run):
        """The error carries status, headers, body and request id"""
        first, second = run.observed
        if not is_api_error(first) or not is_api_error(second):
            fail(
                observed=f"404 and 503 came to {shown(first)} and {shown(second)}.",
                required="An `ApiError`, or a class below it, for each.",
            )
        lacks = [
            name
            for name, right in {
                "`status`": (first["status"], second["status"]) == (404, 503),
                "`headers`": second["retry_after"] == "7",
                "`body`": "No such user" in str(first["body"]) and str(second["body"]).startswith("<p>out of order"),
                "`request_id`": first["request_id"] == "r-17" and second["request_id"] is None,
            }.items()
            if not right
        ]
        if lacks:
            fail(
                observed=f"The error does not carry {', '.join(lacks)} as the answer had it.",
                required="What the answer said, on the error: later nobody can ask again.",
            )

    @check(task="errors", points=1)
    def body_is_short(run):
        """A long body is cut"""
        length = len(str(run.observed[1].get("body") or ""))
        if length > 500:
            fail(
                observed=f"A page of {len(LONG)} characters stands on the error with **{length}** of them.",
                required="500 at most: errors end up in logs.",
            )

    @check(
        task="errors",
        points=1,
        misconception={"no-text": lambda run: not run.observed[0].get("text", "").strip()},
    )
    def text_says_something(run):
        """The error's text says what happened"""
        text = run.observed[0].get("text", "")
        if "404" not in text or "No such user" not in text:
            fail(
                observed=f"The error about a missing user reads `{text}`.",
                required="Its text names the status, and what the server said.",
            )


@scenario(drive="answers", limits=FEW)
def answers(net):
    """Ten answers"""
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
        """JSON comes back, whatever its type is called"""
        wanted = {"json": {"id": 1}, "vendor": [1], "none": None}
        other = [name for name, value in wanted.items() if run.observed[name] != {"value": value}]
        if other:
            came = "; ".join(f"`/{name}` came to {shown(run.observed[name])}" for name in other)
            fail(
                observed=f"{came}.",
                required="The JSON of every successful answer that holds some, None for 204.",
            )

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
        """Everything else raises an ApiError"""
        other = [name for name in failures if not is_api_error(run.observed[name])]
        if other:
            came = "; ".join(f"`/{name}` came to {shown(run.observed[name])}" for name in other)
            fail(
                observed=f"{came}.",
                required="An `ApiError` for each answer that is not the JSON that was asked for.",
            )


@scenario(drive="unanswered", limits=FEW)
def unanswered(net):
    """No answer at all"""
    net.connects(refuse())

    @check(task="get-json", points=1)
    def goes_on(run):
        """What httpx raises goes on to the caller"""
        if "TransportError" not in run.observed.get("raised", []):
            fail(
                observed=f"Nobody listened, and the call came to {shown(run.observed)}.",
                required="httpx's own error: it says what could not be done.",
            )


@scenario(drive="as_before", limits=FEW)
def as_before(net):
    """A 404 by `get`"""
    net.route("GET", "/v1/users/404").reply(404, json={})

    @check(held=True)
    def still_an_answer(run):
        """`get` still hands back every answer as it came"""
        if run.observed != 404:
            fail(
                observed=f"A 404 came to `{run.observed!r}`.",
                required="The answer: only `get_json` says what it wants.",
            )
