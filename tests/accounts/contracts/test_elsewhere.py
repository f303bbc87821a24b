"""The address of something in another contract: offered to the owner of both, a plain 404 to everybody else."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.gate import refusals
from accounts.models import Contract, User
from tests.factories import make_admin, make_application, make_contract, make_member, make_owner, make_role
from tests.people import Person, words

pytestmark = pytest.mark.django_db
KINDS = {
    "user": ("/management/users/{pk}/", "This user belongs to “Beta”."),
    "user_name": ("/management/users/{pk}/name/", "This user belongs to “Beta”."),
    "two_factor_required": ("/management/users/{pk}/two-factor-required/", "This user belongs to “Beta”."),
    "role": ("/management/roles/{pk}/", "This role belongs to “Beta”."),
    "role_permissions": ("/management/roles/{pk}/permissions/", "This role belongs to “Beta”."),
    "application": ("/management/applications/{pk}/", "This application belongs to “Beta”."),
    "application_guard": ("/management/applications/{pk}/guard/", "This application belongs to “Beta”."),
}
OF_EACH_KIND = pytest.mark.parametrize("kind", KINDS)


def enter(user: User, contract: Contract | None = None) -> Person:
    person = Person(user)
    person.log_in()
    if contract:
        person.post("/contracts/", {"contract": contract.pk})
    return person


@pytest.fixture
def alpha(owner: User) -> Contract:
    return owner.contracts.get()


@pytest.fixture
def beta(owner: User, alpha: Contract) -> Contract:
    return make_contract(owner, "Beta")


@pytest.fixture
def olivia(owner: User, alpha: Contract, beta: Contract) -> Person:
    """Works in Alpha Hosting, and holds Beta too."""
    return enter(owner, alpha)


def something_in(contract: Contract, kind: str) -> int:
    match kind.partition("_")[0]:
        case "role":
            return make_role(contract, name=f"Support {contract.pk}").pk
        case "application":
            return make_application(contract).pk
    return make_member(contract, f"somebody{contract.pk}").pk


def plain(page) -> str:
    """The page without what differs at each look."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())
    return re.sub(r"/(\d+)/|%2F\d+%2F", "/0/", text)


@OF_EACH_KIND
def test_the_owner_of_both_contracts_is_told_and_switches(olivia, beta, kind):
    address, sentence = KINDS[kind]
    address = address.format(pk=something_in(beta, kind))
    page = olivia.get(address)
    assert page.status_code == 404
    assert sentence in words(page)
    assert f'name="contract" value="{beta.pk}">Switch to' in page.content.decode()
    answer = olivia.post("/contracts/", {"contract": beta.pk, "next": address})
    assert answer.url == address
    arrived = olivia.get(address)
    assert (arrived.status_code, arrived.wsgi_request.contract) == (200, beta)


@OF_EACH_KIND
def test_a_stranger_gets_the_page_of_what_does_not_exist(beta, kind):
    """An owner of several other contracts, for whom the same is looked up; byte for byte, by as many queries."""
    stranger = make_owner("stranger", contract="Gamma")
    make_contract(stranger, "Delta")
    person = enter(stranger, stranger.contracts.first())
    there = KINDS[kind][0].format(pk=something_in(beta, kind))
    nowhere = KINDS[kind][0].format(pk=999_999)
    pages, queries = [], []
    for address in (there, nowhere):
        with CaptureQueriesContext(connection) as asked:
            pages.append(person.get(address))
        queries.append([re.sub(r"\d+", "0", each["sql"]) for each in asked])
    assert [page.status_code for page in pages] == [404, 404]
    assert plain(pages[0]) == plain(pages[1])
    assert "Beta" not in words(pages[0])
    assert queries[0] == queries[1]


def test_a_sub_user_is_told_nothing_of_the_other_contract_of_their_owner(alpha, beta):
    adam = enter(make_member(alpha, "adam", two_factor_required=False))
    for kind in ("user", "role", "application"):
        page = adam.get(KINDS[kind][0].format(pk=something_in(beta, kind)))
        assert page.status_code == 404
        assert "Beta" not in words(page)


def test_an_owner_of_one_contract_is_asked_nothing_more(owner, alpha, django_assert_num_queries):
    person = enter(owner)
    with django_assert_num_queries(2):
        assert person.get("/management/users/999999/").status_code == 404


def test_an_account_that_is_no_sub_user_is_not_offered(olivia, owner, beta):
    staff = make_member(beta, "staff", is_staff=True)
    for pk in (owner.pk, make_admin().pk, staff.pk):
        page = olivia.get(f"/management/users/{pk}/")
        assert page.status_code == 404
        assert "Page not found" in words(page)


def test_without_the_right_to_see_it_there_nothing_is_offered(olivia, beta, monkeypatch):
    """Owners have every right in what they hold; the rights of that contract are asked all the same."""
    nothing_in_beta = lambda user, contract: frozenset() if contract == beta else frozenset({"users.show"})  # noqa: E731
    monkeypatch.setattr(refusals, "permissions_in", nothing_in_beta)
    page = olivia.get(f"/management/users/{something_in(beta, 'user')}/")
    assert (page.status_code, "Beta" in page.content.decode().partition("<main")[2]) == (404, False)


def test_a_form_for_the_other_contract_is_a_plain_404(olivia, beta):
    page = olivia.post(f"/management/users/{something_in(beta, 'user')}/name/", {"name": "Nobody"})
    assert page.status_code == 404
    assert "Page not found" in words(page)


def test_a_contract_that_was_taken_away_in_between_is_not_switched_to(olivia, owner, beta):
    address = f"/management/users/{something_in(beta, 'user')}/"
    assert olivia.get(address).status_code == 404
    Contract.objects.filter(pk=beta.pk).update(owner=make_owner("other", contract="Gamma"))
    assert olivia.post("/contracts/", {"contract": beta.pk, "next": address}).status_code == 404
    assert "Page not found" in words(olivia.get(address))
