"""Hosts of addresses: which are this machine's, which nobody outside can reach, and how an origin is written."""

import pytest

from accounts import hosts
from cloudpanel.configuration.public_url import is_own_machine


@pytest.mark.parametrize("host", ["localhost", "grafana.localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_has_names_and_addresses(host):
    assert hosts.is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "notlocalhost", "128.0.0.1", "10.0.0.1", "::2", ""])
def test_other_machines_are_not_taken_for_this_one(host):
    assert not hosts.is_loopback(host)


@pytest.mark.parametrize(("host", "expected"), [("localhost", True), ("x.localhost", False), ("127.0.0.1", True)])
def test_the_panel_itself_has_no_name_below_localhost(host, expected):
    assert is_own_machine(host) is expected


@pytest.mark.parametrize("host", ["nas", "nas.lan", "wiki.intranet", "app.test", "a.home.arpa", "10.0.0.1", "fd00::1"])
def test_some_hosts_can_be_reached_from_one_s_own_network_only(host):
    assert hosts.is_private(host)


@pytest.mark.parametrize("host", ["example.com", "lan.example.com", "8.8.8.8", "2001:4860:4860::8888"])
def test_others_are_public(host):
    assert not hosts.is_private(host)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("https", "example.com", None), "https://example.com"),
        (("https", "example.com", 443), "https://example.com"),
        (("https", "example.com", 80), "https://example.com:80"),
        (("http", "::1", 8000), "http://[::1]:8000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(parts, text):
    assert hosts.origin(*parts) == text
