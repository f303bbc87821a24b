"""Every page of the URL table, in its plain state and in many others, in German from the first word to the last."""

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditRow, Event
from tests.browser import sheets
from tests.browser.world import World
from tests.factories import make_admin
from tests.i18n.reading import english_in
from tests.people import Person

pytestmark = pytest.mark.django_db
# The words that a file of users is written in are English in every language.
WORDS_OF_FILES = ("yes",)
# Forms sent back, questions and refusals: who, where, and what is sent.
POSTS: list[tuple[str, str, dict]] = [
    ("nobody", "/login/", {}),
    ("nobody", "/login/", {"username": "lena", "password": "wrong"}),
    ("nobody", "/login/", {"username": "lars", "password": "wrong"}),
    ("nobody", "/password/forgot/", {"username_or_email": ""}),
    ("nobody", "/password/forgot/", {"username_or_email": "lena"}),
    ("nobody", "/password/reset/4711/cut-off/", {}),
    ("pending_login", "/login/code/", {"code": ""}),
    ("pending_login", "/login/code/", {"code": "12345"}),
    ("pending_login", "/login/code/", {"code": "ABCDE-FGHJK-MNPQR-STVWX-YZ234"}),
    ("pending_login", "/login/recovery/", {"recovery_code": "123456", "action": "sign_in"}),
    ("paul", "/two-factor/setup/", {"code": "000000"}),
    ("must_change", "/password/new/", {"new_password1": "short", "new_password2": "other"}),
    ("stale", "/confirm/", {"password": "wrong", "next": "/profile/security/"}),
    ("olivia", "/management/users/create/", {}),
    ("olivia", "/management/users/create/", {"username": "ä b", "email": "x", "password1": "a", "password2": "b"}),
    ("olivia", "/management/users/create/", {"username": ["a", "b"], "name": "x" * 300, "role": "4711"}),
    ("olivia", "/management/users/create/", {"invite": "on", "username": "neo", "name": "Neo", "suggest": "yes"}),
    ("olivia", "/management/users/bulk/", {"ids": [], "action": "require"}),
    ("olivia", "/management/users/bulk/", {"ids": ["{pending_id}", "{user_id}"], "action": "require"}),
    ("olivia", "/management/users/bulk/", {"ids": ["{pending_id}"], "action": "deactivate"}),
    ("olivia", "/management/users/bulk/", {"ids": ["{pending_id}", "{locked_id}"], "action": "delete"}),
    ("olivia", "/management/users/{user_id}/password/", {"password1": "lena", "password2": "lena"}),
    ("olivia", "/management/users/{user_id}/email/", {"email": "no address"}),
    ("olivia", "/management/users/import/", {"file": "name\nNobody\n"}),
    ("olivia", "/management/users/import/", {"file": "username,colour\nnina,red\n"}),
    ("olivia", "/management/users/import/", {"file": sheets.CSV + "lena,Lena,Support\nolivia,O,Support\n"}),
    ("olivia", "/management/roles/create/", {"name": "Administrator"}),
    ("olivia", "/management/roles/{role_id}/permissions/", {"permissions": ["no.such"]}),
    ("olivia", "/management/roles/{role_id}/permissions/", {"quick": "display"}),
    ("olivia", "/profile/email/", {"email": "no address"}),
    ("olivia", "/profile/password/", {"current_password": "x", "new_password1": "password", "new_password2": ""}),
    ("sam", "/management/users/{user_id}/name/", {"name": ""}),
    ("sam", "/management/users/{user_id}/delete/", {"confirm": "yes"}),
]
# What answers with a redirect and says on the next page what was done.
POSTS: list[tuple[str, str, dict]] = [
    ("olivia", "/management/users/{pending_id}/name/", {"name": "Paula Pending"}),
    ("olivia", "/management/users/{pending_id}/description/", {"description": "Zweite Reihe"}),
    ("olivia", "/management/users/{pending_id}/email/", {"email": "paula@example.com"}),
    ("olivia", "/management/users/{pending_id}/password/", {"invite": "on"}),
    ("olivia", "/management/users/{locked_id}/unlock/", {}),
    ("olivia", "/management/users/{user_id}/two-factor-required/", {"required": "no"}),
    ("olivia", "/management/users/{user_id}/two-factor-required/", {"required": "yes"}),
    ("olivia", "/management/users/{user_id}/two-factor-reset/", {}),
    ("olivia", "/management/users/{user_id}/sessions/", {}),
    ("olivia", "/management/users/{user_id}/state/", {"state": "deactivated"}),
    ("olivia", "/management/users/{user_id}/delete/", {"confirm": "yes"}),
    ("olivia", "/management/users/bulk/", {"ids": ["{pending_id}"], "action": "deactivate", "confirm": "yes"}),
    ("olivia", "/management/roles/create/", {"name": "Neue Rolle"}),
    ("olivia", "/management/roles/{role_id}/state/", {"state": "disabled"}),
    ("olivia", "/management/roles/{role_id}/name/", {"name": "Hilfe"}),
    ("olivia", "/profile/name/", {"name": "Olivia"}),
    ("olivia", "/profile/email/", {"email": "o@example.com"}),
]


@pytest.fixture
def world(settings) -> World:
    settings.PUBLIC_URL = "http://localhost:8000"  # where security keys work
    return World()


def german(world: World, who: str) -> Person:
    person = Person("nobody") if who == "nobody" else getattr(world, who)
    person.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    return person


def faults_of(where: str, response) -> list[str]:
    html = response.content.decode()
    language = BeautifulSoup(html, "html.parser").html["lang"]
    found = [text for text in english_in(html) if not text.startswith(WORDS_OF_FILES)]
    return [f"{where}: {text}" for text in found] + ([] if language == "de" else [f"{where}: lang={language}"])


def filled(data: dict, ids: dict) -> dict:
    def fill(value):
        if isinstance(value, list):
            return [fill(each) for each in value]
        return str(value).format(**ids) if "{" in value else value

    sent = {key: fill(value) for key, value in data.items()}
    if "file" in sent:
        sent["file"] = SimpleUploadedFile("users.csv", sent["file"].encode(), "text/csv")
    return sent


def test_an_english_page_would_be_found(client: Client):
    assert len(english_in(client.get("/login/").content.decode())) > 5


def test_every_page_is_german(world):
    faults = []
    for sheet in [*sheets.plain(), *(sheet for sheet in sheets.states() if not sheet.press)]:
        person = german(world, sheet.who)
        response = person.get(sheet.address.format(**world.ids_for(sheet.who)), follow=sheet.who == "nobody")
        assert response.status_code == sheet.status, sheet.id
        faults += faults_of(sheet.id, response)
    assert faults == []


def test_every_form_that_comes_back_is_german(world):
    faults = []
    for who, address, data in POSTS:
        ids = world.ids_for(who)
        response = german(world, who).post(address.format(**ids), filled(data, ids), follow=True)
        faults += faults_of(f"{address} {data}", response)
    assert faults == []


@pytest.mark.parametrize(("who", "address", "data"), POSTS)
def test_what_was_done_is_said_in_german(world, who, address, data):
    ids = world.ids_for(who)
    response = german(world, who).post(address.format(**ids), filled(data, ids), follow=True)
    assert response.redirect_chain, response.content.decode()
    assert faults_of(address, response) == []


def test_every_log_row_is_german(world):
    """One of each kind, with whatever detail."""
    details = {
        "with": "code",
        "left": 2,
        "role": "Support",
        "old": "active",
        "new": "disabled",
        "permissions": ["users.show"],
    }
    details |= {"mail": "notice", "server": "silent", "by": "profile", "sessions": 2}
    contract = world.contract.pk
    for event in Event:
        for outcome in ("ok", "failed", "refused"):
            AuditRow.objects.create(event=event, outcome=outcome, detail=details, contract_id=contract)
    olivia, faults = german(world, "olivia"), []
    for event in Event:
        response = olivia.get(f"/management/logs/?action={event.value}")
        faults += faults_of(event, response)
    assert faults == []


def test_the_log_as_a_file_has_german_headings(world):
    response = german(world, "olivia").get("/management/logs/export.csv")
    heading = b"".join(response.streaming_content).decode().lstrip("\ufeff").splitlines()[0]
    assert heading == "Zeit,Benutzer,Aktion,Einzelheiten,Ziel,Ergebnis,Adresse,Browser"


def test_the_file_of_users_has_the_columns_that_an_import_reads(world):
    response = german(world, "olivia").get("/management/users/export.csv")
    assert b"".join(response.streaming_content).decode().lstrip("\ufeff").startswith("username,name,email,")


def test_django_admin_is_german(world):
    make_admin(email="rita@example.com")
    root = Person("root").enrol()
    root.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    page = root.get("/admin/").content.decode()
    assert "Konten, Verträge und Protokolle" in page
    for word in ("Benutzer", "Verträge", "Rollen", "Protokolle"):
        assert word in page
