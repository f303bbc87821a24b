"""Whose address counts: the peer's, unless the peer is a trusted proxy."""

from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts import origin
from accounts.gate.middleware import TrustedProxies
from accounts.gate.proxies import FORWARDING_HEADERS
from accounts.origin import Origin


def seen(peer: str, **headers):
    """The request as everything behind the middleware sees it."""
    kept = []
    TrustedProxies(lambda request: kept.append(request) or HttpResponse())(
        RequestFactory().get("/", REMOTE_ADDR=peer, **headers)
    )
    return kept[0]


def address(peer: str, forwarded_for: str) -> str:
    return origin.Origin.from_request(seen(peer, HTTP_X_FORWARDED_FOR=forwarded_for)).ip


@pytest.fixture
def proxies(settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/64"), ip_network("127.0.0.1/32")]


def test_without_trusted_proxies_no_header_is_believed():
    headers = dict.fromkeys(FORWARDING_HEADERS, "203.0.113.9") | {"HTTP_X_FORWARDED_PROTO": "https"}
    request = seen("127.0.0.1", **headers)
    assert origin.Origin.from_request(request).ip == "127.0.0.1"
    assert request.scheme == "http"


@pytest.mark.usefixtures("proxies")
def test_an_untrusted_peer_is_not_believed():
    request = seen("198.51.100.1", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https")
    assert origin.Origin.from_request(request).ip == "198.51.100.1"
    assert not request.is_secure()


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize("peer", ["10.1.2.3", "198.51.100.1"])
def test_nothing_behind_sees_a_forwarding_header(peer):
    request = seen(peer, **dict.fromkeys(FORWARDING_HEADERS, "x"))
    assert not [name for name in request.META if name in FORWARDING_HEADERS]
    assert not [name for name in request.headers if "forward" in name.lower() or name.lower() == "x-real-ip"]


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 10.9.9.9, 10.8.8.8", "203.0.113.9"),
        ("2001:db8:2::7", "2001:db8:2::7"),
        ("2001:db8:2::7, 2001:db8:1::1", "2001:db8:2::7"),
        ("2001:DB8:2:0:0:0:0:7", "2001:db8:2::7"),
        ("::ffff:203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9"),
        ("10.9.9.9", "10.9.9.9"),
        ("", "10.1.2.3"),
        ("unknown", "10.1.2.3"),
        ("1.2.3.4, rubbish", "10.1.2.3"),
        ("1.2.3.4, , 10.9.9.9", "10.9.9.9"),
        ("1.2.3.4, 999.1.1.1", "10.1.2.3"),
        ("<script>, 203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_rightmost_entry_that_is_no_trusted_proxy_counts(forwarded_for, client):
    assert address("10.1.2.3", forwarded_for) == client


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", False), ("http, https", True), ("ftp", False)])
def test_only_a_trusted_proxy_says_whether_it_was_https(proto, secure):
    assert seen("10.1.2.3", HTTP_X_FORWARDED_PROTO=proto).is_secure() is secure


@pytest.mark.usefixtures("proxies")
def test_the_host_is_never_taken_from_a_header_of_a_proxy():
    assert seen("10.1.2.3", HTTP_X_FORWARDED_HOST="evil.example").get_host() == "testserver"


@pytest.mark.usefixtures("proxies")
def test_a_zone_in_a_forwarded_address_does_not_make_it_longer_than_an_address():
    """The zone is free text; what is longer than 45 signs fits no row of the log."""
    assert len(address("10.1.2.3", f"fe80::1%{'a' * 100}")) <= 45


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8:2::1]:443", "2001:db8:2::1"),
        ("[2001:db8:2::1]", "2001:db8:2::1"),
        ("[fe80::1%eth0]:443", "fe80::1"),
        ("::ffff:203.0.113.11", "203.0.113.11"),
        ("[::ffff:203.0.113.11]:80", "203.0.113.11"),
        ("203.0.113.7:51234, 10.9.9.9:80, [2001:db8:1::1]:443", "203.0.113.7"),
        ("203.0.113.7:x", "10.1.2.3"),
        ("203.0.113.7:X1", "10.1.2.3"),
        ("[2001:db8:2::1]x", "10.1.2.3"),
        ("[203.0.113.7", "203.0.113.7"),
        (":80", "10.1.2.3"),
        ("[]:80", "10.1.2.3"),
    ],
)
def test_f02_a_port_is_dropped_and_a_mapped_address_is_ipv4(forwarded_for, client):
    assert address("10.1.2.3", forwarded_for) == client


@pytest.mark.usefixtures("proxies")
def test_f02_so_is_that_of_the_peer():
    assert origin.Origin.from_request(seen("::ffff:198.51.100.1")).ip == "198.51.100.1"
    assert address("::ffff:10.1.2.3", "203.0.113.9") == "203.0.113.9"


def test_f03_who_connects_through_a_trusted_unix_socket_is_a_proxy(settings):
    settings.TRUSTED_UNIX_SOCKETS = True
    assert address("", "203.0.113.9") == "203.0.113.9"
    assert address("", "") == ""
    assert address("198.51.100.1", "203.0.113.9") == "198.51.100.1"
    assert seen("", HTTP_X_FORWARDED_PROTO="https").is_secure()


@pytest.mark.parametrize("peer", ["", "unix:", "rubbish"])
def test_a_peer_without_an_address_is_no_trusted_proxy(proxies, peer):
    assert address(peer, "203.0.113.9") == peer


@given(st.text(alphabet="0123456789abcdef:.,% []\t", max_size=60))
def test_whatever_a_proxy_forwards_the_address_is_one(forwarded_for):
    """A peer that is trusted, and a header with anything in it."""
    with override_settings(TRUSTED_PROXIES=[ip_network("10.0.0.0/8")]):
        client = address("10.1.2.3", forwarded_for)
    assert len(client) <= 45
    assert Origin(client).network()


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("rubbish", ""),
    ],
)
def test_an_ipv6_address_counts_by_its_64(ip, network):
    assert Origin(ip).network() == network


@pytest.mark.parametrize(
    ("agent", "kept"),
    [
        ("Mozilla/5.0", "Mozilla/5.0"),
        ("a\r\nb", "a\ufffd\ufffdb"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("\u202eabc", "\ufffdabc"),
        ("\0", "\ufffd"),
        ("x" * 5000, "x" * 299 + "…"),
    ],
)
def test_a_browsers_name_is_printable_and_of_bounded_length(agent, kept):
    assert origin.Origin.from_request(RequestFactory().get("/", HTTP_USER_AGENT=agent)).agent == kept
