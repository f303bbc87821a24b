"""Django's own messages in forms are German in the panel's words."""

import gettext
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django import forms
from django.urls import get_resolver
from django.utils import translation
from django.utils.translation import override

from accounts.stock_messages import MESSAGES, PLURALS
from tests.factories import make_member, make_owner
from tests.people import Person

DJANGO = Path(django.__file__).parent
FOLDERS = [DJANGO / "conf" / "locale", *(DJANGO / "contrib" / app / "locale" for app in ("admin", "auth"))]
STOCK = [gettext.translation("django", str(folder), ["de"]) for folder in FOLDERS]
PACKAGES = ("accounts", "twofactor", "cloudpanel")
STIFF = ("Bitte", "zwingend", "sicherstellen")


def of_django(message: str) -> set[str]:
    """What Django's own catalogues say for it."""
    return {catalogue.gettext(message) for catalogue in STOCK}


class All(dict[str, int]):
    """The same number for every name in a message."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def __missing__(self, name: str) -> int:
        return self.number


def keys() -> set[object]:
    """Django's own messages; those with a plural by what they say of one."""
    found = {key for catalogue in STOCK for key in catalogue._catalog}
    return {key[0] % (1 if "%d" in key[0] else All(1)) if isinstance(key, tuple) else key for key in found}


def stiff(text: str) -> bool:
    return any(word in text for word in STIFF)


def subclasses(form: type) -> Iterator[type]:
    for each in form.__subclasses__():
        yield each
        yield from subclasses(each)


def fields() -> Iterator[forms.Field]:
    for form in subclasses(forms.BaseForm):
        if form.__module__.split(".")[0] in PACKAGES:
            yield from form.base_fields.values()


def messages(field: forms.Field) -> Iterator[object]:
    yield from field.error_messages.values()
    yield from (check.message for check in field.validators if hasattr(check, "message"))


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_of_django_is_worded_anew(message):
    assert message in keys(), "Django has no such message any more"
    with override("de"):
        assert not stiff(translation.gettext(message))
        assert translation.gettext(message) not in of_django(message)


@pytest.mark.parametrize("message", PLURALS, ids=str)
def test_a_message_of_django_with_a_plural_is_worded_anew(message):
    with override("en"):
        assert message % All(1) in keys(), "Django has no such message any more"
    with override("de"):
        assert not [number for number in (1, 2) if stiff(message % All(number))]


def test_no_field_of_a_form_says_anything_in_the_words_of_django():
    """Whatever its validators say. A message that is missing in `MESSAGES` or `PLURALS` is found here."""
    assert get_resolver().url_patterns, "the import of every module with forms"
    with override("de"):
        said = {str(message % All(2)) for field in fields() for message in messages(field)}
    assert len(said) > 20
    assert [text for text in said if stiff(text)] == []


@pytest.mark.django_db
def test_the_pages_say_them():
    owner = make_owner()
    lena = make_member(owner.contracts.get())
    person = Person(owner)
    person.log_in()
    person.post("/language/", {"language": "de"})
    at = f"/management/users/{lena.pk}"
    sent = {
        f"{at}/name/": ("name", {"name": ""}, "Dieses Feld darf nicht leer sein."),
        f"{at}/email/": ("email", {"email": "lena@"}, "Geben Sie eine gültige E-Mail-Adresse ein."),
        f"{at}/password/": (
            "password1",
            {"password1": "passwordpassword"},
            "Dieses Passwort ist zu weit verbreitet.",
        ),
        f"{at}/description/": ("description", {"description": "x" * 501}, "Verwenden Sie höchstens 500 Zeichen."),
        f"{at}/state/": (
            "state",
            {"state": "asleep"},
            "„asleep“ steht nicht zur Auswahl. Wählen Sie einen der angebotenen Werte.",
        ),
    }
    for address, (field, form, sentence) in sent.items():
        assert person.post(address, form).context["form"].errors[field] == [sentence]
