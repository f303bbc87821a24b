"""What the gate makes of a request: whose it is, what it counts as, and where its answer leads."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.gate.access import Stage
from accounts.models import AuditRow, Event, Role, Session, User
from accounts.models.session_store import row_key
from accounts.permissions import NOT_PERMITTED
from tests.factories import make_admin, make_contract, make_member, make_owner, make_role
from tests.people import Person, code_of, words
from twofactor.login.flow import AFTER_SETUP, LANDING
from twofactor.login.freshness import EXTENDED_AT
from twofactor.middleware import AccessGate, standing_of
from twofactor.policy import Standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(contract) -> Person:
    """Logged in, without 2FA."""
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    return person


# Whose it is


def test_the_account_of_a_request_knows_the_name_of_its_session(lena):
    user = lena.get("/profile/").wsgi_request.user
    assert user.session_sid == Session.objects.get(user=user).sid != ""


def test_a_session_without_a_seal_is_nobodys(lena):
    session = lena.client.session
    del session[HASH_SESSION_KEY]
    session.save()
    assert lena.get("/profile/").url.startswith("/login/")


# What it counts as


def test_who_is_led_to_the_setup_has_done_nothing_that_keeps_the_confirmation(lena):
    User.objects.filter(username="lena").update(two_factor_required=True)
    assert lena.get("/profile/").url == "/two-factor/setup/"
    assert EXTENDED_AT not in lena.client.session


@pytest.mark.parametrize(
    ("page", "form", "extended"),
    [
        ("two-factor-required", {"required": "no"}, True),
        ("two-factor-required", {"required": "perhaps"}, False),
        ("two-factor-required", None, False),
        ("name", {"name": "New"}, False),
    ],
)
def test_a_sensitive_act_that_was_done_keeps_the_confirmation_and_nothing_else_does(
    contract, olivia, page, form, extended
):
    address = f"/management/users/{make_member(contract).pk}/{page}/"
    olivia.get(address) if form is None else olivia.post(address, form)
    assert (EXTENDED_AT in olivia.client.session) is extended


def test_a_page_that_only_leads_elsewhere_is_no_act(lena):
    assert lena.get("/two-factor/disable/").url == "/profile/security/"
    assert EXTENDED_AT not in lena.client.session


def test_no_page_is_stored_on_the_way_but_what_says_that_it_may_be(lena):
    assert lena.get("/profile/")["Cache-Control"] == "no-store"
    assert lena.get("/missing/")["Cache-Control"] == "no-store"
    assert "max-age" in lena.get("/openid/jwks.json")["Cache-Control"]


def test_a_form_of_a_visitor_was_not_sent_and_a_page_is_shown_after_the_login():
    visitor = Person("nobody")
    assert visitor.get("/profile/name/").url == "/login/?next=%2Fprofile%2Fname%2F"
    sent = visitor.post("/profile/name/", {"name": "New", "csrfmiddlewaretoken": "x"})
    assert sent.url == "/login/?next=%2Fprofile%2Fname%2F&ended=not-sent"


def test_so_was_what_a_script_of_a_page_sends_which_the_login_leads_back_to():
    body = {"page": "/profile/security/keys/", "name": "My key"}
    sent = Person("nobody").post("/two-factor/keys/register/options/", body, content_type="application/json")
    assert sent.url == "/login/?next=%2Fprofile%2Fsecurity%2Fkeys%2F&ended=not-sent"


def test_a_view_that_takes_no_token_is_asked_for_none(lena):
    lena.client.handler.enforce_csrf_checks = True
    assert lena.post("/profile/name/", {"name": "New"}).status_code == 403
    assert lena.post("/openid/token/").status_code == 401


def test_a_form_of_another_contract_counts_where_contracts_do_not(owner, olivia):
    other = make_contract(owner, "Beta")
    olivia.post("/contracts/", {"contract": owner.contracts.first().pk})
    form = {"name": "New", "in_contract": other.number}
    assert olivia.post("/management/roles/create/", form).context["opened_in"] == other
    assert not Role.objects.filter(name="New").exists()
    assert olivia.post("/profile/name/", form).status_code == 302
    assert User.objects.get(pk=owner.pk).name == "New"


@pytest.mark.parametrize(("action", "asked"), [("reset", True), ("deactivate", False)])
def test_some_changes_of_several_users_need_a_confirmation(clock, contract, olivia, action, asked):
    olivia.log_in()
    clock.shift(timedelta(minutes=5))
    form = {"action": action, "ids": make_member(contract, "mia").pk}
    answer = olivia.post("/management/users/bulk/", form)
    assert answer.get("Location", "").startswith("/confirm/") is asked


# Where somebody stands


def standing(person: Person) -> Standing:
    return standing_of(person.get("/theme/").wsgi_request)


def test_a_visitor_stands_outside_and_a_login_at_its_stages(contract):
    assert standing(Person("nobody")) == Standing()
    half = Person(make_member(contract))
    half.start_login()
    assert standing(half) == Standing(stages=(Stage.SETUP,))


def test_a_sub_user_stands_in_their_contract_with_the_permissions_of_their_role(clock, contract):
    person = Person(make_member(contract, role=make_role(contract, "users.show"), two_factor_required=False))
    person.log_in()
    inside = Standing(logged_in=True, has_contract=True, confirmed=True, permissions=frozenset({"users.show"}))
    assert standing(person) == inside
    clock.shift(timedelta(minutes=5))
    assert standing(person) == inside._replace(confirmed=False)
    User.objects.filter(username="lena").update(two_factor_required=True)
    assert standing(person) == inside._replace(confirmed=False, stages=(Stage.SETUP,), must_use=True)


def test_who_uses_2fa_is_verified_and_has_no_stage_left(contract):
    person = Person(make_member(contract, role=make_role(contract))).enrol()
    inside = Standing(logged_in=True, has_contract=True, confirmed=True, active=True, verified=True, must_use=True)
    assert standing(person) == inside
    person.get("/two-factor/setup/")
    assert standing(person) == inside._replace(setup_open=True)


def test_an_owner_of_several_contracts_has_one_to_choose(owner, contract):
    make_contract(owner, "Beta")
    person = Person(owner)
    person.log_in()
    outside = Standing(logged_in=True, stages=(Stage.CONTRACT,), confirmed=True)
    assert standing(person)._replace(permissions=frozenset()) == outside
    person.post("/contracts/", {"contract": contract.pk})
    inside = outside._replace(stages=(), owner=True, has_contract=True)
    assert standing(person)._replace(permissions=frozenset()) == inside


def test_an_admin_is_staff_and_has_no_contract():
    person = Person(make_admin()).enrol()
    there = standing(person)
    assert (there.staff, there.owner, there.has_contract) == (True, False, False)


# Where an answer leads


def test_a_step_that_is_done_leads_to_where_the_login_led(contract):
    person = Person(make_member(contract, two_factor_required=False))
    person.start_login(next="/profile/security/")
    assert person.get("/login/code/").url == "/profile/security/"
    assert person.get("/login/").url == "/"
    session = person.client.session
    del session[LANDING]
    session.save()
    assert person.get("/login/code/").url == "/"


def test_codes_that_nobody_has_noted_down_come_before_everything_else(contract):
    person = Person(make_member(contract))
    person.start_login()
    person.key = person.read_key()
    person.post("/two-factor/setup/", {"code": code_of(person.key)})
    assert person.get("/login/").url == person.get("/login/code/").url == "/two-factor/activated/"


def test_who_has_to_set_up_2fa_comes_back_to_the_page_that_was_asked_for_first(lena):
    User.objects.filter(username="lena").update(two_factor_required=True)
    for page in ("/profile/security/", "/profile/"):
        assert lena.get(page).url == "/two-factor/setup/"
    assert lena.client.session[AFTER_SETUP] == "/profile/security/"


def test_a_login_between_its_steps_is_led_to_the_next_one_and_comes_back_to_nothing(contract):
    half = Person(make_member(contract))
    half.start_login()
    assert half.get("/profile/security/").url == "/two-factor/setup/"
    assert AFTER_SETUP not in half.client.session


def test_the_choice_of_a_contract_leads_on_to_the_page(owner):
    make_contract(owner, "Beta")
    person = Person(owner)
    person.log_in()
    assert person.get("/management/roles/").url == "/contracts/?next=%2Fmanagement%2Froles%2F"


def test_the_confirmation_of_a_visitor_leads_to_the_page_that_asked_for_it():
    visitor = Person("nobody")
    assert visitor.get("/confirm/?next=/profile/email/").url == "/login/?next=%2Fprofile%2Femail%2F"


def test_a_login_that_has_ended_says_why_wherever_it_is_continued(contract):
    half = Person(make_member(contract))
    half.start_login(next="/profile/security/")
    User.objects.filter(username="lena").update(stamp=7)
    ended = "/login/?next=%2Fprofile%2Fsecurity%2F&ended=changed"
    assert half.get("/confirm/?next=/profile/email/").url == ended


def test_a_session_from_before_the_factor_is_ended(lena):
    lena.another_browser().log_in()
    User.objects.filter(username="lena").update(two_factor_active_since=timezone.now())
    assert lena.get("/profile/security/").url == "/login/?next=%2Fprofile%2Fsecurity%2F&ended=session"
    assert not Session.objects.filter(pk=row_key(lena.client.cookies["sessionid"].value)).exists()
    assert Session.objects.filter(signed_in=True).count() == 1


def test_of_django_admin_only_what_the_panel_answers_itself_is_not_for_admins_alone(lena):
    answered = ("login", "password_change", "password_change/done", "logout")
    assert [lena.get(f"/admin/{page}/").status_code for page in answered] == [302, 302, 302, 200]
    assert [lena.get(f"/admin/{page}").status_code for page in ("", "accounts/user/")] == [403, 403]
    visitor = Person("nobody")
    assert visitor.get("/admin/password_change/").url == "/login/?next=%2Fadmin%2Fpassword_change%2F"
    assert visitor.get("/admin/logout/").url == "/login/"


def test_an_admin_finds_no_page_of_a_contract():
    assert Person(make_admin()).enrol().get("/management/users/").status_code == 404


def test_the_old_page_of_a_setup_leads_to_the_codes_that_wait_and_asks_for_nothing(clock, contract):
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    clock.shift(timedelta(minutes=5))
    assert person.get("/two-factor/setup/").url.startswith("/confirm/")
    person.post("/confirm/", {"password": person.password})
    person.key = person.read_key()
    person.post("/two-factor/setup/", {"code": code_of(person.key)})
    clock.shift(timedelta(minutes=6))
    assert person.get("/two-factor/setup/").url == "/two-factor/activated/"
    assert person.get("/two-factor/disable/").url.startswith("/confirm/")
    assert person.post("/two-factor/keys/register/options/").url.startswith("/confirm/")


def old_form(person: Person) -> str:
    """Where a setup form leads whose token is from before the last login."""
    person.client.handler.enforce_csrf_checks = True
    answer = person.post("/two-factor/setup/", {"code": "123456", "csrfmiddlewaretoken": "x" * 64})
    person.client.handler.enforce_csrf_checks = False
    return answer.url


def test_an_old_form_of_a_setup_that_is_done_leads_to_where_the_setup_led(contract):
    person = Person(make_member(contract, two_factor_required=False))
    person.start_login(next="/profile/email/")
    assert old_form(person) == "/two-factor/setup/?ended=key"
    person.key = person.read_key()
    person.post("/two-factor/setup/", {"code": code_of(person.key, -1)})
    assert old_form(person) == "/two-factor/activated/"
    person.post("/two-factor/activated/")
    assert old_form(person) == "/profile/security/"
    person.get("/two-factor/setup/")
    assert old_form(person) == "/two-factor/setup/?ended=key"


# What is said to somebody who is refused


ASK = "Ask the account owner, Olivia Owner."
REQUIRED = "Two-factor authentication is required for your account, so you can't disable it."


def refused(person: Person, page: str) -> str:
    answer = person.get(page)
    assert answer.status_code == 403
    said = re.search("You don't have permission (.*) To the start page", unescape(words(answer)))
    return said[1]


def test_who_lacks_a_permission_is_told_whom_to_ask(contract):
    person = Person(make_member(contract, role=make_role(contract), two_factor_required=False))
    person.log_in()
    assert refused(person, "/management/users/") == f"{NOT_PERMITTED} {ASK}"


def test_whom_a_refused_change_was_for_stands_in_the_log(contract):
    person = Person(make_member(contract, role=make_role(contract, "users.show"), two_factor_required=False))
    person.log_in()
    refused(person, f"/management/users/{make_member(contract, 'mia').pk}/name/")
    row = AuditRow.objects.get(event=Event.ACCESS_REFUSED)
    assert (row.actor_label, row.target_label) == ("lena", "mia")


def test_a_view_without_a_declaration_is_refused_to_everybody(lena):
    request = RequestFactory().get("/profile/")
    seen = lena.get("/profile/").wsgi_request
    for name in ("user", "session", "contract", "is_owner", "must_choose", "permissions", "resolver_match"):
        setattr(request, name, getattr(seen, name))
    with pytest.raises(PermissionDenied, match=str(NOT_PERMITTED)):
        AccessGate(lambda request: HttpResponse()).process_view(request, lambda request: HttpResponse(), (), {})


def test_who_is_required_to_use_2fa_is_told_so_and_an_owner_has_nobody_to_ask(contract):
    member = Person(make_member(contract)).enrol()
    assert refused(member, "/two-factor/disable/") == f"{REQUIRED} {ASK}"
    owner = Person(make_owner("beta", two_factor_required=True)).enrol()
    assert refused(owner, "/two-factor/disable/") == REQUIRED
    admin = Person(make_admin()).enrol()
    assert refused(admin, "/two-factor/disable/") == REQUIRED


def test_who_is_no_admin_is_told_that_only_admins_get_in(olivia):
    assert refused(olivia, "/admin/") == "Only admins of this panel can open this page."
