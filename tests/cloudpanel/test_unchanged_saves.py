"""A form that is saved as it was shown changes nothing, whatever characters the stored text holds."""

import pytest
from bs4 import BeautifulSoup

from accounts.models import AuditRow
from accounts.visible import FORMAT, marked, unmarked
from tests.factories import make_admin, make_member, make_owner, make_role
from tests.people import Person, words

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f\u200d\U0001f525"
PERSIAN = "می\u200cخواهم"
SINHALA = "ශ\u0dca\u200dරී"
BIDI = "a\u202eb\u2066c\u200bd"
TEXTS = [FAMILY, HEART, PERSIAN, SINHALA, BIDI, "Anna\u200d", "a\u200c\u200cb", "Auf\u200clage"]


def sent(page) -> dict[str, str]:
    """What a browser posts from the form of this page when its button is pressed at once."""
    form = BeautifulSoup(page.content.decode(), "html.parser").select_one(
        "main form[method=post], #content form[method=post]"
    )
    fields = {}
    for tag in form.select("input[name], textarea[name]"):
        box = tag.get("type") in ("checkbox", "radio")
        if tag.has_attr("checked") if box else tag.get("type") != "submit":
            default = "on" if box else ""
            fields[tag["name"]] = tag.get("value", default) if tag.name == "input" else tag.text.removeprefix("\n")
    for tag in form.select("select[name]"):
        chosen = tag.select_one("option[selected]")
        fields[tag["name"]] = chosen["value"] if chosen else ""
    return fields


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("text", TEXTS)
def test_s24_an_unchanged_save_changes_nothing(text, language):
    owner = make_owner(name=text, language=language)
    role = make_role(owner.contracts.get(), name=text, description=text)
    user = make_member(owner.contracts.get(), name=text, role=role, description=text)
    olivia = Person(owner)
    olivia.log_in()
    before = AuditRow.objects.count()
    user_page, role_page = f"/management/users/{user.pk}", f"/management/roles/{role.pk}"
    pages = [f"{of}/{part}/" for of in (user_page, role_page) for part in ("name", "description")]
    for path in [*pages, "/profile/name/"]:
        page = olivia.get(path)
        assert "\u202e" not in page.content.decode()
        assert olivia.post(path, sent(page)).status_code == 302, path
    for row in (owner, role, user):
        row.refresh_from_db()
        assert row.name == text
    assert (role.description, user.description) == (text, text)
    assert AuditRow.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS)
def test_s24_nor_does_one_in_django_admin(text):
    contract = make_owner(contract=text).contracts.get()
    role = make_role(contract, name=text, description=f"{text}\n{text}")
    user = make_member(contract, name=text, role=role, description=text)
    rita = Person(make_admin()).enrol()
    before = AuditRow.objects.count()
    for path in (f"user/{user.pk}", f"role/{role.pk}", f"contract/{contract.pk}"):
        page = rita.get(f"/admin/accounts/{path}/change/")
        posted = sent(page) | ({"permissions": role.permissions} if path.startswith("role") else {})
        assert rita.post(f"/admin/accounts/{path}/change/", posted).status_code == 302, path
    for row in (contract, role, user):
        row.refresh_from_db()
        assert row.name == text
    assert (role.description, user.description) == (f"{text}\n{text}", text)
    assert AuditRow.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS)
def test_s24_a_search_repeated_from_its_box_finds_the_same(text):
    owner = make_owner()
    make_member(owner.contracts.get(), "nina", name=text)
    make_member(owner.contracts.get(), "other", name="Somebody Else")
    olivia, rita = Person(owner), Person(make_admin()).enrol()
    olivia.log_in()
    for person, path in ((olivia, "/management/users/"), (rita, "/admin/accounts/user/")):
        asked = text
        for _ in range(2):
            page = person.get(path, data={"q": asked})
            assert "nina" in words(page), path
            assert "Somebody Else" not in words(page), path
            asked = BeautifulSoup(page.content, "html.parser").select_one("input[name=q]")["value"]


@pytest.mark.parametrize("text", [FAMILY, HEART, PERSIAN, SINHALA])
def test_s24_joiners_that_join_are_sent_as_they_are(text):
    assert marked(f'value="{text}"', FORMAT) == f'value="{text}"'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("می\u200c", "می[U+200C]"),
        ("\u200dمی", "[U+200D]می"),
        ("م\u200d\u200dی", "م[U+200D][U+200D]ی"),
        ("Jo\u200dhn", "Jo[U+200D]hn"),
        ("م\u202eی", "م[U+202E]ی"),
        ("\u3164\u200d\u3164", "\u3164[U+200D]\u3164"),
    ],
)
def test_s24_other_format_characters_are_marked_and_read_again(text, shown):
    assert marked(text, FORMAT) == shown
    assert unmarked(shown) == text


@pytest.mark.parametrize("text", ["[U+0041]", "[U+0000]", "[U+000A]", "[U+D800]", "[U+110000]", "[U+]", "[U+202e]"])
def test_s24_only_marks_of_format_characters_are_read_so(text):
    assert unmarked(text) == text


@pytest.mark.django_db
def test_s24_a_mark_counts_as_the_one_character_it_stands_for(olivia, contract):
    user = make_member(contract, description="x")
    path = f"/management/users/{user.pk}/description/"
    assert olivia.post(path, {"description": "[U+200B]" * 500}).status_code == 302
    user.refresh_from_db()
    assert user.description == "\u200b" * 500
    assert olivia.get("/management/users/", data={"q": "[U+200B]" * 200}).status_code == 200
