"""Django admin speaks the language of whoever reads it: no column is called by its name in the code."""

from collections.abc import Iterator

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.test import RequestFactory
from django.utils.functional import Promise

from cloudpanel.admin_site import site
from tests.factories import make_admin, make_member

pytestmark = pytest.mark.django_db


def labels(admin: ModelAdmin, shown: set[str]) -> Iterator[tuple[str, str | Promise]]:
    for name in sorted(shown):
        try:
            yield f"{admin.model.__name__}.{name}", admin.model._meta.get_field(name).verbose_name
        except FieldDoesNotExist:
            continue  # of the form or the page, with a label of its own


def test_every_field_that_is_shown_has_a_label_to_translate(contract):
    request = RequestFactory().get("/admin/")
    request.user = make_admin()
    rows = {"User": make_member(contract), "Role": contract.roles.get(), "Contract": contract}
    untranslated = []
    for model, admin in site._registry.items():
        fieldsets = admin.get_fieldsets(request, rows.get(model.__name__))
        shown = {*admin.list_display, *flatten_fieldsets(fieldsets)}
        found = list(labels(admin, shown))
        assert found
        untranslated += [name for name, label in found if not isinstance(label, Promise)]
    assert untranslated == []
