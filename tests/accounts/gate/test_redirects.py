"""Where `next` may lead."""

import re
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from django.http import HttpResponseRedirect
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.gate import redirects
from tests.factories import make_member, make_owner
from tests.people import Person, code_of

FOREIGN = [
    "//example.com",
    "///example.com",
    "////example.com",
    "/\\example.com",
    "\\\\example.com",
    "/\\/example.com",
    "https:example.com",
    "https://example.com/",
    "http:///example.com",
    "http://127.0.0.1:8000\\@example.com",
    "http://127.0.0.1:8000@example.com",
    "http://127.0.0.1:8000/",
    "http://testserver/profile/",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "/%09/example.com",
    "/\t/example.com",
    "%0d%0aX:1",
    "/\r\nX: 1",
    "/profile/\r\nX: 1",
    "/profile/\0",
    " //example.com",
    "/ /example.com",
    "profile/",
    "?next=/profile/",
    "#x",
    "",
    None,
    "/profile/" + "x" * 3000,
    "/no/such/page/",
    "/..//example.com",
    "/profile/../../example.com",
    "//[",
    "/\u2028/example.com",
    "/profile/\u202e",
    "/profile/?q=\u202e",
    "/profile/?q=\0",
    "/profile/?q=\\",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_anything_but_a_page_of_the_panel_leads_home(address):
    assert redirects.safe_next(address) == "/"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/profile/",
        "/management/users/",
        "/management/users/?q=a&sort=name",
        "/management/users/7/name/",
        "/profile/?next=https://example.com",
        "/profile/#security",
    ],
)
def test_a_page_of_the_panel_is_kept_with_its_query(address):
    assert redirects.safe_next(address) == redirects.after_login(address) == address


@pytest.mark.parametrize(("character", "length"), [("x", 1), (":", 3), ("%", 3), ("é", 6), ("😀", 12)])
def test_an_address_is_kept_up_to_four_thousand_characters_of_its_form_in_a_query(character, length):
    number = (4000 - len(quote("/profile/?q=", safe=""))) // length
    longest = "/profile/?q=" + number * character
    assert redirects.safe_next(longest) == longest
    assert redirects.safe_next(longest + character) == "/"


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.integers(1, 400))
def test_no_page_with_a_next_has_an_address_too_long_for_a_head(text, times):
    address = redirects.with_next("/login/", "/profile/?" + text * times, ended="kept")
    assert len(HttpResponseRedirect(address)["Location"]) < 4100
    assert len(HttpResponseRedirect(redirects.safe_next("/profile/?" + text * times))["Location"]) <= 4000


def test_a_page_leads_on_only_where_its_next_is_kept():
    assert redirects.with_next("/confirm/", "/profile/?a=b") == "/confirm/?next=%2Fprofile%2F%3Fa%3Db"
    assert redirects.with_next("/confirm/", "/profile/?" + 2000 * ":") == "/confirm/"
    assert redirects.with_next("/login/", "/", ended="kept") == "/login/?ended=kept"


def test_who_asked_for_an_address_too_long_logs_in_without_it(client, db):
    assert client.get("/profile/?" + 700 * "%41")["Location"].startswith("/login/?next=")
    assert client.get("/profile/?" + 2600 * "%41")["Location"] == "/login/"


def test_who_confirms_for_an_address_too_long_goes_on_without_it(otto, clock):
    otto.log_in()
    clock.shift(timedelta(minutes=10))
    assert otto.get("/profile/password/?" + 700 * "%41").url.startswith("/confirm/?next=")
    assert otto.get("/profile/password/?" + 2600 * "%41").url == "/confirm/"


@given(st.text(alphabet="/\\@:.%?#&= \t\r\n\0abcdeprofilexmxn-_~[]", max_size=40))
def test_whatever_is_asked_for_the_answer_is_a_path_of_this_host(text):
    answer = redirects.safe_next(text)
    parts = urlsplit(answer)
    assert answer.startswith("/")
    assert not answer.startswith("//")
    assert "\\" not in answer
    assert answer.isprintable()
    assert (parts.scheme, parts.netloc) == ("", "")


@pytest.mark.parametrize(
    "address",
    [
        "/login/",
        "/login/code/",
        "/login/recovery/?x=1",
        "/logout/",
        "/confirm/?next=/profile/",
        "/password/new/",
        "/password/forgot/",
        "/two-factor/setup/",
    ],
)
def test_no_log_in_ends_at_a_step_of_a_log_in(address):
    assert redirects.after_login(address) == "/"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_a_page_that_was_read_is_worth_coming_back_to(method):
    assert redirects.asked_for(getattr(RequestFactory(), method)("/profile/")) == "/"
    for read in (RequestFactory().get, RequestFactory().head):
        assert redirects.asked_for(read("/profile/?a=b")) == "/profile/?a=b"


@pytest.fixture
def otto(db):
    return Person(make_member(make_owner().contracts.get(), "otto", two_factor_required=False))


@pytest.mark.parametrize("address", [a for a in FOREIGN if a and "\0" not in a])
def test_no_log_in_leads_to_a_foreign_site(otto, address):
    page = otto.client.get("/login/", {"next": address}).content.decode()
    (field,) = re.findall(r'<input[^>]*name="next"[^>]*>', page)
    assert re.findall(r'value="([^"]*)"', field) == ["/"]
    assert 'href="javascript' not in page
    assert otto.start_login(next=address).url == "/"


@pytest.mark.parametrize("address", ["/management/users/?q=a", "/profile/"])
def test_the_page_first_asked_for_opens_after_the_whole_log_in(db, address):
    person = Person(make_member(make_owner().contracts.get()))
    gate = person.get(address)
    assert gate.url.startswith("/login/?next=")
    page = person.get(gate.url).content.decode()
    assert f'value="{address}"' in page
    assert person.start_login(next=address).url == "/two-factor/setup/"
    person.key = person.read_key()
    assert person.post("/two-factor/setup/", {"code": code_of(person.key)}).url == "/two-factor/activated/"
    assert person.post("/two-factor/activated/").url == address


@pytest.mark.parametrize(
    "address", ["/two-factor/activated/", "/two-factor/activated/?x", "/two-factor/recovery-codes/download/"]
)
def test_a_log_in_that_was_to_end_at_the_new_codes_ends_in_the_panel(otto, address):
    """There are none to show any more; the page that leads on must not lead to itself."""
    otto.start_login(next=address)
    response = otto.get(address)
    assert response.status_code == 302
    assert not response.url.startswith("/two-factor/")


def test_no_answer_leads_to_an_address_that_is_too_long_to_be_asked_for(client, db):
    """A quotation mark becomes three characters; the slash at the end of the path is missing."""
    assert len(client.get("/profile", QUERY_STRING=2600 * '"')["Location"]) > 7800
    refused = client.get("/profile", QUERY_STRING=2700 * '"')
    assert (refused.status_code, refused.headers.get("Location")) == (400, None)
