"""F05: two tabs, two contracts. A form belongs to the contract that it was opened in."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.gate.saved_input import MAX_CHARACTERS
from accounts.models import AuditRow, Contract, Role, User
from tests.factories import make_contract, make_member, make_owner, make_role
from tests.people import words

SWITCH = "/contracts/"


@pytest.fixture
def beta(owner) -> Contract:
    return make_contract(owner, "Beta Mail")


@pytest.fixture
def both(contract, beta, olivia):
    """The owner of both, who works in Alpha."""
    olivia.post(SWITCH, {"contract": contract.pk})
    return olivia


def form_at(page, action: str = "") -> dict[str, str]:
    """The fields of the form as a browser would send them, without what is typed."""
    soup = BeautifulSoup(page.content, "html.parser")
    form = soup.select_one("main form[method=post]" + (f"[action='{action}']" if action else ""))
    return {field["name"]: field["value"] for field in form.select("input[type=hidden]") if field.get("value")}


def counts() -> tuple[int, int, int]:
    return User.objects.count(), Role.objects.count(), AuditRow.objects.count()


def switch_back(person, page):
    """Presses the button of the page that says so."""
    soup = BeautifulSoup(page.content, "html.parser")
    form = soup.select_one('main form[action="/contracts/"]')
    fields = {field["name"]: field["value"] for field in form.select("input, button[name]") if field.get("name")}
    answer = person.post(SWITCH, fields)
    return person.get(answer.url)


def test_f05_a_role_typed_in_alpha_is_not_made_in_beta(both, contract, beta):
    fields = form_at(both.get("/management/roles/create/"))
    both.post(SWITCH, {"contract": beta.pk})
    before = counts()
    page = both.post("/management/roles/create/", fields | {"name": "Support", "description": "First line"})
    assert page.status_code == 200
    assert "The form was opened in “Alpha Hosting”, but you now work in “Beta Mail”. Nothing was changed." in words(
        page
    )
    assert counts() == before
    back = switch_back(both, page)
    soup = BeautifulSoup(back.content, "html.parser")
    assert soup.select_one("[name=name]")["value"] == "Support"
    assert soup.select_one("[name=description]").text.strip() == "First line"
    assert both.post("/management/roles/create/", form_at(back) | {"name": "Support"}).status_code == 302
    assert Role.objects.get(name="Support").contract == contract


def test_f05_what_was_typed_in_alpha_is_not_shown_in_beta(both, contract, beta):
    fields = form_at(both.get("/management/roles/create/"))
    both.post(SWITCH, {"contract": beta.pk})
    both.post("/management/roles/create/", fields | {"name": "Support"})
    page = both.get("/management/roles/create/")
    assert page.status_code == 200
    assert "Support" not in page.content.decode()


@pytest.mark.parametrize("box", [{"must_change_password": "on"}, {}])
def test_f05_a_new_user_keeps_boxes_as_they_were_and_no_password(both, contract, beta, box):
    role = make_role(contract, name="Desk")
    fields = form_at(both.get("/management/users/create/"))
    typed = {
        "name": "Eve",
        "username": "eve",
        "role": role.pk,
        "two_factor_required": "no",
        "password1": "hush-hush-hush",
    }
    both.post(SWITCH, {"contract": beta.pk})
    before = counts()
    page = both.post("/management/users/create/", fields | typed | box)
    assert counts() == before
    assert "hush" not in str(dict(both.client.session))
    soup = BeautifulSoup(switch_back(both, page).content, "html.parser")
    assert soup.select_one("[name=username]")["value"] == "eve"
    assert soup.select_one("[name=role] option[selected]")["value"] == str(role.pk)
    assert soup.select_one("[name=two_factor_required][checked]")["value"] == "no"
    assert soup.select_one("[name=must_change_password]").has_attr("checked") is bool(box)
    assert not soup.select_one("[name=password1]").get("value")


def test_f05_a_form_without_the_field_counts_for_the_current_contract(both, beta):
    both.post(SWITCH, {"contract": beta.pk})
    assert both.post("/management/roles/create/", {"name": "Support"}).status_code == 302
    assert Role.objects.get(name="Support").contract == beta


def test_f05_the_users_of_alpha_are_changed_after_switching_back(both, contract, beta):
    lena = make_member(contract)
    path = f"/management/users/{lena.pk}/name/"
    fields = form_at(both.get(path))
    both.post(SWITCH, {"contract": beta.pk})
    page = both.post(path, fields | {"name": "Lena Long"})
    assert page.status_code == 200
    assert 'value="Lena Long"' in switch_back(both, page).content.decode()
    lena.refresh_from_db()
    assert lena.name == "Lena"


def test_f05_a_selection_is_asked_about_again_in_its_own_contract(both, contract, beta):
    lena, mia = (
        make_member(contract, two_factor_required=False),
        make_member(contract, "mia", two_factor_required=False),
    )
    fields = form_at(both.get("/management/users/"), "/management/users/bulk/")
    both.post(SWITCH, {"contract": beta.pk})
    chosen = fields | {"ids": [lena.pk, mia.pk], "action": "require", "confirm": "yes"}
    page = both.post("/management/users/bulk/", chosen)
    assert page.status_code == 200
    back = switch_back(both, page)
    assert "2 users are affected" in words(back)
    assert not User.objects.filter(username__in=["lena", "mia"], two_factor_required=True).exists()
    assert both.get("/management/users/bulk/").url == "/management/users/"


def test_f05_boxes_of_permissions_and_of_users_are_ticked_again(both, contract, beta):
    role, lena, mia = make_role(contract), make_member(contract), make_member(contract, "mia")
    permissions, users = f"/management/roles/{role.pk}/permissions/", f"/management/roles/{role.pk}/users/?show=add"
    for path, typed in ((permissions, {"permissions": ["logs.show"]}), (users, {"ids": [mia.pk]})):
        both.post(SWITCH, {"contract": contract.pk})
        fields = form_at(both.get(path))
        both.post(SWITCH, {"contract": beta.pk})
        page = both.post(path, fields | typed)
        soup = BeautifulSoup(switch_back(both, page).content, "html.parser")
        ticked = [box["value"] for box in soup.select("main form[method=post] input[type=checkbox][checked]")]
        assert ticked == [str(value) for values in typed.values() for value in values]
    assert lena.pk != mia.pk


def test_f05_an_imported_file_is_shown_again_in_its_own_contract(both, contract, beta):
    file = SimpleUploadedFile("users.csv", b"username,name,role\nnina,Nina,Administrator\n")
    shown = both.post("/management/users/import/", {"file": file})
    fields = form_at(shown)
    both.post(SWITCH, {"contract": beta.pk})
    page = both.post("/management/users/import/", fields | {"confirm": "yes"})
    assert not User.objects.filter(username="nina").exists()
    back = switch_back(both, page)
    both.post("/management/users/import/", form_at(back) | {"confirm": "yes"})
    assert User.objects.get(username="nina").contract == contract


@pytest.mark.parametrize("number", ["", "0", "\0", "'", "٣", "x" * 5000])
def test_f05_a_contract_that_is_none_of_theirs_changes_nothing(both, number):
    make_owner("other", contract="Gamma")
    before = counts()
    for sent in (number, Contract.objects.get(name="Gamma").number):
        page = both.post("/management/roles/create/", {"name": "Support", "in_contract": sent})
        assert (page.status_code, "Gamma" in words(page)) == (200, False)
        assert "no longer work in the contract" in words(page)
    assert counts() == before


def test_f05_what_is_too_long_to_be_kept_is_said_so(both, contract, beta):
    fields = form_at(both.get("/management/roles/create/"))
    both.post(SWITCH, {"contract": beta.pk})
    page = both.post("/management/roles/create/", fields | {"name": "x" * MAX_CHARACTERS})
    assert "too long to be kept" in words(page)
    assert len(str(dict(both.client.session))) < 2_000


@pytest.mark.parametrize("next_address", ["https://evil.example/", "//evil.example/", "/nowhere/"])
def test_f05_the_switch_leads_only_into_the_panel(both, beta, next_address):
    assert both.post(SWITCH, {"contract": beta.pk, "next": next_address}).url == "/"


def test_f05_every_form_below_management_carries_its_contract(both, contract):
    lena, role = make_member(contract, email="lena@example.org"), make_role(contract)
    make_member(contract, "mia", role=role)
    seen, waiting = set(), ["/management/users/", "/management/roles/", "/management/logs/"]
    while waiting:
        path = waiting.pop()
        page = both.get(path, follow=True)
        soup = BeautifulSoup(page.content, "html.parser")
        for form in soup.select("form[method=post]"):
            if (form.get("action") or path).startswith("/management/"):
                assert form.select_one("input[name=in_contract]")["value"] == contract.number, path
        seen.add(path)
        links = {link["href"].partition("?")[0] for link in soup.select("a[href^='/management/']")}
        waiting += [link for link in links - seen - set(waiting) if not link.endswith(".csv")]
    assert {f"/management/users/{lena.pk}/{part}/" for part in ("email", "password", "delete", "sessions")} <= seen
    assert len([path for path in seen if re.search(r"/\d+/", path)]) > 25


USERS = "/management/users/"


def part(person, page, address: str, target: str):
    """What htmx asks for from this page: with the headers that the page gives it."""
    frame = BeautifulSoup(page.content, "html.parser").select_one(".frame")
    more = json.loads(frame.get("hx-headers:inherited", "{}"))
    return person.get(address, headers={"HX-Request": "true", "HX-Target": target} | more)


def test_f05_a_page_of_alpha_gets_no_part_of_beta(both, contract, beta):
    bert = make_member(beta, "bert")
    page = both.get(USERS)
    mine = part(both, page, f"{USERS}?state=active", "div#list")
    assert (mine.status_code, 'id="list"' in mine.content.decode()) == (200, True)
    both.post(SWITCH, {"contract": beta.pk})
    for address, target in (
        (f"{USERS}?state=active", "div#list"),
        (f"{USERS}{bert.pk}/", "section#more"),
        (f"{USERS}{bert.pk}/name/", "div#row-user_name"),
        ("/management/logs/?period=7", "div#list"),
    ):
        answer = part(both, page, address, target)
        assert (answer.status_code, answer["HX-Redirect"], answer.content) == (204, address, b"")
        whole = words(both.get(address))
        assert "Beta Mail" in whole
        assert "Alpha Hosting" not in whole.replace("Alpha Hosting", "", 1)  # the switch offers it


def test_f05_a_part_of_the_page_of_beta_is_no_mismatch(both, contract, beta):
    both.post(SWITCH, {"contract": beta.pk})
    answer = part(both, both.get(USERS), f"{USERS}?state=active", "div#list")
    assert 'id="list"' in answer.content.decode()


def test_f05_a_page_is_opened_whatever_contract_a_header_names(both, contract):
    assert both.get(USERS, headers={"In-Contract": "0000"}).status_code == 200
