"""The heads of the guard's answers: long enough to need larger buffers in nginx, and never longer than those."""

import pytest

from cloudpanel.applications.guard import headers
from tests.applications.test_real_proxies import reached
from tests.applications.world import HTML

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_applications_own_long_cookies_reach_it(world):
    visit, own = world.open(), "theme=" + 6000 * "x"
    assert reached(world.ask("/", f"{visit}; {own}"))["cookie"] == [own]


def test_a_long_address_leads_to_the_panel(world):
    answer = world.ask("/" + 7000 * "x", HTML)
    assert answer.status == 302


def test_cookies_that_no_head_can_hold_are_refused_and_take_no_server_away(world):
    """Several headers are joined to one by commas, so the visit isn't at the beginning of its own."""
    visit = world.open()
    several = [f"Cookie: a{number}=" + 6000 * "x" for number in range(3)]
    assert world.ask("/", *several, visit.replace("Cookie: ", "Cookie: b=1; ")).status in (400, 403, 431)
    assert reached(world.ask("/", visit))["remote-user"] == ["lena"]


def test_cookies_are_read_up_to_the_length_of_one_header():
    longest = "a=".ljust(headers.COOKIES_MAX_LENGTH, "x")
    assert headers.cookies(longest, secure=True).others == longest
    with pytest.raises(headers.Unclear):
        headers.cookies(longest + "x", secure=True)
