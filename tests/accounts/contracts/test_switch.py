"""The list of an owner's contracts in the header, and the page that the switch leads to."""

import re

import pytest

from accounts.models import Contract, User
from tests.factories import make_application, make_contract, make_member, make_role
from tests.people import Person

pytestmark = pytest.mark.django_db
CHOICE = re.compile(r'name="contract" value="(\d+)"\s*( aria-current="true")?>')
NEXT = re.compile(r'<input type="hidden" name="next" value="([^"]*)">\s*<ul>')


@pytest.fixture
def beta(owner: User) -> Contract:
    return make_contract(owner, "Beta")


@pytest.fixture
def olivia(owner: User, beta: Contract) -> Person:
    """Works in Alpha Hosting, and holds Beta too."""
    person = Person(owner)
    person.log_in()
    person.post("/contracts/", {"contract": owner.contracts.get(name="Alpha Hosting").pk})
    return person


def choices(page) -> list[tuple[int, bool]]:
    return [(int(pk), bool(current)) for pk, current in CHOICE.findall(page.content.decode())]


def test_the_header_lists_the_contracts_by_name_and_marks_the_current_one(olivia, owner, beta):
    alpha = owner.contracts.get(name="Alpha Hosting")
    aardvark = make_contract(owner, "aardvark")
    assert choices(olivia.get("/profile/")) == [(aardvark.pk, False), (alpha.pk, True), (beta.pk, False)]
    olivia.post("/contracts/", {"contract": beta.pk})
    assert choices(olivia.get("/profile/")) == [(aardvark.pk, False), (alpha.pk, False), (beta.pk, True)]


def test_with_one_contract_there_is_no_switch_and_nothing_is_asked_for_it(owner, django_assert_num_queries):
    person = Person(owner)
    person.log_in()
    with django_assert_num_queries(1):
        page = person.get("/profile/")
    assert choices(page) == []
    assert b"/contracts/" not in page.content
    assert b"Alpha Hosting" in page.content


def test_a_sub_user_of_one_of_several_contracts_sees_no_switch(owner, beta):
    lena = Person(make_member(beta, two_factor_required=False))
    lena.log_in()
    page = lena.get("/")
    assert page.status_code == 200
    assert choices(page) == []
    assert b"Alpha Hosting" not in page.content


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("/", "/"),
        ("/profile/security/", "/profile/security/"),
        ("/management/users/?q=x&role=4", "/management/users/"),
        ("/management/users/create/", "/management/users/create/"),
        ("/management/users/{user}/", "/management/users/"),
        ("/management/users/{user}/name/?q=x", "/management/users/"),
        ("/management/roles/{role}/permissions/", "/management/roles/"),
        ("/management/applications/{application}/", "/management/applications/"),
        ("/management/logs/?period=1h", "/management/logs/"),
    ],
)
def test_the_switch_stays_on_the_same_kind_of_page(olivia, owner, beta, page, leads_to):
    alpha = owner.contracts.get(name="Alpha Hosting")
    ids = {
        "user": make_member(alpha).pk,
        "role": make_role(alpha, name="Support").pk,
        "application": make_application(alpha).pk,
    }
    shown = olivia.get(page.format(**ids))
    assert shown.status_code == 200
    found = NEXT.search(shown.content.decode())
    assert found
    assert found[1] == leads_to
    assert olivia.post("/contracts/", {"contract": beta.pk, "next": found[1]}).url == leads_to
    arrived = olivia.get(leads_to)
    assert (arrived.status_code, arrived.wsgi_request.contract) == (200, beta)


def test_whoever_has_still_to_choose_goes_on_to_the_page_that_was_asked_for(owner, beta):
    person = Person(owner)
    person.log_in()
    asked = person.get("/management/logs/?period=1h")
    page = person.get(asked.url)
    assert page.context["next"] == "/management/logs/?period=1h"
    answer = person.post("/contracts/", {"contract": beta.pk, "next": page.context["next"]})
    assert answer.url == "/management/logs/?period=1h"


@pytest.mark.parametrize("foreign", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/no/such/page/"])
def test_the_choice_leads_to_no_other_site(olivia, beta, foreign):
    assert olivia.client.get("/contracts/", {"next": foreign}).context["next"] == "/"
    assert olivia.post("/contracts/", {"contract": beta.pk, "next": foreign}).url == "/"
