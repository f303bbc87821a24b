"""Following redirects from every address, by people in every state: never more than three hops.

Each chain is rolled back and its cookies are put back, so that every address meets the same state.
"""

import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.permissions import DISPLAY_PERMISSIONS
from tests.factories import make_admin, make_contract, make_member, make_owner, make_role
from tests.fuzz.rubbish import profile
from tests.moments import NOW
from tests.people import Person

pytestmark = pytest.mark.django_db
HOPS = 3
LATER = [0, 0, 299, 301, 901, 1801, 13 * 3600]


class World:
    """Somebody in every state at a browser, and rows that addresses name."""

    def __init__(self) -> None:
        owner = make_owner()
        contract = owner.contracts.get()
        reading = make_role(contract, *DISPLAY_PERMISSIONS)
        chosen = {"role": reading, "two_factor_required": False}
        self.target = make_member(contract, "target", role=reading)
        by_recovery_code = Person(make_member(contract, "boss")).enrol()
        self.people = {
            "nobody": Person("nobody"),
            "code": Person(make_member(contract, "code")).enrol().another_browser(),
            "new password": Person(make_member(contract, "expired", must_change_password=True, **chosen)),
            "setup": Person(make_member(contract, "setup")),
            "held": Person(make_member(contract, "held", **chosen)),
            "reader": Person(make_member(contract, "reader", **chosen)),
            "boss": by_recovery_code,
            "by recovery code": by_recovery_code.another_browser(),
            "codes on show": Person(make_member(contract, "shown")).enrol(),
            "owner": Person(owner),
            "owner of two": Person(make_owner("second", contract="Beta Hosting")),
            "admin": Person(make_admin()).enrol(),
        }
        self.role = reading
        make_contract(User.objects.get(username="second"), "Gamma Hosting")
        self.log_everybody_in()

    def log_everybody_in(self) -> None:
        for who in ("code", "new password", "setup", "held", "reader", "by recovery code", "owner", "owner of two"):
            self.people[who].start_login()
        User.objects.filter(username="held").update(two_factor_required=True)
        person = self.people["by recovery code"]
        answer = person.post("/login/recovery/", {"recovery_code": person.codes[0], "action": "sign_in"})
        assert answer.status_code == 302
        assert person.is_in()
        assert self.people["codes on show"].post("/two-factor/recovery-codes/").url == "/two-factor/activated/"

    def address(self, pattern: str) -> str:
        values = {"user_id": self.target.pk, "role_id": self.role.pk, "object_id": self.target.pk}
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], 1)), pattern)


def addresses(patterns=None, route: str = "/"):
    """Of the panel and of Django admin."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, address)
        elif isinstance(entry, URLPattern):
            yield re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", address).replace("^", "").removesuffix("$")


ADDRESSES = sorted(set(addresses()))


def chain(client: Client, address: str) -> list[str]:
    """Where each redirect led, at most one more than there may be."""
    cookies, point, seen = client.cookies.copy(), transaction.savepoint(), []
    try:
        response = client.get(address)
        while response.status_code in (301, 302, 303, 307, 308) and len(seen) <= HOPS:
            seen.append(response.url)
            response = client.get(response.url)
        assert response.status_code < 500
    finally:
        transaction.savepoint_rollback(point)
        client.cookies = cookies
    return seen


@pytest.fixture
def world(clock):
    return World()


def test_s05_the_addresses_are_all_there():
    assert len(ADDRESSES) > 80
    assert any(address.startswith("/admin/") for address in ADDRESSES)


def test_s05_no_address_leads_anybody_further_than_three_hops(world):
    too_long = {}
    for who, person in world.people.items():
        for address in ADDRESSES:
            found = chain(person.client, world.address(address))
            if len(found) > HOPS:
                too_long[who, address] = found
    assert not too_long


def test_s05_nor_does_an_address_that_names_another_at_any_later_time(world, clock):
    @profile(12)
    @given(
        who=st.sampled_from(sorted(world.people)),
        address=st.sampled_from(ADDRESSES),
        next_one=st.sampled_from(ADDRESSES),
        later=st.sampled_from(LATER),
    )
    def check_one(who, address, next_one, later):
        clock.move_to(NOW)
        clock.shift(later)
        path = f"{world.address(address)}?{urlencode({'next': world.address(next_one)})}"
        found = chain(world.people[who].client, path)
        assert len(found) <= HOPS, found

    check_one()
