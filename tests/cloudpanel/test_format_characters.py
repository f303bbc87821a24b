"""Format characters in what people enter: shown as their number on every page, in texts and attributes alike."""

import unicodedata

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.audit.record import record_event
from accounts.models import Event
from accounts.origin import Origin
from cloudpanel.web.format_characters import VisibleFormatCharacters
from tests.factories import make_admin, make_member, make_owner, make_role
from tests.people import Person
from tests.printed import Printed

pytestmark = pytest.mark.django_db
EVIL = "Anna \u202egpj.exe\u2066\u200b\u00ad\ufeff"
SHOWN = "Anna [U+202E]gpj.exe[U+2066][U+200B][U+00AD][U+FEFF]"
PANEL = [
    "/",
    "/profile/",
    "/profile/name/",
    "/profile/security/",
    "/management/users/",
    "/management/users/{user}/",
    "/management/users/{user}/name/",
    "/management/users/{user}/description/",
    "/management/users/{user}/role/",
    "/management/users/{user}/delete/",
    "/management/users/create/",
    "/management/users/?q=%E2%80%AE",
    "/management/roles/",
    "/management/roles/{role}/",
    "/management/roles/{role}/permissions/",
    "/management/roles/{role}/users/",
    "/management/logs/",
    "/nowhere/%E2%80%AE/",
]
ADMIN = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/{user}/change/",
    "/admin/accounts/user/{user}/delete/",
    "/admin/accounts/user/?q=%E2%80%AE",
    "/admin/accounts/contract/",
    "/admin/accounts/role/",
    "/admin/accounts/auditrow/",
]


@pytest.fixture
def world():
    owner = make_owner(name=EVIL, contract=EVIL)
    contract = owner.contracts.get()
    role = make_role(contract, name=EVIL, description=EVIL)
    user = make_member(contract, name=EVIL, role=role, description=EVIL)
    origin = Origin("192.0.2.1", f"Browser {EVIL}")
    record_event(Event.USER_NAME, origin=origin, actor=owner, target=user, detail={"old": EVIL, "new": EVIL})
    return {"user": user.pk, "role": role.pk, "owner": owner}


def hidden(page) -> set[str]:
    return {sign for sign in page.content.decode() if unicodedata.category(sign) in ("Cf", "Zl", "Zp")}


def test_s24_no_page_sends_a_format_character(world):
    olivia = Person(world["owner"])
    olivia.log_in()
    shown = 0
    for path in PANEL:
        page = olivia.get(path.format(**world))
        assert page.status_code in (200, 404), path
        assert not hidden(page), path
        assert int(page.headers.get("Content-Length", len(page.content))) == len(page.content)
        shown += SHOWN in page.content.decode()
    assert shown >= 12


def test_s24_nor_does_django_admin(world):
    rita = Person(make_admin()).enrol()
    shown = 0
    for path in ADMIN:
        page = rita.get(path.format(**world))
        assert page.status_code == 200, path
        assert not hidden(page), path
        shown += SHOWN in page.content.decode()
    assert shown >= 4


def test_s24_attributes_and_titles_have_marks_too(world):
    olivia = Person(world["owner"])
    olivia.log_in()
    page = olivia.get(f"/management/users/{world['user']}/name/").content.decode()
    assert f'value="{SHOWN}"' in page


def test_s24_an_export_keeps_what_was_entered(world):
    olivia = Person(world["owner"])
    olivia.log_in()
    export = b"".join(olivia.get("/management/users/export.csv"))
    assert EVIL in export.decode("utf-8-sig")


def test_s24_a_line_of_the_log_is_ascii(django_capture_on_commit_callbacks):
    with Printed() as log, django_capture_on_commit_callbacks(execute=True):
        record_event(Event.USER_NAME, origin=Origin("192.0.2.1", EVIL), detail={"old": EVIL, "new": "x"})
    assert log.text().isascii()
    assert log.rows()[0]["detail"]["old"] == EVIL


@pytest.mark.parametrize("text", ["plain", "Umlaute äöü – “quoted” …", "日本語", "مرحبا", "🙂"])
def test_s24_other_text_is_sent_as_it_is(text):
    page = VisibleFormatCharacters(lambda request: HttpResponse(text))(RequestFactory().get("/"))
    assert page.content.decode() == text


@pytest.mark.parametrize("kind", ["text/csv; charset=utf-8", "text/plain", "application/json"])
def test_s24_only_pages_are_changed(kind):
    page = VisibleFormatCharacters(lambda request: HttpResponse(EVIL, content_type=kind))(RequestFactory().get("/"))
    assert page.content.decode() == EVIL
