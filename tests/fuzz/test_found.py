"""What the fuzzers found or came near to, each as one request."""

import pytest

from accounts.models import Contract
from tests.factories import make_member, make_owner
from tests.fuzz.rubbish import CHARSETS
from tests.people import Person

pytestmark = pytest.mark.django_db
BODY = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'


@pytest.fixture
def owner() -> Person:
    person = Person(make_owner())
    person.log_in()
    return person


@pytest.mark.parametrize("quoted", ['"' + "\\000" * 32 + '"', '"' + "\\000" * 8 + '"', "a" * 5_000, "x" * 41, "'" * 32])
@pytest.mark.parametrize("path", ["/", "/login/", "/logout/"])
def test_a_session_cookie_that_is_no_key_of_ours_is_no_session(client, quoted, path):
    assert client.get(path, HTTP_COOKIE=f"sessionid={quoted}").status_code < 500


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["/login/?next=%ff%fe", "/profile/name/?x=1", "/management/users/?q=+2AA-%ff"])
def test_a_body_in_another_charset_than_utf_8_is_no_fault(owner, charset, method, path):
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        for value in (b"+2AA-", b"\\ud800", b"\xff"):
            data = BODY % (b"name", value) if "multipart" in kind else b"name=" + value
            for person in (owner, Person("nobody")):
                answer = person.client.generic(method.upper(), path, data, f"{kind}; charset={charset}")
                assert answer.status_code < 500


@pytest.mark.parametrize("rest", ["%00", "accounts/user/%00/change/", "%ED%A0%80", "x" * 9_000])
def test_an_address_with_rubbish_is_refused_and_the_refusal_is_written_down(owner, rest):
    assert owner.get(f"/admin/{rest}").status_code in (403, 404)


@pytest.mark.parametrize("agent", ["x" * 9_000, "\udcff", "\x7f\x80"])
def test_a_user_agent_of_any_kind_is_written_down(owner, agent):
    assert owner.get("/admin/", HTTP_USER_AGENT=agent).status_code == 403


def test_a_surrogate_in_a_password_is_a_wrong_password(owner):
    make_member(Contract.objects.get(), "otto", two_factor_required=False)
    password, username = BODY % (b"password", b"+2AA-"), BODY % (b"username", b"otto")
    data = password.removesuffix(b"--x--\r\n") + username
    for charset in CHARSETS:
        answer = Person("otto").client.generic(
            "POST", "/login/", data, f"multipart/form-data; boundary=x; charset={charset}"
        )
        assert answer.status_code in (200, 400, 429)
