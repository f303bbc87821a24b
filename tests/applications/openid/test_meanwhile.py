"""What is taken away between two steps of a login at an application, or put in by somebody else."""

from collections.abc import Callable

import pytest

from accounts.models import Role, Session, User
from cloudpanel.applications.models import Application, Who
from cloudpanel.applications.openid.models import Client, Grant
from tests.applications.openid.conftest import BACK, Console, answered, error, make_client, parameters
from tests.factories import make_member, make_owner, make_role
from tests.meanwhile import meanwhile
from tests.people import Person

pytestmark = pytest.mark.django_db
ROLE = "Others"


def role_taken(person: Person, application: Application) -> None:
    User.objects.filter(pk=person.user.pk).update(role=make_role(application.contract, name=ROLE))


def role_disabled(person: Person, application: Application) -> None:
    Role.objects.filter(pk=person.user.role_id).update(enabled=False)


def disabled(person: Person, application: Application) -> None:
    Application.objects.filter(pk=application.pk).update(is_active=False)


def moved(person: Person, application: Application) -> None:
    """To a contract of somebody else."""
    owner = make_owner("other", contract="Beta")
    Application.objects.filter(pk=application.pk).update(contract=owner.contracts.get())


def switched_off(person: Person, application: Application) -> None:
    Application.objects.filter(pk=application.pk).update(openid=False)


def address_removed(person: Person, application: Application) -> None:
    Client.objects.filter(application=application).update(redirect_uris=BACK + "/new")


def deactivated(person: Person, application: Application) -> None:
    User.objects.filter(pk=person.user.pk).update(is_active=False)


def session_ended(person: Person, application: Application) -> None:
    Session.objects.filter(user=person.user).delete()


REFUSED: list[tuple[Callable, int]] = [
    (role_taken, 403),
    (role_disabled, 403),
    (disabled, 403),
    (moved, 403),
    (switched_off, 400),
    (address_removed, 400),
    (deactivated, 302),
    (session_ended, 302),
]
"""How the next step ends; 302 leads to the login."""


@pytest.fixture
def listed(client, console, lena) -> Console:
    """Only Lena's role may open the application."""
    Application.objects.filter(pk=client.application_id).update(who=Who.ROLES)
    client.application.roles.add(lena.user.role)
    return console


def answer(person: Person, page: str, sealed: str):
    return person.post(f"/openid/{page}/", {"request": sealed, "consent": "yes", "account": "same"})


@pytest.mark.parametrize(("take", "status"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize(("page", "prompt"), [("consent", "consent"), ("account", "select_account")])
def test_between_a_question_and_its_answer(listed, client, lena, page, prompt, take, status):
    sealed = lena.get(listed.request(prompt=prompt)).context["sealed"]
    take(lena, client.application)
    response = answer(lena, page, sealed)
    assert response.status_code == status
    assert not Grant.objects.exists()
    assert "code=" not in response.content.decode()
    if status == 302:
        assert response["Location"].startswith("/login/")


@pytest.mark.parametrize(("take", "status"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_between_the_confirmation_and_the_way_back(listed, client, lena, take, status):
    resumed = parameters(lena.get(listed.request(prompt="login"))["Location"])["next"]
    assert lena.post("/confirm/", {"password": lena.password, "next": resumed})["Location"] == resumed
    take(lena, client.application)
    response = lena.get(resumed)
    assert response.status_code == status
    assert not Grant.objects.exists()


def test_a_code_is_worth_nothing_once_its_address_is_no_longer_registered(console, client, lena):
    """Somebody who had their own address registered for a while keeps nothing of it."""
    code = console.code(lena)
    address_removed(lena, client.application)
    assert error(console.redeem(code)) == (400, "invalid_grant")


def test_the_answer_of_one_person_is_not_that_of_another(console, contract, lena):
    """Lena's consent, sealed into her way through a confirmation, is opened by Mia in another browser."""
    sealed = lena.get(console.request(prompt="consent login"))
    resumed = parameters(sealed["Location"])["next"]
    lena.post("/confirm/", {"password": lena.password, "next": resumed})
    question = lena.get(resumed)
    onward = answer(lena, "consent", question.context["sealed"])
    assert "code=" in onward.context["address"]
    mia = Person(make_member(contract, "mia", two_factor_required=False))
    mia.log_in()
    for address in (resumed, f"/openid/authorize/{question.context['sealed']}/"):
        assert "code=" not in mia.get(address).content.decode()


def test_a_question_of_one_application_answers_for_no_other(console, contract, lena):
    make_client(contract, "Gitea", "https://gitea.example.com", redirect_uris="https://gitea.example.com/cb")
    sealed = lena.get(console.request(prompt="consent")).context["sealed"]
    answer(lena, "consent", sealed)
    other = {"client_id": "client-gitea", "redirect_uri": "https://gitea.example.com/cb", "prompt": "consent"}
    assert lena.get(console.request(**other)).status_code == 200, "asked again"


def test_one_of_two_contracts_is_enough_to_be_a_stranger_in_the_other(console, lena):
    """An owner of two contracts opens the applications of both; a sub-user those of their own alone."""
    beta = make_owner("beta", contract="Beta").contracts.get()
    theirs = make_client(beta, "Wiki", "https://wiki.example.com", redirect_uris=BACK)
    answer_there = answered(lena.get(Console(theirs).request(prompt="none")))
    assert answer_there["error"] == "access_denied"
    code = console.code(lena)
    assert error(Console(theirs).redeem(code)) == (400, "invalid_grant")
    assert console.redeem(code).status_code == 200, "a refusal spends nothing"


@pytest.mark.parametrize("endpoint", ["token", "userinfo", "introspect", "revoke"])
def test_a_form_that_cannot_be_read_is_an_error_of_the_protocol(console, endpoint):
    response = console.post(f"/openid/{endpoint}/", "rubbish", content_type="multipart/form-data")
    assert error(response) == (400, "invalid_request")


@pytest.mark.parametrize("endpoint", ["token", "userinfo", "introspect", "revoke"])
def test_a_form_that_is_too_long_and_a_method_that_is_not_there_are_no_pages(console, endpoint):
    fields = {f"a{number}": "1" for number in range(2000)}
    response = console.post(f"/openid/{endpoint}/", fields)
    assert error(response) == (413, "invalid_request")
    refused = console.http.put(f"/openid/{endpoint}/")
    assert error(refused) == (405, "invalid_request")
    assert "POST" in refused["Allow"]
    assert refused["Cache-Control"] == "no-store"


def account_deleted(person: Person, application: Application) -> None:
    User.objects.filter(pk=person.user.pk).delete()


def application_deleted(person: Person, application: Application) -> None:
    Application.objects.filter(pk=application.pk).delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("delete", [account_deleted, application_deleted])
def test_what_is_deleted_just_before_it_is_written_is_no_fault(console, client, lena, delete):
    def deleted() -> None:
        delete(lena, client.application)

    with meanwhile(deleted, before='INSERT INTO "openid_grant"'):
        assert lena.get(console.request()).status_code == 400
    assert not Grant.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("delete", [account_deleted, application_deleted])
@pytest.mark.parametrize("before", ['SET "replaced_at"', 'INSERT INTO "openid_token"'])
@pytest.mark.parametrize("again", [False, True])
def test_nor_is_what_is_deleted_while_a_token_is_refreshed(console, client, lena, delete, before, again):
    token = console.log_in(lena, scope="openid offline_access")["refresh_token"]
    if again:
        console.refresh(token)

    def deleted() -> None:
        delete(lena, client.application)

    with meanwhile(deleted, before=before):
        assert error(console.refresh(token)) == (400, "invalid_grant")
