"""F15: a session that ran out, or was ended, while a form was being filled in."""

import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from accounts.gate.saved_input import MAX_CHARACTERS
from accounts.models import Role, Session, User
from tests.factories import PASSWORD, make_contract, make_member, make_owner, make_role
from tests.people import Person, code_of, words

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture
def olivia(clock, owner):
    """The owner, logged in by a browser whose tokens are checked."""
    return come(Person(owner))


def come(person: Person) -> Person:
    person.log_in()
    person.client.handler.enforce_csrf_checks = True
    return person


def tokens(person: Person, path: str) -> dict[str, str]:
    soup = BeautifulSoup(person.get(path).content, "html.parser")
    form = soup.select_one("main form[method=post]")
    return {field["name"]: field["value"] for field in form.select("input[type=hidden]") if field.get("value")}


def log_in_again(person: Person, answer, username: str = ""):
    """Follows to `/login/`, fills it in and goes where it leads."""
    page = person.get(answer.url)
    soup = BeautifulSoup(page.content, "html.parser")
    fields = {
        field["name"]: field["value"] for field in soup.select("main form input[type=hidden]") if field.get("value")
    }
    return page, person.post("/login/", fields | {"username": username or person.username, "password": person.password})


def shown(page, name: str):
    return BeautifulSoup(page.content, "html.parser").select_one(f"main [name={name}]")


def test_f15_after_login_back_to_the_page_with_what_was_typed(olivia, clock, contract):
    role = make_role(contract, name="Desk")
    path = "/management/users/create/"
    fields = tokens(olivia, path)
    typed = {
        "name": "Eve",
        "username": "eve",
        "role": role.pk,
        "two_factor_required": "no",
        "password1": "hush-hush-hush",
    }
    clock.shift(31 * 60)
    answer = olivia.post(path, fields | typed | {"must_change_password": "on"})
    assert answer.url.startswith("/login/?next=")
    assert "hush" not in str(dict(olivia.client.session))
    page, led = log_in_again(olivia, answer)
    assert "Your session has ended. Log in to continue with what you entered." in words(page)
    assert led.url == path
    back = olivia.get(path)
    assert "Not saved yet. Check your input and press the button again." in words(back)
    assert shown(back, "username")["value"] == "eve"
    assert shown(back, "role").select_one("[selected]")["value"] == str(role.pk)
    assert shown(back, "must_change_password").has_attr("checked")
    assert not shown(back, "password1").get("value")
    assert not User.objects.filter(username="eve").exists()
    again = olivia.get(path)
    assert not shown(again, "username").get("value")
    assert "Not saved yet" not in words(again)


def test_f15_through_code_and_multi_selects_as_well(clock, contract):
    role = make_role(contract)
    ute = come(Person(make_member(contract, "ute")).enrol())
    path = f"/management/roles/{role.pk}/permissions/"
    fields = tokens(ute, path)
    clock.shift(13 * 3600)
    answer = ute.post(path, fields | {"permissions": ["logs.show", "users.show"]})
    _, led = log_in_again(ute, answer)
    assert led.url == "/login/code/"
    led = ute.post(led.url, {"code": code_of(ute.key)} | tokens(ute, led.url))
    assert led.url == path
    page = BeautifulSoup(ute.get(path).content, "html.parser")
    assert {box["value"] for box in page.select("[name=permissions][checked]")} == {"logs.show", "users.show"}
    role.refresh_from_db()
    assert role.permissions == []


def test_f15_one_ticked_box_is_ticked_again(olivia, clock, contract):
    role, lena = make_role(contract), make_member(contract)
    path = f"/management/roles/{role.pk}/users/?show=add"
    fields = tokens(olivia, path)
    clock.shift(31 * 60)
    answer = olivia.post(path, fields | {"ids": [lena.pk]})
    assert log_in_again(olivia, answer)[1].url == path
    assert shown(olivia.get(path), "ids").has_attr("checked")


def test_f15_somebody_else_who_logs_in_gets_nothing_of_it(olivia, clock, contract):
    nina = Person(make_member(contract, "nina", two_factor_required=False))
    fields = tokens(olivia, "/management/roles/create/")
    clock.shift(31 * 60)
    answer = olivia.post("/management/roles/create/", fields | {"name": "Support"})
    assert log_in_again(olivia, answer, nina.username)[1].url == "/management/roles/create/"
    assert "Support" not in olivia.get("/management/roles/create/").content.decode()
    assert "Support" not in str(dict(olivia.client.session))


def test_f15_an_owner_of_two_comes_back_into_the_contract_of_the_form(olivia, clock, owner, contract):
    make_contract(owner, "Beta Mail")
    choose = {"contract": contract.pk} | tokens(olivia, "/contracts/")
    olivia.post("/contracts/", choose)
    fields = tokens(olivia, "/management/roles/create/")
    clock.shift(31 * 60)
    answer = olivia.post("/management/roles/create/", fields | {"name": "Support"})
    assert log_in_again(olivia, answer)[1].url == "/management/roles/create/"
    assert shown(olivia.get("/management/roles/create/"), "name")["value"] == "Support"
    fields = tokens(olivia, "/management/roles/create/")
    assert olivia.post("/management/roles/create/", fields | {"name": "Support"}).status_code == 302
    assert Role.objects.get(name="Support").contract == contract


def test_f15_after_a_logout_in_another_tab_there_is_a_sentence(olivia):
    fields = tokens(olivia, "/management/roles/create/")
    olivia.post("/logout/", tokens(olivia, "/management/roles/create/"))
    answer = olivia.post("/management/roles/create/", fields | {"name": "Support"})
    page, led = log_in_again(olivia, answer)
    assert "You were logged out before the form was sent, so nothing was changed." in words(page)
    assert led.url == "/management/roles/create/"


@pytest.mark.parametrize("token", [None, "x" * 64])
def test_f15_nothing_is_kept_without_a_right_token(olivia, clock, token):
    clock.shift(31 * 60)
    sessions = list(Session.objects.values_list("session_key", "session_data"))
    sent = {"name": "Support"} | ({"csrfmiddlewaretoken": token} if token else {})
    answer = olivia.post("/management/roles/create/", sent)
    assert ("ended=not-sent" in answer.url) == bool(token)
    assert list(Session.objects.values_list("session_key", "session_data")) == sessions


def test_f15_a_stranger_stores_nothing(client, db):
    make_owner("other")
    page = client.get("/login/")
    sent = {"name": "x" * 9000, "csrfmiddlewaretoken": TOKEN.search(page.content.decode())[1]}
    client.handler.enforce_csrf_checks = True
    client.cookies["sessionid"] = "a" * 32
    answer = client.post("/management/roles/create/", sent)
    assert "ended=not-sent" in answer.url
    assert not Session.objects.exists()


def test_f15_a_session_that_ran_out_keeps_one_form_and_a_bounded_one(olivia, clock):
    fields = tokens(olivia, "/management/roles/create/")
    old = olivia.client.cookies["sessionid"].value
    clock.shift(31 * 60)
    assert "not-sent" in olivia.post("/management/roles/create/", fields | {"name": "x" * MAX_CHARACTERS}).url
    olivia.client.cookies["sessionid"] = old
    assert "kept" in olivia.post("/management/roles/create/", fields | {"name": "Support"}).url
    assert Session.objects.count() == 1
    olivia.client.cookies["sessionid"] = old
    assert "not-sent" in olivia.post("/management/roles/create/", fields | {"name": "Support"}).url
    assert Session.objects.count() == 1


def test_f15_a_button_without_a_page_leads_home_with_a_sentence(olivia, clock):
    fields = tokens(olivia, "/profile/name/")
    clock.shift(31 * 60)
    answer = olivia.post("/profile/security/sessions/end-others/", fields)
    if answer.status_code == 404:
        pytest.fail("the address has moved")
    assert answer.url == "/login/?ended=not-sent"


def test_a_form_from_a_browser_that_has_lost_its_cookies_leads_back_with_a_sentence(client, db):
    answer = Client(enforce_csrf_checks=True).post("/management/roles/create/", {"csrfmiddlewaretoken": "x" * 64})
    assert answer.url == "/login/?next=%2Fmanagement%2Froles%2Fcreate%2F&ended=not-sent"
    assert "You were logged out before the form was sent, so nothing was changed." in words(client.get(answer.url))


@pytest.fixture
def form(contract) -> str:
    """The address of a form that needs a confirmation."""
    return f"/management/users/{make_member(contract, 'lena').pk}/email/"


def confirming(olivia, clock, form: str) -> str:
    """Sends the form later than five minutes after the login; returns the address of the confirmation."""
    fields = tokens(olivia, form)
    clock.shift(6 * 60)
    answer = olivia.post(form, fields | {"email": "new@example.com"})
    assert answer.url.startswith("/confirm/")
    return answer.url


def test_what_was_entered_outlives_a_session_that_ends_at_the_confirmation(olivia, clock, form):
    fields = tokens(olivia, confirming(olivia, clock, form))
    clock.shift(31 * 60)
    answer = olivia.post("/confirm/", fields | {"password": PASSWORD})
    assert answer.url.endswith("&ended=kept")
    assert Session.objects.count() == 1
    assert log_in_again(olivia, answer)[1].url == form
    assert shown(olivia.get(form), "email")["value"] == "new@example.com"


def test_a_confirmation_that_is_opened_again_after_its_session_continues_too(olivia, clock, form):
    address = confirming(olivia, clock, form)
    clock.shift(31 * 60)
    assert log_in_again(olivia, olivia.get(address))[1].url == form
    assert shown(olivia.get(form), "email")["value"] == "new@example.com"


def test_a_confirmation_leads_to_its_page_after_the_login_and_promises_no_input_of_another(olivia, clock, form):
    confirming(olivia, clock, form)
    fields = tokens(olivia, "/confirm/?next=/profile/email/")
    clock.shift(31 * 60)
    answer = olivia.post("/confirm/", fields | {"password": PASSWORD})
    assert answer.url == "/login/?next=%2Fprofile%2Femail%2F&ended=session"


def test_a_confirmation_that_is_sent_after_a_logout_in_another_tab_says_so(olivia, clock, form):
    address = confirming(olivia, clock, form)
    fields = tokens(olivia, address)
    olivia.post("/logout/", tokens(olivia, address))
    answer = olivia.post("/confirm/", fields | {"password": PASSWORD})
    assert answer.url.endswith("&ended=not-sent")
    assert log_in_again(olivia, answer)[1].url == form
    assert not shown(olivia.get(form), "email").get("value")
