"""What **More Information** looks up: who set the password, applications, codes left, the log, sessions."""

import re

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Session, User
from tests.accounts.users.conftest import enter, page
from tests.bench.sql import Sql
from tests.factories import make_application, make_member, make_role
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
REFERENCE = re.compile(r'name="session" value="(\w+)"')


def sessions_of(user: User) -> int:
    return Session.objects.filter(user=user, signed_in=True).count()


def test_the_password_says_who_set_it_and_when(olivia, contract, lena):
    assert "Password Set by the user" in words(olivia.get(page(lena)))
    new = {"password1": "seven brave otters swim", "password2": "seven brave otters swim"}
    assert olivia.post(page(lena, "password"), new).status_code == 302
    today = f"{timezone.now():%-d %b %Y}"
    assert f"Password Set by owner on {today}" in words(olivia.get(page(lena)))
    own = Person(lena, password="seven brave otters swim").enrol()
    failed = {"new_password1": "eight calm herons fly", "new_password2": "eight calm herons fly"}
    own.post("/profile/password/", {"current_password": "wrong"} | failed)
    assert f"Password Set by owner on {today}" in words(olivia.get(page(lena)))
    own.post(
        "/profile/password/",
        {
            "current_password": own.password,
            "new_password1": "eight calm herons fly",
            "new_password2": "eight calm herons fly",
        },
    )
    assert f"Password Set by the user on {today}" in words(olivia.get(page(lena)))


def test_who_may_not_see_the_logs_sees_no_rows_and_nobody_elses_name(olivia, somebody, contract):
    lena = make_member(contract, "lena", role=make_role(contract, "users.show"))
    new = {"password1": "seven brave otters swim", "password2": "seven brave otters swim"}
    olivia.post(page(lena, "password"), new)
    text = words(somebody("users.show").get(page(lena)))
    assert "Password Set by somebody else" in text
    assert "Set by owner" not in text
    assert "Latest in the logs" not in text
    assert "Show all in the logs" not in text
    assert "Set a new password" not in text
    assert "Latest in the logs Set a new password" in words(
        somebody("users.show", "logs.show", username="tom").get(page(lena))
    )


def test_the_last_five_rows_are_those_of_this_user_and_no_other(olivia, contract, lena):
    other = make_member(contract, "other")
    for number in range(7):
        olivia.post(page(lena, "name"), {"name": f"Lena {number}"})
        olivia.post(page(other, "description"), {"description": f"x{number}"})
    html = olivia.get(page(lena)).content.decode()
    entries = re.search(r'<ul class="entries">(.*?)</ul>', html, re.S)[1]
    assert entries.count("<li>") == 5
    assert entries.count("Changed the name of a user") == 5
    assert 'href="/management/logs/?user=lena"' in html


def test_what_the_user_did_to_somebody_else_names_them(olivia, adam, lena):
    adam.post(page(lena, "name"), {"name": "Changed"})
    assert "Changed the name of a user: lena" in words(olivia.get(page(User.objects.get(username="adam"))))


def test_recovery_codes_left_are_a_number_for_the_owner_alone(olivia, adam, lena):
    Person(lena).enrol()
    assert "Recovery codes left 10" in words(olivia.get(page(lena)))
    assert "Recovery codes left" not in words(adam.get(page(lena)))
    assert "Recovery codes left" not in words(olivia.get(page(make_member(lena.contract, "paul"))))


def test_applications_that_the_user_may_open_are_links_for_who_may_see_them(olivia, somebody, contract, lena):
    grafana = make_application(contract)
    wiki = make_application(contract, "https://wiki.example.com", name="Wiki", who="roles")
    make_application(contract, "https://off.example.com", name="Off", is_active=False)
    html = olivia.get(page(lena)).content.decode()
    assert f'<a href="/management/applications/{grafana.pk}/">' in html
    assert "Wiki" not in html
    assert "Off" not in html
    wiki.roles.add(lena.role)
    assert f'<a href="/management/applications/{wiki.pk}/">' in olivia.get(page(lena)).content.decode()
    assert "Grafana" not in words(somebody("users.show").get(page(lena)))
    User.objects.filter(pk=lena.pk).update(is_active=False)
    assert "Applications None" in words(olivia.get(page(lena)))


def test_more_than_ten_applications_end_in_a_link_to_all(olivia, contract, lena):
    for number in range(12):
        make_application(contract, f"https://a{number}.example.com", name=f"App {number:02}")
    text = words(olivia.get(page(lena)))
    assert "App 09" in text
    assert "App 10" not in text
    assert "2 more" in text


def test_the_owner_ends_one_session_and_the_others_go_on(olivia, contract, rows):
    nina = make_member(contract, "nina", two_factor_required=False)
    here, there = enter(nina), enter(nina)
    references = REFERENCE.findall(olivia.get(page(nina)).content.decode())
    assert len(references) == 2
    known = len(rows())
    answer = olivia.post(page(nina, "sessions/end"), {"session": references[0]})
    assert answer.url == page(nina)
    assert "The session was ended." in words(olivia.get(answer.url))
    assert [person.is_in() for person in (here, there)].count(True) == 1
    assert rows()[known:] == [("session_ended", "ok", "owner", "nina")]
    olivia.post(page(nina, "sessions/end"), {"session": references[0]})
    assert "This session had already ended." in words(olivia.get(page(nina)))


@pytest.mark.parametrize("reference", ["", "x", "\0", "0" * 32, "é" * 5000])
def test_a_reference_of_no_session_of_this_user_ends_none(reference, olivia, contract):
    nina, otto = (make_member(contract, name, two_factor_required=False) for name in ("nina", "otto"))
    enter(nina), enter(otto)
    [others] = REFERENCE.findall(olivia.get(page(otto)).content.decode())
    for each in (reference, others):
        assert olivia.post(page(nina, "sessions/end"), {"session": each}).status_code == 302
    assert sessions_of(nina) == sessions_of(otto) == 1


def test_nobody_but_the_owner_has_the_button_or_ends_a_session(adam, stranger, contract):
    nina = make_member(contract, "nina", two_factor_required=False)
    enter(nina)
    assert "Sessions" not in words(adam.get(page(nina)))
    assert adam.post(page(nina, "sessions/end"), {"session": "x"}).status_code == 403
    assert stranger.post(page(nina, "sessions/end"), {"session": "x"}).status_code == 404
    assert sessions_of(nina) == 1


def test_by_htmx_the_answer_is_more_information_again(olivia, contract):
    nina = make_member(contract, "nina", two_factor_required=False)
    enter(nina)
    [reference] = REFERENCE.findall(olivia.get(page(nina)).content.decode())
    by_htmx = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "section#more"}
    answer = olivia.client.post(page(nina, "sessions/end"), {"session": reference}, follow=True, **by_htmx)
    assert "This user isn't logged in anywhere." in words(answer).replace("&#x27;", "'")
    assert "<html" not in answer.content.decode()


def test_however_much_there_is_the_queries_are_the_same(olivia, contract, lena):
    def cost() -> int:
        olivia.get(page(lena))  # takes the messages of what was done before
        with Sql() as sql:
            assert olivia.get(page(lena)).status_code == 200
        return sql.queries

    Person(lena).enrol()
    make_application(contract)
    before = cost()
    for number in range(8):
        make_application(contract, f"https://a{number}.example.com", name=f"App {number}")
        olivia.post(page(lena, "name"), {"name": f"Lena {number}"})
    assert cost() == before
    assert AuditRow.objects.filter(target_id=lena.pk).count() > 8


@pytest.mark.parametrize(
    ("chosen", "said"), [("", "Language As the browser asks Emails are in English."), ("de", "Language Deutsch")]
)
def test_the_language_is_said_also_where_none_was_chosen(olivia, lena, chosen, said):
    User.objects.filter(pk=lena.pk).update(language=chosen, language_chosen=bool(chosen))
    text = words(olivia.get(page(lena)))
    assert said in text
    assert ("Emails are in" in text) == (chosen == "")
