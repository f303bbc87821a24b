"""Binding words, plural forms, dates and numbers."""

from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format, get_format
from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext

from accounts.logs import sentences
from accounts.models import Event, Outcome
from accounts.moments import element, in_words, sentence
from accounts.throttling import sentences as throttling_sentences

WHEN = datetime(2026, 11, 25, 13, 5, 22, tzinfo=UTC)
MARCH = datetime(2027, 3, 5, 0, 1, tzinfo=UTC)
BINDING = {
    "Log in": "Anmelden",
    "Log out": "Abmelden",
    "Username": "Benutzername",
    "Password": "Passwort",
    "Overview": "Übersicht",
    "Management": "Verwaltung",
    "Users": "Benutzer",
    "Roles": "Rollen",
    "Logs": "Protokolle",
    "Contract": "Vertrag",
    "Account owner": "Kontoinhaber",
    "More Information": "Weitere Informationen",
    "Two-factor authentication": "Zwei-Faktor-Authentifizierung",
    "2FA required:": "2FA erforderlich:",
    "2FA required": "2FA erforderlich",
    "2FA activated": "2FA aktiviert",
    "Yes": "Ja",
    "No": "Nein",
    "pending": "ausstehend",
    "Code": "Code",
    "Recovery code": "Wiederherstellungscode",
    "Scan the QR code": "Scannen Sie den QR-Code",
    "Step 1": "Schritt 1",
    "Step 4": "Schritt 4",
    "Activate": "Aktivieren",
    "Next": "Weiter",
    "Apply changes": "Änderungen übernehmen",
    "Save changes": "Änderungen speichern",
    "Reset 2FA": "2FA zurücksetzen",
    "Unlock": "Entsperren",
    "Create": "Erstellen",
    "Delete": "Löschen",
    "Assign": "Zuweisen",
    "Active": "Aktiv",
    "Deactivated": "Deaktiviert",
    "Disabled": "Deaktiviert",
    "Permissions": "Berechtigungen",
    "Summary": "Zusammenfassung",
    "Log in once": "Einmal anmelden",
    "Disable two-factor authentication": "Zwei-Faktor-Authentifizierung deaktivieren",
    "Set up on a new phone": "Auf neuem Smartphone einrichten",
    "Sessions": "Sitzungen",
    "Generate password": "Passwort erzeugen",
}


@pytest.mark.parametrize(("english", "german"), BINDING.items())
def test_one_thing_has_one_name(english, german):
    with translation.override("de"):
        assert gettext(english) == german
    with translation.override("en"):
        assert gettext(english) == english


@pytest.mark.parametrize(
    ("one", "many", "german"),
    [
        ("%(n)d session was ended.", "%(n)d sessions were ended.", ("Sitzung wurde", "Sitzungen wurden")),
        ("%(n)d code is left.", "%(n)d codes are left.", ("Code ist übrig", "Codes sind übrig")),
        ("%(count)s user has no 2FA.", "%(count)s users have no 2FA.", ("Benutzer hat", "Benutzer haben")),
        ("%(number)s user was deleted.", "%(number)s users were deleted.", ("Benutzer wurde", "Benutzer wurden")),
    ],
)
def test_one_is_told_from_none_and_many(one, many, german):
    with translation.override("de"):
        assert [german[n != 1] in ngettext(one, many, n) for n in (0, 1, 2, 11, 21, 101)] == [True] * 6


@pytest.mark.parametrize(
    ("seconds", "german"),
    [(1, "in 1 Sekunde erneut"), (120, "in 120 Sekunden erneut"), (121, "in 3 Minuten erneut"), (900, "in 15 Minuten")],
)
def test_a_wait_reads_as_a_sentence(seconds, german):
    with translation.override("de"):
        assert german in strip_tags(throttling_sentences.sentence(seconds))


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("DATE_FORMAT", "25 November 2026", "25. November 2026"),
        ("SHORT_DATE_FORMAT", "25 Nov 2026", "25.11.2026"),
        ("DAY_FORMAT", "25 Nov", "25. Nov."),
        ("TIME_FORMAT", "13:05", "13:05"),
        ("LONG_DATETIME_FORMAT", "25 Nov 2026, 13:05", "25. November 2026, 13:05"),
        ("DATETIME_FORMAT", "25 Nov 2026, 13:05 UTC", "25. November 2026, 13:05 UTC"),
        ("SHORT_DATETIME_FORMAT", "25 Nov 2026, 13:05", "25.11.2026, 13:05"),
        ("EXACT_DATETIME_FORMAT", "25 Nov 2026, 13:05:22", "25.11.2026, 13:05:22"),
    ],
)
def test_a_date_is_written_as_its_readers_write_it(name, english, german):
    with translation.override("en"):
        assert date_format(WHEN, name) == english
    with translation.override("de"):
        assert date_format(WHEN, name) == german
        assert get_format(name) != name


def test_a_moment_names_its_zone():
    with translation.override("de"):
        assert (in_words(WHEN), in_words(MARCH)) == ("25. November 2026, 13:05 UTC", "5. März 2027, 00:01 UTC")
        assert [strip_tags(element(WHEN, form)) for form in ("absolute", "exact", "day")] == [
            "25.11.2026, 13:05 UTC",
            "25.11.2026, 13:05:22 UTC",
            "25.11.2026",
        ]
        assert element(None) == ""


def test_a_sentence_with_a_time_escapes_everything_else():
    said = sentence("<b>%(name)s at %(at)s", name="<i>", at=element(WHEN))
    assert said == f"&lt;b&gt;&lt;i&gt; at {element(WHEN)}"
    assert 'datetime="2026-11-25T' in said


def test_a_change_in_the_log_reads_in_german():
    with translation.override("de"):
        facts = sentences.facts(Event.TWO_FACTOR_REQUIRED, {"old": "no", "new": "yes", "cleared": False})
        assert sentences.summary(facts) == "2FA erforderlich: Nein → Ja · Zweite Faktoren gelöscht: Nein"
        assert sentences.action(Event.SIGN_IN_CODE, Outcome.FAILED) == "Falscher Code"


def test_what_people_call_themselves_is_not_translated():
    with translation.override("de"):
        facts = sentences.facts(Event.USER_NAME, {"old": "Active", "new": "admin"})
        assert facts[0].text == "Active → admin"
        assert sentences.facts(Event.USER_CREATED, {"role": "password"})[0].text == "password"


def test_every_label_and_value_of_the_log_has_its_words():
    """What the panel writes into a row is read as words, never as a program's name for them."""
    detail = {"with": "code", "by": "link", "server": "silent", "mail": "new_email", "sessions": 3, "left": 1}
    with translation.override("de"):
        said = [f"{fact.label}: {fact.text}" for fact in sentences.facts(Event.SIGN_IN, detail)]
    assert set(said) == {
        "Mit: Code",
        "Über: Link",
        "Mailserver: der Mailserver hat nicht rechtzeitig geantwortet",
        "E-Mail: neue E-Mail-Adresse",
        "Beendete Sitzungen: 3",
        "Verbleibende Codes: 1",
    }
