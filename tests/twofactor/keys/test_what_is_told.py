"""What pages, files, mails and the log say of somebody who has keys."""

import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditRow, Notice, User
from tests.factories import make_member
from tests.people import Person, code_of, words
from tests.twofactor.keys.browser import Browser
from tests.twofactor.keys.token import Token
from twofactor.factors import security_keys
from twofactor.keys.models import SecurityKey

pytestmark = pytest.mark.django_db
EXPORT = "/management/users/export.csv"
NEVER = ("Blue key", "localhost")


@pytest.fixture
def owner(member):
    person = Person(member.contract.owner)
    person.log_in()
    return person


@pytest.fixture
def kim(member):
    """Has a key and no app."""
    browser = Browser(make_member(member.contract, "kim"))
    browser.start_login()
    assert browser.register(Token()).json() == {"next": "/two-factor/activated/"}
    browser.post("/two-factor/activated/")
    return browser


def the(person):
    return User.objects.get(username=person.username)


def methods_in(data):
    """By username, from the last column of a file."""
    header, *rows = csv.reader(StringIO(data.decode("utf-8-sig"), newline=""))
    assert header[-1] == "two_factor_methods"
    return {row[0]: row[-1] for row in rows}


KEYS = "/profile/security/keys/"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The security key “Green key” was added."),
        ("de", "Der Sicherheitsschlüssel „Green key“ wurde hinzugefügt."),
    ],
)
def test_the_key_that_was_added_is_named_once(lena, language, sentence):
    lena.post("/language/", {"language": language})
    assert lena.register(Token(), name="Green key").json() == {"next": KEYS}
    assert sentence in words(lena.get(KEYS))
    assert sentence not in words(lena.get(KEYS))


def test_a_key_that_is_refused_is_not_said_to_be_added(lena, token):
    lena.get(KEYS)
    lena.register(token, name="Green key")
    page = lena.get(KEYS)
    assert page.status_code == 200
    assert "was added" not in words(page)


def test_the_suggested_name_is_one_that_no_key_of_the_account_has(lena, kim):
    """Kim's keys don't count; a name given by hand does, whatever its case."""
    for suggested in ("Security key", "Security key 2", "Security key 4"):
        assert f'name="name" autocomplete="off" value="{suggested}"' in lena.get(KEYS).content.decode()
        assert lena.register(Token(), name="").status_code == 200
        assert security_keys.keys_of(the(lena)).latest("id").name == suggested
        if suggested == "Security key 2":
            lena.register(Token(), name="SECURITY KEY 3")


def test_the_owner_reads_kinds_and_numbers_and_no_names(owner, lena, kim, member):
    assert lena.register(Token()).status_code == 200
    pages = [words(owner.get(f"/management/users/{the(person).pk}/")) for person in (lena, kim)]
    assert "App, 2 keys" in pages[0]
    assert "1 key" in pages[1]
    table = words(owner.get("/management/users/"))
    assert "App, 2 keys" in table
    assert not [name for name in NEVER for page in (*pages, table) if name in page]


def test_the_file_has_them_in_its_last_column_and_takes_it_back(owner, lena, kim, member):
    make_member(member.contract, "nora")
    file = owner.get(EXPORT).getvalue()
    assert methods_in(file) == {"lena": "app, 1 key", "kim": "1 key", "nora": ""}
    upload = SimpleUploadedFile("users.csv", file, "text/csv")
    assert "Nothing to import" in words(owner.post("/management/users/import/", {"file": upload}))


def test_an_app_beside_keys_is_added_and_is_no_new_phone(kim, mailoutbox):
    page = words(kim.get("/two-factor/setup/"))
    assert "Add an authenticator app" in page
    assert "new phone" not in page
    assert "old app" not in page
    key = kim.read_key()
    assert kim.post("/two-factor/setup/", {"code": code_of(key)}).url == "/two-factor/activated/"
    assert "The authenticator app is active." in words(kim.client.post("/two-factor/activated/", follow=True))
    assert AuditRow.objects.latest("id").event == "app_added"
    assert Notice.objects.filter(event="app_added").count() == 1
    assert the(kim).key_count == 1


def test_security_offers_an_app_where_there_are_keys_alone(kim, lena):
    assert "Add an authenticator app" in words(kim.get("/profile/security/"))
    assert "Set up on a new phone" in words(lena.get("/profile/security/"))


def test_who_has_keys_alone_is_asked_for_no_code(kim):
    here = kim.fresh()
    here.start_login()
    page = here.get("/login/code/").content.decode()
    assert 'name="code"' not in page
    assert "Use a security key" in page
    assert "Lost your key?" in page
    confirm = kim.get("/confirm/").content.decode()
    assert 'name="code"' not in confirm
    assert confirm.count("a recovery code.") == 1
    answer = words(kim.post("/confirm/", {"password": kim.password}))
    assert "Use your security key, or enter a recovery code." in answer


NO_NAME = "Security keys need https and an address with a name"
OTHER_HOST = "Your security keys were added at another address of this panel"


@pytest.mark.parametrize(("url", "why"), [("http://127.0.0.1:8000", NO_NAME), ("https://new.example.com", OTHER_HOST)])
def test_where_no_key_works_the_pages_offer_none_and_say_why(kim, settings, url, why):
    here = kim.fresh()
    here.start_login()
    settings.PUBLIC_URL = url
    settings.ALLOWED_HOSTS = ["*"]
    for page in (here.get("/login/code/").content.decode(), kim.get("/confirm/").content.decode()):
        assert why in page
        assert "Use a recovery code, or ask the account owner." in page
        assert "data-key=" not in page
    assert "Use a security key" not in here.get("/login/recovery/").content.decode()


def test_a_key_that_does_not_work_here_is_not_offered_beside_an_app(lena):
    here = lena.fresh()
    here.start_login()
    assert "data-key=" in here.get("/login/code/").content.decode()
    SecurityKey.objects.update(rp_id="old.example.com")
    page = here.get("/login/code/").content.decode()
    assert "data-key=" not in page
    assert OTHER_HOST in page
    assert 'name="code"' in page


@pytest.mark.parametrize("page", ["two-factor-required", "two-factor-reset"])
def test_what_takes_keys_away_says_so(owner, kim, page):
    said = words(owner.get(f"/management/users/{the(kim).pk}/{page}/"))
    assert "authenticator app, security keys and recovery codes are removed" in said or (
        "removes the authenticator app, security keys and recovery codes" in said
    )


def test_disabling_says_that_keys_go_too(kim):
    User.objects.filter(username="kim").update(two_factor_required=False)
    said = words(kim.get("/two-factor/disable/"))
    assert "Your authenticator app, security keys and recovery codes stop working." in said
    here = kim.fresh()
    here.start_login()
    assert "This removes your authenticator app, security keys and recovery codes." in words(
        here.get("/login/recovery/")
    )


def test_a_setup_names_phone_and_key(member):
    browser = Browser(member)
    browser.start_login()
    assert "You need your phone or a security key now" in words(browser.get("/two-factor/setup/"))


def test_the_number_of_keys_follows_each_change(kim):
    assert the(kim).key_count
    security_keys.clear(the(kim))
    assert the(kim).key_count == 0
