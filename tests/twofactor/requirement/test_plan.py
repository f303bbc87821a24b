"""2FA from a day on: one moment decides, to the second, wherever and whenever somebody asks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditRow, Notice, OutgoingMail, User
from accounts.origin import SERVER
from tests.accounts.users.conftest import page
from tests.factories import make_member
from tests.people import Person, code_of, words
from tests.twofactor.requirement.conftest import NOW
from twofactor.requirement import plan, services

pytestmark = pytest.mark.django_db
MOMENT = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
LATER = "/two-factor/later/"
SETUP = "/two-factor/setup/"


@pytest.fixture
def lena(clock, contract) -> User:
    """2FA is not required of her yet."""
    return make_member(contract, "lena", email="lena@example.com", two_factor_required=False)


@pytest.fixture
def olivia(clock, owner) -> Person:
    person = Person(owner)
    person.log_in()
    return person


def planned(user: User, moment: datetime = MOMENT) -> User:
    assert services.set_required(actor=None, target=user, required=True, required_from=moment, origin=SERVER)
    user.refresh_from_db()
    return user


def apply(olivia: Person, lena: User, **data: str):
    return olivia.post(page(lena, "two-factor-required"), data)


def mails_about(event: str) -> int:
    return sum(mail.facts["notice"]["event"] == event for mail in OutgoingMail.objects.filter(kind="notice"))


def test_the_owner_plans_a_local_hour_and_the_moment_is_stored(olivia, lena):
    answer = apply(olivia, lena, required="yes", required_from="2027-03-01T09:00", required_from_zone="Europe/Berlin")
    assert answer.url == page(lena)
    lena.refresh_from_db()
    assert (lena.two_factor_required_from, lena.two_factor_planned, lena.must_use_two_factor) == (MOMENT, True, False)
    assert "planned from 1 Mar 2027, 08:00 UTC" in words(olivia.get(page(lena)))
    row = AuditRow.objects.get(event="two_factor_planned")
    assert row.detail == {"old": "no", "new": "2027-03-01T08:00:00Z"}
    assert mails_about("two_factor_planned") == 1


@pytest.mark.parametrize(
    ("typed", "zone", "field"),
    [
        ("2027-02-01T09:00", "UTC", "required_from"),
        ("2026-03-01T08:00", "UTC", "required_from"),
        ("2099-03-01T08:00", "UTC", "required_from"),
        ("9999-12-31T23:59", "Etc/GMT+12", "required_from"),
        ("tomorrow", "UTC", "required_from"),
        ("2027-03-28T02:30", "Europe/Berlin", "required_from"),
        ("2027-03-01T08:00Z", "UTC", "required_from"),
        ("２０２７-03-01T08:00", "UTC", "required_from"),
        ("2027-03-01T08:00", "Mars/Olympus", "required_from_zone"),
        ("2027-03-01T08:00", "../../etc/passwd", "required_from_zone"),
        ("2027-03-01T08:00", "Europe", "required_from_zone"),
    ],
)
def test_what_is_no_moment_ahead_gets_a_sentence_at_its_field(olivia, lena, typed, zone, field):
    answer = apply(olivia, lena, required="yes", required_from=typed, required_from_zone=zone)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert typed in answer.content.decode()
    assert not AuditRow.objects.filter(event="two_factor_planned").exists()


def test_an_hour_that_comes_twice_counts_the_first_time(olivia, lena):
    apply(olivia, lena, required="yes", required_from="2027-10-31T02:30", required_from_zone="Europe/Berlin")
    lena.refresh_from_db()
    assert lena.two_factor_required_from == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_from_is_refused_for_somebody_who_must_use_it_already(olivia, contract):
    nora = make_member(contract, "nora")
    answer = apply(olivia, nora, required="yes", required_from="2027-03-01T08:00")
    assert "is already required for this user" in words(answer)
    nora.refresh_from_db()
    assert nora.two_factor_required_from is None


def test_from_is_offered_only_while_it_can_be_accepted(olivia, contract, lena):
    nora = make_member(contract, "nora")
    late = planned(make_member(contract, "late", two_factor_required=False), NOW + timedelta(hours=1))
    User.objects.filter(pk=late.pk).update(two_factor_required_from=NOW - timedelta(hours=1))
    ready = planned(make_member(contract, "ready", two_factor_required=False))
    for user, offered in ((nora, False), (late, False), (lena, True), (ready, True)):
        for part in ({}, {"HX-Request": "true", "HX-Target": "div#row-two_factor_required"}):
            form = olivia.get(page(user, "two-factor-required"), headers=part).content.decode()
            assert ('name="required_from"' in form) is offered, user
            assert 'name="required"' in form
    answer = apply(olivia, nora, required="yes", required_from="2027-03-01T08:00")
    assert 'value="2027-03-01T08:00"' in answer.content.decode()


def test_no_before_the_moment_withdraws_the_plan_and_clears_nothing(olivia, lena):
    at_work = Person(lena)
    at_work.log_in()
    at_work.enrol_logged_in()
    planned(User.objects.get(pk=lena.pk))
    before = User.objects.get(pk=lena.pk)
    apply(olivia, lena, required="no", required_from="2027-03-01T08:00")
    after = User.objects.get(pk=lena.pk)
    assert (after.two_factor_required, after.two_factor_required_from, after.two_factor_reminded_at) == (
        False,
        None,
        None,
    )
    assert (after.stamp, after.two_factor_active_since) == (before.stamp, before.two_factor_active_since)
    assert at_work.is_in()
    assert AuditRow.objects.filter(event="two_factor_planned").last().detail["new"] == "no"


def test_no_after_the_moment_is_the_no_of_ever(olivia, lena, clock):
    planned(lena)
    clock.move_to(MOMENT)
    Person(lena).enrol()
    olivia.log_in()
    apply(olivia, lena, required="no")
    after = User.objects.get(pk=lena.pk)
    assert (after.two_factor_required, after.two_factor_required_from, after.two_factor_active) == (False, None, False)


def test_a_plan_that_is_moved_is_one_row_and_begins_its_reminders_anew(olivia, lena, clock):
    planned(lena)
    clock.move_to(MOMENT - timedelta(days=6))
    olivia.log_in()
    apply(olivia, lena, required="yes", required_from="2027-04-01T08:00")
    lena.refresh_from_db()
    assert lena.two_factor_reminded_at == MOMENT - timedelta(days=6)
    assert AuditRow.objects.filter(event="two_factor_planned").last().detail == {
        "old": "2027-03-01T08:00:00Z",
        "new": "2027-04-01T08:00:00Z",
    }
    clock.move_to(datetime(2027, 3, 25, 8, 0, tzinfo=UTC))
    assert plan.send_due_reminders(origin=SERVER) == 1


def test_yes_at_once_ends_the_plan(olivia, lena):
    planned(lena)
    apply(olivia, lena, required="yes")
    lena.refresh_from_db()
    assert (lena.must_use_two_factor, lena.two_factor_required_from) == (True, None)


def test_one_second_before_the_panel_is_open_and_at_the_moment_every_browser_is_led_to_set_up(lena, clock):
    planned(lena)
    browsers = [Person(lena), Person(lena)]
    clock.move_to(MOMENT - timedelta(minutes=2))
    for browser in browsers:
        assert browser.start_login().url == LATER
        assert browser.post(LATER).url == "/"
    clock.move_to(MOMENT - timedelta(seconds=1))
    assert [browser.get("/").status_code for browser in browsers] == [200, 200]
    clock.move_to(MOMENT)
    assert [browser.get("/").url for browser in browsers] == ["/two-factor/setup/"] * 2


def test_each_login_asks_now_or_later_until_the_moment(lena, clock):
    planned(lena)
    clock.move_to(MOMENT - timedelta(seconds=1))
    browser = Person(lena)
    assert browser.start_login().url == LATER
    assert "Set it up now" in words(browser.get(LATER))
    clock.move_to(MOMENT)
    assert browser.get(LATER).url == "/two-factor/setup/", "the page was open while the moment came"
    assert Person(lena).start_login().url == "/two-factor/setup/"


def test_later_comes_after_the_new_password_and_is_said_once_a_login(lena):
    planned(lena)
    User.objects.filter(pk=lena.pk).update(must_change_password=True)
    browser = Person(lena)
    assert browser.start_login().url == "/password/new/"
    new = {"new_password1": "seven brave otters", "new_password2": "seven brave otters"}
    assert browser.post("/password/new/", new).url == LATER
    assert browser.get("/").url == LATER, "nothing else is open meanwhile"
    assert browser.post(LATER, {"action": "later"}).url == "/"
    assert browser.is_in()
    assert browser.get(LATER).url == "/"


@pytest.mark.parametrize("asked", ["/", "/profile/", "/management/users/?page=2"])
def test_set_it_up_now_leads_to_the_set_up_and_then_to_the_page_that_was_asked_for(lena, asked):
    planned(lena)
    browser = Person(lena)
    assert browser.start_login(next=asked).url == LATER
    assert browser.post(LATER, {"action": "set_up"}).url == "/two-factor/setup/"
    browser.key = browser.read_key()
    assert browser.post(SETUP, {"code": code_of(browser.key)}).url == "/two-factor/activated/"
    assert browser.post("/two-factor/activated/").url == asked
    assert "2FA is required from" not in words(browser.get("/profile/"))


def test_a_plan_that_is_withdrawn_while_the_page_asks_ends_no_login(lena):
    planned(lena)
    browser = Person(lena)
    browser.start_login()
    services.set_required(actor=None, target=lena, required=False, origin=SERVER)
    assert browser.get(LATER).status_code == 200
    assert browser.post(LATER).url == "/"


def test_every_page_says_from_when_on(lena):
    planned(lena)
    browser = Person(lena)
    browser.start_login()
    browser.post(LATER)
    for path in ("/", "/profile/", "/management/users/"):
        assert "2FA is required from 1 Mar 2027, 08:00 UTC" in words(browser.get(path))


def test_own_2fa_may_be_switched_off_again_until_the_moment(lena, clock):
    planned(lena)
    browser = Person(lena)
    browser.start_login()
    browser.post(LATER)
    browser.enrol_logged_in()
    assert browser.post("/two-factor/disable/").url == "/profile/security/"
    assert not User.objects.get(pk=lena.pk).two_factor_active


def test_reminders_come_seven_days_and_one_day_before_and_never_twice(lena, clock):
    planned(lena)
    sent = []
    for before in (
        timedelta(days=7, seconds=1),
        timedelta(days=7),
        timedelta(days=6),
        timedelta(days=1),
        timedelta(hours=2),
    ):
        clock.move_to(MOMENT - before)
        sent.append((plan.send_due_reminders(origin=SERVER), plan.send_due_reminders(origin=SERVER)))
    assert sent == [(0, 0), (1, 0), (0, 0), (1, 0), (0, 0)]
    assert mails_about("two_factor_reminded") == 2


def test_of_two_reminders_that_were_missed_only_the_newest_is_sent(lena, clock):
    planned(lena)
    clock.move_to(MOMENT - timedelta(hours=3))
    call_command("housekeeping")
    call_command("housekeeping")
    assert mails_about("two_factor_reminded") == 1


@pytest.mark.parametrize("before", [timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=12)])
def test_who_was_reminded_by_hand_just_before_is_reminded_once_more_but_not_at_once(olivia, lena, clock, before):
    """`housekeeping` runs hourly; the last reminder still comes before the planned time."""
    planned(lena)
    User.objects.filter(pk=lena.pk).update(two_factor_reminded_at=MOMENT - timedelta(days=7))
    by_hand = MOMENT - timedelta(days=1) - before
    clock.move_to(by_hand)
    olivia.log_in()
    olivia.post("/management/users/remind/", {"ids": [lena.pk]})
    assert mails_about("two_factor_reminded") == 1
    sent = []
    for hours in range(24, 0, -1):
        clock.move_to(MOMENT - timedelta(hours=hours))
        sent += [timezone.now()] * plan.send_due_reminders(origin=SERVER)
    assert len(sent) == 1
    assert sent[0] - by_hand >= timedelta(hours=22)
    assert sent[0] < MOMENT


def test_a_plan_made_just_before_a_reminder_is_due_sends_no_second_mail_at_once(lena, clock):
    clock.move_to(MOMENT - timedelta(days=7, hours=1))
    planned(lena)
    clock.move_to(MOMENT - timedelta(days=7))
    assert plan.send_due_reminders(origin=SERVER) == 0
    clock.move_to(MOMENT - timedelta(days=6))
    assert plan.send_due_reminders(origin=SERVER) == 1


def test_nobody_is_reminded_who_is_ready_deactivated_without_email_or_no_longer_planned(lena, contract, clock):
    others = {
        "ready": {"two_factor_active_since": NOW},
        "asleep": {"is_active": False},
        "silent": {"email": ""},
    }
    for name, fields in others.items():
        known = {"email": f"{name}@example.com", "two_factor_required": False} | fields
        planned(make_member(contract, name, **known))
    services.set_required(actor=None, target=planned(lena), required=False, origin=SERVER)
    clock.move_to(MOMENT - timedelta(days=1))
    assert plan.send_due_reminders(origin=SERVER) == 0
    clock.move_to(MOMENT)
    assert plan.send_due_reminders(origin=SERVER) == 0


def test_who_has_no_email_reads_it_at_the_next_login(contract, clock):
    silent = planned(make_member(contract, "silent", two_factor_required=False))
    assert Notice.objects.get(user=silent).event == "two_factor_planned"


def test_the_command_plans_and_status_tells(lena, capsys):
    call_command("twofactor", "require", "lena", "--from", "2027-03-01T08:00Z")
    assert "from 2027-03-01 08:00 UTC" in capsys.readouterr().out
    call_command("twofactor", "status", "--json")
    assert '"required_from": "2027-03-01T08:00:00Z"' in capsys.readouterr().out
    call_command("twofactor", "require", "lena")
    call_command("twofactor", "status", "--json")
    assert '"required_from": null' in capsys.readouterr().out


def test_a_fraction_of_a_second_in_the_command_is_cut_and_the_user_is_mailed(lena, sends, mailoutbox):
    call_command("twofactor", "require", "lena", "--from", "2027-03-01T09:00:00.123456+01:00")
    lena.refresh_from_db()
    assert lena.two_factor_required_from == MOMENT
    sends()
    assert [mail.to for mail in mailoutbox] == [["lena@example.com"]]


def test_a_setup_by_choice_that_nobody_was_asked_for_leads_to_security_as_ever(lena):
    planned(lena)
    browser = Person(lena)
    browser.start_login(next="/profile/")
    browser.post(LATER)
    browser.key = browser.read_key()
    browser.post(SETUP, {"code": code_of(browser.key)})
    assert browser.post("/two-factor/activated/").url == "/profile/security/"


def test_a_server_that_was_off_for_days_mails_one_reminder_when_it_is_back_and_holds_who_is_not_ready(
    lena, contract, clock
):
    """Nothing had to run at any hour: neither at the reminders' nor at the moment itself."""
    other = make_member(contract, "late", email="late@example.com", two_factor_required=False)
    planned(lena)
    planned(other, MOMENT + timedelta(days=3))
    browser = Person(lena)
    browser.start_login()
    browser.post(LATER)
    clock.move_to(MOMENT + timedelta(days=2, hours=5))
    for _ in range(3):
        call_command("housekeeping")
    assert mails_about("two_factor_reminded") == 1, "only who can still be early"
    assert Person(lena).start_login().url == SETUP
    assert Person(other).start_login().url == LATER
    assert User.objects.get(pk=lena.pk).must_use_two_factor


def test_a_user_created_with_a_plan_is_told_at_once_and_a_withdrawn_plan_leaves_nothing_behind(olivia, contract, clock):
    form = {
        "name": "Nina", "username": "nina", "email": "nina@example.com", "password1": "seven brave otters",
        "password2": "seven brave otters", "role": contract.roles.get().pk, "two_factor_required": "yes",
        "required_from": "2027-03-01T08:00", "required_from_zone": "UTC",
    }  # fmt: skip
    assert olivia.post("/management/users/create/", form).status_code == 302
    assert mails_about("two_factor_planned") == 1
    nina = User.objects.get(username="nina")
    apply(olivia, nina, required="no")
    nina.refresh_from_db()
    left = (nina.two_factor_required, nina.two_factor_required_from, nina.two_factor_reminded_at)
    assert left == (False, None, None)
    clock.move_to(MOMENT - timedelta(days=1))
    call_command("housekeeping")
    assert mails_about("two_factor_reminded") == 0
    clock.move_to(MOMENT)
    browser = Person(nina, password="seven brave otters")
    assert browser.start_login().url in ("/", "/password/new/")
    olivia.log_in()
    assert "Roll-out of 2FA" not in words(olivia.get("/"))
    for path in (page(nina), "/management/users/"):
        assert "from 1 Mar 2027" not in words(olivia.get(path))
