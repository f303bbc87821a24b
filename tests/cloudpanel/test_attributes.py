"""The attributes of a field, written out once for each set of values and never for another."""

import pytest
from django.forms.utils import flatatt
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from cloudpanel.web.attributes import written_out

SETS = [
    {},
    {"required": True},
    {"required": False},
    {"required": None},
    {"required": "True"},
    {"minlength": 1},
    {"minlength": "1"},
    {"id": "id_name", "class": "wide", "autofocus": True},
    {"class": "wide", "id": "id_name", "autofocus": True},
    {"placeholder": 'a" onfocus="x'},
    {"placeholder": "<b>&amp;</b>"},
]


@pytest.mark.parametrize("turn", ["first", "again"])
@pytest.mark.parametrize("attrs", SETS, ids=str)
def test_they_are_written_as_django_writes_them(attrs, turn):
    assert written_out(attrs) == flatatt(attrs)


def test_a_text_is_in_the_language_of_its_reader():
    attrs = {"aria-label": _("Log in")}
    for language, text in (("en", "Log in"), ("de", "Anmelden"), ("en", "Log in")):
        with translation.override(language):
            assert written_out(attrs) == f' aria-label="{text}"'
