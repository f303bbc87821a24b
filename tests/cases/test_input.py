"""CASES: rubbish in every field, foreign addresses, two tabs, forged log lines."""

import pytest
from django.test import Client

from accounts.models import AuditRow
from tests.factories import PASSWORD
from tests.people import Person, code_of, words

FOREIGN = (
    "//example.com",
    "////example.com",
    "/\\example.com",
    "https:example.com",
    "http://127.0.0.1:8000\\@example.com",
    "javascript:alert(1)",
    "/\t/example.com",
    "/%09/example.com",
    "/\r\nX:1",
    "%0d%0aX:1",
    "https://example.com/",
    "/nowhere-here/",
    "/logout/",
)


@pytest.mark.parametrize("address", FOREIGN)
def test_c38_next_never_leads_away(address, free, active, pending):
    assert free.start_login(next=address).url == "/"
    browser = active.another_browser()
    browser.start_login(next=address)
    assert browser.post("/login/code/", {"code": code_of(active.key)}).url == "/"
    browser = active.another_browser()
    browser.start_login(next=address)
    assert browser.post("/login/recovery/", {"recovery_code": active.codes[0], "action": "sign_in"}).url == "/"
    pending.start_login(next=address)
    pending.post("/two-factor/setup/", {"code": code_of(pending.read_key())})
    assert pending.post("/two-factor/activated/").url == "/"
    page = free.get("/confirm/", QUERY_STRING=f"next={address}").content.decode()
    assert "example.com" not in page.replace("&amp;", "&").split("</main>")[0]
    answer = free.post("/confirm/", {"password": PASSWORD, "next": address})
    assert answer.url == "/" or address == "/logout/"


@pytest.mark.parametrize(
    ("address", "field"),
    [("/login/", "username"), ("/login/", "password"), ("/login/", "next"), ("/login/code/", "code")],
)
def test_c35_a_zero_byte_is_an_error_at_its_field(address, field, active):
    browser = active.another_browser()
    if address != "/login/":
        browser.start_login()
    fields = {"username": "ute", "password": PASSWORD} if address == "/login/" else {}
    answer = browser.post(address, fields | {field: "a\0b"})
    assert answer.status_code in (200, 302, 400)
    assert not browser.is_in()


def test_c35_a_zero_byte_in_a_query_is_no_fault(active):
    for address in ("/login/?next=%00", "/login/?ended=%00", "/confirm/?next=a%00b", "/profile/?x=%00"):
        assert active.get(address).status_code in (200, 302, 400), address


def test_c37_a_huge_password_is_refused_without_a_hash(free, client):
    for size in (4_096, 1_048_576):
        answer = client.post("/login/", {"username": "nina", "password": "x" * size})
        assert answer.status_code == 200
        assert "Use at most 1,024 characters." in words(answer)
    assert not AuditRow.objects.filter(event="sign_in_password").exists()


def test_c37_a_password_of_128_characters_counts_to_its_last_one(contract):
    from tests.factories import make_member

    long = "".join(chr(97 + i % 26) for i in range(128))
    user = make_member(contract, "long", two_factor_required=False)
    user.set_password(long)
    user.save(update_fields=["password"])
    assert Person(user, password=long[:72]).start_login().status_code == 200
    assert Person(user, password=long[:127]).start_login().status_code == 200
    assert Person(user, password=long).start_login().url == "/"


def test_c39_the_form_of_a_second_tab_ends_in_the_panel(active):
    browser = Person(active.username, enforce_csrf_checks=True)
    browser.key = active.key
    token = browser.get("/login/").content.decode().split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"username": "ute", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert browser.post("/login/", form).url == "/login/code/"
    page = browser.get("/login/code/").content.decode()
    stale = page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert browser.post("/login/code/", {"code": code_of(active.key), "csrfmiddlewaretoken": stale}).url == "/"
    assert browser.post("/login/", form).url == "/"
    assert browser.post("/login/code/", {"code": "123456", "csrfmiddlewaretoken": stale}).url == "/"
    refused = browser.post("/two-factor/recovery-codes/", {"csrfmiddlewaretoken": stale})
    assert refused.status_code == 403
    assert "<a " in refused.content.decode()


@pytest.mark.django_db(transaction=True)
def test_c49_what_was_typed_as_an_unknown_name_is_nowhere(client, log, olivia):
    typed = "x\r\nLOGIN ok admin \x1b[31m \u202e <script>alert(1)</script>"
    client.post("/login/", {"username": typed, "password": "whatever-it-may-be"}, HTTP_USER_AGENT=f"ua {typed}")
    row = AuditRow.objects.latest("id")
    assert (row.event, row.outcome, row.actor_label, row.target_label) == ("sign_in_password", "failed", "", "")
    assert row.user_agent.isprintable()
    (line,) = [row for row in log.rows() if row.get("event") == "sign_in_password" and row["outcome"] == "failed"]
    assert (line["actor"], line["target"]) == ("", "")
    assert line["user_agent"].isprintable()
    assert log.text().replace("\n", "").isprintable()
    assert log.text().count("LOGIN ok") == 1, "in the name of the browser alone"


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_field_sent_twice_is_refused_at_the_field(free, field):
    form = {"username": "nina", "password": PASSWORD} | {field: ["one", "nina"]}
    answer = Client().post("/login/", form)
    assert answer.status_code == 200
    assert "sent twice" in words(answer)


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5_000, "%00", "../../etc", "'; DROP TABLE"])
def test_tampered_cookies_are_no_cookies(free, cookie):
    free.client.cookies["sessionid"] = cookie
    free.client.cookies["known"] = cookie
    free.client.cookies["csrftoken"] = cookie
    assert free.get("/").status_code == 302
    assert free.start_login().url == "/"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:8000@evil.example", "a b", "[::1", "127.0.0.1.evil.example"]
)
def test_a_hostile_host_is_400(free, host):
    answer = free.get("/login/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_of_the_host_only_the_name_counts(free):
    for host in ("127.0.0.1", "127.0.0.1:9999", "localhost:1", "[::1]:8000"):
        assert free.get("/login/", HTTP_HOST=host).status_code == 200, host


def test_a_name_that_is_too_long_gets_the_panels_own_sentence(free):
    free.start_login()
    answer = free.post("/profile/name/", {"name": "x" * 5000})
    assert "Use at most 150 characters." in words(answer)
