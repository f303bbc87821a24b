"""All users as a CSV file: columns, formula cells, who may, and how much of it is ever in memory."""

import csv
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Contract, User
from accounts.users import exchange
from tests.factories import make_contract, make_member, make_role
from tests.people import words

EXPORT = "/management/users/export.csv"
HEADER = [*exchange.COLUMNS, "two_factor_activated", "last_sign_in", "created", exchange.MOMENT, exchange.METHODS]
NASTY = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "'x", 'a"b,c\r\nline']


def table(response) -> list[list[str]]:
    return list(csv.reader(StringIO(response.getvalue().decode("utf-8-sig"), newline="")))


def test_every_sub_user_of_the_contract_is_in_it_and_nobody_else(olivia, contract, owner, rows):
    since = datetime(2026, 11, 25, 9, 12, tzinfo=UTC)
    make_member(contract, "ben", email="ben@example.com", description="two\nlines", two_factor_active_since=since)
    make_member(contract, "Ann", name="Änne", two_factor_required=False, is_active=False, last_login=since)
    make_member(make_contract(owner, "Gamma"), "foreign")
    response = olivia.get(EXPORT + "?q=ben&state=active")
    assert response["Content-Type"].startswith("text/csv")
    assert "attachment" in response["Content-Disposition"]
    header, ann, ben = table(response)
    assert header == HEADER
    assert ann[:9] == ["Ann", "Änne", "", "", "Administrator", "no", "deactivated", "", "2026-11-25T09:12:00Z"]
    assert ben[:8] == [
        *("ben", "Ben", "ben@example.com", "two\nlines", "Administrator", "yes", "active"),
        "2026-11-25T09:12:00Z",
    ]
    assert rows()[-1] == ("users_exported", "ok", "owner", "")


def test_no_cell_is_a_formula_and_columns_stay_aligned(olivia, contract):
    role = make_role(contract, name="=role")
    for number, text in enumerate(NASTY):
        make_member(contract, f"u{number}", name=text, description=text, role=role)
    make_member(contract, "-user", role=role)
    make_member(contract, "@user", role=role)
    found = table(olivia.get(EXPORT))[1:]
    assert {len(row) for row in found} == {len(HEADER)}
    assert not [cell for row in found for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    by_name = {row[0]: row for row in found}
    assert set(by_name) >= {"'-user", "'@user"}
    for number, text in enumerate(NASTY):
        quoted = text if text.startswith("a") else "'" + re.sub("([\t\r])=", r"\1'=", text)
        assert by_name[f"u{number}"][1:5] == [quoted, "", quoted, "'=role"]


def test_it_needs_the_right_to_see_users(somebody, stranger, lena, rows):
    assert somebody("users.create", "users.set_name").get(EXPORT).status_code == 403
    assert "lena" not in stranger.get(EXPORT).getvalue().decode("utf-8-sig")
    assert somebody("users.show", username="reader").get(EXPORT).status_code == 200
    assert somebody("users.show", username="poster").post(EXPORT).status_code == 405


def test_the_page_of_users_leads_there(olivia, lena):
    assert EXPORT in olivia.get("/management/users/").content.decode()


def fill(contract: Contract, number: int) -> None:
    role = contract.roles.get(built_in=True)
    User.objects.bulk_create(
        User(username=f"bulk{i:05}", name=f"Bulk {i}", password="!", contract=contract, role=role)
        for i in range(number)
    )


def test_it_is_sent_in_pieces_of_a_fixed_size(contract, monkeypatch):
    monkeypatch.setattr(exchange, "CHUNK", 10)
    fill(contract, 35)
    with CaptureQueriesContext(connection) as queries:
        pieces = list(exchange.pieces(contract))
    assert [piece.count("\r\n") for piece in pieces] == [1, 10, 10, 10, 5]
    assert len(queries) == 5
    assert [line.split(",")[0] for line in "".join(pieces).splitlines()[1:]] == [f"bulk{i:05}" for i in range(35)]


@pytest.mark.parametrize("method", ["get", "head"])
def test_nobody_gets_it_unless_logged_in(client, method, lena):
    response = getattr(client, method)(EXPORT)
    assert response.url.startswith("/login/")
    assert "lena" not in words(response)
