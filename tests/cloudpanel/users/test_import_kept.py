"""The preview of an import when `/confirm/` or a login comes in between."""

import random
import string

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.gate.saved_input import MAX_CHARACTERS
from accounts.models import User
from cloudpanel.users.import_views import ImportUsers
from tests.cloudpanel.users.test_import import IMPORT, confirm, file_of, sealed_in, upload
from tests.people import Person, words
from twofactor.login import freshness

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
NOT_KEPT = "be saved. Submit it again after you have confirmed."


def letters(number: int) -> str:
    return "".join(random.choices(string.ascii_lowercase, k=number))


def let_confirmation_run_out(person: Person) -> None:
    session = person.client.session
    session[freshness.CONFIRMED_AT] = 0
    session.save()


def test_a_preview_of_a_thousand_rows_is_there_again_after_the_confirmation(olivia):
    rows = [
        f"{letters(12)},{letters(8)} {letters(12)},{letters(12)}@example.com,{letters(60)},,," for _ in range(1_000)
    ]
    preview = upload(olivia, file_of(*rows))
    let_confirmation_run_out(olivia)
    asked = confirm(olivia, preview)
    assert asked.url.startswith("/confirm/")
    assert NOT_KEPT not in words(olivia.get(asked.url))
    answer = olivia.post("/confirm/", {"password": olivia.password, "next": IMPORT})
    assert answer.url == IMPORT
    again = olivia.get(IMPORT)
    assert len(again.context["lines"]) == 1_000
    assert sealed_in(again)
    assert User.objects.count() == 1


def test_what_is_too_long_to_be_kept_is_said(olivia):
    let_confirmation_run_out(olivia)
    asked = olivia.post(IMPORT, {"sealed": "x" * 260_000, "confirm": "yes"})
    assert NOT_KEPT in words(olivia.get(asked.url))
    assert "saved_input" not in olivia.client.session


def test_a_file_is_not_kept_and_that_is_said(olivia):
    let_confirmation_run_out(olivia)
    asked = olivia.post(IMPORT, {"file": SimpleUploadedFile("users.csv", file_of("anna,Anna,,,,,"), "text/csv")})
    assert NOT_KEPT in words(olivia.get(asked.url))
    olivia.post("/confirm/", {"password": olivia.password, "next": IMPORT})
    assert 'name="file"' in olivia.get(IMPORT).content.decode()


def test_no_other_form_keeps_as_much_as_the_import(olivia):
    let_confirmation_run_out(olivia)
    asked = olivia.post("/profile/email/", {"email": "x" * MAX_CHARACTERS})
    assert asked.url.startswith("/confirm/")
    assert NOT_KEPT in words(olivia.get(asked.url))
    assert "saved_input" not in olivia.client.session
    assert ImportUsers.saved_characters > MAX_CHARACTERS
