"""Management > Users: what the table shows, finds and refuses."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Attempts, Contract, User
from tests.factories import make_contract, make_member, make_role
from tests.lists import names
from tests.people import Person, words
from twofactor.models import RecoveryCode

USERS = "/management/users/"


@pytest.fixture
def people(contract, administrator) -> list[User]:
    since = datetime(2026, 11, 25, 9, 12, tzinfo=UTC)
    viewers = make_role(contract, "users.show", name="Viewers")
    return [
        make_member(contract, "lena", name="Lena Lang", two_factor_active_since=since, last_login=since),
        make_member(contract, "ben", name="ben Berg", email="post@Berg.example", role=viewers),
        make_member(contract, "Zoe", name="Änne Zander", two_factor_required=False, is_active=False),
        make_member(contract, "kim_x", name="Kim 100%", two_factor_active_since=since),
        make_member(contract, "olaf", name="Olaf", two_factor_active_since=since, two_factor_required=False),
    ]


def test_the_table_shows_each_sub_user_and_nobody_else(olivia, people, contract):
    other = make_contract(people[0].contract.owner, "Gamma")
    make_member(other, "foreign")
    text = words(olivia.get(USERS))
    assert "Lena Lang lena Administrator Active Yes 2FA: since 25 Nov 2026 active 25 Nov 2026, 09:12" in text
    assert "ben Berg ben Viewers Active Yes 2FA: pending Never" in text
    assert "Änne Zander Zoe Administrator Deactivated No 2FA: no Never" in text
    assert "foreign" not in text
    assert len(names(olivia, USERS)) == 5


def test_a_row_names_its_page_also_where_its_link_keeps_the_filters(olivia, people):
    page = olivia.get(f"{USERS}?q=lena").content.decode()
    assert f'<tr data-row="{USERS}{people[0].pk}/"' in page
    assert f'href="{USERS}{people[0].pk}/?q=lena"' in page


def test_the_owner_and_admins_are_not_listed_even_if_a_row_says_they_belong(olivia, people, owner, contract):
    User.objects.filter(pk=people[3].pk).update(is_staff=True)
    assert "Kim 100%" not in names(olivia, USERS)
    assert olivia.get(f"{USERS}{people[3].pk}/").status_code == 404


def test_the_summary_counts_and_each_number_is_a_filter(olivia, people):
    response = olivia.get(USERS)
    assert "3 of 5 users have 2FA active · 1 pending · 1 without" in words(response)
    page = response.content.decode()
    for query, number, found in (
        ("?two_factor=active", 3, ["Kim 100%", "Lena Lang", "Olaf"]),
        ("?two_factor=pending", 1, ["ben Berg"]),
        ("?two_factor=off", 1, ["Änne Zander"]),
    ):
        assert f'<a href="{USERS}{query}">{number}</a>' in page
        assert names(olivia, USERS + query) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("lang", ["Lena Lang"]),
        ("LEN", ["Lena Lang"]),
        ("BERG.EX", ["ben Berg"]),
        ("zoe", ["Änne Zander"]),
        ("änne", ["Änne Zander"]),
        ("ÄNNE", ["Änne Zander"]),
        ("%25", ["Kim 100%"]),
        ("_", ["Kim 100%"]),
        ("%20lang%20", ["Lena Lang"]),
        ("nobody", []),
        ("%27%20OR%201=1--", []),
    ],
)
def test_search_finds_a_part_of_name_username_or_email_in_any_case(olivia, people, text, found):
    assert names(olivia, f"{USERS}?q={text}") == found


def test_search_stays_within_the_contract(stranger, people):
    assert names(stranger, f"{USERS}?q=lena") == []


def test_filters_by_state_and_role_narrow_each_other(olivia, people):
    viewers = people[1].role_id
    assert names(olivia, f"{USERS}?state=deactivated") == ["Änne Zander"]
    assert names(olivia, f"{USERS}?role={viewers}") == ["ben Berg"]
    assert names(olivia, f"{USERS}?role={viewers}&state=deactivated") == []
    assert names(olivia, f"{USERS}?role={2**63 - 1}") == []


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("name", "Änne Zander", "Olaf"),
        ("-name", "Olaf", "Änne Zander"),
        ("username", "ben Berg", "Änne Zander"),
        ("last_login", "Lena Lang", "Olaf"),
        ("-last_login", "Lena Lang", "ben Berg"),
        ("-two_factor", "Olaf", "ben Berg"),
    ],
)
def test_sorts(olivia, people, sort, first, last):
    shown = names(olivia, f"{USERS}?sort={sort}")
    assert (shown[0], shown[-1]) == (first, last)


def test_headings_sort_and_say_how(olivia, people):
    page = olivia.get(f"{USERS}?sort=username&q=e").content.decode()
    assert re.search(r'scope="col"\s+aria-sort="ascending"', page)
    assert re.search(r'href="\?sort=-username&amp;q=e"[^>]*>Username\s+<svg', page)
    assert re.search(r'href="\?sort=name&amp;q=e"[^>]*>Name\s+</a>', page)


def test_pages_follow_each_other_and_lead_back(olivia, contract):
    for i in range(30):
        make_member(contract, f"user{i:02}", name=f"User {i:02}")
    first = olivia.get(USERS + "?q=user")
    older = first.context["page"].next_url
    assert "q=user" in older
    second = olivia.get(USERS + older)
    assert len(first.context["page"].rows) == 25
    assert [user.name for user in second.context["page"].rows] == [f"User {i}" for i in range(25, 30)]
    assert 'rel="prev"' in second.content.decode()
    assert 'rel="next"' not in second.content.decode()
    back = olivia.get(USERS + second.context["page"].previous_url)
    assert [u.pk for u in back.context["page"].rows] == [u.pk for u in first.context["page"].rows]


@pytest.mark.parametrize(
    "query",
    [
        "?sort=password",
        "?sort=--name",
        "?sort=name_key",
        "?sort=%00",
        "?q=%00",
        "?q=a&q=b",
        f"?q={'a' * 201}",
        "?cursor=%00",
        "?cursor=tampered",
        f"?cursor={'a' * 5000}",
        "?cursor=a&cursor=b",
        "?state=deleted",
        "?two_factor=maybe",
        "?role=x",
        "?role=-1",
        f"?role={2**63}",
        "?role=²",
    ],
)
def test_hostile_questions_are_refused_with_a_page(olivia, people, query):
    assert olivia.get(USERS + query).status_code == 400


def test_a_cursor_of_one_sort_is_refused_by_another(olivia, contract):
    for i in range(26):
        make_member(contract, f"user{i}")
    older = olivia.get(USERS).context["page"].next_url
    assert olivia.get(USERS + older).status_code == 200
    assert olivia.get(f"{USERS}{older}&sort=username").status_code == 400


def test_an_empty_table_says_what_to_do_next(olivia, somebody):
    text = words(olivia.get(USERS))
    assert "Create the first user" in text
    assert "0 of 0 users have 2FA active" in text


def test_an_empty_search_leads_back_to_all(olivia, people):
    response = olivia.get(f"{USERS}?q=nobody")
    assert "No users match this search. Show all users" in words(response)
    assert 'value="nobody"' in response.content.decode()


def test_names_are_text_and_nothing_else(olivia, contract):
    make_member(contract, "mallory", name="<script>alert(1)</script>")
    page = olivia.get(USERS).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_role_name_is_a_link_only_for_who_may_see_roles(people, somebody):
    assert "/management/roles/" not in somebody("users.show").get(USERS).content.decode()
    page = somebody("users.show", "roles.show", username="sue").get(USERS).content.decode()
    assert f'href="/management/roles/{people[1].role_id}/"' in page


def test_without_the_permission_there_is_no_table_and_the_try_is_logged(somebody, rows):
    person = somebody("users.create", "users.delete")
    before = len(rows())
    assert person.get(USERS).status_code == 403
    assert rows()[before:] == [("access_refused", "refused", "sam", "")]


def test_nobody_gets_in_unless_logged_in(people):
    nobody = Person("nobody")
    assert nobody.get(USERS).url == "/login/?next=%2Fmanagement%2Fusers%2F"


def test_the_table_is_only_read(olivia):
    assert olivia.post(USERS).status_code == 405


def fill(contract: Contract, number: int) -> None:
    role = contract.roles.get(built_in=True)
    User.objects.bulk_create(
        User(
            username=f"bulk{i:05}",
            name=f"Bulk {i % 977}",
            password="!",
            contract=contract,
            role=role,
            last_login=datetime(2026, 1, 1 + i % 28, tzinfo=UTC) if i % 3 else None,
        )
        for i in range(number)
    )


@pytest.mark.parametrize("query", ["", "?sort=-last_login", "?q=bulk%20976", "?two_factor=pending&state=active"])
def test_two_thousand_and_ten_thousand_users_cost_the_same_number_of_queries(olivia, contract, query):
    fill(contract, 2_000)
    olivia.get(USERS + query)
    with CaptureQueriesContext(connection) as few:
        olivia.get(USERS + query)
    User.objects.filter(username__startswith="bulk").delete()
    fill(contract, 10_000)
    olivia.get(USERS + query)  # notes the use of the session, where a minute has passed
    with CaptureQueriesContext(connection) as many:
        page = olivia.get(USERS + query).context["page"]
    assert page.rows
    assert len(many) <= len(few) <= 10


def lock_out(user: User, *, minutes: int) -> None:
    now = timezone.now()
    until = now + timedelta(minutes=minutes)
    Attempts.objects.create(
        key=user.username, kind="factor", user=user, failures=6, blocked_until=until, updated_at=now
    )


def give_codes(user: User, *, unused: int) -> None:
    for number in range(10):
        used_at = None if number < unused else timezone.now()
        RecoveryCode.objects.create(user=user, digest=f"{user.pk}-{number}", used_at=used_at)


def test_what_needs_attention_can_be_filtered(olivia, contract):
    active = {"two_factor_active_since": timezone.now()}
    people = {
        name: make_member(contract, name, **fields)
        for name, fields in {
            "stolen": {"password_revoked_at": timezone.now()},
            "locked": {},
            "waited": {},
            "few": active,
            "none": active,
            "plenty": active,
            "other": {"password_set_by_other": True},
        }.items()
    }
    lock_out(people["locked"], minutes=5)
    lock_out(people["waited"], minutes=-5)
    for name, unused in (("few", 3), ("none", 0), ("plenty", 4), ("other", 1)):
        give_codes(people[name], unused=unused)
    assert names(olivia, f"{USERS}?attention=stolen") == ["Stolen"]
    assert names(olivia, f"{USERS}?attention=locked") == ["Locked"]
    assert names(olivia, f"{USERS}?attention=few_codes") == ["Few", "None"]
    assert names(olivia, f"{USERS}?attention=set_by_other") == ["Other"]
    assert names(olivia, f"{USERS}?attention=set_by_other&state=deactivated") == []
    assert '<option value="locked" selected>' in olivia.get(USERS + "?attention=locked").content.decode()
    assert olivia.get(USERS + "?attention=x").status_code == 400


def test_rows_can_be_selected_by_who_may_do_something_with_them(olivia, somebody, people):
    page = olivia.get(USERS).content.decode()
    assert page.count('type="checkbox" name="ids"') == 5
    assert re.findall(r'name="action" value="(\w+)"', page) == [
        "require",
        "reset",
        "activate",
        "deactivate",
        "role",
        "invite",
        "delete",
    ]
    for permission, actions in (
        ("users.disable", ["deactivate"]),
        ("users.delete", ["delete"]),
        ("users.set_name", []),
    ):
        page = somebody("users.show", permission, username=permission[6:]).get(USERS).content.decode()
        assert re.findall(r'name="action" value="(\w+)"', page) == actions
        assert ('name="ids"' in page) is bool(actions)


def test_no_form_stands_inside_another_one(olivia, people):
    page = olivia.get(USERS).content.decode()
    tags = re.findall(r"<(/?form)\b", page)
    assert tags == ["form", "/form"] * (len(tags) // 2)
