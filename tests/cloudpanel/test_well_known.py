"""Addresses that programs look up by themselves, and what an operator may change without logging anybody out."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from cloudpanel.configuration import env
from tests.factories import make_member
from tests.people import Person


@pytest.mark.django_db
def test_o16_password_managers_are_led_to_the_form(client):
    assert client.get("/.well-known/change-password").url == "/profile/password/"


@pytest.mark.django_db
def test_without_a_contact_there_is_no_security_txt(client):
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.django_db
def test_o16_security_txt_has_the_fields_that_rfc_9116_requires(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.com"
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"] == "mailto:security@example.com"
    assert fields["Canonical"] == f"{settings.PUBLIC_URL}/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timezone.now() < expires < timezone.now() + timedelta(days=365)


@pytest.mark.parametrize(
    ("given", "contact"),
    [
        ("security@example.com", "mailto:security@example.com"),
        ("mailto:security@example.com", "mailto:security@example.com"),
        ("https://example.com/report", "https://example.com/report"),
    ],
)
def test_a_contact_is_an_address_or_a_page(given, contact, tmp_path):
    assert env.read({"SECURITY_CONTACT": given}, tmp_path).security_contact == contact


@pytest.mark.parametrize("given", ["security", "http://example.com", "javascript:alert(1)", "a@b c", "https://a b"])
def test_anything_else_is_refused_by_name(given, tmp_path):
    config = env.read({"SECURITY_CONTACT": given}, tmp_path)
    assert config.security_contact == ""
    assert "SECURITY_CONTACT must be an email address or begin with https://." in config.problems


@pytest.mark.django_db
def test_o16_a_session_outlives_a_change_of_the_secret_key(contract, settings):
    lena = Person(make_member(contract, two_factor_required=False))
    lena.log_in()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "Zq8sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrEkZ3v9QpX7"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert lena.get("/profile/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert lena.get("/profile/").status_code == 200, "it goes on under the new key"


@pytest.mark.django_db
def test_without_the_old_key_everybody_logs_in_again(contract, settings):
    lena = Person(make_member(contract, two_factor_required=False))
    lena.log_in()
    settings.SECRET_KEY = "Zq8sLw2Rb8Tn5Yc1Hd6Jf4Mg0AeUiOoPqWzVxNuBtCyDrEkZ3v9QpX7"
    assert lena.get("/profile/").url.startswith("/login/")
