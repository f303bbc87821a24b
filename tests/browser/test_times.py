"""Times in the zone of the browser, with UTC in the title; in UTC where no script runs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User

pytestmark = pytest.mark.browser

EVENING = datetime(2026, 1, 1, 20, 30, 15, tzinfo=UTC)
"""Of the next day in Tokyo."""


@pytest.fixture
def lena(world) -> User:
    hours_ago = timezone.now() - timedelta(hours=3, minutes=10)
    User.objects.filter(pk=world.active.pk).update(two_factor_active_since=EVENING, last_login=hours_ago)
    return world.active


def fact(page: Page, label: str) -> Locator:
    return page.locator(".fact", has_text=label).locator("time")


def test_a_time_in_a_sentence_is_local_and_never_relative(lena, world, open_window):
    page = open_window(timezone_id="Asia/Tokyo").enter(world.olivia)
    page.goto(f"/management/users/{lena.pk}/")
    expect(fact(page, "2FA activated")).to_have_text("2 Jan 2026, 05:30")
    expect(fact(page, "2FA activated")).to_have_attribute("title", "1 Jan 2026, 20:30 UTC")
    expect(fact(page, "Last login")).to_have_text("3 hours ago")


def test_a_day_in_the_list_is_the_day_of_the_reader(lena, world, open_window):
    for zone, day in (("Asia/Tokyo", "2 Jan 2026"), ("America/New_York", "1 Jan 2026")):
        page = open_window(timezone_id=zone).enter(world.olivia)
        page.goto("/management/users/?q=lena")
        expect(page.locator(".col-two_factor time")).to_have_text(day)


def test_without_script_times_are_in_utc_and_say_so(lena, world, open_window):
    page = open_window(timezone_id="Asia/Tokyo", java_script_enabled=False).enter(world.olivia)
    page.goto(f"/management/users/{lena.pk}/")
    expect(fact(page, "2FA activated")).to_have_text("1 Jan 2026, 20:30 UTC")


def test_a_relative_time_grows_older_while_the_page_is_open(lena, world, open_window):
    page = open_window().enter(world.olivia)
    page.clock.install(time=timezone.now())
    page.goto(f"/management/users/{lena.pk}/")
    expect(fact(page, "Last login")).to_have_text("3 hours ago")
    page.clock.fast_forward("01:00:00")
    expect(fact(page, "Last login")).to_have_text("4 hours ago")
