"""The gate has no effect on behalf of a request that carries no right CSRF token."""

import re

import pytest

from accounts.models import AuditRow, Event, Session
from tests.factories import make_member, make_role
from tests.people import Person
from twofactor.login import freshness

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def stale_olivia(olivia):
    """The owner, with a proof that has run out, in a browser whose tokens are checked."""
    session = olivia.client.session
    session[freshness.CONFIRMED_AT] = 0
    session.save()
    olivia.client.handler.enforce_csrf_checks = True
    return olivia


def token_of(person: Person, path: str) -> str:
    found = TOKEN.search(person.get(path).content.decode())
    assert found
    return found[1]


def refused_rows() -> int:
    return AuditRow.objects.filter(event=Event.ACCESS_REFUSED).count()


@pytest.mark.parametrize("token", [None, "x" * 64])
def test_s08_nothing_is_kept_of_a_form_without_a_right_token(contract, stale_olivia, token):
    path = f"/management/users/{make_member(contract).pk}/two-factor-required/"
    typed = {"required": "no"} | ({"csrfmiddlewaretoken": token} if token else {})
    answer = stale_olivia.post(path, typed)
    assert answer.status_code == 403
    assert "saved_input" not in stale_olivia.client.session


def test_s08_with_a_right_token_what_was_typed_is_kept(contract, stale_olivia):
    path = f"/management/users/{make_member(contract).pk}/two-factor-required/"
    answer = stale_olivia.post(
        path, {"required": "no", "csrfmiddlewaretoken": token_of(stale_olivia, "/profile/name/")}
    )
    assert answer.url.startswith("/confirm/")
    assert stale_olivia.client.session["saved_input"]["path"] == path


@pytest.mark.parametrize(
    "path",
    ["/management/users/create/", "/management/users/bulk/", "/management/roles/create/", "/two-factor/disable/"],
)
def test_s08_no_refusal_is_written_for_a_request_without_a_right_token(contract, path):
    role = make_role(contract, "users.show")
    sam = Person(make_member(contract, "sam", role=role, two_factor_required=path.startswith("/two-factor/")))
    sam.enrol() if path.startswith("/two-factor/") else sam.log_in()
    right = token_of(sam, "/profile/name/")
    sam.client.handler.enforce_csrf_checks = True
    assert sam.post(path, {"action": "delete"}).status_code == 403
    assert refused_rows() == 0
    assert sam.post(path, {"action": "delete", "csrfmiddlewaretoken": right}).status_code == 403
    assert refused_rows() == 1


def test_s08_no_refusal_is_written_for_a_user_beyond_reach(contract):
    sam = Person(make_member(contract, "sam", role=make_role(contract, "users.set_name"), two_factor_required=False))
    sam.log_in()
    sam.client.handler.enforce_csrf_checks = True
    role = make_role(contract, "users.show", "users.set_email")
    other = make_member(contract, "nina", role=role)
    assert sam.post(f"/management/users/{other.pk}/email/", {"email": "a@example.org"}).status_code == 403
    assert refused_rows() == 0


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_s08_whoever_is_held_is_led_on_whatever_the_method_and_the_token(contract, method):
    paul = Person(make_member(contract, "paul"))
    paul.start_login()
    sessions = Session.objects.count()
    paul.client.handler.enforce_csrf_checks = True
    for path in ("/", "/management/users/create/", "/management/users/bulk/", "/two-factor/recovery-codes/download/"):
        answer = getattr(paul.client, method)(path)
        assert (answer.status_code, answer.url) == (302, "/two-factor/setup/"), path
    assert Session.objects.count() == sessions
