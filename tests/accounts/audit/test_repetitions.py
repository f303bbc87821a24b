"""Refusals in the log: short, and one row a minute with the number of those in between."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import AuditRow, Event, Repetition
from tests.factories import make_member, make_role
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def reader(contract):
    """May see nothing."""
    person = Person(make_member(contract, "reader", two_factor_required=False, role=make_role(contract)))
    person.log_in()
    return person


def refusals():
    return AuditRow.objects.filter(event=Event.ACCESS_REFUSED).order_by("id")


def test_s19_an_address_in_a_row_has_at_most_300_characters(reader):
    assert reader.get("/admin/" + "x" * 8_000).status_code == 403
    assert len(refusals().get().detail["path"]) == 300
    assert refusals().get().detail["path"].endswith("x…")
    assert reader.get("/management/users/").status_code == 403
    assert refusals().last().detail == {"path": "/management/users/", "method": "GET"}


def test_s19_the_same_refusal_is_one_row_a_minute_with_a_count(reader, clock):
    for _ in range(50):
        assert reader.get("/management/users/").status_code == 403
    assert refusals().count() == 1
    clock.shift(60)
    for _ in range(3):
        reader.get("/management/users/")
    assert [row.detail.get("repeated") for row in refusals()] == [None, 49]
    clock.shift(timedelta(minutes=20))
    reader.get("/management/users/")
    assert [row.detail.get("repeated") for row in refusals()] == [None, 49, 2]
    clock.shift(60)
    reader.get("/management/users/")
    assert [row.detail.get("repeated") for row in refusals()] == [None, 49, 2, None]


def test_s19_other_words_in_the_address_are_the_same_refusal(reader):
    for number in range(30):
        reader.get(f"/admin/{number}/")
        reader.get(f"/management/users/?q={number}")
    assert refusals().count() == 2


def test_s19_other_pages_methods_people_and_addresses_are_others(reader, contract):
    other = Person(make_member(contract, "other", two_factor_required=False, role=make_role(contract)))
    other.log_in()
    for _ in range(2):
        reader.get("/management/users/")
        reader.get("/management/users/", REMOTE_ADDR="192.0.2.9")
        reader.get("/management/roles/")
        reader.post("/management/users/create/")
        reader.get("/management/users/create/")
        other.get("/management/users/")
    assert refusals().count() == 6


def test_s19_the_log_says_how_many_there_were(reader, contract, clock):
    for _ in range(8):
        reader.get("/management/users/")
    clock.shift(60)
    reader.get("/management/users/")
    owner = Person(contract.owner)
    owner.log_in()
    assert "Repeated since the last entry: 7" in words(owner.get("/management/logs/"))


def test_s19_a_page_of_refusals_stays_light(reader, contract, clock):
    for _ in range(50):
        reader.get("/admin/" + "x" * 8_000)
        clock.shift(60)
    owner = Person(contract.owner)
    owner.log_in()
    assert len(owner.get("/management/logs/").content) < 150_000


def test_s19_a_count_of_another_clock_is_begun_anew(reader, clock):
    clock.shift(timedelta(days=1))
    reader.log_in()
    reader.get("/management/users/")
    clock.shift(timedelta(days=-1))
    reader.log_in()
    reader.get("/management/users/")
    assert refusals().count() == 2


def test_s19_housekeeping_forgets_old_counts(reader, clock):
    reader.get("/management/users/")
    call_command("housekeeping", stdout=StringIO())
    assert Repetition.objects.count() == 1
    clock.shift(timedelta(hours=25))
    call_command("housekeeping", stdout=StringIO())
    assert not Repetition.objects.exists()
