"""CASES: the admin's own login (C07), a secret visible to administrators (C31)."""

import base64
import re
import sqlite3

import pytest
from bs4 import BeautifulSoup
from django.db import connection

from accounts.models import AuditRow, Contract, Role, User
from tests.factories import PASSWORD
from tests.people import CODE, Person, code_of
from twofactor import totp
from twofactor.models import Authenticator

ADMIN_PAGES = ("/admin/", "/admin/login/", "/admin/accounts/user/", "/admin/accounts/auditrow/", "/admin/nowhere/")


def test_c07_there_is_no_way_into_the_admin_but_the_panels_log_in(root):
    """Stranger, then the password alone, then everything."""
    root.enrol()
    stranger = Person(root.username)
    stranger.key = root.key
    form = {"username": "root", "password": PASSWORD, "next": "/admin/", "this_is_the_login_form": "1"}
    for address in ADMIN_PAGES:
        for answer in (stranger.get(address), stranger.post(address, form)):
            assert answer.status_code == 302, address
            assert answer.url.startswith("/login/"), answer.url
            assert not answer.content
    assert stranger.get("/admin/accounts/user/").url == "/login/?next=%2Fadmin%2Faccounts%2Fuser%2F"
    stranger.start_login(next="/admin/accounts/user/")
    for address in ADMIN_PAGES:
        assert stranger.get(address).url == "/login/code/", address
        assert stranger.post(address, form).url == "/login/code/", address
    assert stranger.post("/login/code/", {"code": code_of(root.key)}).url == "/admin/accounts/user/"
    assert stranger.get("/admin/accounts/user/").status_code == 200


def test_c07_whoever_came_by_the_admins_log_in_ends_at_its_first_page(root):
    root.enrol()
    browser = root.another_browser()
    asked = browser.get("/admin/login/?next=https://example.com/").url
    assert asked.startswith("/login/?next=%2Fadmin%2Flogin%2F")
    browser.start_login(next="/admin/login/?next=https://example.com/")
    landed = browser.post("/login/code/", {"code": code_of(root.key)}).url
    assert browser.client.get(landed, follow=True).redirect_chain == [("/admin/", 302)]


def test_c07_a_session_from_before_the_factor_opens_no_admin_page(root):
    root.enrol()
    root.client.session.flush()
    session = root.client.session
    number = str(User.objects.get(username="root").pk)
    session.update({"_auth_user_id": number, "_auth_user_backend": "twofactor.backends.FactorBackend"})
    session.save()
    assert root.get("/admin/").url.startswith("/login/")


class Secrets:
    """What nobody may read: the key in every spelling, the codes, the links that carry them, what unlocks them."""

    def __init__(self, person: Person) -> None:
        text = totp.base32(person.key)
        sealed = Authenticator.objects.get(user__username=person.username).secret
        spellings = [text, text.lower(), totp.groups_of_four(text), person.key.hex(), sealed]
        spellings += [base64.b64encode(person.key).decode(), "otpauth:", "otpauth%3A", PASSWORD]
        codes = [code for shown in person.codes for code in (shown, shown.replace("-", ""))]
        self.words = [*spellings, *codes]

    def are_absent_from(self, text: str, where: str) -> None:
        assert not [word for word in self.words if word in text], where
        assert not CODE.search(text), where


def admin_pages(person: Person) -> list[str]:
    """Every address that a link of the admin leads to, found by following them; of the filters one at a time."""
    seen, waiting = [], ["/admin/"]
    while waiting:
        address = waiting.pop()
        seen.append(address)
        assert len(seen) < 300
        answer = person.client.get(address)
        assert answer.status_code in (200, 302), address
        links = [tag["href"] for tag in BeautifulSoup(answer.content, "html.parser").select("#container a[href]")]
        base = address.partition("?")[0]
        links = [
            link for link in links if not ("?" in address and link.startswith("?"))
        ]  # of the filters one at a time
        links = [base + link if link.startswith("?") else link.partition("?_changelist_filters")[0] for link in links]
        inside = [link for link in dict.fromkeys(links) if link.startswith("/admin/")]
        waiting += [link for link in inside if link not in (*seen, *waiting)]
    return seen


def test_c31_an_admin_reads_neither_key_nor_codes_anywhere(active, root, olivia):
    root.enrol()
    secrets = Secrets(active)
    users, contracts, roles = User.objects.all(), Contract.objects.all(), Role.objects.all()
    must = [f"/admin/accounts/user/{u.pk}/{a}/" for u in users for a in ("change", "history")]
    must += [f"/admin/accounts/user/{u.pk}/delete/" for u in users if u.username != "root"]
    must += [f"/admin/accounts/contract/{c.pk}/change/" for c in contracts]
    must += [f"/admin/accounts/role/{r.pk}/change/" for r in roles]
    must += [f"/admin/accounts/auditrow/{row.pk}/change/" for row in AuditRow.objects.all()]
    must += ["/admin/accounts/user/add/", "/admin/accounts/contract/add/", "/admin/accounts/"]
    for address in {*must, *admin_pages(root)}:
        page = root.client.get(address, follow=True)
        assert page.status_code == 200, address
        secrets.are_absent_from(page.content.decode(), address)
        assert "argon2" not in page.content.decode()
        assert "md5$" not in page.content.decode()


def test_c31_an_owner_reads_neither_key_nor_codes_anywhere(active, olivia):
    secrets = Secrets(active)
    number = User.objects.get(username="ute").pk
    for address in (
        "/",
        "/management/users/",
        f"/management/users/{number}/",
        f"/management/users/{number}/two-factor-required/",
        f"/management/users/{number}/two-factor-reset/",
        f"/management/users/{number}/sessions/",
        "/management/users/export.csv",
        "/management/logs/",
        "/management/logs/export.csv",
    ):
        answer = olivia.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        secrets.are_absent_from(body.decode(), address)


@pytest.mark.django_db(transaction=True)
def test_c31_no_log_line_names_them(active, root, log, capfd):
    root.enrol()
    browser = active.another_browser()
    browser.start_login()
    browser.post("/login/recovery/", {"recovery_code": active.codes[0], "action": "sign_in"})
    assert {"two_factor_activated", "recovery_code_used", None} <= {row.get("event") for row in log.rows()}
    Secrets(active).are_absent_from(log.text(), "the log")
    Secrets(active).are_absent_from("".join(capfd.readouterr()), "what is printed")


def test_c31_no_model_of_the_second_factor_can_be_edited(root):
    root.enrol()
    page = root.get("/admin/").content.decode()
    for word in ("uthenticator", "ecovery", "otp", "essions", "ttempts"):
        assert f"/admin/{word}" not in page.lower()
    assert set(re.findall(r"/admin/twofactor/(\w+)/", page)) == {"helprequest"}, "answered, never edited"
    for model in ("twofactor/authenticator", "twofactor/recoverycode", "accounts/session", "accounts/attempts"):
        for action in ("", "add/", "1/change/", "1/delete/"):
            assert root.get(f"/admin/{model}/{action}").status_code == 404


@pytest.mark.django_db
def test_c31_a_dump_of_the_database_holds_neither_key_nor_codes(active, pending):
    """Also while a key is being set up and while new codes wait to be noted down."""
    pending.start_login()
    pending.key = pending.read_key()
    pending.post("/two-factor/setup/", {"code": code_of(pending.key)})
    pending.codes = CODE.findall(pending.get("/two-factor/activated/").content.decode())
    dump = dump_of_the_database()
    assert "ute" in dump
    for person in (active, pending):
        secrets = Secrets(person)
        secrets.words = [
            word for word in secrets.words if not word.startswith("gAAAA")
        ]  # sealed: that is where it lies
        secrets.are_absent_from(dump, person.username)


def dump_of_the_database() -> str:
    """Every value of every column of every table; on SQLite also as its own dump writes it."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += [" ".join(map(str, row)) for row in cursor.fetchall()]
    if connection.vendor == "sqlite":
        assert isinstance(connection.connection, sqlite3.Connection)
        rows += connection.connection.iterdump()
    return "\n".join(rows)
