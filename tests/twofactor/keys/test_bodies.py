"""What keys.js sends and is answered."""

import json

import pytest
from django.contrib.sessions.backends.base import SessionBase

from accounts.models.session_store import row_key
from accounts.throttling.budgets import Wait
from tests.factories import make_member
from tests.people import Person
from twofactor.keys import bodies
from twofactor.login.freshness import FRESH_SECONDS_IN_ALL


def test_an_object_is_read_and_nothing_else():
    assert bodies.read(b'{"a": ["\xc3\xa4"]}') == {"a": ["ä"]}
    assert bodies.read(b"") == {}
    for body in (b"[]", b"1", b'"a"', b"null", b"{", b"\xff", b'{"a": "\\ud800"}', b"[" * 20_000):
        with pytest.raises(bodies.BadBody):
            bodies.read(body)


def test_an_answer_is_read_up_to_a_length_that_fido2_decodes_in_no_time():
    """Its decoder copies the rest of the CBOR for each element."""
    assert bodies.read(b'{"a": "' + b"x" * (bodies.MAX_BYTES - 9) + b'"}')
    with pytest.raises(bodies.BadBody):
        bodies.read(b'{"a": "' + b"x" * (bodies.MAX_BYTES - 8) + b'"}')


@pytest.mark.parametrize(
    ("body", "page", "name"),
    [
        (b'{"page": "/profile/security/", "name": "Blue key"}', "/profile/security/", "Blue key"),
        (b'{"page": "https://evil.example/", "name": ["x"]}', "/", "['x']"),
        (b'{"name": "Blue key"}', "/", "Blue key"),
        (b'{"page": "/profile/security/"}', "/profile/security/", ""),
        (b"{", "/", ""),
        (b"", "/", ""),
    ],
)
def test_the_form_of_a_key_is_its_page_and_the_name_typed_there(body, page, name):
    found, fields = bodies.form_in(body)
    assert (found, dict(fields.lists())) == (page, {"name": [name]})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "anonymous", "confirmed", "unconfirmed"),
    [
        ("register/options", 302, 200, 302),
        ("register/verify", 302, 400, 302),
        ("authenticate/options", 200, 400, 400),
        ("authenticate/verify", 400, 400, 400),
    ],
)
def test_a_form_with_a_file_is_an_empty_body(contract, path, anonymous, confirmed, unconfirmed):
    lena = Person(make_member(contract, two_factor_required=False), enforce_csrf_checks=True)
    lena.get("/login/")

    def status() -> int:
        """The encoding of forms with files; the check of the token reads it first."""
        token = lena.client.cookies["csrftoken"].value
        return lena.post(f"/two-factor/keys/{path}/", {"csrfmiddlewaretoken": token}).status_code

    assert status() == anonymous
    lena.start_login(csrfmiddlewaretoken=lena.client.cookies["csrftoken"].value)
    assert status() == confirmed
    session = lena.client.session
    session["confirmed_at"] -= FRESH_SECONDS_IN_ALL
    session.save()
    assert status() == unconfirmed


def test_a_browser_is_known_by_its_session_or_else_by_its_csrf_cookie():
    session = SessionBase()
    assert bodies.browser_of(session, "secret") == row_key("secret")
    assert bodies.browser_of(session, None) == row_key("")
    session._session_key = "k" * 32
    assert bodies.browser_of(session, "secret") == row_key("k" * 32)


def test_a_refusal_is_a_sentence_with_what_else_the_script_needs():
    answer = bodies.error("No.", signal="s")
    assert (answer.status_code, json.loads(answer.content)) == (400, {"error": "No.", "signal": "s"})


def test_a_wait_says_how_long_to_people_and_to_programs():
    answer = bodies.wait(Wait(30, first=True))
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert json.loads(answer.content) == {"error": "Too many attempts. Try again in 30 seconds.", "wait": 30}


def test_a_failure_names_the_wait_that_it_starts():
    wait = Wait(300)
    more = "Too many attempts. Try again in 5 minutes."
    assert json.loads(bodies.error("No.", wait=wait).content) == {"error": f"No. {more}", "wait": 300}
    found = json.loads(bodies.wrong(wait).content)
    assert found == {"error": f"The security key could not be checked. {more}", "wait": 300}
    assert json.loads(bodies.wrong(None).content) == {"error": "The security key could not be checked. Try again."}


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (bodies.malformed, "The browser sent something that can't be read. Reload the page and try again."),
        (bodies.late, "This request has expired. Try again."),
        (bodies.unknown, "This passkey can't be used here. Log in with your username and password."),
        (bodies.unusable, "Security keys need an https address with a name. This panel has none."),
    ],
)
def test_each_refusal_says_what_to_do(sentence, text):
    assert sentence() == text
