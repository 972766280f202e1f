"""What every Depot starts with: the same made-up users and shipments, each time.

Names and addresses are invented; the mail domains are those that RFC 2606 keeps free for examples.
"""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import Any

_PEOPLE = (
    ("Amélie Fontaine", "Lyon", "FR"),
    ("Jonas Lindqvist", "Göteborg", "SE"),
    ("Priya Raghunathan", "Chennai", "IN"),
    ("Tomás Oliveira", "Porto", "PT"),
    ("Zoë van der Meer", "Utrecht", "NL"),
    ("Kwame Asante", "Kumasi", "GH"),
    ("Łukasz Wiśniewski", "Gdańsk", "PL"),
    ("Hannah Whitlock", "Leeds", "GB"),
    ("Yuki Tanabe", "Sendai", "JP"),
    ("Mateo Quiroga", "Rosario", "AR"),
    ("Ingrid Solheim", "Bergen", "NO"),
    ("Farid Mansouri", "Casablanca", "MA"),
    ("Greta Baumgartner", "Graz", "AT"),
    ("Sinéad Gallagher", "Galway", "IE"),
    ("Dmytro Kovalenko", "Lviv", "UA"),
    ("Lucía Herrera", "Sevilla", "ES"),
    ("Owen Prichard", "Cardiff", "GB"),
    ("Mei-Ling Chou", "Tainan", "TW"),
    ("Bastian Krüger", "Leipzig", "DE"),
    ("Elif Aydın", "İzmir", "TR"),
    ("Noah Tremblay", "Québec", "CA"),
    ("Chiara Lombardi", "Bologna", "IT"),
    ("Aroha Ngata", "Napier", "NZ"),
    ("Samuel Okonjo", "Enugu", "NG"),
)

_MAIL = ("example.com", "example.org", "example.net")
_NOT_DECOMPOSED = str.maketrans("Łłı", "Lli")  # letters that Unicode does not take apart into base and accent

STATUSES = ("booked", "collected", "in_transit", "delivered", "returned")
_SHIPMENTS = 60


def _address(name: str, number: int) -> str:
    apart = unicodedata.normalize("NFKD", name.translate(_NOT_DECOMPOSED)).lower()
    letters = "".join(c for c in apart if c.isascii() and (c.isalpha() or c == " "))
    return ".".join(letters.split()) + "@" + _MAIL[number % len(_MAIL)]


def users() -> list[dict[str, Any]]:
    """The 24 users, ids left out: they count from 1 in this order."""
    return [
        {"name": name, "email": _address(name, n), "city": city, "country": country}
        for n, (name, city, country) in enumerate(_PEOPLE)
    ]


def shipments() -> list[dict[str, Any]]:
    """The 60 shipments, ids left out: they count from 1 in this order.

    Sender, recipient and weight step through the lists at different strides: neighbours differ, every user has sent
    something, nobody has sent anything to themselves.
    """
    made = []
    for n in range(_SHIPMENTS):
        recipient, city, country = _PEOPLE[(n * 11 + n // len(_PEOPLE) * 5 + 5) % len(_PEOPLE)]
        made.append(
            {
                "user_id": n * 7 % len(_PEOPLE) + 1,
                "recipient": recipient,
                "city": city,
                "country": country,
                "weight_g": 120 + n * 1789 % 14_500,
                "status": STATUSES[n * 3 % len(STATUSES)],
                "due": (date(2026, 3, 2) + timedelta(days=n // 3)).isoformat(),
            }
        )
    return made
