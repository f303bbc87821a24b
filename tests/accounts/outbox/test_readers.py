"""Who gets how many mails, in which language, and whether what a notice says still holds for whoever reads it."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Attempts, Event, Notice, OutgoingMail, User
from accounts.notices import advice as advising
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.reset import services
from accounts.throttling import budgets
from accounts.users import services as users
from tests.commits import commits  # noqa: F401
from tests.factories import make_member
from tests.people import Person, words
from twofactor.login import throttles

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
ORIGIN = Origin("192.0.2.7", "test")


def test_s18_three_links_an_hour_reach_an_address_whoever_asks(owner, contract, mailoutbox):
    ida = make_member(contract, "ida", email="ida@example.com")
    for _ in range(5):
        services.invite(actor=owner, target=User.objects.get(pk=ida.pk), origin=ORIGIN)
    assert len(mailoutbox) == 3
    assert OutgoingMail.objects.filter(failure="limit").count() == 2


def test_s18_twenty_an_hour_for_an_account(contract, mailoutbox):
    nina = Person(make_member(contract, "nina", email="nina@example.com", two_factor_required=False))
    nina.log_in()
    for number in range(25):
        assert nina.post("/profile/email/", {"email": f"stranger{number}@example.org"}).status_code == 302
    assert len(mailoutbox) == 20
    assert "could not be mailed" in words(nina.get("/profile/"))


def test_s18_an_owner_who_brings_many_users_is_not_held_up(owner, contract, mailoutbox):
    role = contract.roles.get(built_in=True)
    for number in range(25):
        account = {"username": f"u{number}", "name": "U", "email": f"u{number}@example.com", "role": role}
        users.create_invited_user(actor=owner, contract=contract, origin=ORIGIN, **account)
    assert len(mailoutbox) == 25


def test_f19_a_new_account_begins_with_its_makers_language(olivia, contract, mailoutbox):
    User.objects.filter(username="owner").update(language="de")
    role = contract.roles.get(built_in=True)
    data = {"username": "ida", "name": "Ida", "email": "ida@example.com", "role": role.pk, "invite": "on"}
    olivia.post("/management/users/create/", data | {"two_factor_required": "yes"})
    assert User.objects.get(username="ida").language == "de"
    assert "Guten Tag" in mailoutbox[0].body


def told(user: User, event: Event, **more) -> None:
    with transaction.atomic():
        notices.notify(user, event, origin=ORIGIN, **more)


def test_f20_what_no_longer_holds_is_shown_to_nobody(contract):
    nina = make_member(contract, "nina", two_factor_required=False)
    for event, new in (("two_factor_required", "yes"), ("user_state", "deactivated"), ("password_revoked", "")):
        told(nina, Event(event), detail={"new": new})
    person = Person(nina)
    person.log_in()
    text = words(person.get("/profile/"))
    for gone in ("is now required", "was deactivated", "no longer works"):
        assert gone not in text
    assert not Notice.objects.filter(user=nina).exists()


def test_f20_a_mail_that_no_longer_holds_when_it_is_due_is_dropped(contract, mailoutbox):
    nina = make_member(contract, "nina", email="nina@example.com", is_active=True)
    told(nina, Event.USER_STATE, detail={"new": "deactivated"})
    assert not mailoutbox
    assert OutgoingMail.objects.get().failure == "stale"


def advice(user: User, event: Event) -> str:
    return advising.advice(Notice(user=user, event=event, ip="192.0.2.7"))


def test_f20_the_advice_is_one_that_the_reader_can_follow(owner, contract):
    member = make_member(contract, "nina")
    assert "/password/forgot/" not in advice(member, Event.TEN_WRONG_CODES)
    assert "/profile/password/" in advice(member, Event.TEN_WRONG_CODES)
    assert "account owner" in advice(member, Event.USER_PASSWORD)
    member.email = "nina@example.com"
    assert "/password/forgot/" in advice(member, Event.TEN_WRONG_CODES)
    for event in (Event.USER_PASSWORD, Event.PASSWORD_REVOKED, Event.TEN_WRONG_CODES):
        assert "account owner" not in advice(owner, event)


ANOTHER = {
    Event.KEY_ADDED: "/profile/security/keys/",
    Event.USER_EMAIL: "/profile/email/",
    Event.TWO_FACTOR_MOVED: "to reset your 2FA",
    Event.TWO_FACTOR_ACTIVATED: "to reset your 2FA",
}


@pytest.mark.parametrize("event", ANOTHER)
def test_the_advice_also_takes_back_what_a_new_password_would_leave_to_an_impostor(owner, contract, event):
    member = make_member(contract, "nina", email="nina@example.com")
    owner.email = "olivia@example.com"
    for reader in (member, owner):
        said = advice(reader, event)
        assert ANOTHER[event] in said
        assert "choose a new password" in said
        assert ("account owner" in said) is (reader == member)
        asks_operator = reader == owner and event in (Event.TWO_FACTOR_MOVED, Event.TWO_FACTOR_ACTIVATED)
        assert ("whoever runs the panel" in said) is asks_operator


def test_after_a_change_of_email_no_advice_leads_to_a_link_for_the_new_address(owner):
    owner.email = "impostor@example.org"
    assert "/password/forgot/" not in advice(owner, Event.USER_EMAIL)


def test_s16_ten_wrong_codes_at_confirm_do_not_say_that_a_login_ended(contract, clock, mailoutbox):
    ute = Person(make_member(contract, "ute", email="ute@example.com")).enrol()
    ute.log_in()
    user = User.objects.get(username="ute")
    for _ in range(9):
        budgets.consume(throttles.second_factor(user, None))
        Attempts.objects.update(blocked_until=None)
    mailoutbox.clear()
    clock.shift(400)
    ute.post("/confirm/", {"password": ute.password, "code": "000000", "next": "/profile/security/"})
    [mail] = [message for message in mailoutbox if message.to == ["ute@example.com"]]
    assert "has ended" not in mail.body
    assert "That session goes on." in mail.body
    assert ute.is_in()


def test_a_user_who_could_not_be_reached_is_named_on_their_page_and_on_overview(olivia, contract):
    lena = make_member(contract, "lena", email="lena@example.com")
    User.objects.filter(pk=lena.pk).update(mail_failed_at=timezone.now(), mail_failure="recipient")
    assert "could not be delivered: the mail server refused the recipient." in words(
        olivia.get(f"/management/users/{lena.pk}/")
    )
    assert "Email to 1 user could not be delivered." in words(olivia.get("/"))
    assert "lena" in words(olivia.get("/management/users/?attention=mail"))
