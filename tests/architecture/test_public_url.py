"""What follows from PUBLIC_URL: the origin of our own forms, and the names of cookies."""

import pytest

from cloudpanel.configuration.public_url import parse_public_url


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://panel.example:443", "https://panel.example"),
        ("http://localhost:80/", "http://localhost"),
        ("https://panel.example:80", "https://panel.example:80"),
        ("http://127.0.0.1:443", "http://127.0.0.1:443"),
        ("https://[2001:db8::1]:443", "https://[2001:db8::1]"),
        ("https://panel.example:8443", "https://panel.example:8443"),
    ],
)
def test_f14_a_default_port_is_no_port(url, text):
    """Browsers leave it out of `Origin`, with which a form's is compared."""
    assert parse_public_url(url).text == text


@pytest.mark.parametrize(
    ("url", "suffix"),
    [
        ("http://127.0.0.1:8000", ""),
        ("http://127.0.0.1:8001", "_8001"),
        ("http://localhost", "_80"),
        ("https://panel.example", ""),
        ("https://panel.example:443", ""),
        ("https://panel.example:8000", "_8000"),
    ],
)
def test_f04_cookies_carry_the_port_where_it_is_not_the_default_one(url, suffix):
    assert parse_public_url(url).cookie_suffix == suffix


@pytest.mark.parametrize("name", ["straße.example", "pan\u00adel.example", "ｐanel.example"])
def test_a_name_that_would_become_another_one_is_refused(name):
    """Mailed links would lead to `strasse.example`, browsers don't."""
    with pytest.raises(ValueError, match="example"):
        parse_public_url(f"https://{name}")


def test_other_letters_are_written_as_dns_has_them():
    assert parse_public_url("https://Müller.example").text == "https://xn--mller-kva.example"
