"""What is no address to come back to, and why, and which addresses are the same."""

import pytest

from cloudpanel.applications.openid import addresses


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("https://x.example.com/" + "a" * (addresses.MAX_LENGTH - 22), None),
        ("https://x.example.com/" + "a" * (addresses.MAX_LENGTH - 21), addresses.TOO_LONG),
        ("https://x.example.com/back\\", addresses.BAD_CHARACTER),
        ("https://x.example.com/b\u00e4ck", addresses.BAD_CHARACTER),
        ("https://x.example.com/back ", addresses.BAD_CHARACTER),
        ("https://x.example.com/back#", addresses.FRAGMENT),
        ("https://[::1/back", addresses.NOT_ABSOLUTE),
        ("//x.example.com/back", addresses.NOT_ABSOLUTE),
        ("https://x..example.com/back", addresses.BAD_HOST),
        ("https:///back", addresses.BAD_HOST),
        ("https://x.example.com/back", None),
        ("com.example.app:/back", None),
        ("com.example.app://back", addresses.BAD_HOST),
        ("com.example.app:back", addresses.BAD_HOST),
        ("ftp://x.example.com/back", addresses.SCHEME),
        ("x.example.com/back", addresses.NOT_ABSOLUTE),
        ("localhost:back", addresses.NOT_ABSOLUTE),
        *((f"{scheme}:x", addresses.SCHEME) for scheme in addresses.FORBIDDEN_SCHEMES),
        ("https://lena@x.example.com/back", addresses.CREDENTIALS),
        ("https://*.example.com/back", addresses.WILDCARD),
        ("https://x.example.com/*", None),
        ("https://[2001:db8::1]/back", None),
        ("https://x.example.com:8443/back", None),
        ("https://x.example.com:/back", addresses.PORT),
        ("https://x.example.com:0/back", addresses.PORT),
        ("https://x.example.com:99999/back", addresses.PORT),
        ("http://x.example.com/back", addresses.SCHEME),
        ("http://x.lan/back", None),
        ("http://10.1.2.3/back", None),
        ("http://localhost/back", None),
        ("http://app.localhost/back", None),
        ("http://127.0.0.1/back", None),
        ("http://[::1]/back", None),
    ],
)
def test_a_fault_has_a_sentence_of_its_own(address, fault):
    found = addresses.fault(address)
    assert (found and str(found)) == (fault and str(fault))


def test_an_address_of_a_server_has_no_scheme_of_its_own():
    assert addresses.fault("com.example.app:/back", own_schemes=False) == addresses.NOT_ABSOLUTE
    assert addresses.fault("com.example.app://back", own_schemes=False) == addresses.SCHEME


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://x.lan/back", True),
        ("http://10.1.2.3/back", True),
        ("http:///back", True),
        ("https://x.lan/back", False),
        ("http://localhost/back", False),
        ("http://127.0.0.1/back", False),
        ("http://[::1/back", False),
    ],
)
def test_whose_traffic_others_could_read(address, warned):
    assert addresses.is_open_to_listeners(address) is warned


def test_a_field_has_an_address_on_each_line():
    assert addresses.lines(" a \r\n\n\t\nb\n") == ["a", "b"]
    assert addresses.lines("") == []


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://x.example.com/back?a=b", "https://x.example.com"),
        ("https://X.example.com:443/", "https://x.example.com"),
        ("http://x.lan:80/", "http://x.lan"),
        ("https://x.example.com:80/", "https://x.example.com:80"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(address, origin):
    assert addresses.origin_of(address) == origin
    assert addresses.is_registered_origin(origin, f"https://a.example/\n{address}\n")
    assert not addresses.is_registered_origin(origin, "https://a.example/\n")


@pytest.mark.parametrize(
    "address", ["https://[::1/back", "app://x/back", "https:///back", "https://x.example.com:99999/"]
)
def test_what_has_no_origin_has_none(address):
    assert addresses.origin_of(address) is None


@pytest.mark.parametrize(
    ("asked", "registered", "expected"),
    [
        ("https://a.example/cb", "https://a.example/cb", True),
        ("https://a.example/cb/", "https://a.example/cb", False),
        ("https://A.example/cb", "https://a.example/cb", False),
        ("https://a.example:443/cb", "https://a.example/cb", False),
        ("https://a.example/cb?x", "https://a.example/cb", False),
        ("https://a.example/../cb", "https://a.example/cb", False),
        ("https://a.example.evil/cb", "https://a.example/cb", False),
        ("http://127.0.0.1:4711/cb", "http://127.0.0.1/cb", True),
        ("http://127.0.0.1:4711/other", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1:4711/cb", "http://127.0.0.1:80/cb", False),
        ("http://[::1]:4711/cb", "http://[::1]/cb", True),
        ("http://localhost:4711/cb", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1:x/cb", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1@evil.example:80/cb", "http://127.0.0.1/cb", False),
        ("https://a.example:4711/cb", "https://a.example/cb", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
        ("https://a.example/cb\r\nX: y", "https://a.example/cb", False),
        ("https://a.example", "https://a.example", True),
        ("https://a.example/c\u00e4", "https://a.example/c\u00e4", False),
        ("https://a.example/" + "a" * (addresses.MAX_LENGTH - 18), None, True),
        ("https://a.example/" + "a" * (addresses.MAX_LENGTH - 17), None, False),
        ("https://127.0.0.1:4711/cb", "https://127.0.0.1/cb", False),
        ("http://x.lan:4711/cb", "http://x.lan/cb", False),
        ("http://localhost:4711/cb", "http://localhost/cb", True),
        ("http://localhost:4711/cb?localhost", "http://localhost/cb?localhost", True),
        ("http://localhost/cb", "http://localhost:4711/cb", False),
        ("http://localhost:/cb", "http://localhost/cb", False),
        ("http://localhost:0/cb", "http://localhost/cb", False),
        ("http://localhost:99999/cb", "http://localhost/cb", False),
        ("http://x@localhost:4711/cb", "http://localhost/cb", False),
        ("http://[::1:4711/cb", "http://[::1]/cb", False),
        ("http://localhost:4711/cb", "http://[::1/cb", False),
    ],
)
def test_addresses_are_compared_letter_by_letter_but_for_the_port_of_loopback(asked, registered, expected):
    known = registered or asked
    assert addresses.is_registered(asked, [known]) is expected
    assert addresses.is_registered(asked, ["https://b.example/cb", known]) is expected


def test_nothing_is_registered_where_nothing_is():
    assert not addresses.is_registered("https://a.example/cb", [])
