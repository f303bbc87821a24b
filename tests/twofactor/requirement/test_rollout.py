"""A plan for many: several at once, from a file, at creation; and what the Overview tells until everybody is ready."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditRow, OutgoingMail, User
from tests.cloudpanel.users.test_import import EXPORT, bring, outcomes, upload
from tests.factories import PASSWORD, make_many, make_member, make_owner
from tests.people import Person, words
from tests.twofactor.requirement.test_plan import MOMENT, NOW, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
BULK, REMIND = "/management/users/bulk/", "/management/users/remind/"
AT = "2027-03-01T08:00:00Z"
COLUMNS = "username,name,role,two_factor_required,two_factor_required_from"


@pytest.fixture
def olivia(clock, owner) -> Person:
    person = Person(owner)
    person.log_in()
    return person


@pytest.fixture
def thirty(clock, contract) -> list[User]:
    return [
        make_member(contract, f"user{n:02}", email=f"user{n:02}@example.com", two_factor_required=False)
        for n in range(30)
    ]


def moments(*users: User) -> set[datetime | None]:
    return set(User.objects.filter(pk__in=[u.pk for u in users]).values_list("two_factor_required_from", flat=True))


def test_thirty_people_are_planned_at_once_and_the_page_says_before_who_they_are(olivia, thirty):
    Person(thirty[0]).log_in()
    User.objects.filter(pk=thirty[1].pk).update(two_factor_active_since=NOW)
    User.objects.filter(pk=thirty[2].pk).update(email="")
    ids = {"ids": [user.pk for user in thirty], "action": "require"}
    page = words(olivia.post(BULK, ids))
    assert "1 ready already · 1 online now · 1 without email · 29 never logged in" in page
    answer = olivia.post(BULK, ids | {"confirm": "yes", "required_from": "2027-03-01T08:00", "required_from_zone": ""})
    assert answer.url == "/management/users/"
    assert moments(*thirty) == {MOMENT}
    assert AuditRow.objects.filter(event="two_factor_planned").count() == 30
    assert "will be required for 30 users from 1 Mar 2027, 08:00 UTC" in words(olivia.get(answer.url))


def test_a_wrong_moment_for_several_changes_nobody_and_keeps_what_was_typed(olivia, thirty):
    data = {"ids": [user.pk for user in thirty], "action": "require", "confirm": "yes"}
    answer = olivia.post(BULK, data | {"required_from": "2020-01-01T00:00"})
    assert answer.status_code == 200
    assert "Choose a time in the future" in words(answer)
    assert "2020-01-01T00:00" in answer.content.decode()
    assert moments(*thirty) == {None}


def test_of_several_whoever_must_use_it_already_stays_and_a_plan_is_moved(olivia, contract, thirty):
    nora = make_member(contract, "nora")
    planned(thirty[0], MOMENT + timedelta(days=30))
    data = {"ids": [nora.pk, thirty[0].pk, thirty[1].pk], "action": "require", "confirm": "yes"}
    olivia.post(BULK, data | {"required_from": "2027-03-01T08:00"})
    assert moments(*thirty[:2]) == {MOMENT}
    assert moments(nora) == {None}


def test_lists_and_filters_know_who_is_planned(olivia, contract, thirty, clock):
    planned(thirty[0])
    make_member(contract, "nora")

    def found(query: str) -> list[str]:
        return [user.username for user in olivia.get(f"/management/users/?{query}").context["page"].rows]

    assert found("required=planned") == found("two_factor=planned") == ["user00"]
    assert found("required=yes") == found("two_factor=pending") == ["nora"]
    assert "user00" not in found("required=no")
    assert "from 1 Mar 2027, 08:00" in words(olivia.get("/management/users/?required=planned"))
    clock.move_to(MOMENT)
    olivia.log_in()
    assert found("required=planned") == found("two_factor=planned") == []
    assert found("required=yes") == found("two_factor=pending") == ["nora", "user00"]


def test_the_form_that_creates_a_user_takes_a_moment(olivia, contract):
    form = {
        "name": "Nina", "username": "nina", "password1": PASSWORD * 2, "password2": PASSWORD * 2,
        "role": contract.roles.get().pk, "two_factor_required": "yes",
        "required_from": "2027-03-01T09:00", "required_from_zone": "Europe/Berlin",
    }  # fmt: skip
    assert olivia.post("/management/users/create/", form).status_code == 302
    assert moments(User.objects.get(username="nina")) == {MOMENT}
    assert olivia.post("/management/users/create/", form | {"username": "nick", "two_factor_required": "no"}).url
    assert moments(User.objects.get(username="nick")) == {None}
    answer = olivia.post("/management/users/create/", form | {"username": "noel", "required_from": "soon"})
    assert list(answer.context["form"].errors) == ["required_from"]


def test_what_is_exported_comes_in_again_unchanged_before_and_after_the_moment(olivia, thirty, clock):
    planned(thirty[0])
    file = b"".join(olivia.get(EXPORT).streaming_content).decode("utf-8-sig")
    row = next(line for line in csv.DictReader(StringIO(file)) if line["username"] == "user00")
    assert (row["two_factor_required"], row["two_factor_required_from"]) == ("yes", AT)
    assert {kind for _, kind in outcomes(upload(olivia, file))} == {"unchanged"}
    clock.move_to(MOMENT)
    olivia.log_in()
    assert {kind for _, kind in outcomes(upload(olivia, file))} == {"unchanged"}


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (f"yes,{AT}", "changed"),
        ("yes,2027-03-01T09:00+01:00", "changed"),
        ("yes,", "changed"),
        (",", "unchanged"),
        ("no,", "unchanged"),
        (f"no,{AT}", "refused"),
        (f",{AT}", "refused"),
        ("yes,2027-03-01T08:00", "refused"),
        ("yes,2020-03-01T08:00Z", "refused"),
        ("yes,9999-12-31T23:59-23:59", "refused"),
        ("yes,soon", "refused"),
    ],
)
def test_what_a_file_may_say_of_somebody_without_2fa(olivia, thirty, cells, kind):
    answer = upload(olivia, f"{COLUMNS}\r\nuser00,,,{cells}\r\n")
    assert outcomes(answer) == [("user00", kind)]


@pytest.mark.parametrize(
    ("cells", "kind", "after"),
    [
        (f"yes,{AT}", "unchanged", MOMENT),
        ("yes,2027-04-01T08:00Z", "changed", datetime(2027, 4, 1, 8, tzinfo=UTC)),
        ("yes,", "changed", None),
        ("no,", "changed", None),
        (f"no,{AT}", "refused", MOMENT),
    ],
)
def test_what_a_file_may_say_of_somebody_planned(olivia, thirty, cells, kind, after):
    planned(thirty[0])
    data = f"{COLUMNS}\r\nuser00,,,{cells}\r\n"
    assert outcomes(upload(olivia, data)) == [("user00", kind)]
    if kind == "changed":
        bring(olivia, data)
    assert moments(thirty[0]) == {after}


def test_a_fraction_of_a_second_in_a_file_is_cut_and_the_user_is_mailed(olivia, thirty, sends, mailoutbox):
    data = f"{COLUMNS}\r\nuser00,,,yes,2027-03-01T08:00:00.5Z\r\n"
    bring(olivia, data)
    assert moments(thirty[0]) == {MOMENT}
    assert [mail.to for mail in mailoutbox] == [["user00@example.com"]]
    assert outcomes(upload(olivia, data)) == [("user00", "unchanged")]


def test_a_file_without_the_column_changes_no_plan(olivia, thirty):
    planned(thirty[0])
    assert outcomes(upload(olivia, "username,two_factor_required\r\nuser00,yes\r\n")) == [("user00", "unchanged")]


def test_a_moment_for_somebody_who_must_use_it_already_is_refused(olivia, contract):
    make_member(contract, "nora")
    assert outcomes(upload(olivia, f"{COLUMNS}\r\nnora,,,yes,{AT}\r\n")) == [("nora", "refused")]


def test_new_users_of_a_file_are_planned_by_the_owner_alone(olivia, contract):
    data = f"{COLUMNS}\r\nnew,Neo,Administrator,yes,{AT}\r\n"
    boss = Person(make_member(contract, "boss", two_factor_required=False))
    boss.log_in()
    assert outcomes(upload(boss, data)) == [("new", "refused")]
    bring(olivia, data)
    assert moments(User.objects.get(username="new")) == {MOMENT}


def test_the_overview_says_how_many_are_ready_who_is_not_and_who_is_held(olivia, thirty, clock):
    for user in thirty[:3]:
        planned(user)
    User.objects.filter(pk=thirty[0].pk).update(two_factor_active_since=NOW)
    page = words(olivia.get("/"))
    assert "Required from 1 Mar 2027, 08:00 UTC : 1 of 3 ready" in page
    assert "2 planned" in page
    assert "27 without 2FA" in page
    assert "user01" in page
    clock.move_to(MOMENT)
    olivia.log_in()
    page = words(olivia.get("/"))
    assert "Required since 1 Mar 2027, 08:00 UTC : 1 of 3 ready, 2 held at the setup" in page
    User.objects.filter(pk__in=[u.pk for u in thirty]).update(two_factor_active_since=MOMENT)
    assert "Roll-out of 2FA" not in words(olivia.get("/")), "everybody is ready"


def test_old_dates_that_somebody_missed_hide_no_new_plan(olivia, contract, thirty):
    def held(number: int) -> None:
        since = NOW - timedelta(days=30 * number)
        make_member(contract, f"held{number}", two_factor_required_from=since)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            olivia.get("/")
        return len(captured)

    for user in thirty:
        planned(user)
    held(1)
    olivia.get("/")  # what a process asks only once is not counted
    before = queries()
    for number in range(2, 6):
        held(number)
    for number in range(1, 4):
        planned(make_member(contract, f"next{number}", two_factor_required=False), MOMENT + timedelta(days=number))
    page = words(olivia.get("/"))
    assert "Required from 1 Mar 2027, 08:00 UTC : 0 of 30 ready" in page
    assert page.count("1 held at the setup") == page.count("Required from") == 3
    assert "Required since 3 Nov 2026" in page
    assert "Required since 4 Oct 2026" not in page
    assert "and 3 other dates" in page
    assert all(name in page for name in ("held5", "user29", "next3")), "people at the other dates are named, too"
    assert "more" not in page[page.index("and 3 other dates") :]
    assert queries() == before


def test_of_many_who_are_not_ready_fifty_are_named_and_the_others_counted(olivia, contract):
    make_many(contract, 60, two_factor_required=True, two_factor_required_from=NOW - timedelta(days=1))
    assert "and 10 more" in words(olivia.get("/"))


def test_a_withdrawn_plan_leaves_nothing_on_the_overview(olivia, thirty):
    planned(thirty[0])
    olivia.post(f"/management/users/{thirty[0].pk}/two-factor-required/", {"required": "no"})
    page = olivia.get("/")
    assert page.status_code == 200
    assert "Roll-out of 2FA" not in words(page)


def reminded() -> int:
    return sum(m.facts["notice"]["event"] == "two_factor_reminded" for m in OutgoingMail.objects.filter(kind="notice"))


def test_the_owner_reminds_by_one_mail_a_day_at_most_also_who_is_held(olivia, thirty, clock):
    planned(thirty[0])
    ids = {"ids": [thirty[0].pk, thirty[1].pk]}
    olivia.post(REMIND, ids)
    assert reminded() == 0, "told a moment ago, by the plan itself"
    clock.shift(timedelta(days=1))
    olivia.log_in()
    for _ in range(3):
        olivia.post(REMIND, ids)
    assert reminded() == 1
    assert AuditRow.objects.filter(event="two_factor_reminded").count() == 1
    clock.move_to(MOMENT + timedelta(days=1))
    olivia.log_in()
    olivia.post(REMIND, ids)
    assert reminded() == 2


def test_a_foreign_id_among_those_to_remind_reminds_nobody(olivia, thirty, clock):
    planned(thirty[0])
    clock.shift(timedelta(days=2))
    olivia.log_in()
    foreign = make_member(make_owner("other").contracts.get(), "foreign")
    assert olivia.post(REMIND, {"ids": [thirty[0].pk, foreign.pk]}).status_code == 404
    assert reminded() == 0


def test_only_the_owner_reminds(thirty, contract):
    adam = Person(make_member(contract, "adam", two_factor_required=False))
    adam.log_in()
    assert adam.post(REMIND, {"ids": [thirty[0].pk]}).status_code == 403
    assert reminded() == 0


def test_with_nobody_selected_the_owner_is_told_so(olivia):
    answer = olivia.post(REMIND)
    assert answer.url == "/"
    assert "No users selected" in words(olivia.get("/"))
