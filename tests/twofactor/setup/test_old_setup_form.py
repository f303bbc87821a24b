"""The setup form of another tab, from before a login: led on, never an error."""

import pytest

from accounts.models import User
from tests.factories import PASSWORD, make_member
from tests.people import Person, code_of, words
from tests.twofactor.setup.test_waiting_codes import token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def checked_login(person: Person) -> None:
    page = person.get("/login/").content.decode()
    person.post("/login/", {"username": "lena", "password": PASSWORD, "csrfmiddlewaretoken": token(page)})


@pytest.mark.parametrize("opened", [False, True])
def test_s06_a_set_up_form_from_before_the_login_leads_to_the_new_key(contract, opened):
    person = Person(make_member(contract, two_factor_required=False), enforce_csrf_checks=True)
    checked_login(person)
    page = person.get("/two-factor/setup/").content.decode()
    form = {"code": code_of(person.read_key()), "csrfmiddlewaretoken": token(page)}
    person.client.cookies.pop("sessionid")
    checked_login(person)
    if opened:
        person.get("/two-factor/setup/")

    answer = person.post("/two-factor/setup/", form)

    assert answer.status_code == 302
    assert "This key is no longer valid. Scan the new QR code below." in words(person.get(answer.url))
    assert not User.objects.get(username="lena").two_factor_active


@pytest.mark.parametrize("required_of", [False, True])
def test_s06_a_set_up_form_without_any_token_is_refused(contract, required_of):
    person = Person(make_member(contract, two_factor_required=required_of), enforce_csrf_checks=True)
    checked_login(person)
    code = code_of(person.read_key())
    assert person.post("/two-factor/setup/", {"code": code}).status_code == 403
