"""What comes before the code: a setup that the application needs, a session from before an upgrade, odd requests."""

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Event, Session, User
from cloudpanel.applications.models import Application, Needs, Preset
from cloudpanel.applications.openid.models import Grant
from tests.applications.openid.conftest import answered
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.people import Person, words
from twofactor.login.freshness import CONFIRMED_AT

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


def silent_error(console, person: Person, **changes) -> str | None:
    """What the application is told where no page may be shown."""
    return answered(person.get(console.request(prompt="none", **changes))).get("error")


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


def test_without_a_page_nobody_else_than_the_person_of_the_hint_and_the_age_gets_a_code(clock, console, contract, lena):
    lena.log_in()
    hint = console.log_in(lena)["id_token"]
    mia = Person(make_member(contract, "mia", two_factor_required=False))
    mia.log_in()
    clock.shift(60)
    assert silent_error(console, lena, id_token_hint=hint, max_age=60) is None
    assert silent_error(console, lena, id_token_hint=hint, max_age=59) == "login_required"
    assert silent_error(console, mia, id_token_hint=hint, max_age=60) == "login_required"


@pytest.mark.parametrize("needs", [Needs.TWO_FACTOR, Needs.PASSKEY])
def test_without_a_page_no_factor_can_be_set_up(console, lena, needs):
    Application.objects.update(needs=needs)
    assert silent_error(console, lena) == "interaction_required"


def test_without_a_page_nobody_is_told_that_an_email_is_missing(console, lena):
    Application.objects.update(preset=Preset.GRAFANA)
    assert silent_error(console, lena) is None
    User.objects.update(email="")
    assert silent_error(console, lena) == "interaction_required"
    assert silent_error(console, lena, scope="openid profile") is None


def test_who_may_not_open_it_is_told_so_and_noted_whatever_else_is_missing(console, lena):
    Application.objects.update(preset=Preset.GRAFANA, is_active=False)
    User.objects.update(email="")
    assert silent_error(console, lena) == "access_denied"
    row = AuditRow.objects.get(event=Event.APPLICATION_REFUSED)
    assert (row.actor_label, row.outcome, row.detail["reason"]) == ("lena", "refused", "application_disabled")


def test_without_a_challenge_there_is_a_code_only_where_none_is_needed(console, client, lena):
    bare = {"code_challenge": None, "code_challenge_method": None}
    assert silent_error(console, lena, **bare) == "invalid_request"
    client.pkce_required = False
    client.save()
    assert silent_error(console, lena, **bare) is None


def test_an_application_that_is_deleted_at_this_moment_is_told_that_it_gets_no_code(console, lena):
    with meanwhile(Application.objects.all().delete, before="SELECT 1 FROM"):
        answer = answered(lena.get(console.request()))
    assert answer["error"] == "access_denied"
    assert answer["state"] == "s t/ate"


def test_a_session_without_a_time_of_its_proof_was_proved_when_it_began(console, lena):
    session = lena.client.session
    del session[CONFIRMED_AT]
    session.save()
    console.code(lena)
    assert Grant.objects.get().auth_time == Session.objects.get(user=lena.user).created_at


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
