"""What comes before a code: where each step leads, what it carries along, and what is noted of a refusal."""

import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse

from accounts.models import AuditRow, Event, Session, User
from cloudpanel.applications.models import Application, Needs, Preset, Who
from cloudpanel.applications.openid.carried_request import CarriedRequest, unseal
from tests.applications.openid.conftest import Console, answered, make_client, parameters
from tests.factories import make_contract, make_member
from tests.people import Person, words
from twofactor.keys import demand
from twofactor.login.flow import AFTER_SETUP
from twofactor.login.freshness import CONFIRMED_AT
from twofactor.login.proof import METHODS

pytestmark = pytest.mark.django_db


def carried(address: str) -> CarriedRequest:
    """The request at whose continuation an address ends."""
    found = unseal(address.removesuffix("/").rpartition("/")[2])
    assert found
    return found


def led(response: HttpResponse) -> tuple[str, CarriedRequest]:
    """The page of the panel, and the request that continues after it."""
    assert response.status_code == 302
    return urlsplit(response.url).path, carried(parameters(response.url)["next"])


def asked(console: Console, **changes) -> str:
    return urlsplit(console.request(**changes)).query


# A login


def test_a_visitor_logs_in_and_any_login_from_now_on_counts(clock, console):
    request = CarriedRequest(asked(console), since=int(time.time()))
    assert led(Person("nobody").get(console.request())) == ("/login/", request)


@pytest.mark.parametrize(("hint", "username"), [("lena", "lena"), (None, "")])
def test_the_username_that_the_application_knows_is_filled_in(console, hint, username):
    visitor = Person("nobody")
    to_login = visitor.get(console.request(login_hint=hint)).url
    assert ("hint=" in to_login) is bool(username)
    assert visitor.get(to_login).context["form"]["username"].value() == username


def test_whoever_wants_to_be_another_starts_with_an_empty_field(console, lena):
    sealed = lena.get(console.request(prompt="select_account", login_hint="lena")).context["sealed"]
    assert "hint=" not in lena.post("/openid/account/", {"request": sealed, "account": "another"}).url


# Somebody else


def hinted(console, person: Person, olivia: Person, **changes) -> HttpResponse:
    """The person is logged in; the application expects the owner."""
    return person.get(console.request(id_token_hint=console.log_in(olivia)["id_token"], **changes))


def test_who_is_not_the_person_of_the_hint_is_asked_who_it_is_to_be(console, lena, olivia):
    page = hinted(console, lena, olivia)
    assert "openid/account.html" in [template.name for template in page.templates]
    assert page.context["application"] == "Grafana"
    assert carried(page.context["sealed"]) == CarriedRequest(page.wsgi_request.META["QUERY_STRING"])


def test_who_goes_on_as_somebody_else_is_refused_to_the_application(console, lena, olivia):
    sealed = hinted(console, lena, olivia).context["sealed"]
    onward = lena.post("/openid/account/", {"request": sealed, "account": "same"}).context["address"]
    assert parameters(onward)["error"] == "login_required"
    assert parameters(onward)["error_description"] == "Another person is logged in"


def test_a_hint_that_is_none_is_told_to_the_application(console, lena):
    said = answered(lena.get(console.request(id_token_hint="rubbish")))
    assert said["error"] == "invalid_request"
    assert said["error_description"] == "The id_token_hint is not one that was given to this client"


def test_the_answer_of_one_person_does_not_count_for_the_next(console, lena, olivia):
    sealed = lena.get(console.request(prompt="select_account consent")).context["sealed"]
    page = lena.post("/openid/account/", {"request": sealed, "account": "same"})
    assert "openid/consent.html" in [template.name for template in page.templates]
    sealed = page.context["sealed"]
    page = olivia.post("/openid/consent/", {"request": sealed, "consent": "yes"})
    assert "openid/account.html" in [template.name for template in page.templates]


# A proof


def prove(person: Person, at: float) -> None:
    session = person.client.session
    session[CONFIRMED_AT] = int(at)
    session.save()


@pytest.mark.parametrize(("age", "page"), [(59, None), (60, None), (61, "/confirm/")])
def test_a_proof_that_is_too_old_for_the_application_is_asked_for_anew(clock, console, lena, age, page):
    lena.log_in()
    clock.shift(age)
    answer = lena.get(console.request(max_age=60))
    if page is None:
        assert "code" in answered(answer)
    else:
        there, request = led(answer)
        assert (there, request.query, request.since) == (page, asked(console, max_age=60), int(time.time()))
        assert (request.sid, request.seen) == (Session.objects.get(user=lena.user).sid, time.time() - age)


def test_an_application_that_wants_a_login_gets_a_new_proof_and_once_is_enough(clock, console, lena):
    lena.log_in()
    clock.shift(60)
    answer = lena.get(console.request(prompt="login"))
    assert led(answer)[0] == "/confirm/"
    prove(lena, time.time() - 30)  # by the clock of another machine
    onward = lena.get(parameters(answer.url)["next"])
    assert "code=" in onward.context["address"]


def test_a_login_too_long_ago_for_the_application_leads_to_the_confirmation(clock, console, lena):
    Application.objects.update(reauthenticate_minutes=5)
    lena.log_in()
    clock.shift(301)
    assert led(lena.get(console.request()))[0] == "/confirm/"


def test_where_a_key_is_needed_a_key_is_asked_for_and_what_was_proved_counts(clock, console, lena):
    lena.log_in()
    lena.enrol_logged_in()
    Application.objects.update(needs=Needs.TWO_FACTOR)
    console.code(lena)
    Application.objects.update(needs=Needs.PASSKEY)
    assert lena.get(console.request()).url == "/profile/security/keys/"
    wanted = demand.pending(lena.client.session)
    assert wanted.name == "Grafana"
    request = carried(wanted.address)
    assert (request.query, request.since) == (asked(console), int(time.time()))
    session = lena.client.session
    session[METHODS] = "pwd hwk"
    session.save()
    console.code(lena)


# A setup


def test_a_setup_leads_on_to_the_request_as_it_was(console, lena):
    Application.objects.update(needs=Needs.TWO_FACTOR)
    assert lena.get(console.request()).url == "/two-factor/setup/"
    assert carried(lena.client.session[AFTER_SETUP]) == CarriedRequest(asked(console))


# A question


def test_the_question_says_what_the_application_learns_and_carries_the_request(console, lena):
    page = lena.get(console.request(prompt="consent", scope="openid email groups"))
    assert page.context["learns"] == ["your email address", "your role"]
    assert 'name="csrfmiddlewaretoken"' in page.content.decode()
    assert page.context["application"] == "Grafana"
    assert carried(page.context["sealed"]).query == asked(console, prompt="consent", scope="openid email groups")


def test_who_has_agreed_is_not_asked_again(console, lena):
    page = lena.get(console.request(prompt="consent"))
    onward = lena.post("/openid/consent/", {"request": page.context["sealed"], "consent": "yes"})
    assert "code=" in onward.context["address"]


@pytest.mark.parametrize(
    ("preset", "email", "scope", "asks"),
    [
        (Preset.GRAFANA, "", "openid email", True),
        (Preset.GRAFANA, "", "openid profile", False),
        (Preset.GRAFANA, "lena@example.com", "openid email", False),
        (Preset.OTHER, "", "openid email", False),
    ],
)
def test_an_email_is_missed_where_the_console_needs_it_and_asks_for_it(console, lena, preset, email, scope, asks):
    Application.objects.update(preset=preset)
    User.objects.filter(pk=lena.user.pk).update(email=email)
    answer = lena.get(console.request(scope=scope))
    assert (answer.status_code == 200) is asks


# A refusal


def refusals() -> list[tuple[str, str, str, str, dict[str, str]]]:
    rows = AuditRow.objects.filter(event=Event.APPLICATION_REFUSED).order_by("pk")
    return [(row.actor_label, row.target_label, row.outcome, row.ip, row.detail) for row in rows]


def test_a_refusal_is_said_on_a_page_and_noted_with_its_reason(console, lena):
    Application.objects.update(is_active=False)
    page = lena.get(console.request())
    assert page.status_code == 403
    assert "Grafana is disabled. Ask the account owner, Olivia Owner." in words(page)
    assert refusals() == [("lena", "Grafana", "refused", "127.0.0.1", {"reason": "application_disabled"})]


def test_each_person_application_and_reason_is_noted_once_a_minute(clock, console, contract, lena):
    wiki = make_client(contract, "Wiki", "https://wiki.example.com", redirect_uris="https://wiki.example.com/back")
    paul = Person(make_member(contract, "paul", two_factor_required=False))
    paul.log_in()
    lena.log_in()
    Application.objects.update(who=Who.ROLES)
    for _ in range(2):
        for person in (lena, paul):
            person.get(console.request())
        lena.get(Console(wiki).request(redirect_uri="https://wiki.example.com/back"))
    Application.objects.update(is_active=False)
    lena.get(console.request())
    assert [(who, what, detail["reason"]) for who, what, _, _, detail in refusals()] == [
        ("lena", "Grafana", "role"),
        ("paul", "Grafana", "role"),
        ("lena", "Wiki", "role"),
        ("lena", "Grafana", "application_disabled"),
    ]


def test_whose_role_is_listed_and_who_has_proved_enough_is_let_in(console, lena):
    Application.objects.update(who=Who.ROLES)
    assert lena.get(console.request()).status_code == 403
    console.client.application.roles.add(lena.user.role)
    console.code(lena)


def test_a_stranger_is_refused_whatever_their_contract(console):
    contract = make_contract(User.objects.create_user("mallory", name="Mallory"), "Beta")
    stranger = Person(make_member(contract, "sam", two_factor_required=False))
    stranger.log_in()
    page = stranger.get(console.request())
    assert "This application belongs to another contract than your account." in words(page)
    assert refusals()[0][-1] == {"reason": "stranger"}


def test_a_minute_later_a_refusal_is_noted_again(clock, console, lena):
    lena.log_in()
    Application.objects.update(is_active=False)
    for _ in range(2):
        lena.get(console.request())
        clock.shift(timedelta(minutes=1))
    assert len(refusals()) == 2
