"""Management > Logs: what is on the page, for whom, and for which question."""

from datetime import datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditRow, Event, Outcome, User
from tests.factories import make_member, make_owner, make_role
from tests.people import Person, words

LOGS = "/management/logs/"


def cells(response) -> list[list[str]]:
    """The table, without what is folded away."""
    assert response.status_code == 200
    soup = BeautifulSoup(response.content, "html.parser")
    for hidden in soup.select(".visually-hidden"):
        hidden.decompose()
    return [
        [" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")]
        for row in soup.select("tbody tr:not(.more)")
    ]


def column(response, place: int) -> list[str]:
    return [row[place] for row in cells(response)]


def test_a_change_reads_as_a_sentence_with_who_whom_and_from_where(olivia, contract):
    lena = make_member(contract)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
    olivia.post(f"/management/users/{lena.pk}/two-factor-required/", {"required": "no"}, HTTP_USER_AGENT=agent)
    page = olivia.get(LOGS)
    _at, user, action, whom, outcome, origin = cells(page)[0]
    assert (user, whom, outcome) == ("owner", "lena", "Done")
    assert action.startswith("Changed whether 2FA is required · 2FA required: Yes → No")
    assert origin == "127.0.0.1 · Firefox on Linux"
    linked = f'<a href="/management/users/{lena.pk}/"><bdi class="cut" title="lena">lena</bdi></a>'
    assert linked in page.content.decode()
    assert agent in words(page)


def test_log_ins_of_users_and_of_the_owner_are_there_and_wrong_ones_too(olivia, contract, owner):
    make_member(contract, two_factor_required=False)
    Person("lena").log_in()
    Person("lena", password="wrong").start_login()
    Person("owner", password="wrong").start_login()
    rows = [(row[2], row[3], row[4]) for row in cells(olivia.get(LOGS))]
    assert rows[:2] == [("Wrong password", "owner", "Failed"), ("Wrong password", "lena", "Failed")]
    assert ("Logged in · With: password", "lena", "Done") in rows
    assert ("Logged in · With: password", "owner", "Done") in rows


def test_nobody_elses_rows_are_there(olivia, row):
    rival = make_owner("rival", contract="Beta")
    row(contract_id=rival.contracts.get().pk, target_label="stranger")
    row(contract_id=None, target_label="operator")
    row(contract_id=None, actor_id=rival.pk, actor_label="rival")
    Person(rival).log_in()
    Person("unknown-name", password="x").start_login()
    assert {row[3] for row in cells(olivia.get(LOGS))} == {"owner"}


def test_names_stay_readable_after_deletion(olivia, contract, row):
    lena = make_member(contract)
    row(target_id=lena.pk, target_label="lena")
    lena.delete()
    page = olivia.get(LOGS)
    assert cells(page)[0][3] == "lena"
    assert f"/management/users/{lena.pk}/" not in page.content.decode()


@pytest.mark.parametrize(
    ("period", "days_ago"),
    [("1h", 0), ("24h", 0.9), ("7d", 6.9), ("30d", 29.9), ("365d", 364.9), ("", 29.9)],
)
def test_a_period_ends_where_it_says(olivia, row, period, days_ago):
    row(ago=timedelta(days=days_ago), target_label="inside")
    row(ago=timedelta(days=days_ago + 0.2), target_label="outside")
    shown = column(olivia.client.get(LOGS, {"period": period} if period else {}), 3)
    assert "inside" in shown
    assert "outside" not in shown


def test_the_last_hour_just_before_midnight_has_what_just_happened(owner):
    with time_machine.travel("2026-03-28T23:59:58Z", tick=False):
        olivia = Person(owner)
        olivia.log_in()
        first = cells(olivia.client.get(LOGS, {"period": "1h"}))[0]
        assert first[0] == "28 Mar 2026, 23:59:58 UTC"
        assert first[2].startswith("Logged in")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Hong_Kong"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_days_are_days_in_utc_also_when_clocks_change(olivia, row, settings, zone, day):
    settings.TIME_ZONE = zone
    for moment in ("00:00:00", "02:30:00", "23:59:59.999999"):
        row(at=datetime.fromisoformat(f"{day}T{moment}+00:00"), target_label="inside")
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    row(at=start - timedelta(microseconds=1), target_label="before")
    row(at=start + timedelta(days=1), target_label="after")
    shown = cells(olivia.client.get(LOGS, {"period": "custom", "from": day, "to": day}))
    assert [line[3] for line in shown] == ["inside"] * 3
    assert shown[-1][0].endswith("2026, 00:00:00 UTC")


@pytest.mark.parametrize(
    ("first", "final", "found"),
    [("", "", True), ("0001-01-01", "9999-12-31", True), ("2026-01-01", "", True), ("", "2000-01-01", False)],
)
def test_an_open_or_a_huge_period_is_fine(olivia, row, first, final, found):
    row(target_label="inside")
    page = olivia.client.get(LOGS, {"period": "custom", "from": first, "to": final})
    assert ("inside" in words(page)) is found
    assert olivia.client.get(f"{LOGS}export.csv", {"period": "custom", "from": first, "to": final}).status_code == 200


@pytest.mark.parametrize(
    ("first", "final", "wrong"),
    [
        ("2026-02-02", "2026-02-01", "to"),
        ("letters", "", "from"),
        ("2026-02-30", "", "from"),
        ("2026-03-29T02:30", "", "from"),
        ("10000-01-01", "", "from"),
        ("0000-01-01", "", "from"),
        ("1-1-1", "", "from"),
        ("", "a\0", "to"),
        ("", "9" * 5000, "to"),
    ],
)
def test_a_day_that_can_not_be_read_is_a_sentence_at_its_field(olivia, first, final, wrong):
    query = {"period": "custom", "from": first, "to": final}
    response = olivia.client.get(LOGS, query)
    assert response.status_code == 200
    field = BeautifulSoup(response.content, "html.parser").select_one(f'input[name="{wrong}"]')
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == f"id_{wrong}_error"
    assert olivia.client.get(f"{LOGS}export.csv", query).status_code == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "LEN"}, {"lena"}),
        ({"q": "sam"}, {"lena"}),
        ({"q": "10.1.2"}, {"paul"}),
        ({"q": "deactivated a user"}, {"paul"}),
        ({"q": "wrong code"}, {"mia"}),
        ({"q": "code checked"}, set()),
        ({"q": "ärzte"}, {"Ärzte"}),
        ({"q": "%"}, set()),
        ({"user": "LENA"}, {"lena"}),
        ({"user": "sam"}, {"lena"}),
        ({"user": "len"}, set()),
        ({"action": "user_state"}, {"paul"}),
        ({"action": "group:users"}, {"lena", "paul"}),
        ({"action": "group:roles"}, {"Ärzte"}),
        ({"action": "group:users", "q": "sam"}, {"lena"}),
        ({"outcome": "failed"}, {"mia"}),
        ({"outcome": "failed", "action": "user_state"}, set()),
    ],
)
def test_search_and_filters_find_rows(olivia, row, query, found):
    row(Event.USER_NAME, actor_label="sam", target_id=7, target_label="lena")
    row(Event.USER_STATE, target_id=8, target_label="paul", ip="10.1.2.3")
    row(Event.SIGN_IN_CODE, outcome=Outcome.FAILED, target_id=9, target_label="mia")
    row(Event.ROLE_CREATED, target_label="Ärzte")
    assert set(column(olivia.client.get(LOGS, query), 3)) == found


@pytest.mark.parametrize(
    "query",
    [
        "period=2h",
        "action=fly",
        "action=group:fly",
        "outcome=perhaps",
        "q=%00",
        "user=%00",
        "q=" + "a" * 201,
        "q=a&q=b",
        "cursor=x",
        "cursor=%00",
        "cursor=" + "a" * 2001,
    ],
)
def test_rubbish_in_the_address_is_a_400(olivia, query):
    assert olivia.get(f"{LOGS}?{query}").status_code == 400


def test_pages_follow_one_another_both_ways_without_gap_or_repeat(olivia, many):
    many(60)
    seen, url, pages = [], LOGS + "?action=user_name", []
    while url:
        page = olivia.get(url)
        pages.append(column(page, 3))
        seen += pages[-1]
        older = BeautifulSoup(page.content, "html.parser").select_one('a[rel="next"]')
        last, url = url, LOGS + older["href"] if older else ""
    assert seen == [f"user{place}" for place in range(60)]
    assert "action=user_name" in last
    for expected in reversed(pages[:-1]):
        newer = BeautifulSoup(olivia.get(last).content, "html.parser").select_one('a[rel="prev"]')
        last = LOGS + newer["href"]
        assert column(olivia.get(last), 3) == expected


def test_the_page_costs_the_same_at_thirty_and_at_ten_thousand_rows(olivia, many, django_assert_num_queries):
    many(30)
    with CaptureQueriesContext(connection) as thirty:
        olivia.get(LOGS)
    many(10_000)
    with django_assert_num_queries(len(thirty)):
        page = olivia.get(LOGS)
    older = BeautifulSoup(page.content, "html.parser").select_one('a[rel="next"]')["href"]
    with django_assert_num_queries(len(thirty)):
        olivia.get(LOGS + older)
    with django_assert_num_queries(len(thirty)):
        olivia.get(LOGS + "?q=user9&period=365d")


HOSTILE = "<script>alert(1)</script>\u202egpj.exe\x1b[31m\r\nLOGIN ok admin"


def test_hostile_text_is_shown_harmlessly(olivia, row):
    """C49: one escaped row each, nothing executed or reordered."""
    row(actor_label=HOSTILE[:150], target_label=HOSTILE[:150], user_agent=HOSTILE, detail={"old": HOSTILE, "new": "x"})
    page = olivia.get(LOGS)
    text = page.content.decode()
    assert "<script>alert" not in text
    assert not {"\u202e", "\x1b"} & set(text)
    assert "[U+202E]gpj.exe[U+001B][31m[U+000D][U+000A]LOGIN ok admin" in cells(page)[0][1]
    exported = b"".join(olivia.get(f"{LOGS}export.csv")).decode()
    assert not {"\u202e", "\x1b"} & set(exported)


def test_only_who_may_see_the_logs_does(contract, row):
    row(target_label="secret")
    for permissions, status in ((("logs.show",), 200), (("users.show", "roles.show"), 403)):
        name = f"sam{status}"
        user = make_member(contract, name, role=make_role(contract, *permissions), two_factor_required=False)
        sam = Person(user)
        sam.log_in()
        for path in (LOGS, f"{LOGS}export.csv"):
            assert sam.get(path).status_code == status
            assert sam.post(path).status_code == (405 if status == 200 else 403)
    assert AuditRow.objects.filter(event="access_refused", actor_label="sam403").count() == 4


def test_names_are_no_links_for_who_may_not_see_users(contract, row):
    role = make_role(contract, "logs.show")
    user: User = make_member(contract, "sam", role=role, two_factor_required=False)
    sam = Person(user)
    sam.log_in()
    page = sam.get(LOGS)
    assert page.status_code == 200
    assert "/management/users/" not in page.content.decode()


def test_an_empty_log_says_what_to_do(olivia):
    page = words(olivia.client.get(LOGS, {"q": "nobody"}))
    assert "No log entries match. Choose a longer period" in page


def test_what_is_shown_is_counted_within_the_period_and_each_filter_is_a_chip(olivia, many, row):
    many(60)
    row(ago=timedelta(days=200), target_label="long ago")
    text = words(olivia.get(f"{LOGS}?action=group:users&user=user7"))
    assert "User: user7 Remove this filter Action: Users (all) Remove this filter Clear all" in text
    assert "1 of 1 matching, 61 in all" in text  # with the login of the owner
    assert "1–25 of 61" in words(olivia.get(LOGS))
    assert "1–25 of 62" in words(olivia.get(f"{LOGS}?period=365d"))


def test_beyond_a_thousand_rows_the_count_stops(olivia, many):
    many(1_001)
    assert "1–25 of 1,000+" in words(olivia.get(LOGS))


def test_the_actions_of_the_filter_are_in_groups(olivia):
    select = BeautifulSoup(olivia.get(LOGS).content, "html.parser").select_one("select[name=action]")
    groups = {group["label"]: [option["value"] for option in group.select("option")] for group in select("optgroup")}
    assert list(groups) == ["Logins", "2FA", "Users", "Roles", "Applications", "Exports", "System"]
    assert groups["Roles"] == ["group:roles", "role_changed", "role_created", "role_deleted"]
    assert sum(map(len, groups.values())) == len(Event) + len(groups)


def test_htmx_gets_the_list_alone_and_the_days_stay_with_it(olivia):
    headers = {"HX-Request": "true", "HX-Target": "div#list"}
    text = olivia.client.get(f"{LOGS}?period=custom&from=letters", headers=headers).content.decode()
    assert text.strip().startswith('<div id="list"')
    assert "<html" not in text
    assert 'aria-invalid="true"' in text
