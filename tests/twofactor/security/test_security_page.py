"""What one's own Security page says of logins, in the words of the contract's Logs."""

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import AuditRow, Event, Outcome
from tests.factories import make_member
from tests.people import Person, words
from tests.twofactor.keys.browser import AUTHENTICATE, Browser

pytestmark = pytest.mark.django_db


def table(response, caption: str = "") -> list[list[str]]:
    soup = BeautifulSoup(response.content, "html.parser")
    section = soup.find(id="logins").parent if caption else soup
    rows = section.select("tbody tr:not(.more)")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in rows]


def test_f32_the_same_row_reads_the_same_in_security_and_in_the_logs(olivia, contract):
    lena = Person(make_member(contract)).enrol()
    stranger = lena.another_browser()
    stranger.start_login()
    stranger.post("/login/code/", {"code": "000000"})
    Person("lena", password="wrong").start_login()
    in_logs = [(row[2], row[4]) for row in table(olivia.client.get("/management/logs/", {"user": "lena"}))]
    said = [(row[1], row[2]) for row in table(lena.get("/profile/security/"), "logins")]
    assert ("Wrong code", "Failed") in said
    assert ("Wrong password", "Failed") in said
    for action, outcome in said:
        assert any(logged.startswith(action) and how == outcome for logged, how in in_logs), action


def test_f32_every_kind_of_row_reads_the_same(olivia, contract):
    lena = make_member(contract, two_factor_required=False)
    for event in (Event.SIGN_IN, Event.SIGN_IN_PASSWORD, Event.SIGN_IN_CODE, Event.CODE_REPLAYED, Event.THROTTLED):
        for outcome in (Outcome.OK, Outcome.FAILED):
            AuditRow.objects.create(
                at=timezone.now(), event=event, outcome=outcome, contract_id=contract.pk, target_id=lena.pk
            )
    person = Person(lena)
    in_logs = {(row[2], row[4]) for row in table(olivia.get("/management/logs/"))}
    person.log_in()
    in_security = {(row[1], row[2]) for row in table(person.get("/profile/security/"), "logins")[1:]}
    assert in_security
    assert in_security <= in_logs


def test_wrong_passwords_of_strangers_do_not_push_a_login_out_of_sight(contract):
    lena = Person(make_member(contract, two_factor_required=False))
    Person("lena", ip="203.0.113.66").log_in()
    for number in range(15):
        Person("lena", ip=f"198.51.{number}.1", password="wrong").start_login()
    lena.log_in()
    rows = table(lena.get("/profile/security/"), "logins")
    assert [(row[1], row[3].split()[0]) for row in rows] == [
        ("Logged in", "127.0.0.1"),
        *(("Wrong password", f"198.51.{number}.1") for number in (14, 13, 12, 11, 10)),
        ("Logged in", "203.0.113.66"),
    ]


def test_a_refused_key_is_listed_like_a_wrong_code(contract, settings):
    """Whoever sent it knows the password."""
    settings.PUBLIC_URL = "http://localhost:8000"
    lena = Person(make_member(contract)).enrol()
    thief = Browser("lena", ip="203.0.113.66")
    thief.start_login()
    assert thief.send(f"{AUTHENTICATE}verify/", {"credential": {"id": "x"}}).status_code == 400
    rows = table(lena.get("/profile/security/"), "logins")
    assert ["Security key refused", "Failed", "203.0.113.66"] in [row[1:] for row in rows]


def test_a_browser_that_names_itself_with_hidden_characters_is_shown_without_them(contract):
    person = Person(make_member(contract, two_factor_required=False), HTTP_USER_AGENT="Fire\u202efox")
    person.log_in()
    shown = words(person.get("/profile/security/")).split("Recent logins")[1]
    assert "Fire\ufffdfox" in shown
    assert "\u202e" not in shown
