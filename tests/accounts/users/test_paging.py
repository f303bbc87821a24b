"""Keyset pages: nothing twice, nothing left out, whichever way one walks and wherever values are missing."""

from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import BadRequest
from django.http import QueryDict

from accounts.lists.paging import Cursor, Sort, page_of
from accounts.models import AuditRow, User
from tests.factories import make_member

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SORTS = [
    Sort("name_key"),
    Sort("name_key", descending=True),
    Sort("last_login", nullable=True),
    Sort("last_login", descending=True, nullable=True),
    Sort("id"),
    Sort("id", descending=True),
]


@pytest.fixture
def people(contract) -> list[User]:
    """Eleven users; four share a name, four never logged in, two did so at the same moment."""
    days = [3, None, 1, None, 2, 2, None, 5, 4, None, 6]
    names = ["Anna", "anna", "Ben", "Čeněk", "anna", "Zoë", "Anna", "O'Neil", "Ärger", "😀 Smile", "ben"]
    return [
        make_member(contract, f"user{i}", name=name, last_login=None if day is None else START + timedelta(days=day))
        for i, (day, name) in enumerate(zip(days, names, strict=True))
    ]


def cursor_in(url: str) -> str:
    return QueryDict(url.removeprefix("?")).get("cursor", "")


def walk(sort: Sort, size: int = 3) -> tuple[list[list[int]], str]:
    """Pages from the first to the last, as lists of ids, and the cursor back from the last."""
    pages, cursor, query = [], "", QueryDict("q=x")
    while True:
        page = page_of(User.objects.filter(username__startswith="user"), sort, cursor=cursor, query=query, size=size)
        pages.append([user.pk for user in page.rows])
        if not page.next_url:
            return pages, cursor_in(page.previous_url)
        cursor = cursor_in(page.next_url)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 11, 25])
def test_walking_on_shows_everybody_once(people, sort, size):
    pages, _ = walk(sort, size)
    assert sorted(pk for page in pages for pk in page) == [user.pk for user in people]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_walking_back_shows_the_same_pages(people, sort, size):
    pages, cursor = walk(sort, size)
    back = []
    while cursor:
        page = page_of(
            User.objects.filter(username__startswith="user"), sort, cursor=cursor, query=QueryDict(), size=size
        )
        back.append([user.pk for user in page.rows])
        cursor = cursor_in(page.previous_url)
    assert back[::-1] == pages[:-1]


@pytest.mark.parametrize("descending", [False, True])
def test_users_without_a_value_stand_last_both_ways(people, descending):
    pages, _ = walk(Sort("last_login", descending=descending, nullable=True), 25)
    last_four = [User.objects.get(pk=pk).last_login for pk in pages[0][-4:]]
    assert last_four == [None] * 4
    shown = [User.objects.get(pk=pk).last_login for pk in pages[0][:-4]]
    assert shown == sorted(shown, reverse=descending)


def test_links_keep_the_rest_of_the_question(people):
    page = page_of(User.objects.all(), Sort("id"), cursor="", query=QueryDict("q=a+b&sort=x&cursor=old"), size=3)
    kept = QueryDict(page.next_url.removeprefix("?"))
    assert (kept["q"], kept["sort"], kept.getlist("cursor")) == ("a b", "x", [kept["cursor"]])
    assert page.previous_url == ""


def test_a_page_that_has_become_empty_leads_back_to_the_first(people):
    query = QueryDict("q=a")
    page = page_of(User.objects.all(), Sort("id"), cursor=Cursor(None, 10**9).signed(Sort("id")), query=query)
    assert (page.rows, page.previous_url, page.next_url) == ([], "?q=a", "")


def test_a_long_name_makes_a_cursor_that_fits_an_address(contract):
    make_member(contract, "user1", name="😀" * 150)
    sort = Sort("name_key")
    text = Cursor.at(User.objects.get(username="user1"), sort, backwards=False).signed(sort)
    assert len(text) < 1000
    assert Cursor.read(text, sort).key == "😀" * 150


@pytest.mark.parametrize("text", ["x", "x:y:z", "\0", "ä", "W10:1:2", "a" * 2000, ":::::"])
def test_a_cursor_that_is_not_ours_is_refused(text):
    with pytest.raises(BadRequest):
        Cursor.read(text, Sort("id"))


def test_a_cursor_of_another_sort_or_direction_is_refused():
    text = Cursor("anna", 1).signed(Sort("name_key"))
    for other in (Sort("username_key"), Sort("name_key", descending=True), Sort("last_login", nullable=True)):
        with pytest.raises(BadRequest):
            Cursor.read(text, other)


@pytest.mark.parametrize(("language", "before", "after"), [("en", "Previous", "Next"), ("de", "Zurück", "Weiter")])
def test_f29_a_list_by_name_has_a_previous_and_a_next_page(language, before, after, olivia, contract):
    for number in range(60):
        make_member(contract, f"user{number:02}")
    first = olivia.get("/management/users/", headers={"accept-language": language})
    assert pager(first) == [after]
    second = olivia.get(f"/management/users/{first.context['page'].next_url}", headers={"accept-language": language})
    assert pager(second) == [before, after]


def pager(response) -> list[str]:
    links = BeautifulSoup(response.content, "html.parser").select(".pager a")
    return [link.get_text(strip=True) for link in links]


def test_f29_a_list_by_time_has_newer_and_older_rows(olivia, contract):
    rows = [AuditRow(event="user_name", outcome="ok", contract_id=contract.pk) for _ in range(60)]
    AuditRow.objects.bulk_create(rows)
    first = olivia.get("/management/logs/")
    assert pager(first) == ["Older"]
    assert pager(olivia.get(f"/management/logs/{first.context['page'].next_url}")) == ["Newer", "Older"]
