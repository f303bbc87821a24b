"""A language is chosen by the person, in a browser or the profile; the one that an account begins with is not."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from accounts.audit.record import record_event
from accounts.models import AuditRow, Event, User
from accounts.origin import SERVER
from accounts.users import services as users
from tests.factories import make_member
from tests.i18n.reading import language_of
from tests.people import Person, words

pytestmark = pytest.mark.django_db
COOKIE = settings.LANGUAGE_COOKIE_NAME


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, name="Lena Lang", email="lena@example.com", two_factor_required=False)


def test_a_choice_made_in_this_browser_goes_before_a_language_that_nobody_chose(lena):
    User.objects.filter(pk=lena.pk).update(language="en")
    person = Person(lena)
    person.post("/language/", {"language": "de"})
    assert COOKIE not in person.log_in().cookies
    assert language_of(person.get("/profile/")) == "de"


@pytest.mark.parametrize("before", ["", "en"])
def test_a_choice_made_before_the_first_login_is_kept_for_the_account(lena, before):
    User.objects.filter(pk=lena.pk).update(language=before)
    person = Person(lena)
    person.post("/language/", {"language": "de"})
    person.log_in()
    lena.refresh_from_db()
    assert lena.language == "de"
    assert AuditRow.objects.get(event=Event.USER_LANGUAGE).detail == {"old": before, "new": "de"}
    another = person.another_browser(HTTP_ACCEPT_LANGUAGE="en")
    assert another.log_in().cookies[COOKIE].value == "de"


@pytest.mark.parametrize("by", ["somebody who was logged in here", "a visitor for somebody else", "nobody"])
def test_a_language_that_this_person_did_not_choose_is_not_kept_for_the_account(contract, lena, by):
    User.objects.filter(pk=lena.pk).update(language="en" if by != "nobody" else "de")
    person = Person(lena, HTTP_ACCEPT_LANGUAGE="en" if by != "nobody" else "")
    if by == "nobody":
        person.log_in()  # puts the language of who created the account into the browser
    else:
        otto = Person(make_member(contract, "otto", two_factor_required=False))
        if by == "a visitor for somebody else":
            otto.post("/language/", {"language": "de"})
        else:
            User.objects.filter(username="otto").update(language="de", language_chosen=True)
        otto.log_in()
        person.client.cookies = otto.client.cookies
    person.post("/logout/")
    person.log_in()
    assert not User.objects.get(username="lena").language_chosen
    assert not AuditRow.objects.filter(event=Event.USER_LANGUAGE, target_id=lena.pk).exists()


def test_a_language_that_nobody_chose_leaves_the_browser_its_own(lena):
    User.objects.filter(pk=lena.pk).update(language="en")
    person = Person(lena, HTTP_ACCEPT_LANGUAGE="de")
    assert COOKIE not in person.log_in().cookies
    assert language_of(person.get("/profile/")) == "de"
    lena.refresh_from_db()
    assert (lena.language, lena.language_chosen) == ("en", False)


def test_a_browser_that_prefers_none_begins_with_the_language_of_who_created_the_account(lena):
    User.objects.filter(pk=lena.pk).update(language="de")
    person = Person(lena)
    assert person.log_in().cookies[COOKIE].value == "de"
    assert language_of(person.get("/profile/")) == "de"


@pytest.mark.parametrize("by", ["owner", "lena"])
def test_a_changed_name_is_no_choice_of_a_language(lena, by):
    User.objects.filter(pk=lena.pk).update(language="en")
    users.set_name(actor=User.objects.get(username=by), target=lena, name="Lena Neu", origin=SERVER)
    person = Person(lena)
    person.post("/language/", {"language": "de"})
    person.log_in()
    lena.refresh_from_db()
    assert (lena.language, language_of(person.get("/profile/"))) == ("de", "de")


def test_choosing_the_language_of_the_creator_is_a_choice(lena):
    User.objects.filter(pk=lena.pk).update(language="de")
    person = Person(lena)
    person.log_in()
    person.post("/profile/language/", {"language": "de"})
    another = person.another_browser(HTTP_ACCEPT_LANGUAGE="en")
    assert another.log_in().cookies[COOKIE].value == "de"


def test_a_login_in_the_language_of_the_creator_logs_no_change(lena):
    User.objects.filter(pk=lena.pk).update(language="de")
    person = Person(lena)
    person.post("/language/", {"language": "de"})
    person.log_in()
    assert not AuditRow.objects.filter(event=Event.USER_LANGUAGE).exists()
    assert person.another_browser(HTTP_ACCEPT_LANGUAGE="en").log_in().cookies[COOKIE].value == "de"


def test_a_choice_made_in_the_version_before_is_still_one(lena):
    User.objects.update(language="de")
    record_event(Event.USER_LANGUAGE, origin=SERVER, actor=lena, target=lena, detail={"old": "", "new": "de"})
    import_module("accounts.migrations.0036_language_chosen").mark(apps, connection.schema_editor())
    assert dict(User.objects.values_list("username", "language_chosen")) == {"owner": False, "lena": True}


def test_the_pages_say_which_languages_are_used_where_only_the_creator_chose(lena, olivia):
    User.objects.filter(pk=lena.pk).update(language="de")
    person = Person(lena, HTTP_ACCEPT_LANGUAGE="en")
    person.log_in()
    assert "Language English Your browser decides. Emails are in German." in words(person.get("/profile/"))
    said = "Language As the browser asks Emails are in German."
    assert said in words(olivia.get(f"/management/users/{lena.pk}/"))
