"""The log as a CSV file."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.utils import translation

from accounts.logs import queries, views
from accounts.logs.lines import HEADER
from accounts.models import AuditRow
from tests.factories import make_owner

EXPORT = "/management/logs/export.csv"


def table(response) -> list[list[str]]:
    assert response.streaming
    return list(csv.reader(StringIO(b"".join(response).decode("utf-8-sig"), newline="")))


def test_the_file_has_a_header_and_the_rows_of_the_page(olivia, row):
    row(actor_label="owner", target_label="lena", detail={"old": "A", "new": "B"}, ip="::1", user_agent="curl/8")
    row(ago=timedelta(days=3), target_label="earlier")
    rival = make_owner("rival", contract="Beta")
    row(contract_id=rival.contracts.get().pk, target_label="stranger")
    header, *rows = table(olivia.client.get(EXPORT, {"period": "24h", "action": "user_name"}))
    assert header == list(HEADER)
    [found] = rows
    assert found[0].endswith("Z")
    assert found[1:] == ["owner", "Changed the name of a user", "Name: A → B", "lena", "Done", "::1", "curl/8"]


def test_formulas_come_out_as_text_and_columns_stay_aligned(olivia, row):
    for text in ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", 'a"b,c\nline'):
        row(actor_label=text, target_label=text, user_agent=text)
    rows = table(olivia.client.get(EXPORT, {"action": "user_name"}))
    assert {len(cells) for cells in rows} == {len(HEADER)}
    shown = [cells[4] for cells in rows[1:]]
    assert shown == ['a"b,c[U+000A]line', "[U+0009]=1", "'@SUM(1)", "'-1", "'+1", "'=1+1"]
    assert all(cells[1] == cells[4] == cells[7] for cells in rows[1:])


def test_one_export_is_one_row_that_does_not_repeat_what_was_searched(olivia):
    before = AuditRow.objects.count()
    olivia.client.get(EXPORT, {"period": "custom", "from": "2026-01-01", "to": "2026-12-31", "q": "hunter2"})
    [row] = AuditRow.objects.order_by("pk")[before:]
    assert (row.event, row.actor_label) == ("logs_exported", "owner")
    assert row.detail == {"period": "custom", "from": "2026-01-01", "to": "2026-12-31"}


def test_the_file_is_read_chunk_by_chunk(contract, many, django_assert_max_num_queries):
    many(2_500)
    chunks = list(views.pieces(contract, views.LogQuery().rows(views.periods.Span()), "en"))
    assert [chunk.count("\r\n") for chunk in chunks] == [1, 1_000, 1_000, 500]
    with django_assert_max_num_queries(12):  # three chunks, three parts and their rows each
        rows = [row.pk for chunk in queries.in_chunks(contract, views.Q()) for row in chunk]
    assert len(rows) == len(set(rows)) == 2_500


def test_the_file_keeps_the_language_of_its_request(contract, row):
    row()
    pieces = views.pieces(contract, views.Q(), "en")
    with translation.override("de"):
        assert "Changed the name of a user" in "".join(pieces)
        assert translation.get_language() == "de"


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("", "2026-07-01T22:30:00.000Z"),
        ("UTC", "2026-07-01T22:30:00.000Z"),
        ("Europe/Berlin", "2026-07-02T00:30:00.000+02:00"),
    ],
)
def test_times_are_in_utc_or_in_the_zone_that_the_browser_shows(olivia, row, zone, written):
    row(at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    query = {"period": "custom", "action": "user_name"}
    _header, *rows = table(olivia.client.get(EXPORT, query | ({"zone": zone} if zone else {})))
    assert [cells[0] for cells in rows] == [written]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "\0", "x" * 300, "Europe"])
def test_a_zone_that_does_not_exist_is_refused_and_leaves_no_row(olivia, zone):
    before = AuditRow.objects.count()
    assert olivia.client.get(EXPORT, {"zone": zone}).status_code == 400
    assert AuditRow.objects.count() == before
