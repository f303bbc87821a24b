"""Email and invitation: what is mailed, what waits, what the page says, and what the user is told of."""

import re
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from time_machine import travel

from accounts.models import AuditRow, Notice, User
from accounts.outbox.sending import Sender
from tests.accounts.users.conftest import page
from tests.accounts.users.test_create import CREATE, errors, typed  # noqa: F401
from tests.factories import PASSWORD, make_member, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
LINK = re.compile(r"http://127\.0\.0\.1:8000(/[^\s\"<]+)")
NEW = "seven brave otters juggle"
PAIR = {"password1": NEW, "password2": NEW}


def now(user: User) -> User:
    return User.objects.select_related("role").get(pk=user.pk)


def follow(person: Person, response) -> str:
    assert response.status_code == 302, words(response)
    return words(person.get(response.url))


def invited(typed: dict[str, str]) -> dict[str, str]:  # noqa: F811
    return {key: value for key, value in typed.items() if not key.startswith("password")} | {"invite": "on"}


def test_an_invited_user_gets_in_by_the_link_alone(olivia, typed, mailoutbox, rows):  # noqa: F811
    text = follow(olivia, olivia.post(CREATE, invited(typed)))
    assert "User “nina” created." in text
    assert "The invitation was sent." in text
    assert "Password Invited Invited on" in text
    nina = User.objects.get(username="nina")
    assert not nina.has_usable_password()
    assert not nina.password_set_by_other
    assert [row[0] for row in rows()[-2:]] == ["user_created", "invited"]
    assert [message.to for message in mailoutbox] == [["nina@example.com"]]
    assert Person(nina).start_login().status_code == 200
    link = LINK.search(mailoutbox[0].body)[1]
    assert Person(nina).post(link, {"new_password1": NEW, "new_password2": NEW}).url == "/two-factor/setup/"
    assert Person(nina, password=NEW).start_login().url == "/two-factor/setup/"
    assert "Password Set by the user" in words(olivia.get(page(nina)))


def test_a_mail_that_was_not_tried_yet_is_being_sent(olivia, lena, monkeypatch):
    monkeypatch.setattr(Sender, "send_next", lambda _: False)
    User.objects.filter(pk=lena.pk).update(password="!")
    text = follow(olivia, olivia.post(page(lena, "password"), {"invite": "on"}))
    assert "The invitation is being sent." in text
    text = follow(olivia, olivia.post(page(lena, "email"), {"email": "new@example.com"}))
    assert "A link is being sent to new@example.com." in text


def test_an_invitation_needs_an_email_and_no_password(olivia, typed):  # noqa: F811
    answer = olivia.post(CREATE, invited(typed) | {"email": ""})
    assert errors(answer) == {"email": ["An invitation needs an email address."]}
    assert not User.objects.filter(username="nina").exists()
    del typed["password1"]
    assert errors(olivia.post(CREATE, typed)) == {"password1": ["This field is required."]}


def test_without_mail_the_form_and_the_page_say_so_and_the_user_is_there(olivia, typed, settings):  # noqa: F811
    settings.MAIL_ENABLED = False
    assert "send email at the moment" in words(olivia.get(CREATE))
    text = follow(olivia, olivia.post(CREATE, invited(typed)))
    assert "User “nina” created." in text
    assert "This panel can&#x27;t send email, so an invitation can&#x27;t be sent." in text


def test_without_mail_the_password_page_offers_no_invitation_and_nothing_ends(olivia, lena, rows, settings):
    User.objects.filter(pk=lena.pk).update(password="!")
    olivia.post(page(lena, "password"), {"invite": "on"})
    before, written = now(lena).stamp, rows()
    assert b"password/?wish=invite" in olivia.get("/management/users/").content
    settings.MAIL_ENABLED = False
    for address in (page(lena, "password"), f"{page(lena, 'password')}?wish=invite"):
        shown = olivia.get(address)
        text = words(shown)
        assert "so an invitation can&#x27;t be sent. Set a password for the user." in text
        assert "Send a new invitation" not in text
        assert b'name="password1"' in shown.content
    assert b"wish=invite" not in olivia.get("/management/users/").content
    said = follow(olivia, olivia.post(page(lena, "password"), {"invite": "on"}))
    assert "so an invitation can&#x27;t be sent. Set a password for the user." in said
    assert (now(lena).stamp, rows()) == (before, written)


def test_with_a_dead_server_the_user_is_there_and_the_page_says_so(olivia, typed, settings):  # noqa: F811
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = settings.PANEL_BACKEND, "127.0.0.1"
    settings.EMAIL_PORT = 1
    assert "The invitation could not be mailed." in follow(olivia, olivia.post(CREATE, invited(typed)))
    assert User.objects.filter(username="nina").exists()


def test_a_new_invitation_is_sent_from_the_password_page(olivia, lena, mailoutbox, rows):
    assert "Send a new invitation" in words(olivia.get(page(lena, "password")))
    assert "The invitation was sent." in follow(olivia, olivia.post(page(lena, "password"), {"invite": "on"}))
    olivia.post(page(lena, "password"), {"invite": "on"})
    assert rows()[-1] == ("invited", "ok", "owner", "lena")
    older, newer = (LINK.search(message.body)[1] for message in mailoutbox)
    assert "This link doesn't work" in words(Person(lena).get(older))
    assert Person(lena).get(newer).status_code == 200


def test_who_has_no_email_or_is_deactivated_can_not_be_invited(olivia, contract, lena, mailoutbox):
    bare = make_member(contract, "bare")
    User.objects.filter(pk=lena.pk).update(is_active=False)
    for user, why in (
        (bare, "has no email address, so an invitation can't be sent"),
        (lena, "a deactivated user can't be invited"),
    ):
        assert "Send a new invitation" not in words(olivia.get(page(user, "password")))
        said = follow(olivia, olivia.post(page(user, "password"), {"invite": "on"}))
        assert why in said.replace("&#x27;", "'").replace("A deact", "a deact")
    assert not mailoutbox


def test_who_may_give_the_missing_email_is_led_to_its_form(olivia, somebody, contract, lena):
    bare, other = make_member(contract, "bare"), make_member(contract, "other", is_active=False)
    form = f'href="{page(bare, "email")}?q=ba"'
    assert form in olivia.get(page(bare, "password") + "?q=ba&wish=invite").content.decode()
    for user in (lena, other):
        assert page(user, "email") not in olivia.get(page(user, "password")).content.decode()
    User.objects.filter(pk=bare.pk).update(role=make_role(contract))
    helper = somebody("users.show", "users.set_password")
    assert "has no email address" in words(helper.get(page(bare, "password")))
    assert page(bare, "email") not in helper.get(page(bare, "password")).content.decode()


def test_an_invitation_that_has_run_out_is_named_as_such(olivia, lena):
    User.objects.filter(pk=lena.pk).update(password="!")
    assert "Password Not set" in words(olivia.get(page(lena)))
    olivia.post(page(lena, "password"), {"invite": "on"})
    with travel(timezone.now() + timedelta(hours=25), tick=True):
        olivia.log_in()
        assert "has expired. Send a new one." in words(olivia.get(page(lena)))


def test_an_invitation_to_a_user_who_has_changed_meanwhile_is_not_blamed_on_the_email(olivia, lena, rows, mailoutbox):
    changed = User.objects.filter(pk=lena.pk)
    with meanwhile(lambda: changed.update(rights_version=F("rights_version") + 1), before='SET "stamp"'):
        text = follow(olivia, olivia.post(page(lena, "password"), {"invite": "on"}))
    assert "Nothing was changed: the account or your permissions changed in the meantime." in text
    assert "no email address" not in text
    assert rows() == []
    assert not mailoutbox


def test_a_new_email_counts_once_it_is_confirmed(olivia, lena, mailoutbox, rows):
    assert 'value="lena@example.com"' in olivia.get(page(lena, "email")).content.decode()
    text = follow(olivia, olivia.post(page(lena, "email"), {"email": "new@example.com"}))
    assert "A link was sent to new@example.com." in text
    assert "Email lena@example.com new@example.com isn&#x27;t confirmed yet." in text
    assert rows()[-1] == ("user_email_requested", "ok", "owner", "lena")
    assert mailoutbox[-1].to == ["new@example.com"]
    Person(lena).post(LINK.search(mailoutbox[-1].body)[1])
    assert (now(lena).email, now(lena).pending_email) == ("new@example.com", "")


def test_an_empty_email_takes_it_away_at_once_and_tells_the_old_address(olivia, lena, mailoutbox, rows):
    assert "The email address was removed." in follow(olivia, olivia.post(page(lena, "email"), {"email": ""}))
    assert now(lena).email == ""
    assert rows()[-1] == ("user_email", "ok", "owner", "lena")
    assert mailoutbox[-1].to == ["lena@example.com"]
    assert "The email address of your account was removed." in mailoutbox[-1].body
    assert "new address" not in mailoutbox[-1].body


def test_the_form_names_a_pending_email_and_saving_it_as_it_is_cancels_the_change(olivia, lena, rows):
    form = page(lena, "email")
    olivia.post(form, {"email": "new@example.com"})
    said = "new@example.com isn&#x27;t confirmed yet. To cancel this change, save the form as it is."
    assert said in words(olivia.get(form))
    text = follow(olivia, olivia.post(form, {"email": "lena@example.com"}))
    assert "The change to new@example.com was cancelled." in text
    assert "Nothing was changed." not in text
    assert now(lena).pending_email == ""
    assert rows()[-1] == ("user_email_requested", "ok", "owner", "lena")
    assert said not in words(olivia.get(form))


def test_the_same_email_changes_nothing(olivia, lena, mailoutbox, rows):
    assert "Nothing was changed." in follow(olivia, olivia.post(page(lena, "email"), {"email": "lena@example.com"}))
    assert not mailoutbox
    assert rows() == []


@pytest.mark.parametrize("email", ["x", "a\0@example.com", "a@example.com\r\nBcc: b@example.com", f"{'a' * 250}@b.de"])
def test_a_bad_email_gets_its_sentence(olivia, lena, email, mailoutbox):
    assert "email" in errors(olivia.post(page(lena, "email"), {"email": email}))
    assert not mailoutbox


def test_without_mail_a_new_email_counts_at_once(olivia, lena, settings):
    settings.MAIL_ENABLED = False
    assert "takes effect immediately" in words(olivia.get(page(lena, "email")))
    text = follow(olivia, olivia.post(page(lena, "email"), {"email": "new@example.com"}))
    assert "could not be mailed" in text
    assert now(lena).email == "new@example.com"


def test_email_and_password_ask_for_a_fresh_proof_and_keep_what_was_typed(olivia, lena):
    with travel(timezone.now() + timedelta(minutes=6), tick=True):
        answer = olivia.post(page(lena, "email"), {"email": "new@example.com"})
        assert answer.url.startswith("/confirm/")
        olivia.post(answer.url, {"password": PASSWORD})
        assert 'value="new@example.com"' in olivia.get(page(lena, "email")).content.decode()
    assert now(lena).pending_email == ""


def test_the_email_of_a_user_with_more_rights_is_out_of_reach(somebody, lena):
    sam = somebody("users.show", "users.set_email")
    assert sam.get(page(lena, "email")).status_code == 403


def test_a_new_password_and_a_new_state_are_told_to_the_user(olivia, lena, mailoutbox):
    olivia.post(page(lena, "password"), PAIR)
    olivia.post(page(lena, "state"), {"state": "deactivated"})
    olivia.post(page(lena, "state"), {"state": "active"})
    subjects = [message.subject for message in mailoutbox]
    assert [message.to for message in mailoutbox] == [["lena@example.com"]] * 3
    assert "password was changed" in subjects[0]
    assert "was deactivated" in subjects[1]
    assert "was activated" in subjects[2]
    states = AuditRow.objects.filter(event="user_state").order_by("id").values_list("detail", flat=True)
    assert list(states) == [{"old": "active", "new": "deactivated"}, {"old": "deactivated", "new": "active"}]


def test_who_has_no_email_reads_it_at_the_next_login(olivia, contract):
    bare = make_member(contract, "bare", role=make_role(contract, "users.show"), two_factor_required=False)
    olivia.post(page(bare, "password"), PAIR)
    assert Notice.objects.filter(user=bare).count() == 1
    person = Person(bare, password=NEW)
    with travel(timezone.now() + timedelta(seconds=5), tick=True):
        person.log_in()
        assert "Your password was changed." in words(person.get("/profile/"))


def test_a_notice_that_could_not_be_mailed_is_named_on_the_page(olivia, lena, settings):
    settings.MAIL_ENABLED = False
    text = follow(olivia, olivia.post(page(lena, "state"), {"state": "deactivated"}))
    assert "could not be mailed. It is shown at the next login." in text


def test_a_new_email_of_a_deactivated_user_is_refused_since_nobody_could_confirm_it(olivia, lena, mailoutbox, rows):
    User.objects.filter(pk=lena.pk).update(is_active=False)
    answer = olivia.post(page(lena, "email"), {"email": "new@example.com"})
    sentence = "The new email address of a deactivated user can't be confirmed. Activate the user first."
    assert errors(answer) == {"email": [sentence]}
    assert "new@example.com" in answer.content.decode()
    assert (now(lena).email, now(lena).pending_email) == ("lena@example.com", "")
    assert rows() == []
    assert not mailoutbox


def test_the_email_of_a_deactivated_user_can_be_removed(olivia, lena):
    User.objects.filter(pk=lena.pk).update(is_active=False)
    assert "The email address was removed." in follow(olivia, olivia.post(page(lena, "email"), {"email": ""}))
    assert now(lena).email == ""


def test_without_mail_the_email_of_a_deactivated_user_changes_at_once(olivia, lena, settings):
    settings.MAIL_ENABLED = False
    User.objects.filter(pk=lena.pk).update(is_active=False)
    follow(olivia, olivia.post(page(lena, "email"), {"email": "new@example.com"}))
    assert now(lena).email == "new@example.com"
