"""The API itself, called in-process: what it answers, right and wrong."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepalive.practice_api import Ledger, create_app
from keepalive.practice_api.app import LARGEST_BODY

NEW_USER = {"name": "Rosa Díaz", "email": "rosa@example.com", "city": "Cádiz", "country": "ES"}
NEW_SHIPMENT = {
    "user_id": 3,
    "recipient": "Rosa Díaz",
    "city": "Cádiz",
    "country": "ES",
    "weight_g": 900,
    "status": "booked",
    "due": "2026-04-01",
}


@asynccontextmanager
async def client(app=None):
    transport = httpx.ASGITransport(app or create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://depot.test", verify=False) as made:
        yield made


def ask(*calls: tuple[str, str] | tuple[str, str, Any]) -> list[httpx.Response]:
    """The answers of one new API to (method, path[, JSON]) in order."""

    async def go():
        async with client() as http:
            return [await http.request(m, p, **({"json": body[0]} if body else {})) for m, p, *body in calls]

    return asyncio.run(go())


def send(path: str, **how: Any) -> httpx.Response:
    async def go():
        async with client() as http:
            return await http.post(path, **how)

    return asyncio.run(go())


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    body = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert body["status"] == status and body["title"] and body["type"] == "about:blank"
    assert body["detail"].endswith(".")
    assert body["request_id"] == response.headers["x-request-id"]
    return body


def wrong(response: httpx.Response) -> dict[str, str]:
    return {error["field"]: error["message"] for error in assert_problem(response, 422)["errors"]}


# What there is.


def test_front_page_leads_to_everything():
    (front,) = ask(("GET", "/"))
    assert front.status_code == 200
    assert front.json()["name"] == "Depot"
    tried = [entry.split() for entry in front.json()["try"]] + [["GET", to] for to in front.json()["links"].values()]
    for (method, path), answer in zip(tried, ask(*[(m, p) for m, p in tried]), strict=True):
        assert answer.status_code not in (404, 405), (method, path)


def test_every_api_starts_with_the_same_rows_and_keeps_its_changes_to_itself():
    everything = [("GET", "/users?per_page=100"), ("GET", "/shipments?per_page=100")]
    first = [answer.json() for answer in ask(*everything)]
    ask(("PATCH", "/users/1", {"city": "Nice"}), ("DELETE", "/shipments/1"))
    assert [answer.json() for answer in ask(*everything)] == first


def test_seed_holds_its_own_rules():
    users, shipments = (
        answer.json()["items"] for answer in ask(("GET", "/users?per_page=100"), ("GET", "/shipments?per_page=100"))
    )
    assert len(users) == 24 and len(shipments) == 60
    assert len({user["email"] for user in users}) == 24
    assert {shipment["user_id"] for shipment in shipments} == {user["id"] for user in users}
    assert len({shipment["status"] for shipment in shipments}) == 5
    names = {user["id"]: user["name"] for user in users}
    assert all(names[shipment["user_id"]] != shipment["recipient"] for shipment in shipments)
    # Each row would be accepted if a client sent it: the seed goes through no check.
    answers = ask(
        *[("PUT", f"/users/{user['id']}", user) for user in users],
        *[("PUT", f"/shipments/{shipment['id']}", shipment) for shipment in shipments],
    )
    assert {answer.status_code for answer in answers} == {200}


def test_json_is_utf_8_and_says_so():
    (answer,) = ask(("GET", "/users/7"))
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "Łukasz Wiśniewski".encode() in answer.content


# Reading, adding, changing, deleting.


@pytest.mark.parametrize(
    ("path", "new", "change"),
    [
        ("/users", NEW_USER, {"city": "Málaga"}),
        ("/shipments", NEW_SHIPMENT, {"status": "delivered"}),
    ],
)
def test_a_row_from_birth_to_death(path, new, change):
    async def go():
        async with client() as http:
            before = (await http.get(path)).json()["total"]
            made = await http.post(path, json=new)
            assert made.status_code == 201
            row = made.json()
            assert row == {"id": before + 1, **new}
            where = made.headers["location"]
            assert where == f"{path}/{row['id']}"
            assert (await http.get(where)).json() == row
            assert (await http.get(path)).json()["total"] == before + 1

            changed = await http.patch(where, json=change)
            assert (changed.status_code, changed.json()) == (200, {**row, **change})
            merged = await http.patch(where, content=b"{}", headers={"content-type": "application/merge-patch+json"})
            assert merged.json() == {**row, **change}
            replaced = await http.put(where, json=new)
            assert (replaced.status_code, replaced.json()) == (200, row)

            gone = await http.delete(where)
            assert (gone.status_code, gone.content) == (204, b"")
            for method in ("GET", "PUT", "PATCH", "DELETE"):
                assert_problem(await http.request(method, where, json=new), 404)
            again = await http.post(path, json=new)
            assert again.json()["id"] == row["id"] + 1, "an id is never used again"

    asyncio.run(go())


def test_a_row_can_be_sent_back_as_it_came_but_its_id_stays():
    mine, other, new = ask(
        ("PATCH", "/users/5", {"id": 5, "city": "Delft"}),
        ("PATCH", "/users/5", {"id": 6}),
        ("POST", "/users", {"id": 25, **NEW_USER}),
    )
    assert mine.status_code == 200
    assert list(wrong(other)) == ["id"]
    assert list(wrong(new)) == ["id"]


def test_put_replaces_and_patch_changes():
    put, patch, put_again = ask(
        ("PUT", "/users/2", {"name": "Jonas"}),
        ("PATCH", "/users/2", {"name": "Jonas"}),
        ("PUT", "/users/2", {**NEW_USER, "name": "Jonas"}),
    )
    assert sorted(wrong(put)) == ["city", "country", "email"]
    assert (patch.json()["name"], patch.json()["city"]) == ("Jonas", "Göteborg")
    assert put_again.json() == {"id": 2, **NEW_USER, "name": "Jonas"}


def test_what_does_not_go_together_is_a_conflict():
    taken, own, in_use, deleted_first, then = ask(
        ("POST", "/users", {**NEW_USER, "email": "yuki.tanabe@example.net"}),
        ("PATCH", "/users/9", {"email": "yuki.tanabe@example.net"}),
        ("DELETE", "/users/7"),
        ("DELETE", "/shipments/19"),
        ("DELETE", "/users/7"),
    )
    assert "user 9" in assert_problem(taken, 409)["detail"]
    assert own.status_code == 200
    assert "2 shipments" in assert_problem(in_use, 409)["detail"]
    assert deleted_first.status_code == 204
    assert "1 shipment;" in assert_problem(then, 409)["detail"]


def test_a_charge_is_made_by_each_post_and_stays():
    charge = {"shipment_id": 7, "cents": 1250}
    none, first, second, of_seven, of_eight, one, changed, nothing, unknown = ask(
        ("GET", "/charges"),
        ("POST", "/charges", charge),
        ("POST", "/charges", charge),
        ("GET", "/charges?shipment_id=7"),
        ("GET", "/charges?shipment_id=8"),
        ("GET", "/charges/2"),
        ("DELETE", "/charges/2"),
        ("POST", "/charges", {"shipment_id": 7, "cents": 0}),
        ("POST", "/charges", {"shipment_id": 999, "cents": 1250}),
    )
    assert none.json()["total"] == 0
    assert [answer.status_code for answer in (first, second)] == [201, 201]
    assert [row["id"] for row in of_seven.json()["items"]] == [1, 2]
    assert of_eight.json()["total"] == 0
    assert one.json() == {"id": 2, **charge}
    assert changed.headers["allow"] == "GET, HEAD, OPTIONS"
    assert list(wrong(nothing)) == ["cents"]
    assert list(wrong(unknown)) == ["shipment_id"]


def test_shipments_of_one_user_and_other_filters():
    of_seven, by_filter, delivered, none, unknown_user, no_number, no_filter = ask(
        ("GET", "/users/7/shipments"),
        ("GET", "/shipments?user_id=7"),
        ("GET", "/shipments?status=delivered&per_page=100"),
        ("GET", "/shipments?status=lost"),
        ("GET", "/users/999/shipments"),
        ("GET", "/shipments?user_id=x"),
        ("GET", "/shipments?colour=red"),
    )
    assert [s["id"] for s in of_seven.json()["items"]] == [s["id"] for s in by_filter.json()["items"]] == [19, 43]
    assert {s["status"] for s in delivered.json()["items"]} == {"delivered"}
    assert delivered.json()["total"] == 12
    assert none.json()["items"] == [] and none.json()["total"] == 0
    assert_problem(unknown_user, 404)
    assert list(wrong(no_number)) == ["user_id"]
    assert no_filter.json()["total"] == 60


def test_head_and_options():
    get, head, options, nowhere = ask(("GET", "/users"), ("HEAD", "/users"), ("OPTIONS", "/users/1"), ("OPTIONS", "/x"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, PUT, PATCH, DELETE, OPTIONS")
    assert nowhere.status_code == 404


# Pages.


@settings(deadline=None, max_examples=40)
@given(per_page=st.integers(1, 100), status=st.sampled_from(["", "delivered", "lost"]))
def test_following_next_gives_every_row_exactly_once(per_page, status):
    async def go():
        async with client() as http:
            rows = (await http.get("/shipments?per_page=100" + (f"&status={status}" if status else ""))).json()["items"]
            seen, pages, at = [], 0, f"/shipments?per_page={per_page}" + (f"&status={status}" if status else "")
            while at:
                page = (await http.get(at)).json()
                pages += 1
                assert page["page"] == pages and page["total"] == len(rows)
                assert (await http.get(page["links"]["self"])).json() == page
                assert len(page["items"]) <= per_page
                seen += page["items"]
                last, at = page["links"]["last"], page["links"]["next"]
            assert seen == rows
            back, at = 1, (await http.get(last)).json()["links"]["prev"]
            while at:
                back, at = back + 1, (await http.get(at)).json()["links"]["prev"]
            assert back == pages, "prev leads back over the same pages"

    asyncio.run(go())


def test_link_header_says_what_the_body_says():
    async def go():
        async with client() as http:
            for path in ("/users", "/users?page=2", "/users?page=3", "/users?page=9", "/shipments?status=lost"):
                answer = await http.get(path)
                in_body = {rel: to for rel, to in answer.json()["links"].items() if to and rel != "self"}
                assert {rel: link["url"] for rel, link in answer.links.items()} == in_body

    asyncio.run(go())


def test_a_page_past_the_last_is_empty_and_leads_back():
    (answer,) = ask(("GET", "/users?page=50"))
    assert answer.json()["items"] == []
    assert answer.json()["links"]["prev"] == "/users?page=3&per_page=10"
    assert answer.json()["links"]["next"] is None


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=", "page=1.5", "page=²", "page=" + "9" * 5000])
def test_a_page_that_cannot_be(query):
    (answer,) = ask(("GET", f"/users?{query}"))
    assert list(wrong(answer)) == ["page"]


@pytest.mark.parametrize("per_page", ["0", "101", "ten"])
def test_a_page_size_that_cannot_be(per_page):
    (answer,) = ask(("GET", f"/users?per_page={per_page}"))
    assert wrong(answer) == {"per_page": "must be a whole number from 1 to 100"}


# What is refused.


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 81),
        ("name", 7),
        ("name", None),
        ("name", "a\nb"),
        ("name", "\ud800"),
        ("email", "rosa"),
        ("email", "rosa@"),
        ("email", "a b@example.com"),
        ("email", "a@b"),
        ("email", ["a@b.c"]),
        ("country", "es"),
        ("country", "ESP"),
        ("country", ""),
        ("colour", "red"),
    ],
)
def test_a_user_with_a_wrong_field(field, value):
    body = json.dumps({**NEW_USER, field: value}).encode()
    assert list(wrong(send("/users", content=body, headers={"content-type": "application/json"}))) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", 999),
        ("user_id", "3"),
        ("user_id", True),
        ("user_id", 0),
        ("weight_g", 0),
        ("weight_g", 31_501),
        ("weight_g", 1.5),
        ("weight_g", 10**400),
        ("status", "lost"),
        ("status", None),
        ("due", "2026-02-30"),
        ("due", "20260401"),
        ("due", "tomorrow"),
    ],
)
def test_a_shipment_with_a_wrong_field(field, value):
    assert list(wrong(send("/shipments", json={**NEW_SHIPMENT, field: value}))) == [field]


def test_every_wrong_field_is_named_at_once():
    answer = send("/shipments", json={"weight_g": "heavy", "colour": "red"})
    assert sorted(wrong(answer)) == ["city", "colour", "country", "due", "recipient", "status", "user_id", "weight_g"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"weight_g": NaN}', b"[" * 100_000, b"9" * 5000])
def test_a_body_that_is_not_json(body):
    assert_problem(send("/users", content=body, headers={"content-type": "application/json"}), 400)


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null"])
def test_a_body_that_is_not_an_object(body):
    assert wrong(send("/users", content=body, headers={"content-type": "application/json"})) == {}


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ({"data": {"name": "Rosa"}}, "application/x-www-form-urlencoded"),
        ({"content": b"{}"}, "of no stated type"),
        ({"content": b"{}", "headers": {"content-type": "text/json"}}, "text/json"),
    ],
)
def test_a_body_of_another_type(how, named):
    assert named in assert_problem(send("/users", **how), 415)["detail"]


def test_a_body_that_is_too_large():
    assert_problem(send("/users", json={**NEW_USER, "name": "x" * LARGEST_BODY}), 413)


@pytest.mark.parametrize(
    "path",
    [
        "/userz",
        "/users/",
        "/users/999",
        "/users/x",
        "/users/-1",
        "/users/²",
        "/users/1.0",
        "/users/" + "1" * 6000,
        "/users/1/2",
        "/_depot/other",
        "/%ff",
        "/%00",
    ],
)
def test_an_address_that_is_not_there(path):
    (answer,) = ask(("GET", path))
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is n")


def test_an_unknown_row_is_a_404_whatever_is_sent_to_it():
    put, patch = ask(("PUT", "/users/999", {"name": 7}), ("PATCH", "/users/999", []))
    assert_problem(put, 404), assert_problem(patch, 404)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/users", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/users/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        ("POST", "/", "GET, HEAD, OPTIONS"),
        ("DISPATCH", "/users", "GET, HEAD, POST, OPTIONS"),
    ],
)
def test_a_method_that_is_not_taken(method, path, allow):
    (answer,) = ask((method, path))
    assert method in assert_problem(answer, 405)["detail"]
    assert answer.headers["allow"] == allow


def test_a_host_header_of_nonsense_does_no_harm():
    async def go():
        async with client() as http:
            for path in ("/users", "/nowhere"):
                answer = await http.get(path, headers={"host": "http://[::1"})
                assert answer.status_code in (200, 404)

    asyncio.run(go())


@settings(deadline=None, max_examples=60)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NEW_USER, "x"]) | st.text(), inner)
        ),
        max_leaves=8,
    )
)
def test_no_json_breaks_the_api(body):
    answer = send("/users", content=json.dumps(body).encode(), headers={"content-type": "application/json"})
    assert answer.status_code in (201, 422)


def test_a_fault_of_our_own_is_a_500_with_a_request_id_and_a_log(caplog):
    async def go():
        ledger = Ledger()
        app = create_app(ledger=ledger)
        app.direct.state.store = None
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://depot.test", verify=False) as http:
            assert_problem(await http.get("/users"), 500)
        assert ledger.requests[0].status == 500

    asyncio.run(go())
    assert "Depot failed at GET /users" in caplog.text


def test_the_app_without_a_server_needs_no_uvicorn():
    import subprocess
    import sys

    code = "import sys, keepalive.practice_api as p; p.create_app(); assert 'uvicorn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
