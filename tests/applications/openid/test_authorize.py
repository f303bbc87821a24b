"""What comes before the code: a setup that the application needs, a session from before an upgrade, odd requests."""

import pytest
from django.utils import timezone

from accounts.models import Session, User
from cloudpanel.applications.models import Application, Needs
from cloudpanel.applications.openid.models import Grant
from tests.applications.openid.conftest import answered
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = pytest.mark.django_db


def test_who_has_no_second_factor_sets_one_up_first_and_then_gets_the_code(console, lena):
    Application.objects.update(needs=Needs.TWO_FACTOR)
    assert lena.get(console.request()).url == "/two-factor/setup/"
    assert "Grafana needs two-factor authentication." in words(lena.get("/two-factor/setup/"))
    assert not Grant.objects.exists()
    lena.enrol_logged_in()
    onward = lena.get(lena.post("/two-factor/activated/").url)
    assert "code=" in onward.context["address"]
    assert Grant.objects.get().verified


def test_a_setup_that_was_left_leads_to_no_application_later(console, lena):
    Application.objects.update(needs=Needs.TWO_FACTOR)
    assert lena.get(console.request()).url == "/two-factor/setup/"
    Application.objects.update(needs=Needs.LOGIN)
    console.code(lena)
    lena.enrol_logged_in()
    assert lena.post("/two-factor/activated/").url == "/profile/security/"


def test_a_session_from_before_an_upgrade_gets_its_second_name_with_its_first_code(console, lena):
    Session.objects.update(sid="")
    given = console.log_in(lena)
    named = Session.objects.get(user=lena.user).sid
    assert named
    assert console.claims(given["id_token"])["sid"] == named
    console.log_in(lena)
    assert Session.objects.get(user=lena.user).sid == named


def test_no_other_session_gets_that_name(console, lena):
    lena.another_browser().log_in()
    Session.objects.update(sid="")
    console.code(lena)
    named = Session.objects.exclude(sid="").get()
    assert named.sid == Grant.objects.get().sid
    assert Session.objects.filter(sid="").count() == 1


def test_a_name_that_the_session_gets_meanwhile_is_kept(console, lena):
    Session.objects.update(sid="")
    with meanwhile(lambda: Session.objects.update(sid="first"), before=f'UPDATE "{Session._meta.db_table}"'):
        console.code(lena)
    assert Grant.objects.get().sid == Session.objects.get().sid == "first"


def silent_error(console, person: Person) -> str:
    """What the application is told where no page may be shown."""
    return answered(person.get(console.request(prompt="none")))["error"]


def test_a_login_between_its_steps_is_told_as_one_that_can_go_on(console, contract):
    half = Person(make_member(contract, "paul"))
    half.start_login()
    assert silent_error(console, half) == "interaction_required"
    assert silent_error(console, half.another_browser()) == "login_required"


def test_an_account_that_uses_2fa_gets_no_code_in_a_session_without_it(console, lena):
    User.objects.filter(pk=lena.user.pk).update(two_factor_active_since=timezone.now())
    assert silent_error(console, lena) == "login_required"
    assert lena.get(console.request()).url.startswith("/login/?next=")
    assert not Grant.objects.exists()


def test_a_login_too_long_ago_for_the_application_can_be_solved_by_a_new_one(clock, console, lena):
    Application.objects.update(reauthenticate_minutes=5)
    lena.log_in()
    clock.shift(299)
    console.code(lena)
    clock.shift(2)
    assert silent_error(console, lena) == "login_required"


def test_the_language_that_was_asked_for_is_kept_for_the_pages_in_between(console, lena, settings):
    found = [
        lena.get(console.request(prompt="consent", ui_locales=wanted)).cookies.get(settings.ASKED_LANGUAGE_COOKIE_NAME)
        for wanted in ("fr", None, "fr de")
    ]
    assert [cookie and cookie.value for cookie in found] == [None, None, "de"]


def test_a_way_of_answering_that_is_named_twice_is_refused_in_the_usual_way(console, lena):
    response = lena.get(console.request(response_mode="form_post") + "&response_mode=form_post")
    assert answered(response)["error"] == "invalid_request"


def test_a_request_too_long_to_wait_for_the_login_is_a_page(console):
    long = console.request(state="s" * 1500, nonce="n" * 1500, login_hint="h" * 1500)
    assert Person("nobody").get(long).status_code == 400
