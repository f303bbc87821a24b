"""Sorts by role, status and 2FA required: groups in order, by name within a group, pages as exact as elsewhere."""

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.models import Q

from accounts.lists import paging
from accounts.models import User
from accounts.users import queries
from accounts.users.search import Search
from tests.factories import make_member, make_role

USERS = "/management/users/"
SORTS = ["role", "-role", "state", "-state", "required", "-required"]
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")


@pytest.fixture
def crowd(contract) -> list[User]:
    """Seventy users in four roles, one of which nobody has; some share a name."""
    roles = [make_role(contract, "users.show", name=name) for name in ("Öffnung", "Ost", "Zoll")]
    make_role(contract, name="Nobodies")
    roles.append(contract.roles.get(built_in=True))
    return [
        make_member(
            contract,
            f"u{n:02}",
            name=f"Name {n * 7 % 23}",
            role=roles[0 if n % 3 else n % 4],
            is_active=n % 5 > 1,
            two_factor_required=n % 7 > 2,
        )
        for n in range(70)
    ]


def key(sort: str, user: User):
    group = {
        "role": user.role.name.replace("Ö", "O"),
        "state": not user.is_active,
        "required": not user.two_factor_required,
    }
    return group[sort.removeprefix("-")], user.name_key, user.pk


def walk(olivia, query: str) -> tuple[list[list[str]], str]:
    pages, address, back = [], query, ""
    while address:
        page = olivia.get(USERS + address).context["page"]
        pages.append([user.username for user in page.rows])
        address, back = page.next_url, page.previous_url
    return pages, back


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("q", ["", "&q=u", "&q=name"])
def test_f38_pages_show_everybody_once_in_order_and_the_same_backwards(olivia, crowd, sort, q):
    everybody = list(User.objects.filter(username__startswith="u").select_related("role"))
    expected = [u.username for u in sorted(everybody, key=lambda u: key(sort, u), reverse=sort.startswith("-"))]
    pages, back = walk(olivia, f"?sort={sort}{q}")
    assert [name for page in pages for name in page] == expected
    before = []
    while back:
        page = olivia.get(USERS + back).context["page"]
        before.append([user.username for user in page.rows])
        back = page.previous_url
    assert before[::-1] == pages[:-1]


@pytest.mark.parametrize("sort", SORTS)
def test_f38_people_who_come_and_go_between_pages_move_nobody_else(olivia, contract, crowd, sort):
    first = olivia.get(f"{USERS}?sort={sort}").context["page"]
    User.objects.filter(pk=first.rows[-1].pk).delete()
    make_member(contract, "later", name="A", role=first.rows[0].role)
    seen = [user.username for user in first.rows]
    address = first.next_url
    while address:
        page = olivia.get(USERS + address).context["page"]
        seen += [user.username for user in page.rows]
        address = page.next_url
    assert sorted(set(seen) - {"later"}) == sorted(user.username for user in crowd)
    assert len(seen) == len(set(seen))


def test_f38_a_page_behind_a_role_that_is_gone_is_refused(olivia, contract, crowd):
    page = olivia.get(f"{USERS}?sort=role").context["page"]
    gone = page.rows[-1].role
    User.objects.filter(role=gone).update(role=contract.roles.get(name="Nobodies"))
    assert olivia.get(USERS + page.next_url).status_code == 200
    gone.delete()
    assert olivia.get(USERS + page.next_url).status_code == 400


def test_f38_the_headings_sort_and_2fa_required_filters(olivia, crowd):
    page = BeautifulSoup(olivia.get(f"{USERS}?sort=role").content, "html.parser")
    headings = {cell.get_text(strip=True): cell for cell in page.select("thead th[scope=col]") if cell.find("a")}
    assert {"Role", "Status", "2FA required"} <= headings.keys()
    assert headings["Role"]["aria-sort"] == "ascending"
    assert "sort=-role" in headings["Role"].a["href"]
    assert [option["value"] for option in page.select("select[name=required] option")] == ["", "yes", "planned", "no"]
    for value, meaning in (("yes", True), ("no", False)):
        shown = olivia.get(f"{USERS}?required={value}").context["page"].rows
        assert shown
        assert {user.two_factor_required for user in shown} == {meaning}
    assert olivia.get(f"{USERS}?required=maybe").status_code == 400


def test_f38_a_page_costs_one_query_more_for_each_group_that_it_touches(olivia, contract, django_assert_num_queries):
    make_member(contract, "lena")
    olivia.get(USERS)
    counted = {}
    for sort in ("name", "state", "required", "role"):
        with connection.execute_wrapper(lambda *args: _count(counted, sort, *args)):  # noqa: B023
            olivia.get(f"{USERS}?sort={sort}")
    assert counted["state"] == counted["required"] == counted["name"] + 1
    assert counted["role"] == counted["name"] + 1


def _count(counted, sort, execute, sql, params, many, context):
    counted[sort] = counted.get(sort, 0) + 1
    return execute(sql, params, many, context)


@sqlite
@pytest.mark.parametrize("sort", SORTS)
def test_f38_an_index_carries_each_group(contract, crowd, sort):
    order = Search(sort=sort).order()
    if not order.groups:
        order = replace(order, groups=((crowd[0].role_id, Q(role_id=crowd[0].role_id)),))
    for rows in paging._parts(queries.sub_users(contract), order, None):
        plan = rows[:26].explain()
        assert re.search(r"INDEX user_(activated|deactivated)_by_name|INDEX user_by_(required|role)\b", plan), plan
        assert "TEMP B-TREE" not in plan
