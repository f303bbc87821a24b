"""`/contracts/`: the choice between an owner's contracts, skipped where there is none to make."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.contracts import queries, services
from accounts.models import User
from accounts.origin import SERVER
from tests.factories import make_admin, make_contract, make_member, make_owner
from tests.people import Person, words

pytestmark = pytest.mark.django_db


def _in(user: User) -> Person:
    person = Person(user)
    person.log_in()
    return person


def test_an_owner_of_several_contracts_chooses_after_the_log_in(owner: User) -> None:
    beta = make_contract(owner, "Beta")
    person = _in(owner)
    assert person.get("/").url == "/contracts/"
    assert person.get("/management/users/").url == "/contracts/?next=%2Fmanagement%2Fusers%2F"
    page = person.get("/contracts/")
    assert page.status_code == 200
    assert [contract.name for contract in page.context["contracts"]] == ["Alpha Hosting", "Beta"]
    assert person.post("/contracts/", {"contract": beta.pk}).url == "/"
    assert "Beta" in words(person.get("/"))
    assert person.another_browser().get("/").status_code == 302


def test_the_page_tells_name_number_users_and_coverage(owner: User) -> None:
    alpha, beta = owner.contracts.get(), make_contract(owner, "Beta")
    make_member(alpha, "anna", two_factor_active_since=timezone.now())
    make_member(alpha, "ben")
    make_member(alpha, "carl", is_active=False)
    make_member(beta, "staff", is_staff=True, two_factor_active_since=timezone.now())
    text = words(_in(owner).get("/contracts/"))
    for part in (alpha.number, "3 users", "2FA active for 1 (33%)", beta.number, "0 users", "0 (0%)"):
        assert part in text


def test_the_switch_leads_back_to_the_choice(owner: User) -> None:
    alpha, beta = owner.contracts.get(), make_contract(owner, "Beta")
    person = _in(owner)
    for contract in (alpha, beta, alpha):
        assert person.post("/contracts/", {"contract": contract.pk}).url == "/"
        assert person.get("/contracts/").wsgi_request.contract == contract


def test_only_all_are_a_hundred_percent() -> None:
    assert queries.Summary(1, "a", "1", 1000, 999).coverage == 99
    assert queries.Summary(1, "a", "1", 3, 3).coverage == 100


def test_one_contract_is_no_choice(owner: User) -> None:
    person = _in(owner)
    assert person.get("/contracts/").url == "/"
    assert person.get("/").status_code == 200


def test_a_sub_user_has_no_choice(owner: User) -> None:
    make_contract(owner, "Beta")
    member = make_member(owner.contracts.get(name="Alpha Hosting"), two_factor_required=False)
    person = _in(member)
    assert person.get("/contracts/").url == "/"
    assert person.post("/contracts/", {"contract": owner.contracts.get(name="Beta").pk}).status_code == 404
    assert person.get("/").wsgi_request.contract.name == "Alpha Hosting"


@pytest.mark.parametrize("sent", ["", "x", "0", "-1", "1.5", str(2**63), str(2**70), "\0", "１２３４５６７"])
def test_rubbish_is_a_contract_that_does_not_exist(owner: User, sent: str) -> None:
    make_contract(owner, "Beta")
    assert _in(owner).post("/contracts/", {"contract": sent}).status_code == 404


def test_a_field_sent_twice_or_not_at_all_chooses_nothing(owner: User) -> None:
    beta = make_contract(owner, "Beta")
    person = _in(owner)
    assert person.post("/contracts/", {"contract": [beta.pk, beta.pk]}).status_code == 404
    assert person.post("/contracts/").status_code == 404
    assert person.get("/").url == "/contracts/"


def test_somebody_elses_contract_does_not_exist(owner: User) -> None:
    make_contract(owner, "Beta")
    foreign = make_owner("stranger", contract="Gamma").contracts.get()
    person = _in(owner)
    assert person.post("/contracts/", {"contract": foreign.pk}).status_code == 404
    assert "Gamma" not in words(person.get("/contracts/"))


def test_a_contract_that_went_to_somebody_else_is_no_longer_worked_in(owner: User) -> None:
    beta = make_contract(owner, "Beta")
    person = _in(owner)
    person.post("/contracts/", {"contract": beta.pk})
    beta.owner = make_owner("stranger", contract="Gamma")
    beta.save(update_fields=["owner"])
    assert person.get("/").wsgi_request.contract.name == "Alpha Hosting"


def test_an_owner_without_a_contract_sees_a_page_that_says_so() -> None:
    person = _in(User.objects.create_user("olivia", Person("x").password, name="Olivia", two_factor_required=False))
    page = person.get("/")
    assert page.status_code == 200
    assert "You don't have a contract yet" in words(page)
    assert person.get("/contracts/").url == "/"
    assert person.get("/management/users/").status_code == 404


def test_an_admin_without_a_contract_is_led_to_django_admin() -> None:
    person = Person(make_admin()).enrol()
    assert person.get("/").url == "/admin/"
    assert person.get("/contracts/").url == "/"


def test_the_number_of_queries_does_not_grow(owner: User) -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as captured:
            queries.summaries(owner)
        return len(captured)

    make_contract(owner, "Beta")
    few = counted()
    for number in range(5):
        make_member(make_contract(owner, f"Contract {number}"), f"user{number}")
    assert few == counted() == 1


def test_other_methods_get_their_page(owner: User) -> None:
    assert _in(owner).client.delete("/contracts/").status_code == 405


SWITCH = "/contracts/"


def test_f33_with_one_contract_there_is_no_switch(owner: User, contract) -> None:
    person = _in(owner)
    for address in ("/", "/profile/", "/management/users/"):
        page = person.get(address)
        assert SWITCH not in page.content.decode()
        assert "Alpha Hosting" in words(page)
    services.create_contract(owner=owner, name="Beta", origin=SERVER)
    assert SWITCH in person.get("/").content.decode()


def test_f33_before_the_choice_and_in_each_contract_there_is_one(owner: User, contract) -> None:
    beta = services.create_contract(owner=owner, name="Beta", origin=SERVER)
    person = _in(owner)
    assert SWITCH in person.get("/profile/").content.decode()
    for chosen in (beta, contract):
        person.post("/contracts/", {"contract": chosen.pk})
        assert SWITCH in person.get("/").content.decode()


def test_f33_others_never_have_one(owner: User, contract) -> None:
    services.create_contract(owner=owner, name="Beta", origin=SERVER)
    lena = _in(make_member(contract, two_factor_required=False))
    page = lena.get("/")
    assert page.status_code == 200
    assert SWITCH not in page.content.decode()
