"""Without `EMAIL_URL` no page promises an email."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.cloudpanel.users.test_import import file_of, upload
from tests.factories import make_member
from tests.people import Person, words
from tests.twofactor.help.conftest import answer, ask, page

pytestmark = pytest.mark.django_db
FORGOT = "/password/forgot/"


@pytest.fixture(autouse=True)
def _no_mail_server(settings):
    settings.MAIL_ENABLED = False


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, "lena", name="Lena Lang", email="lena@example.com")


def follow(person: Person, response) -> str:
    return words(person.get(response.url))


def test_forgot_says_whom_to_ask_and_offers_nothing(lena):
    person = Person(lena)
    for shown in (person.get(FORGOT), person.post(FORGOT, {"username_or_email": "lena"})):
        text = words(shown)
        assert "This panel can't send email. Ask the account owner to set a new password for you." in text
        assert "We send you a link" not in text
        assert "Check your inbox" not in text
        assert b'name="username_or_email"' not in shown.content


def test_reminders_are_read_at_the_next_login(olivia, lena):
    User.objects.filter(pk=lena.pk).update(two_factor_required_from=timezone.now() + timedelta(days=9))
    assert "so they read the reminder at their next login" in words(olivia.get("/"))
    said = follow(olivia, olivia.post("/management/users/remind/", {"ids": lena.pk}))
    assert "1 user is reminded at the next login." in said


def test_the_date_of_a_plan_promises_no_reminder_by_email(olivia, lena):
    User.objects.filter(pk=lena.pk).update(two_factor_required=False)
    text = words(olivia.get(f"/management/users/{lena.pk}/two-factor-required/"))
    assert "the user can set it up and is reminded at each login." in text
    moment = f"{timezone.now().year + 1}-03-01T08:00Z"
    plan = file_of(f"lena,yes,{moment}", header="username,two_factor_required,two_factor_required_from")
    text = words(upload(olivia, plan))
    assert "The user is reminded at each login before that date." in text


def test_a_blocked_password_is_reset_by_the_owner_alone(olivia, lena):
    phone = Person(lena).enrol()
    phone.post("/logout/")
    browser = Person("lena")
    browser.start_login()
    asked = ask(browser)
    assert "it can't be used until you reset it" in words(olivia.get(page(lena)))
    answer(olivia, asked, "refuse")
    assert "it can't be used until you reset it" in words(olivia.get(page(lena)))
    assert "It works again when you reset it." in follow(olivia, answer(olivia, asked, "block"))


def test_the_profile_says_that_the_email_is_not_used(lena):
    User.objects.filter(pk=lena.pk).update(two_factor_required=False)
    person = Person(lena)
    person.log_in()
    text = words(person.get("/profile/"))
    assert "This panel can't send email, so the address isn't used yet." in text
    assert "to reset your password" not in text


def test_the_first_steps_and_the_import_name_no_invitation(olivia):
    assert "Set a password, choose a role and decide" in words(olivia.get("/"))
    assert "New ones are created, and can log in after you set a password." in words(
        olivia.get("/management/users/import/")
    )
