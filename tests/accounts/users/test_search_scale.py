"""Large contracts: searching finds the same whichever way it is done, summaries stop counting, indexes carry it all."""

import importlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.http import QueryDict
from django.utils import timezone, translation

from accounts.lists import counting, paging, trigrams
from accounts.lists.counting import Number
from accounts.logs import queries as log_queries
from accounts.models import Attempts, Contract, User
from accounts.users import queries, search
from accounts.users.search import Search
from cloudpanel.overview import queries as overview
from tests.factories import make_member
from tests.people import Person, words

USERS = "/management/users/"
postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL")
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
TRIGRAMS = importlib.import_module("accounts.migrations.0017_folded_trigrams")


@pytest.fixture
def crowd(contract: Contract) -> list[str]:
    """Sixty users in the order of their names: a common word, one that only the last have, and one of a single user."""
    people = [
        make_member(contract, f"u{number:02}", name=f"Anna {number:02}{' Zander' if number >= 50 else ''}")
        for number in range(60)
    ]
    User.objects.filter(pk=people[37].pk).update(email="only.one@rare.example")
    return [user.username for user in people]


def walk(contract: Contract, asked: Search) -> list[str]:
    """All that is found, page by page, and back again."""
    found, cursor, page = [], "", None
    while page is None or page.next_url:
        page = search.page(contract, asked, cursor=cursor, query=QueryDict())
        found.append([user.username for user in page.rows])
        cursor = QueryDict(page.next_url.removeprefix("?")).get("cursor", "")
    for before in reversed(found[:-1]):
        cursor = QueryDict(page.previous_url.removeprefix("?"))["cursor"]
        page = search.page(contract, asked, cursor=cursor, query=QueryDict())
        assert [user.username for user in page.rows] == before
    return [name for names in found for name in names]


@pytest.mark.parametrize("near", [1, 20, 30, 1_000])
@pytest.mark.parametrize("sort", ["name", "-name", "username", "-last_login"])
def test_the_same_is_found_however_far_is_looked_ahead(contract, crowd, monkeypatch, near, sort):
    monkeypatch.setattr(search, "NEAR", near)
    turned = sort.startswith("-")
    for q, expected in (
        ("anna", crowd),
        ("ANDER", crowd[50:]),
        ("rare.ex", [crowd[37]]),
        ("nn", crowd),
        ("5", [name for name in crowd if "5" in name]),
        ("nobody", []),
    ):
        assert walk(contract, Search(q=q, sort=sort)) == (expected[::-1] if turned else expected), q


@pytest.mark.parametrize("near", [1, 1_000])
@pytest.mark.parametrize("sort", ["last_login", "-last_login", "two_factor"])
def test_whoever_never_came_stands_last_in_what_is_found(contract, crowd, monkeypatch, near, sort):
    monkeypatch.setattr(search, "NEAR", near)
    came = [crowd[number] for number in (40, 3, 17, 58)]
    for day, username in enumerate(came, start=1):
        at = timezone.now() - timedelta(days=9 - day)
        User.objects.filter(username=username).update(last_login=at, two_factor_active_since=at)
    others = [username for username in crowd if username not in came]
    turned = -1 if sort.startswith("-") else 1
    assert walk(contract, Search(q="anna", sort=sort)) == [*came[::turned], *others[::turned]]


def test_filters_and_search_narrow_each_other(contract, crowd):
    User.objects.filter(username__in=crowd[::2]).update(is_active=False)
    assert walk(contract, Search(q="zander", state="deactivated")) == crowd[50::2]


def test_a_summary_stops_counting_at_the_bound(olivia: Person, contract, crowd, monkeypatch):
    monkeypatch.setattr(counting, "BOUND", 50)
    User.objects.filter(username__in=crowd[:10]).update(two_factor_active_since=timezone.now())
    assert "10 of 50+ users have 2FA active · 50 pending · 0 without" in words(olivia.get(USERS))
    page = words(olivia.get("/"))
    assert "10 of 50+ users have 2FA active" in page
    assert "50 users still have to set up 2FA. Show 50 users" in page
    assert '<svg class="strip"' not in olivia.get("/").content.decode()
    User.objects.filter(username__in=crowd[:10]).update(two_factor_active_since=None)
    assert "50+ users still have to set up 2FA. Show 50+ users" in words(olivia.get("/"))


def test_the_bound_is_shown_in_the_language_of_the_page(olivia: Person, contract):
    assert [str(Number(n)) for n in (0, 1, 1_000, 1_001)] == ["0", "1", "1,000", "1,000+"]
    with translation.override("de"):
        assert f"{Number(1_001)}" == "1.000+"


def test_beyond_the_bound_nobody_says_how_many_more(contract):
    people = tuple(overview.AffectedUser(n, str(n)) for n in range(5))
    assert overview.Need(overview.NeedKind.STOLEN, Number(7), people).more == 2
    assert str(overview.Need(overview.NeedKind.STOLEN, Number(1_001), people).more) == "1,000+"


def test_all_numbers_of_a_summary_come_by_one_question(contract, crowd, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert queries.coverage(contract).total == 60


@sqlite
@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Search(), "user_by_name"),
        (Search(sort="username"), "user_by_username"),
        (Search(two_factor="pending"), "user_pending_by_name"),
        (Search(two_factor="off"), "user_without_by_name"),
        (Search(state="deactivated"), "user_deactivated_by_name"),
        (Search(attention="stolen"), "user_stolen_by_name"),
        (Search(attention="set_by_other"), "user_set_by_other_by_name"),
        (Search(attention="locked"), "attempts_waiting"),
        (Search(attention="few_codes"), "recovery_code_used"),
    ],
)
def test_an_index_carries_each_list(contract, asked, index):
    rows = asked.among(queries.sub_users(contract)).order_by(*asked.order().order(turned=False))[:26]
    found = rows.explain()
    assert re.search(rf"USING (COVERING )?INDEX {index}\b", found), found
    assert not re.search(r"SCAN accounts_user\b", found), found
    if index.startswith("user_"):
        assert "TEMP B-TREE" not in found, found


@sqlite
@pytest.mark.parametrize("sort", search.SORTS)
def test_no_index_of_a_sort_is_walked_along_for_matches_that_are_gathered(contract, sort):
    asked = Search(q="zander", sort=sort)
    gathered = replace(asked.order(), gathered=True)
    for rows in paging._parts(asked.among(queries.sub_users(contract)), gathered, None):
        found = rows[:26].explain()
        assert "TEMP B-TREE FOR ORDER BY" in found
        assert gathered.field not in re.findall(r"\w+(?=[<>]\?)", found), found


@sqlite
def test_an_index_carries_what_the_owner_did_outside_the_contract(contract):
    for field, rows in zip(("actor", "target"), log_queries._parts(contract)[1:], strict=True):
        found = rows.order_by("-at", "-id")[:26].explain()
        assert f"INDEX audit_alone_by_{field}" in found
        assert "TEMP B-TREE" not in found


def test_who_waits_is_looked_up_by_the_waits(contract, crowd):
    now = timezone.now()
    user = User.objects.get(username=crowd[3])
    Attempts.objects.create(
        key="a", kind="code", user=user, failures=5, blocked_until=now + timedelta(minutes=1), updated_at=now
    )
    assert walk(contract, Search(attention="locked")) == [crowd[3]]


@postgresql
def test_parts_of_names_have_an_index(db):
    assert _indexes() == {"user_by_part"}


@postgresql
def test_little_waits_to_be_sorted_into_that_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'user_by_part'")
        assert cursor.fetchone() == (["gin_pending_list_limit=64"],)


@postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_extension_the_migration_says_so_and_searching_stays_right(contract, crowd, monkeypatch, capsys):
    class Refusing:
        connection = connection

    trigrams.remove(connection)
    assert _indexes() == set()

    def refuse(execute, sql, *args):
        if "EXTENSION" in sql:
            raise DatabaseError("permission denied to create extension")
        return execute(sql, *args)

    with connection.execute_wrapper(refuse):
        TRIGRAMS.create(None, Refusing)
    assert "pg_trgm can't be created or used here" in capsys.readouterr().out
    assert walk(contract, Search(q="ANDER")) == crowd[50:]
    TRIGRAMS.create(None, Refusing)
    assert _indexes() == {"user_by_part"}


def _indexes() -> set[str]:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, User._meta.db_table)
    return {name for name in constraints if name == "user_by_part"}
