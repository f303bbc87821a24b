"""What is no address to come back to, and why."""

import pytest

from cloudpanel.applications.openid import addresses


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("https://x.example.com/" + "a" * 3_000, addresses.TOO_LONG),
        ("https://[::1/back", addresses.NOT_ABSOLUTE),
        ("//x.example.com/back", addresses.NOT_ABSOLUTE),
        ("https://x..example.com/back", addresses.BAD_HOST),
        ("https:///back", addresses.BAD_HOST),
        ("https://x.example.com/back", None),
        ("com.example.app:/back", None),
        ("com.example.app://back", addresses.BAD_HOST),
        ("com.example.app:back", addresses.BAD_HOST),
        ("ftp://x.example.com/back", addresses.SCHEME),
    ],
)
def test_a_fault_has_a_sentence_of_its_own(address, fault):
    found = addresses.fault(address)
    assert (found and str(found)) == (fault and str(fault))


@pytest.mark.parametrize(
    "address", ["https://[::1/back", "app://x/back", "https:///back", "https://x.example.com:99999/"]
)
def test_what_has_no_origin_has_none(address):
    assert addresses.origin_of(address) is None
