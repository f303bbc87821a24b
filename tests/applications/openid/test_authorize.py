"""What comes before the code: a setup that the application needs, a session from before an upgrade, odd requests."""

import pytest

from accounts.models import Session
from cloudpanel.applications.models import Application, Needs
from cloudpanel.applications.openid.models import Grant
from tests.applications.openid.conftest import answered
from tests.people import Person

pytestmark = pytest.mark.django_db


def test_who_has_no_second_factor_sets_one_up_first_and_then_gets_the_code(console, lena):
    Application.objects.update(needs=Needs.TWO_FACTOR)
    assert lena.get(console.request()).url == "/two-factor/setup/"
    assert not Grant.objects.exists()
    lena.enrol_signed_in()
    onward = lena.get(lena.post("/two-factor/activated/").url)
    assert "code=" in onward.context["address"]
    assert Grant.objects.get().verified


def test_a_setup_that_was_left_leads_to_no_application_later(console, lena):
    Application.objects.update(needs=Needs.TWO_FACTOR)
    assert lena.get(console.request()).url == "/two-factor/setup/"
    Application.objects.update(needs=Needs.LOGIN)
    console.code(lena)
    lena.enrol_signed_in()
    assert lena.post("/two-factor/activated/").url == "/profile/security/"


def test_a_session_from_before_an_upgrade_gets_its_second_name_with_its_first_code(console, lena):
    Session.objects.update(sid="")
    given = console.log_in(lena)
    named = Session.objects.get(user=lena.user).sid
    assert named
    assert console.claims(given["id_token"])["sid"] == named
    console.log_in(lena)
    assert Session.objects.get(user=lena.user).sid == named


def test_a_way_of_answering_that_is_named_twice_is_refused_in_the_usual_way(console, lena):
    response = lena.get(console.request(response_mode="form_post") + "&response_mode=form_post")
    assert answered(response)["error"] == "invalid_request"


def test_a_request_too_long_to_wait_for_the_login_is_a_page(console):
    long = console.request(state="s" * 1500, nonce="n" * 1500, login_hint="h" * 1500)
    assert Person("nobody").get(long).status_code == 400
