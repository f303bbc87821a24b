"""Who is told of what, where, and what waits for the next login."""

import re
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.db import connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from accounts import moments
from accounts.models import AuditRow, Event, Notice, User
from accounts.notices import responses, texts
from accounts.notices import services as notices
from accounts.origin import SERVER, Origin
from accounts.outbox import rows
from accounts.outbox.rows import Mailed
from tests.commits import commits  # noqa: F401
from tests.factories import make_member, make_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ORIGIN = Origin("192.0.2.7", AGENT)
DETAILS = [
    (Event.USER_PASSWORD, {}, "Your password was changed"),
    (Event.USER_EMAIL, {}, "The email address of your account was changed"),
    (Event.TWO_FACTOR_ACTIVATED, {}, "Two-factor authentication was activated"),
    (Event.TWO_FACTOR_MOVED, {}, "set up on a new phone"),
    (Event.TWO_FACTOR_DISABLED, {}, "was disabled"),
    (Event.TWO_FACTOR_ACTIVATED, {"with": "key"}, "you use your security key each time"),
    (Event.KEY_ADDED, {"name": "Blue key"}, "Name of the key: Blue key."),
    (Event.KEY_REMOVED, {"name": "Blue key"}, "A security key was removed"),
    (Event.KEY_COPIED, {"name": "Blue key"}, "may have been copied"),
    (Event.APP_ADDED, {}, "An authenticator app was added"),
    (Event.APP_REMOVED, {}, "The authenticator app was removed"),
    (Event.TWO_FACTOR_REQUIRED, {"new": "yes"}, "is now required"),
    (Event.TWO_FACTOR_REQUIRED, {"new": "no"}, "was cleared"),
    (Event.TWO_FACTOR_PLANNED, {"new": "2027-03-01T08:00:00Z"}, "will be required for your account from 1 Mar 2027"),
    (Event.TWO_FACTOR_PLANNED, {"new": "no"}, "is no longer planned"),
    (Event.TWO_FACTOR_REMINDED, {"from": "2099-03-01T08:00:00Z"}, "will be required for your account from 1 Mar 2099"),
    (Event.TWO_FACTOR_REMINDED, {}, "is required for your account"),
    (Event.TWO_FACTOR_RESET, {}, "was reset"),
    (Event.HELP_REQUESTED, {}, "Somebody who knows your password"),
    (Event.HELP_APPROVED, {}, "set it up again in the browser that asked"),
    (Event.PASSWORD_BLOCKED, {}, "The account owner refused"),
    (Event.RECOVERY_CODES_MADE, {}, "New recovery codes were generated"),
    (Event.RECOVERY_CODE_USED, {"left": 7}, "7 codes are left."),
    (Event.RECOVERY_CODE_USED, {"left": 3}, "3 codes are left. Generate new ones"),
    (Event.RECOVERY_CODE_USED, {"left": 1}, "1 code is left. Generate new ones"),
    (Event.TEN_WRONG_CODES, {}, "Ten wrong codes in a row"),
    (Event.PASSWORD_REVOKED, {}, "was blocked because it may be compromised"),
    (Event.USER_STATE, {"new": "deactivated"}, "was deactivated"),
    (Event.USER_STATE, {"new": "active"}, "was activated"),
]


class Kept(BaseStorage):
    def _get(self, *args, **kwargs):
        return [], True

    def _store(self, messages, response, *args, **kwargs):
        return []


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def lena(owner) -> User:
    return make_member(owner.contracts.get(), name="Lena Lang", email="lena@example.com")


def notify(user: User, event: Event, **more) -> Mailed:
    with transaction.atomic():
        return notices.notify(user, event, **{"origin": ORIGIN} | more)


def as_told(user: User, event: Event, detail: dict) -> User:
    """The account as it is after such an event: what no longer holds is told to nobody."""
    user.password_revoked_at = timezone.now() if event in (Event.PASSWORD_REVOKED, Event.PASSWORD_BLOCKED) else None
    user.is_active = detail.get("new") != "deactivated"
    active = event in (Event.TWO_FACTOR_ACTIVATED, Event.APP_REMOVED)
    user.two_factor_active_since = timezone.now() if active else None
    user.setup_browser = "digest" if event == Event.HELP_APPROVED else ""
    if event == Event.TWO_FACTOR_PLANNED:
        user.two_factor_required = detail["new"] != "no"
        user.two_factor_required_from = moments.read(detail["new"])
    user.save()
    return user


def without_mail(user: User) -> User:
    User.objects.filter(pk=user.pk).update(email="")
    user.refresh_from_db()
    return user


@pytest.mark.parametrize(("event", "detail", "words"), DETAILS)
def test_each_event_is_mailed_with_what_when_from_where_and_what_to_do(lena, mailoutbox, event, detail, words):
    notify(as_told(lena, event, detail), event, detail=detail, actor=lena)
    message = next(m for m in mailoutbox if m.to == ["lena@example.com"])
    html, _ = message.alternatives[0]
    assert words in message.body
    assert "Hello Lena Lang," in message.body
    assert re.search(
        r"Time: \d\d? [A-Z]\w\w \d{4}, \d\d:\d\d UTC, from 192\.0\.2\.7 \(Firefox on Linux\)", message.body
    )
    asks_to_log_in = event in (Event.KEY_ADDED, Event.USER_EMAIL)
    new_password = f"http://127.0.0.1:8000/{'profile/password/' if asks_to_log_in else 'password/forgot/'}"
    assert new_password in message.body
    assert f'href="{new_password}"' in html
    assert not Notice.objects.exists()
    assert not AuditRow.objects.exists()


@pytest.mark.parametrize(("event", "detail", "words"), DETAILS)
def test_without_an_email_each_event_waits_for_the_next_login(lena, mailoutbox, event, detail, words):
    mailed = notify(without_mail(as_told(lena, event, detail)), event, detail=detail, actor=lena)
    assert not [m for m in mailoutbox if m.to == ["lena@example.com"]]
    [notice] = notices.take(lena)
    assert words in " ".join(texts.paragraphs(notice))
    assert notices.take(lena) == []
    assert not rows.is_unsent(mailed)


@pytest.mark.parametrize(
    ("event", "detail", "no_longer"),
    [
        (Event.TWO_FACTOR_RESET, {}, "no longer work"),
        (Event.TWO_FACTOR_DISABLED, {}, "no longer work"),
        (Event.TWO_FACTOR_REQUIRED, {"new": "no"}, "password only"),
        (Event.HELP_APPROVED, {}, "set it up again"),
        (Event.HELP_REQUESTED, {}, "Nothing has changed yet"),
    ],
)
def test_a_notice_read_after_a_new_setup_tells_only_what_happened(lena, owner, event, detail, no_longer):
    notify(without_mail(lena), event, detail=detail, actor=owner)
    User.objects.filter(pk=lena.pk).update(two_factor_active_since=timezone.now())
    [notice] = notices.take(lena)
    told = " ".join(texts.paragraphs(notice))
    assert texts.headline(notice) in told
    assert "Time: " in told
    assert no_longer not in told
    assert "is setting up" not in told


@pytest.mark.parametrize("event", [Event.TWO_FACTOR_ACTIVATED, Event.APP_REMOVED])
def test_a_notice_read_after_a_reset_names_no_factor(lena, event):
    notify(without_mail(lena), event, actor=lena)
    [notice] = notices.take(lena)
    assert texts.consequence(notice) == ""


def test_every_event_with_a_sentence_has_been_looked_at():
    assert {event for event, _, _ in DETAILS} == texts.TOLD


def test_where_somebody_else_did_it_the_notice_says_who(lena, owner, mailoutbox):
    notify(lena, Event.TWO_FACTOR_RESET, actor=owner)
    assert "By: Olivia Owner." in mailoutbox[0].body
    assert "If you didn't expect this, ask Olivia Owner." in mailoutbox[0].body


def test_what_the_operator_did_is_told_as_that(lena, mailoutbox):
    notify(lena, Event.TWO_FACTOR_RESET, origin=SERVER)
    assert "from the server's command line" in mailoutbox[0].body
    assert "ask the operator of this panel" in mailoutbox[0].body


@pytest.mark.parametrize("event", [Event.TEN_WRONG_CODES, Event.PASSWORD_REVOKED])
def test_the_owner_is_told_too_of_what_looks_like_an_attack(lena, owner, mailoutbox, event):
    notify(User.objects.get(pk=as_told(lena, event, {}).pk), event)
    to_lena, to_owner = sorted(mailoutbox, key=lambda m: m.to)
    assert (to_lena.to, to_owner.to) == (["lena@example.com"], ["olivia@example.com"])
    assert "lena" in to_owner.subject
    assert "Management > Users" in to_owner.body
    assert "/password/forgot/" in to_lena.body


def test_an_owner_without_email_finds_it_at_the_next_login(lena, owner):
    without_mail(owner)
    notify(User.objects.get(pk=lena.pk), Event.TEN_WRONG_CODES)
    [notice] = notices.take(owner)
    assert "Ten wrong codes in a row were entered for your user lena." in texts.paragraphs(notice)


def test_an_owner_s_own_account_is_told_once(owner, mailoutbox):
    notify(owner, Event.TEN_WRONG_CODES)
    assert len(mailoutbox) == 1


def test_a_changed_address_is_told_at_the_old_and_the_new_one(lena, mailoutbox):
    notify(lena, Event.USER_EMAIL, old_email="old@example.com", actor=lena)
    assert sorted(m.to[0] for m in mailoutbox) == ["lena@example.com", "old@example.com"]


def test_an_address_taken_away_is_told_at_the_old_one_and_at_the_next_login(lena, mailoutbox):
    notify(without_mail(lena), Event.USER_EMAIL, old_email="lena@example.com", actor=lena)
    assert [m.to for m in mailoutbox] == [["lena@example.com"]]
    assert len(notices.take(lena)) == 1


def test_nothing_is_told_of_what_was_rolled_back(lena, mailoutbox):
    for user in (lena, without_mail(make_member(lena.contract, "otto"))):
        with transaction.atomic():
            notices.notify(user, Event.USER_PASSWORD, origin=ORIGIN, actor=user)
            transaction.set_rollback(True)
    assert not mailoutbox
    assert not Notice.objects.exists()


def test_what_could_not_be_mailed_waits_once_and_the_page_can_say_so(lena, settings, sends):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = settings.PANEL_BACKEND, "127.0.0.1", 1
    with time_machine.travel(time.time(), tick=False) as clock:
        mailed = notify(lena, Event.USER_EMAIL, old_email="old@example.com", actor=lena)
        request = request_of(lena)
        responses.outcome_message(request, mailed)
        assert ["could not be mailed" in str(m) for m in get_messages(request)] == [True]
        for _ in range(2):
            clock.shift(600)
            sends()
    assert Notice.objects.filter(user=lena).count() == 1
    assert AuditRow.objects.filter(event="mail_failed").count() == 2


def test_without_mail_it_waits_and_the_page_can_say_so(lena, settings, mailoutbox):
    settings.MAIL_ENABLED = False
    mailed = notify(lena, Event.USER_PASSWORD, actor=lena)
    assert not mailoutbox
    assert len(notices.take(lena)) == 1
    assert rows.is_unsent(mailed)


def request_of(user: User):
    request = RequestFactory().get("/")
    request.user = user
    request._messages = Kept(request)
    return request


def test_what_waits_is_shown_as_messages_once(lena):
    without_mail(lena)
    for event in (Event.USER_PASSWORD, Event.TWO_FACTOR_RESET):
        notify(lena, event, actor=lena)
    first, second = request_of(lena), request_of(lena)
    responses.show_waiting(first)
    responses.show_waiting(second)
    shown = [str(m) for m in get_messages(first)]
    assert len(shown) == 2
    assert shown[0].startswith("Your password was changed. All other sessions have ended. Time: ")
    assert not list(get_messages(second))


def test_on_a_page_addresses_of_the_panel_are_links_and_nothing_else_is(lena, owner):
    owner.name = "<b>https://evil.example/x</b>"
    notify(without_mail(lena), Event.KEY_ADDED, detail={"name": "<i>www.evil.example</i>"})
    notify(lena, Event.USER_PASSWORD, actor=owner)
    request = request_of(lena)
    responses.show_waiting(request)
    shown = "".join(str(m) for m in get_messages(request))
    assert re.findall(r"<[^/][^>]*>", shown) == [
        '<a href="http://127.0.0.1:8000/profile/security/keys/">',
        '<a href="http://127.0.0.1:8000/profile/password/">',
    ]
    assert "&lt;i&gt;www. evil. example&lt;/ i&gt;" in shown


def test_a_planned_date_is_not_told_beside_the_line_that_says_it_on_every_page(lena, owner):
    without_mail(lena)
    later = timezone.now() + timedelta(days=9)
    User.objects.filter(pk=lena.pk).update(two_factor_required=True, two_factor_required_from=later)
    lena.refresh_from_db()
    notify(lena, Event.TWO_FACTOR_PLANNED, actor=owner, detail={"old": "no", "new": moments.written(later)})
    notify(lena, Event.USER_PASSWORD, actor=owner)
    request = request_of(lena)
    responses.show_waiting(request)
    [shown] = [str(m) for m in get_messages(request)]
    assert shown.startswith("Your password was changed")


@pytest.mark.django_db(transaction=True)
def test_of_two_logins_at_once_each_notice_goes_to_one(lena):
    without_mail(lena)
    for _ in range(10):
        notify(lena, Event.USER_PASSWORD, actor=lena)
    taken: list[list[Notice]] = []

    def take() -> None:
        taken.append(notices.take(lena))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 5
    assert len({notice.at for found in taken for notice in found}) == sum(map(len, taken)) == 10


def test_the_language_is_the_account_s(lena, mailoutbox, settings):
    settings.LANGUAGE_CODE = "en"
    lena.language = "de"
    lena.save()
    notify(lena, Event.USER_PASSWORD, actor=lena)
    assert '<html lang="de">' in mailoutbox[0].alternatives[0][0]


@pytest.mark.parametrize(
    "agent", ["Click http://evil.example/ now", "\u202eexe Firefox", "evil.example", "", "x" * 5000]
)
def test_a_browser_can_write_nothing_into_a_mail(lena, mailoutbox, agent):
    notify(lena, Event.TEN_WRONG_CODES, origin=Origin("192.0.2.7", agent[:300]))
    assert mailoutbox
    for message in mailoutbox:
        everything = message.body + message.alternatives[0][0]
        assert "evil.example" not in everything
        assert "\u202e" not in everything


def test_links_lead_only_to_the_panel_whatever_people_call_themselves(lena, owner, mailoutbox):
    lena.name = owner.name = "See\r\nhttps://evil.example/x <a href='//evil.example'>"
    notify(lena, Event.TEN_WRONG_CODES, actor=owner)
    assert mailoutbox
    for message in mailoutbox:
        found = re.findall(r"https?://[^\s\"'<>]+", message.body + message.alternatives[0][0])
        assert found
        assert all(link.startswith("http://127.0.0.1:8000") for link in found)
        assert "<a href='//evil" not in message.alternatives[0][0]


def test_no_username_or_name_of_a_key_is_a_link_in_a_mail(contract, mailoutbox):
    evil = make_member(contract, "www.evil.example", email="evil@example.com")
    notify(evil, Event.TEN_WRONG_CODES)
    notify(evil, Event.KEY_ADDED, detail={"name": "https://evil.example/x"})
    everything = "".join(message.body + message.alternatives[0][0] for message in mailoutbox)
    assert "for your user www.evil.example" in everything
    assert "https://evil" not in everything
    assert set(re.findall(r'href="([^"]*)"', everything)) == {
        "http://127.0.0.1:8000/",
        "http://127.0.0.1:8000/password/forgot/",
        "http://127.0.0.1:8000/profile/password/",
        "http://127.0.0.1:8000/profile/security/keys/",
    }


def test_telling_costs_one_row_for_a_mail(lena, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(1):
        notices.notify(lena, Event.USER_PASSWORD, origin=ORIGIN, actor=lena)
