"""Codes in rows of the log: the log page has words for each that can be stored."""

import pytest
from django.utils.translation import override

from accounts.logs import sentences, words
from accounts.models import AuditRow, Event
from accounts.models.mail import MailFailure, MailKind
from accounts.origin import SERVER
from cloudpanel.applications import services
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.models import Needs, Who
from cloudpanel.applications.openid.models import Authentication
from tests.factories import make_application, make_contract, make_owner, make_role
from twofactor.help.models import HelpDecision

ANSWERS = {HelpDecision.APPROVED, HelpDecision.REFUSED, HelpDecision.BLOCKED}


def test_a_refusal_at_an_application_has_words():
    """Who isn't logged in is asked to log in, not refused."""
    stored = {each.name.lower() for each in Refusal if each is not Refusal.LOGIN}
    assert set(words.VALUES["reason"]) == stored


def test_the_end_of_a_request_for_help_has_the_words_of_its_page():
    """The owner's answers are events of their own."""
    assert words.VALUES["why"] == {each.value: each.label for each in HelpDecision if each not in ANSWERS}


@pytest.mark.parametrize(
    ("key", "stored"),
    [
        ("client_authentication", Authentication.choices),
        ("needs", Needs.choices),
        ("access", [each for each in Who.choices if each[0] != Who.ROLES]),
        ("server", MailFailure.choices),
    ],
)
def test_a_choice_has_the_words_of_its_form(key, stored):
    assert words.VALUES[key] == dict(stored)


def test_every_kind_of_mail_has_words():
    assert set(words.VALUES["mail"]) == set(MailKind.values)


@pytest.mark.django_db
def test_a_change_of_who_may_open_an_application_and_what_it_needs_reads_in_german():
    owner = make_owner()
    contract = make_contract(owner)
    application, role = make_application(contract), make_role(contract, name="Helpers")
    change = {"actor": owner, "application": application, "origin": SERVER}
    services.set_needs(**change, needs=Needs.TWO_FACTOR, minutes=5)
    services.set_access(**change, who=Who.ROLES, roles=[role])
    with override("de"):
        rows = AuditRow.objects.filter(event=Event.APPLICATION_CHANGED).order_by("pk")
        said = [sentences.summary(sentences.facts(row.event, row.detail)) for row in rows]
    assert said == [
        "Voraussetzung: Anmeldung → Zwei-Faktor-Authentifizierung, innerhalb von 5 Minuten bestätigt",
        "Wer sie öffnen darf: Alle in diesem Vertrag → Helpers",
    ]
