"""What a check reads: requests and waits per path, between moments, and how many were under way at once."""

from __future__ import annotations

import httpx
import pytest

from keepalive.grading.record import ConnectionSeen, NotObserved, Requests, RequestSeen, RunRecord


def request(t: float, path: str, *, ends: float | None = None, method: str = "GET", connection: int = 0) -> RequestSeen:
    url = f"http://depot.test{path}"
    return RequestSeen(0, t, connection, 1, method, path, {}, url, httpx.Headers(), b"", response_at=ends)


def record(*requests: RequestSeen, connects: list[ConnectionSeen] | None = None, **marks: float) -> RunRecord:
    return RunRecord(Requests(requests), [], connects or [], marks, 60.0, "finished", None, None, [], [], {})


def test_requests_to_a_path_and_by_a_method() -> None:
    run = record(request(0, "/a"), request(1, "/b"), request(2, "/a", method="POST"))
    assert [each.t for each in run.to("/a")] == [0, 2]
    assert [each.t for each in run.to("/a", "POST")] == [2]


def test_waits_are_those_of_a_path_although_calls_overlap() -> None:
    run = record(
        request(0, "/a", ends=1), request(0.5, "/b", ends=2), request(3, "/a", ends=3.5), request(3.1, "/b", ends=4)
    )
    assert run.to("/a").waits == [2] and run.to("/b").waits == [1.1]
    assert run.waits_before("/b", since=0.25) == [0.25, 1.1]
    assert run.waits_before("/nowhere", since=0.0) == []
    assert run.wait_after("/b", 10.0) == 6 and run.wait_after("/nowhere", 10.0) is None


def test_an_attempt_without_a_response_ends_with_its_connection() -> None:
    closed = ConnectionSeen(0, "depot.test", 80, opened_at=0.0, closed_at=5.0)
    run = record(request(0, "/a"), request(6, "/a", connection=1), connects=[closed])
    assert run.to("/a").waits == [1]


def test_requests_between_marks() -> None:
    run = record(request(0, "/a"), request(1, "/b"), request(2, "/c"), first=1.0, last=2.0)
    assert [each.path for each in run.between("first", "last")] == ["/b"]
    assert [each.path for each in run.after("first")] == ["/b", "/c"]
    assert [each.path for each in run.after(1.5)] == ["/c"]
    with pytest.raises(NotObserved):
        run.after("never marked")


def test_the_next_calls_request_is_not_in_the_span_of_a_call() -> None:
    """What a drive says of a call is not rounded, and what the server saw is: 0.1 + 0.2 is not 0.3."""
    ended = 0.1 + 0.2
    run = record(request(0.1, "/a"), request(0.3, "/b"), connects=[ConnectionSeen(0, "depot.test", 80, began_at=0.3)])
    assert [each.path for each in run.between(0.1, ended)] == ["/a"]
    assert [each.path for each in run.between(ended, 60.0)] == ["/b"]
    assert len(run.connects_after(ended)) == 1


def test_connection_attempts_after_a_mark() -> None:
    early, late = (ConnectionSeen(n, "depot.test", 80, began_at=float(n)) for n in (0, 1))
    assert record(connects=[early, late], quiet=1.0).connects_after("quiet") == [late]


def test_requests_under_way_at_once() -> None:
    one_by_one = record(request(0, "/a", ends=1), request(1, "/b", ends=2))
    assert one_by_one.in_flight == 1
    at_once = record(request(0, "/a", ends=3), request(1, "/b", ends=2), request(2.5, "/c"))
    assert at_once.in_flight == 2 and at_once.to("/a").in_flight == 1


def test_a_request_that_follows_at_once_is_not_under_way_with_the_one_before() -> None:
    tenths = 0.1 + 0.2  # 0.30000000000000004
    assert record(request(0, "/a", ends=tenths), request(0.3, "/b", ends=1)).in_flight == 1
