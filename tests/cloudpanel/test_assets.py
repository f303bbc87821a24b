"""The URL of a static file is in the page, under the name that `collectstatic` gave it."""

import re

import pytest
from django.template import Context, Template


def test_a_file_has_its_digest_in_its_name(static_root):
    url = Template("{% asset 'css/base.css' %}").render(Context())
    assert re.fullmatch(r"/static/css/base\.[0-9a-f]{12}\.css", url)
    assert (static_root / url.removeprefix("/static/")).is_file()


def test_a_file_that_is_missing_is_an_error(static_root):
    with pytest.raises(ValueError, match=r"css/nothing\.css"):
        Template("{% asset 'css/nothing.css' %}").render(Context())


def test_a_name_is_escaped_as_django_does(settings):
    settings.STATIC_URL = "/static/"
    assert Template("{% asset 'a&b.css' %}").render(Context()) == Template(
        "{% load static %}{% static 'a&b.css' %}"
    ).render(Context())
