"""A name needs a character that can be seen, wherever it is entered."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.models import Contract, Role, User
from accounts.visible import can_be_seen
from tests.factories import PASSWORD, make_admin, make_member, make_owner, make_role
from tests.people import Person, words

SENTENCE = {"en": "Enter a name with at least one visible character.", "de": "Geben Sie einen sichtbaren Namen ein."}
EMPTY = ["\u3164", "\u2800", "\u115f", "\u034f", "\ufe0f", "\u200b\u202e", "\u3164 \u2800", "[U+200B]", "\U000e0100"]
SEEN = ["Anna", "日本", "\U0001f642", "-", "7", "\u2764\ufe0f", "a\u3164", "e\u0301"]


@pytest.mark.parametrize("text", EMPTY[:-2] + EMPTY[-1:])
def test_s24_what_shows_nothing_is_not_seen(text):
    assert not can_be_seen(text)


@pytest.mark.parametrize("text", SEEN)
def test_s24_letters_digits_signs_and_emoji_are_seen(text):
    assert can_be_seen(text)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", EMPTY)
def test_s24_no_form_takes_a_name_that_shows_nothing(name, language):
    owner = make_owner(language=language)
    user, role = make_member(owner.contracts.get()), make_role(owner.contracts.get(), name="Helpers")
    olivia = Person(owner)
    olivia.log_in()
    before = names()
    new = {"username": "nina", "password1": PASSWORD + "-n", "password2": PASSWORD + "-n", "role": role.pk}
    for path, others in {
        "/profile/name/": {},
        "/management/users/create/": new,
        f"/management/users/{user.pk}/name/": {},
        "/management/roles/create/": {},
        f"/management/roles/{role.pk}/name/": {},
        f"/management/roles/{role.pk}/clone/": {},
    }.items():
        page = olivia.post(path, others | {"name": name})
        assert page.status_code == 200, path
        assert SENTENCE[language] in words(page), path
    assert names() == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", EMPTY)
def test_s24_nor_does_an_import(olivia, contract, name):
    lena = make_member(contract)
    table = f"username,name,role\nnina,{name},Administrator\n{lena.username},{name},\n"
    page = olivia.post("/management/users/import/", {"file": SimpleUploadedFile("u.csv", table.encode(), "text/csv")})
    assert words(page).count(f"name: {SENTENCE['en']}") == 2


@pytest.mark.django_db
@pytest.mark.parametrize("name", EMPTY)
def test_s24_nor_does_django_admin(name):
    owner = make_owner()
    contract = owner.contracts.get()
    rita = Person(make_admin()).enrol()
    before = names()
    pair = {"new_password1": PASSWORD + "-n", "new_password2": PASSWORD + "-n"}
    for path, fields, times in [
        ("user/add", {"username": "nina", "name": name, "contract_name": name} | pair, 2),
        (f"user/{owner.pk}/change", {"name": name}, 1),
        (f"role/{make_role(contract, name='Helpers').pk}/change", {"name": name, "permissions": ["users.show"]}, 1),
        ("contract/add", {"name": name, "owner": owner.username}, 1),
        (f"contract/{contract.pk}/change", {"name": name}, 1),
    ]:
        page = rita.post(f"/admin/accounts/{path}/", fields)
        assert page.status_code == 200, path
        assert words(page).count(SENTENCE["en"]) == times, path
    Role.objects.filter(name="Helpers").delete()
    assert names() == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in EMPTY if not name.startswith("[")])
def test_s24_nor_does_a_command(name, monkeypatch):
    make_owner("olivia")
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", PASSWORD + "-n")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD + "-n")
    before = names()
    for command, options in [
        (["createowner", "nina", "--contract", name, "--noinput"], {}),
        (["createcontract", "olivia", name], {}),
        (["createsuperuser", "--noinput", "--username", "rita", "--name", name], {}),
    ]:
        with (
            translation.override("en"),
            pytest.raises(CommandError, match=r"Enter a name with at least one visible character\."),
        ):
            call_command(*command, **options)
    assert names() == before


def names() -> list[list[str]]:
    return [sorted(kind.objects.values_list("name", flat=True)) for kind in (User, Role, Contract)]
