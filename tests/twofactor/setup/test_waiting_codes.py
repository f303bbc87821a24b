"""What waits to be shown, old forms and chains of redirects: wherever somebody stands, every address leads on."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from accounts.origin import Origin
from tests.factories import PASSWORD, make_admin, make_contract, make_member
from tests.people import CODE, Person, code_of, words
from twofactor.requirement import services

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ORIGIN = Origin("192.0.2.1")
REDIRECTS = 3


@pytest.fixture
def lena(contract) -> Person:
    """Logged in without a factor, which she may choose to have."""
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    return person


def activated(person: Person) -> Person:
    """By choice, without having pressed Next."""
    person.key = person.read_key()
    assert person.post("/two-factor/setup/", {"code": code_of(person.key)}).url == "/two-factor/activated/"
    return person


def account() -> User:
    return User.objects.select_related("contract", "role").get(username="lena")


def required(owner: User) -> None:
    assert services.set_required(actor=owner, target=account(), required=True, origin=ORIGIN)


def test_s05_codes_that_wait_die_with_the_factor(lena):
    activated(lena)
    assert len(CODE.findall(words(lena.get("/two-factor/activated/")))) == 10

    lena.post("/two-factor/disable/")

    assert lena.get("/two-factor/activated/").url == "/profile/security/"
    assert lena.get("/two-factor/activated/download/").status_code in (302, 404)


def test_s05_codes_that_wait_die_with_a_newer_stamp(lena):
    activated(lena)
    new = PASSWORD + "-new"
    lena.post("/profile/password/", {"current_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert lena.is_in()
    assert lena.get("/two-factor/activated/").status_code == 302


def test_s05_setup_and_its_codes_do_not_lead_to_each_other(lena, owner):
    activated(lena)
    lena.post("/two-factor/disable/")
    required(owner)

    assert lena.get("/two-factor/activated/").url == "/two-factor/setup/"
    assert "Step 4" in words(lena.get("/two-factor/setup/"))


def test_s06_the_set_up_form_of_a_second_tab_leads_where_the_first_one_led(contract):
    person = Person(make_member(contract), enforce_csrf_checks=True)
    login = person.get("/login/").content.decode()
    person.post("/login/", {"username": "lena", "password": PASSWORD, "csrfmiddlewaretoken": token(login)})
    page = person.get("/two-factor/setup/").content.decode()
    person.key = person.read_key()
    form = {"code": code_of(person.key), "csrfmiddlewaretoken": token(page)}
    assert person.post("/two-factor/setup/", form).url == "/two-factor/activated/"

    assert person.post("/two-factor/setup/", form).url == "/two-factor/activated/"
    shown = person.get("/two-factor/activated/").content.decode()
    person.post("/two-factor/activated/", {"csrfmiddlewaretoken": token(shown)})
    assert person.post("/two-factor/setup/", form).url == "/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_s06_a_second_tab_leads_to_the_codes_long_after_the_last_confirmation(lena, method):
    activated(lena)
    long_ago_confirmed(lena)

    assert getattr(lena, method)("/two-factor/setup/").url == "/two-factor/activated/"
    lena.post("/two-factor/activated/")
    assert getattr(lena, method)("/two-factor/setup/").url.startswith("/confirm/")


def test_a_key_is_added_beside_new_codes_after_a_confirmation(lena):
    activated(lena)
    long_ago_confirmed(lena)

    answer = lena.client.post("/two-factor/keys/register/options/", {}, content_type="application/json")

    assert answer.url.startswith("/confirm/")


def token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


# Every address in every state.


def nobody(person: Person, owner: User) -> None:
    pass


def at_the_code(person: Person, owner: User) -> None:
    activated_before(person)
    person.start_login()


def activated_before(person: Person) -> None:
    other = person.another_browser()
    other.log_in()
    activated(other)
    person.key = other.key


def at_a_new_password(person: Person, owner: User) -> None:
    User.objects.filter(username="lena").update(must_change_password=True)
    person.start_login()


def at_the_set_up(person: Person, owner: User) -> None:
    required(owner)
    person.start_login()


def inside(person: Person, owner: User) -> None:
    person.log_in()


def inside_and_required(person: Person, owner: User) -> None:
    person.log_in()
    required(owner)


def codes_waiting(person: Person, owner: User) -> None:
    person.log_in()
    activated(person)


def codes_waiting_and_required(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    required(owner)


def codes_of_a_factor_that_is_gone(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    person.post("/two-factor/disable/")


def codes_of_a_factor_that_is_gone_and_required(person: Person, owner: User) -> None:
    codes_of_a_factor_that_is_gone(person, owner)
    required(owner)


def new_codes_waiting(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    person.post("/two-factor/recovery-codes/")


def new_phone_open(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    person.post("/two-factor/activated/")
    person.get("/two-factor/setup/")


def long_ago(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    long_ago_confirmed(person)


def long_ago_confirmed(person: Person) -> None:
    session = person.client.session
    session["confirmed_at"] = 0
    session.save()


def reset_by_the_owner(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    services.reset(actor=owner, target=account(), origin=ORIGIN)


def deactivated(person: Person, owner: User) -> None:
    codes_waiting(person, owner)
    User.objects.filter(username="lena").update(is_active=False)


STATES = [
    nobody,
    at_the_code,
    at_a_new_password,
    at_the_set_up,
    inside,
    inside_and_required,
    codes_waiting,
    codes_waiting_and_required,
    codes_of_a_factor_that_is_gone,
    codes_of_a_factor_that_is_gone_and_required,
    new_codes_waiting,
    new_phone_open,
    long_ago,
    reset_by_the_owner,
    deactivated,
]


def addresses(patterns=None, route: str = "/"):
    """Of the panel itself; ids and tokens are made up."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = route + str(entry.pattern)
        if isinstance(entry, URLResolver) and entry.namespace != "admin":
            yield from addresses(entry.url_patterns, address)
        elif isinstance(entry, URLPattern):
            yield re.sub(r"<[^>]+>", "1", address)


def chain(client: Client, address: str) -> list[str]:
    seen = []
    response = client.get(address)
    while response.status_code in (301, 302) and response.url.startswith("/") and len(seen) <= REDIRECTS:
        seen.append(response.url)
        response = client.get(response.url)
    return seen


def too_long(client: Client) -> dict[str, list[str]]:
    chains = {address: chain(client, address) for address in sorted(set(addresses()))}
    return {address: found for address, found in chains.items() if len(found) > REDIRECTS}


@pytest.mark.parametrize("state", STATES)
def test_s05_no_address_redirects_more_than_three_times(state, contract, owner):
    person = Person(make_member(contract, two_factor_required=False))
    state(person, owner)
    assert not too_long(person.client)


def test_s05_no_address_redirects_an_owner_more_than_three_times(owner, olivia):
    assert not too_long(olivia.client)
    make_contract(owner, "Beta Hosting")
    choosing = Person(owner)
    choosing.log_in()
    assert not too_long(choosing.client)
    User.objects.filter(pk=owner.pk).update(two_factor_required=True)
    assert not too_long(choosing.client)


def test_s05_no_address_redirects_an_admin_more_than_three_times():
    admin = Person(make_admin()).enrol()
    assert not too_long(admin.client)


@pytest.mark.parametrize(("method", "led_to"), [("get", "/management/logs/?period=7d"), ("post", "/")])
def test_next_leads_to_the_page_first_asked_for_after_a_setup_that_became_required_meanwhile(
    lena, owner, method, led_to
):
    required(owner)
    assert getattr(lena, method)("/management/logs/?period=7d").url == "/two-factor/setup/"
    assert lena.get("/profile/").url == "/two-factor/setup/"

    activated(lena)

    assert lena.post("/two-factor/activated/").url == led_to
