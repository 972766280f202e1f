"""Users, shipments and charges in memory: one store per Depot, gone with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import fields, seed

Row = dict[str, Any]
Rule = Callable[[Row], None]


class Invalid(Exception):
    """The row given breaks a rule. `errors`: a sentence by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


class Conflict(Exception):
    """The row is well formed, and does not go with what is there. Its text says why."""


class Table:
    """Rows by id. Every row handed out is a copy.

    name: for sentences. checks: what each field may hold. on_write, on_delete: rules beyond one field; they raise
    Invalid or Conflict. Ids count from 1 and are never used again.
    """

    def __init__(
        self, name: str, checks: Mapping[str, fields.Check], rows: Iterable[Row], on_write: Rule, on_delete: Rule
    ) -> None:
        self.name = name
        self.checks = checks
        self.on_write = on_write
        self.on_delete = on_delete
        self._rows = {number: {"id": number, **row} for number, row in enumerate(rows, start=1)}
        self._next = len(self._rows) + 1

    def all(self, **where: Any) -> list[Row]:
        """The rows, by id, whose fields equal those given."""
        return [dict(row) for row in self._rows.values() if all(row[k] == v for k, v in where.items())]

    def get(self, number: int) -> Row | None:
        """One row; None if there is none of this id."""
        row = self._rows.get(number)
        return None if row is None else dict(row)

    def create(self, given: Row) -> Row:
        """Add a row. Raises Invalid, Conflict."""
        return self._put(self._next, given, all_required=True)

    def replace(self, number: int, given: Row) -> Row:
        """Put a whole new row in place of the one of this id. Raises KeyError, Invalid, Conflict."""
        return self._put(self._rows[number]["id"], given, all_required=True)

    def change(self, number: int, given: Row) -> Row:
        """Change the fields given and leave the others. Raises KeyError, Invalid, Conflict."""
        return self._put(self._rows[number]["id"], given, all_required=False)

    def delete(self, number: int) -> None:
        """Take a row out. Raises KeyError, Conflict."""
        self.on_delete(self._rows[number])
        del self._rows[number]

    def _put(self, number: int, given: Row, *, all_required: bool) -> Row:
        # A client that sends back what it was given sends the id too: fine, as long as it is the right one.
        bare = {k: v for k, v in given.items() if not (k == "id" and v == number and number in self._rows)}
        wrong = fields.wrong_fields(self.checks, bare, all_required=all_required)
        if "id" in wrong:
            wrong["id"] = "is given by the server and cannot be changed"
        if wrong:
            raise Invalid(wrong)
        old = self._rows.get(number, {})
        row = {"id": number, **{name: bare.get(name, old.get(name)) for name in self.checks}}
        self.on_write(row)
        self._rows[number] = row
        self._next = max(self._next, number + 1)
        return dict(row)


class Store:
    """The tables of a parcel company, filled with the same rows each time; nothing has been charged yet."""

    def __init__(self) -> None:
        self.users = Table(
            "users",
            {
                "name": fields.text(80),
                "email": fields.email,
                "city": fields.text(80),
                "country": fields.country,
            },
            seed.users(),
            on_write=self._email_is_free,
            on_delete=self._user_has_no_shipments,
        )
        self.shipments = Table(
            "shipments",
            {
                "user_id": fields.whole(1, 10**9),
                "recipient": fields.text(80),
                "city": fields.text(80),
                "country": fields.country,
                "weight_g": fields.whole(1, 31_500),
                "status": fields.one_of(seed.STATUSES),
                "due": fields.day,
            },
            seed.shipments(),
            on_write=self._sender_exists,
            on_delete=lambda row: None,
        )
        self.charges = Table(
            "charges",
            {"shipment_id": fields.whole(1, 10**9), "cents": fields.whole(1, 10**7)},
            (),
            on_write=self._shipment_exists,
            on_delete=lambda row: None,
        )

    def _email_is_free(self, row: Row) -> None:
        for other in self.users.all(email=row["email"]):
            if other["id"] != row["id"]:
                raise Conflict(f"The address {row['email']} belongs to user {other['id']}.")

    def _user_has_no_shipments(self, row: Row) -> None:
        count = len(self.shipments.all(user_id=row["id"]))
        if count:
            raise Conflict(f"User {row['id']} still has {count} shipment{'s' * (count != 1)}; delete them first.")

    def _sender_exists(self, row: Row) -> None:
        if self.users.get(row["user_id"]) is None:
            raise Invalid({"user_id": "must be the id of a user"})

    def _shipment_exists(self, row: Row) -> None:
        if self.shipments.get(row["shipment_id"]) is None:
            raise Invalid({"shipment_id": "must be the id of a shipment"})
