"""Which origins an application can have, and how they are written down."""

import pytest

from cloudpanel.applications import origins


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("https://grafana.example.com", "https://grafana.example.com"),
        ("HTTPS://Grafana.Example.COM/", "https://grafana.example.com"),
        ("https://grafana.example.com:443", "https://grafana.example.com"),
        ("https://grafana.example.com:8443", "https://grafana.example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://grafana.localhost", "http://grafana.localhost"),
        ("http://127.0.0.2:80", "http://127.0.0.2"),
        ("http://192.168.1.5:3000", "http://192.168.1.5:3000"),
        ("http://nas.lan", "http://nas.lan"),
        ("http://nas", "http://nas"),
        ("https://xn--brse-5qa.example", "https://xn--brse-5qa.example"),
    ],
)
def test_an_origin_is_stored_as_browsers_send_it(typed, stored):
    assert str(origins.parse(typed)) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "grafana.example.com",
        "//grafana.example.com",
        "ftp://grafana.example.com",
        "javascript:alert(1)",
        "http://grafana.example.com",
        "https://user@grafana.example.com",
        "https://user:password@grafana.example.com",
        "https://@grafana.example.com",
        "https://grafana.example.com/path",
        "https://grafana.example.com//",
        "https://grafana.example.com?",
        "https://grafana.example.com/?q=1",
        "https://grafana.example.com/#top",
        "https://grafana.example.com:0",
        "https://grafana.example.com:",
        "https://grafana.example.com:65536",
        "https://grafana.example.com:-1",
        "https://grafana.example.com:4x",
        "https://*.example.com",
        "https://[::1]",
        "https://[::1]:8443",
        "https://börse.example",
        "https://grafana.example.com.",
        "https://.example.com",
        "https://grafana..example.com",
        "https://grafana example.com",
        "https://grafana.example.com\\@evil.example",
        "https://grafana.example.com, https://evil.example",
        "https://127.1",
        "https://0x7f.0.0.1",
        "https://999.1.1.1",
        "https://2130706433",
        "http://8.8.8.8",
        "https://" + "a" * 254,
        "https://gra\tfana.example.com",
        "https://gra\x00fana.example.com",
    ],
)
def test_anything_else_is_refused_with_a_sentence(typed):
    with pytest.raises(origins.NotAnOrigin) as refused:
        origins.parse(typed)
    assert str(refused.value.args[0]).endswith(".")


@pytest.mark.parametrize("typed", ["127.0.0.1:3000", "grafana:3000", "[::1]:3000", "10.0.0.5:80", "a.b-c_d:65535"])
def test_an_upstream_is_a_host_and_a_port(typed):
    assert origins.parse_upstream(typed) == typed


@pytest.mark.parametrize(
    "typed",
    [
        "grafana",
        "grafana:0",
        "grafana:65536",
        "http://grafana:3000",
        "a:1;",
        "a:1 b",
        "a:1\nb",
        "$host:80",
        "{a}:1",
        "`:1",
    ],
)
def test_an_upstream_that_could_say_more_to_a_proxy_is_refused(typed):
    with pytest.raises(origins.NotAnOrigin):
        origins.parse_upstream(typed)


@pytest.mark.parametrize(
    ("origin", "warned"),
    [
        ("http://nas.lan", True),
        ("http://10.0.0.5:3000", True),
        ("https://nas.lan", False),
        ("http://localhost:3000", False),
        ("https://grafana.example.com", False),
    ],
)
def test_plain_http_in_a_private_network_is_warned_of(origin, warned):
    assert origins.is_private(origin) is warned
