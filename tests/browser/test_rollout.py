"""2FA from a day on for a team of thirty, in Chromium: planned in six clicks at most, asked at the login, looked at."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import OutgoingMail, User
from accounts.origin import SERVER
from tests.browser.reading import code_from, scan
from tests.browser.test_every_page import faults
from tests.browser.window import PHONE
from tests.browser.world import logged_in
from tests.factories import PASSWORD, make_member, make_owner
from twofactor.requirement import plan

pytestmark = pytest.mark.browser
TEAM = 30


@pytest.fixture
def team(live_server) -> User:
    """The owner of thirty people of whom nothing is required yet."""
    owner = make_owner()
    for number in range(TEAM):
        make_member(
            owner.contracts.get(), f"user{number:02}", name=f"User {number:02}",
            email=f"user{number:02}@example.com", two_factor_required=False,
        )  # fmt: skip
    return owner


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("de", "dark")])
def test_a_plan_for_thirty_people_in_six_clicks(team, hand, language, scheme):
    User.objects.filter(pk=team.pk).update(language=language)
    owner = hand(language, logged_in(User.objects.get(pk=team.pk)), color_scheme=scheme)
    owner.page.goto("/")
    owner.click(owner.page.get_by_role("link", name=owner.says("Users"), exact=True).first)
    owner.click(owner.page.get_by_role("checkbox", name=owner.says("Select all"), exact=True))
    owner.click(owner.page.locator("[name=matching]"))
    owner.button("Require 2FA")
    owner.page.locator("[name=required_from]").wait_for()
    owner.looks_well()
    moment = (timezone.now() + timedelta(days=21)).replace(second=0, microsecond=0)
    owner.page.locator("[name=required_from]").fill(moment.strftime("%Y-%m-%dT%H:%M"))
    owner.page.locator("[name=required_from_zone]").fill("UTC")
    owner.click(owner.page.locator("[name=confirm]"))
    owner.page.wait_for_url("**/management/users/**")
    assert owner.clicks <= 6
    assert User.objects.filter(two_factor_required_from=moment).count() == TEAM
    assert OutgoingMail.objects.filter(facts__notice__event="two_factor_planned").count() == TEAM
    owner.looks_well()
    owner.page.goto("/")
    expect(owner.page.get_by_role("heading", name=owner.says("Roll-out of 2FA"))).to_be_visible()
    owner.looks_well()


@pytest.mark.parametrize("language", ["en", "de"])
def test_set_it_up_now_leads_back_to_the_page_that_was_asked_for(team, hand, language):
    lena = User.objects.get(username="user00")
    User.objects.filter(pk=lena.pk).update(language=language)
    plan.set_moment(actor=team, target=lena, moment=timezone.now() + timedelta(days=3), origin=SERVER)
    user = hand(language, viewport=PHONE)
    user.page.goto("/profile/email/")
    user.page.locator("[name=username]").fill("user00")
    user.page.locator("[name=password]").fill(PASSWORD)
    user.button("Log in")
    user.page.wait_for_url("**/two-factor/later/")
    user.looks_well()
    user.button("Set it up now")
    user.page.wait_for_url("**/two-factor/setup/")
    user.page.locator("[name=code]").fill(code_from(scan(user.page)))
    user.page.wait_for_url("**/two-factor/activated/")
    user.page.get_by_label(user.says("I have saved these codes")).check()
    user.button("Next")
    expect(user.page).to_have_url(re.compile("/profile/email/$"))
    assert faults(user.page) == []
